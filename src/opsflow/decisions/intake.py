"""Inputs from outside as values of FEEL, of the type that the model declares for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from opsflow.decisions.elements import InputData
from opsflow.decisions.nodes import coerced
from opsflow.feel import (
    FeelTypeError,
    parse_date,
    parse_datetime,
    parse_duration,
    parse_time,
    to_feel,
)
from opsflow.feel.embedding import Env, Run, TypeOf

_TEXTS: dict[str, Callable[[str], object]] = {
    "date": parse_date,
    "time": parse_time,
    "date and time": parse_datetime,
    "days and time duration": parse_duration,
    "years and months duration": parse_duration,
}


def taken(run: Run, raw: Mapping[str, object], item: InputData) -> object:
    """The input of an element; null with a warning where there is none, or of another type.

    Text is read as a date, time or duration where the type wants one, as JSON has none of them.
    """
    name = item.variable if item.variable in raw else item.name
    if name not in raw:
        run.warn(f"the input {item.name!r} was not given", 0)
        return None
    return conformed(run, raw[name], item.type, item.name)


def conformed(run: Run, raw: object, wanted: TypeOf | None, name: str) -> object:
    """A value from outside as one of a type, or else null."""
    try:
        value = to_feel(raw)
        if wanted is None:
            return value
        value = _read(value, wanted)
    except (FeelTypeError, ArithmeticError) as error:
        run.warn(f"{name}: {error}", 0)
        return None
    return coerced(Env({}, None, run), value, wanted, name)


def _read(value: object, wanted: TypeOf) -> object:
    if isinstance(value, str) and wanted.name in _TEXTS:
        return _TEXTS[wanted.name](value)
    if isinstance(value, list) and wanted.name == "list" and wanted.members:
        return [_read(item, wanted.members[0]) for item in value]
    if isinstance(value, dict) and wanted.name == "context":
        members = dict(zip(wanted.keys, wanted.members, strict=True))
        return {
            key: _read(item, members[key]) if key in members else item
            for key, item in value.items()
        }
    return value
