"""The values of FEEL (DMN 1.5 §10.3.2.3) and how Python's become such.

null is None, boolean bool, number Decimal, string str, list list, context dict, and the temporal
types are those of `datetime`: a days and time duration is a timedelta. Numbers have 34 digits and
round half to even, as decimal128 does.
"""

from __future__ import annotations

import decimal
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from opsflow.feel.errors import FeelTypeError
from opsflow.feel.far import FarDate, FarDatetime

if TYPE_CHECKING:
    from opsflow.feel.limits import Run
    from opsflow.feel.syntax import TypeOf

Value: TypeAlias = object
Context: TypeAlias = dict[str, Value]

NUMBERS = decimal.Context(
    prec=34,
    rounding=decimal.ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)
"""Numbers are computed with this context only, never with the thread's."""

# Bound once: to read a method of a decimal context takes longer than most of them run.
_rounded = NUMBERS.plus

_MAX_NESTING = 200
_SEQUENCES = (list, tuple)
_MAPPINGS = (dict, Mapping)


def seconds_from(micros: int) -> Decimal:
    """Microseconds as a number of seconds."""
    return NUMBERS.normalize(NUMBERS.scaleb(Decimal(micros), Decimal(-6)))


@dataclass(frozen=True, slots=True, order=True)
class YearsMonthsDuration:
    """A duration in whole months; negative ones point backwards."""

    months: int

    @property
    def years_part(self) -> int:
        """Whole years, with the duration's sign."""
        return -(-self.months // 12) if self.months < 0 else self.months // 12

    @property
    def months_part(self) -> int:
        """Months beyond the whole years, with the duration's sign."""
        return self.months - 12 * self.years_part


@dataclass(frozen=True, slots=True)
class Range:
    """An interval. An endpoint of None is unbounded.

    `operator` is that of a range written as a comparison, such as `< 5`; DMN 1.5 §10.3.2.7 keeps
    those apart from intervals with the same members. `!= 5` has both endpoints and excludes them.
    """

    low: Value
    high: Value
    low_included: bool
    high_included: bool
    operator: str = ""


class Function(ABC):
    """A function as a value, built in or defined by an expression."""

    name: str
    parameters: tuple[str, ...]
    types: tuple[TypeOf | None, ...] = ()
    """The types of the parameters, where they are declared."""

    def takes(self, count: int) -> bool:
        """Whether it can be called with so many arguments."""
        return len(self.parameters) == count

    @abstractmethod
    def call(self, run: Run, arguments: list[Value], position: int = 0) -> Value:
        """The result for positional arguments; a wrong number or type of them gives null."""

    @abstractmethod
    def call_named(self, run: Run, arguments: Context, position: int = 0) -> Value:
        """The result for named arguments."""


_KINDS: dict[type, str] = {
    type(None): "Null",
    bool: "boolean",
    Decimal: "number",
    str: "string",
    list: "list",
    dict: "context",
    date: "date",
    time: "time",
    datetime: "date and time",
    FarDate: "date",
    FarDatetime: "date and time",
    timedelta: "days and time duration",
    YearsMonthsDuration: "years and months duration",
    Range: "range",
}

SCALARS = frozenset(_KINDS) - {list, dict}
"""Python types that are FEEL values as they are."""

AS_THEY_ARE = SCALARS - {Decimal, datetime, time, Range}
"""Those of them that need no look at the value."""


def kind(value: Value) -> str:
    """The name of a value's FEEL type."""
    return _KINDS.get(type(value), "function")


def kind_of_type(wanted: type) -> str:
    """The name of the FEEL type whose values Python has of a type."""
    return _KINDS[wanted]


def to_feel(value: object) -> Value:
    """Translate a Python value, deeply. Raises FeelTypeError for one without a counterpart."""
    return _translate(value, 0)


def _translate(value: object, nesting: int) -> Value:
    kind_of = type(value)
    if kind_of in AS_THEY_ARE:
        return value
    if kind_of is Decimal or kind_of is int:
        return number_from(value)  # type: ignore[arg-type]
    if isinstance(value, _SEQUENCES):
        inner = _deeper(nesting)
        return [_translate(item, inner) for item in value]
    if isinstance(value, _MAPPINGS):
        inner = _deeper(nesting)
        return {_key(key): _translate(item, inner) for key, item in value.items()}
    if isinstance(value, datetime | time):
        return _settled(value)
    if isinstance(value, Range):
        return replace(value, low=_translate(value.low, 1), high=_translate(value.high, 1))
    return value if isinstance(value, Function) else _from_subclass(value)


def _deeper(nesting: int) -> int:
    if nesting > _MAX_NESTING:
        raise FeelTypeError(f"a value nested deeper than {_MAX_NESTING}")
    return nesting + 1


def number_from(value: Decimal | int | float) -> Decimal:
    """A number with 34 digits. Raises FeelTypeError for one that is not finite or out of range."""
    try:
        number = _rounded(Decimal(repr(value)) if isinstance(value, float) else value)
    except decimal.Overflow as error:
        raise FeelTypeError("the number is out of range") from error
    except decimal.InvalidOperation as error:
        raise FeelTypeError(f"{value!r} is not a number in FEEL") from error
    if not number.is_finite():
        raise FeelTypeError(f"{value!r} is not a number in FEEL")
    return number


def _settled(value: datetime | time) -> datetime | time:
    """A plain datetime or time, whose zone is one that FEEL can write."""
    zone = value.tzinfo
    if zone is not None and not isinstance(zone, timezone | ZoneInfo):
        offset = value.utcoffset()
        zone = None if offset is None else timezone(offset)
    clock = time(value.hour, value.minute, value.second, value.microsecond, zone, fold=value.fold)
    if isinstance(value, datetime):
        return datetime.combine(date(value.year, value.month, value.day), clock)
    return clock


def _key(key: object) -> str:
    if type(key) is str:
        return key
    if not isinstance(key, str):
        raise FeelTypeError(f"a context key must be a string, not {type(key).__name__}")
    return str(key)


def _from_subclass(value: object) -> Value:
    match value:
        case bool():
            return bool(value)
        case int():
            return number_from(int(value))
        case float():
            return number_from(float(value))
        case Decimal():
            return number_from(Decimal(value))
        case str():
            return str.__str__(value)
        case UUID():
            return str(value)
        case date():
            return date(value.year, value.month, value.day)
        case timedelta():
            return timedelta(value.days, value.seconds, value.microseconds)
    raise FeelTypeError(f"{type(value).__name__} has no counterpart in FEEL")
