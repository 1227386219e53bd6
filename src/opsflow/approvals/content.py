"""The hash of what a vote is about: equal content, equal hash, however it was stored.

The canonical form depends on values alone. The order of keys, the way a number is written
(``1``, ``1.0``, ``Decimal("1.00")``) and the zone a moment is given in make no difference;
a text, a number and a boolean that look alike do.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from opsflow import feel


def content_hash(content: Mapping[str, object]) -> str:
    """SHA-256 (hex) over the canonical form of the content."""
    text = json.dumps(_canonical(content), ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _canonical(value: object) -> object:
    """The value with its kind written beside it, so that no two kinds look alike."""
    match value:
        case None | bool():
            return value
        case str():
            return ["s", value]
        case int() | float() | Decimal():
            return ["n", _number(value)]
        case Mapping():
            pairs = sorted((str(key), item) for key, item in value.items())
            return ["m", [[key, _canonical(item)] for key, item in pairs]]
        case list() | tuple():
            return ["l", [_canonical(item) for item in value]]
        case set() | frozenset():
            return ["l", sorted((_canonical(item) for item in value), key=json.dumps)]
        case _:
            return _rare(value)


def _number(value: int | float | Decimal) -> str:
    """A number without its notation, exact: its digits and the power of ten they stand at."""
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        return str(number)
    written = "".join(map(str, digits)).lstrip("0")
    significant = written.rstrip("0")
    if not significant:
        return "0"
    power = exponent + len(written) - len(significant)
    return f"{'-' if sign else ''}{significant}e{power}"


def _rare(value: object) -> object:
    match value:
        case datetime():
            moment = value if value.tzinfo is None else value.astimezone(UTC)
            return ["moment", moment.isoformat()]
        case date():
            return ["date", value.isoformat()]
        case time():
            return ["time", value.isoformat()]
        case timedelta():
            return ["duration", value // timedelta(microseconds=1)]
        case bytes():
            return ["bytes", base64.b64encode(value).decode("ascii")]
        case UUID():
            return ["uuid", str(value)]
        case feel.YearsMonthsDuration():
            return ["months", value.months]
    raise TypeError(f"{type(value).__name__} is not a value that a variable can have")
