"""Whether a value is of a type, and how it is made to be (DMN 1.5 §10.3.2.9)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Final

from opsflow.feel.limits import Run
from opsflow.feel.syntax import TypeOf
from opsflow.feel.values import Function, Range, Value, kind

_NAMES = frozenset(
    {
        "Null",
        "boolean",
        "number",
        "string",
        "list",
        "context",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
        "range",
        "function",
    }
)
_ALIASES = {"dayTimeDuration": "days and time duration", "dateTime": "date and time"}


class Unfit:
    """What `coerce` gives for a value that can not be made to be of a type."""


UNFIT: Final = Unfit()


def is_known(wanted: TypeOf) -> bool:
    """Whether a type and all it is made of exist."""
    return (wanted.name == "Any" or wanted.name in _NAMES or wanted.name in _ALIASES) and all(
        is_known(member) for member in wanted.members
    )


def conforms(run: Run, value: Value, wanted: TypeOf) -> bool:
    """Whether a value is an instance of a type. null is one of Null only."""
    if wanted.name == "Any":
        fits = value is not None
    elif kind(value) != _ALIASES.get(wanted.name, wanted.name):
        fits = False
    else:
        fits = wanted.open or _members_conform(run, value, wanted)
    return fits and (wanted.constraint is None or wanted.constraint(run, value))


def _members_conform(run: Run, value: Value, wanted: TypeOf) -> bool:
    if isinstance(value, list):
        run.scan(len(value))
        return all(_admits(run, wanted.members[0], item) for item in value)
    if isinstance(value, dict):
        return all(
            key in value and _admits(run, member, value[key])
            for key, member in zip(wanted.keys, wanted.members, strict=True)
        )
    if isinstance(value, Range):
        ends = [end for end in (value.low, value.high) if end is not None]
        return all(conforms(run, end, wanted.members[0]) for end in ends)
    return isinstance(value, Function) and _takes(value, wanted.members[:-1])


def _takes(function: Function, given: tuple[TypeOf, ...]) -> bool:
    """Whether a function can be called with arguments of these types, as far as it declares any."""
    return function.takes(len(given)) and all(
        declared is None or "Any" in (declared.name, argument.name) or declared == argument
        for declared, argument in zip(function.types or (None,) * len(given), given, strict=True)
    )


def _admits(run: Run, wanted: TypeOf, value: Value) -> bool:
    return value is None or conforms(run, value, wanted)


def coerce(run: Run, value: Value, wanted: TypeOf | None) -> Value | Unfit:
    """The value as an argument of a type: as it is, a list of it, or what a list of one holds."""
    if wanted is None or _admits(run, wanted, value):
        return value
    if wanted.name == "list":
        wrapped = [value]
        return wrapped if conforms(run, wrapped, wanted) else UNFIT
    if isinstance(value, list) and len(value) == 1 and conforms(run, value[0], wanted):
        only: Value = value[0]
        return only
    if type(value) is date and wanted.name in ("date and time", "dateTime"):
        moment = datetime.combine(value, time(tzinfo=UTC))
        return moment if conforms(run, moment, wanted) else UNFIT
    return UNFIT
