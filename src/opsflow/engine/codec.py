"""Variables as text: exact, type-tagged, and with a format that user data cannot imitate.

JSON scalars stand for themselves and JSON arrays for lists. Every JSON *object* is a tag with
one key, so a dict of the user's is itself tagged and never read as anything else. Dicts are
written as pairs: sorting the keys of the JSON text changes nothing.
"""

from __future__ import annotations

import json
import math
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from opsflow.errors import StateUnreadable, VariablesInvalid
from opsflow.feel import YearsMonthsDuration
from opsflow.texts import is_storable

MAX_VALUES = 1_000_000
"""Values that lists and dicts may hold together; beyond it they are refused."""
MAX_NESTING = 150
"""Deepest nesting of a value; beyond it a value is refused."""

_PLAIN_INT = 2**53
_PLAIN_DIGITS = 15
_PLAIN = frozenset({str, bool, type(None)})
_FIXED = frozenset({bool, type(None), int, bytes, UUID, date, timedelta, YearsMonthsDuration})


def admit_all(variables: Mapping[str, object]) -> dict[str, object]:
    """Variables from outside: checked and copied deeply. Raises VariablesInvalid."""
    if not isinstance(variables, Mapping):
        raise VariablesInvalid("Variables are a mapping of names to values.")
    for name in variables:
        if not isinstance(name, str) or not name:
            raise VariablesInvalid(f"{name!r} is not a name for a variable.")
    room = _Room()
    return {
        _admit_text(name, "a name"): room.admit(value, str(name), 0)
        for name, value in variables.items()
    }


def admit(value: object, path: str) -> object:
    """A value that can be stored, as a copy of its own. Raises VariablesInvalid with the path."""
    kind = type(value)
    if kind in _FIXED:
        return value
    return _Room().admit(value, path, 0)


class _Room:
    """Counts the values of one admission: lists that hold one list many times grow without end."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_VALUES

    def admit(self, value: object, path: str, depth: int) -> object:
        kind = type(value)
        if kind is str:
            return _admit_text(value, path)  # type: ignore[arg-type]
        if kind in _FIXED:
            return value
        if depth > MAX_NESTING:
            said = f"nested deeper than {MAX_NESTING}, or in itself"
            raise VariablesInvalid(f"{_short(path)}: {said}.")
        if isinstance(value, list | tuple):
            return self._items(value, path, depth)
        if isinstance(value, Mapping):
            return self._mapping(value, path, depth)
        return _admit_scalar(value, path)

    def _take(self, count: int, path: str) -> None:
        self.left -= count
        if self.left < 0:
            raise VariablesInvalid(f"{_short(path)}: more than {MAX_VALUES} values together.")

    def _items(self, items: Sequence[object], path: str, depth: int) -> list[object]:
        self._take(len(items), path)
        return [self.admit(item, f"{path}[{index}]", depth + 1) for index, item in enumerate(items)]

    def _mapping(self, value: Mapping[object, object], path: str, depth: int) -> dict[str, object]:
        self._take(len(value), path)
        copy: dict[str, object] = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise VariablesInvalid(f"{_short(path)}: the key {key!r} is not a text.")
            copy[_admit_text(key, path)] = self.admit(item, f"{path}.{key}", depth + 1)
        return copy


def _admit_text(value: str, path: str) -> str:
    """Text that every database can hold."""
    if is_storable(value):
        return str.__str__(value)
    said = "it holds a NUL or half of a surrogate pair: take that character out"
    place = _short(path).encode("ascii", "backslashreplace").decode()
    raise VariablesInvalid(f"{place}: {said}.")


def _admit_scalar(value: object, path: str) -> object:
    match value:
        case float() if math.isfinite(value):
            return float(value)
        case Decimal() if value.is_finite():
            return value if type(value) is Decimal else Decimal(value)
        case float() | Decimal():
            raise VariablesInvalid(f"{_short(path)}: {value} is not a finite number.")
        case datetime():
            return _admit_moment(value, path)
        case time():
            return value.replace(tzinfo=_zone(value.tzinfo, value))
        case str():
            return _admit_text(value, path)
        case int():
            return int(value)
        case _:
            kind = type(value).__name__
            raise VariablesInvalid(f"{_short(path)}: a value of type {kind} cannot be stored.")


def _admit_moment(value: datetime, path: str) -> datetime:
    if value.tzinfo is None:
        raise VariablesInvalid(f"{_short(path)}: the date and time {value} has no time zone.")
    return value.replace(tzinfo=_zone(value.tzinfo, value))


def _zone(zone: tzinfo | None, moment: datetime | time) -> tzinfo | None:
    if zone is None or type(zone) is timezone or (type(zone) is ZoneInfo and zone.key):
        return zone
    offset = moment.utcoffset()
    return None if offset is None else timezone(offset)


def _short(path: str) -> str:
    return path if len(path) <= 120 else path[:117] + "..."


def copy_out(value: object) -> object:
    """A deep copy for the outside; values without parts are shared."""
    kind = type(value)
    if kind is list:
        return [copy_out(item) for item in value]  # type: ignore[attr-defined]
    if kind is dict:
        return {key: copy_out(item) for key, item in value.items()}  # type: ignore[attr-defined]
    return value


def copy_all(variables: Mapping[str, object]) -> dict[str, object]:
    """A deep copy of variables for the outside."""
    return {name: copy_out(value) for name, value in variables.items()}


def size_of(value: Any) -> int:
    """About how many bytes a value takes in the stored state."""
    kind = type(value)
    if kind is str or kind is bytes:
        return len(value) + 3
    if kind is list:
        return 2 + sum(map(size_of, value))
    if kind is dict:
        return 10 + sum(len(key) + 4 + size_of(item) for key, item in value.items())
    return value.bit_length() // 3 + 2 if kind is int else 12


def encode(value: object) -> str:
    """The value as JSON text that ``decode`` gives back exactly. Raises VariablesInvalid."""
    return json.dumps(pack(admit(value, "value")), separators=(",", ":"))


def decode(text: str) -> object:
    """The value that ``encode`` wrote. Raises StateUnreadable."""
    try:
        return unpack(json.loads(text))
    except (ValueError, TypeError, KeyError, ArithmeticError) as error:
        raise StateUnreadable(f"This is not an encoded value: {error}") from error


def canonical(value: object) -> str:
    """Text that is equal for equal values: numbers of every type and key order do not matter."""
    return json.dumps(pack(_canonical(admit(value, "value"))), sort_keys=True)


def _canonical(value: object) -> object:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float | Decimal):
        return _canonical_number(value)
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    if isinstance(value, dict):
        return {key: _canonical(value[key]) for key in sorted(value)}
    return value


def _canonical_number(value: int | float | Decimal) -> int | Decimal:
    """The same for equal numbers: without trailing zeros, and never rounded."""
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    sign, digits, exponent = exact.as_tuple()
    assert isinstance(exponent, int)
    kept = len(digits)
    while kept > 1 and digits[kept - 1] == 0:
        kept -= 1
    if digits[:kept] in ((), (0,)):
        return 0
    shift = exponent + len(digits) - kept
    if shift >= 0 and kept + shift <= _PLAIN_DIGITS:
        return int(exact)
    return Decimal((sign, digits[:kept], shift))


def pack(value: Any) -> object:
    """An admitted value as plain JSON data."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    packer = _PACKERS.get(kind)
    if packer is not None:
        return packer(value)
    raise VariablesInvalid(f"A value of type {kind.__name__} cannot be stored.")


def _pack_dict(value: dict[str, object]) -> object:
    flat: list[object] = []
    for key, item in value.items():
        flat += (key, pack(item))
    return {"map": flat}


def _pack_moment(tag: str) -> Callable[[datetime | time], object]:
    def packer(value: datetime | time) -> object:
        if isinstance(value.tzinfo, ZoneInfo):
            naive = value.replace(tzinfo=None, fold=0)
            return {tag + "@": [naive.isoformat(), value.tzinfo.key, value.fold]}
        return {tag: value.isoformat()}

    return packer


_PACKERS: dict[type, Callable[[Any], object]] = {
    int: lambda value: value if -_PLAIN_INT < value < _PLAIN_INT else {"int": hex(value)},
    float: lambda value: value,
    Decimal: lambda value: {"num": str(value)},
    list: lambda value: [pack(item) for item in value],
    dict: _pack_dict,
    bytes: lambda value: {"bytes": b64encode(value).decode("ascii")},
    UUID: lambda value: {"uuid": value.hex},
    date: lambda value: {"date": value.isoformat()},
    datetime: _pack_moment("datetime"),
    time: _pack_moment("time"),
    timedelta: lambda value: {"span": [value.days, value.seconds, value.microseconds]},
    YearsMonthsDuration: lambda value: {"months": value.months},
}


def unpack(data: Any) -> Any:
    """The value that ``pack`` turned into JSON data."""
    kind = type(data)
    if kind is list:
        return [unpack(item) for item in data]
    if kind is dict:
        ((tag, content),) = data.items()
        return _UNPACKERS[tag](content)
    return data


def _unpack_map(flat: list[Any]) -> dict[str, object]:
    parts = iter(flat)
    return {key: unpack(item) for key, item in zip(parts, parts, strict=True)}


def _unpack_zoned(kind: type[datetime] | type[time]) -> Callable[[list[Any]], object]:
    def unpacker(content: list[Any]) -> object:
        text, zone, fold = content
        return kind.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)

    return unpacker


_UNPACKERS: dict[str, Callable[[Any], Any]] = {
    "int": lambda text: int(text, 16),
    "num": Decimal,
    "map": _unpack_map,
    "bytes": b64decode,
    "uuid": UUID,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "datetime@": _unpack_zoned(datetime),
    "time": time.fromisoformat,
    "time@": _unpack_zoned(time),
    "span": lambda parts: timedelta(*parts),
    "months": YearsMonthsDuration,
}


def from_feel(value: object, path: str, depth: int = 0) -> object:
    """What an expression gave, as a value to store; a moment without zone is taken as UTC."""
    if type(value) in _FIXED:
        return value
    if type(value) is str:
        return _admit_text(value, path)
    if depth > MAX_NESTING:
        raise VariablesInvalid(f"{_short(path)}: nested deeper than {MAX_NESTING}.")
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    if isinstance(value, list):
        return [from_feel(item, f"{path}[{i}]", depth + 1) for i, item in enumerate(value)]
    if isinstance(value, dict):
        return {key: from_feel(item, f"{path}.{key}", depth + 1) for key, item in value.items()}
    return admit(value, path)
