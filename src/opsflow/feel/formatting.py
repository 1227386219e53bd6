"""Values as text: what the built-in `string` gives (DMN 1.5 §10.3.4.1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from opsflow.feel.far import FarDate, FarDatetime
from opsflow.feel.lexer import is_plain_name
from opsflow.feel.limits import Run
from opsflow.feel.temporal import (
    format_date,
    format_days_duration,
    format_months_duration,
    format_time,
)
from opsflow.feel.values import Function, Range, Value, YearsMonthsDuration

_ESCAPES = str.maketrans(
    {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"},
)


def format_value(value: Value) -> str:
    """A value as FEEL's `string` writes it; null is `null`. Raises FeelLimitError by length."""
    return format_within(Run(), value)


def format_within(run: Run, value: Value) -> str:
    """The same, charged to an evaluation."""
    return value if type(value) is str else _nested(run, value)


def format_number(number: Decimal) -> str:
    """Plain digits, without an exponent and without zeros at the end of a fraction."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def quote(text: str) -> str:
    """A string as its literal."""
    return f'"{text.translate(_ESCAPES)}"'


def format_key(key: str) -> str:
    """A context's key as it can be written in a context."""
    return key if is_plain_name(key) else quote(key)


def _nested(run: Run, value: Value) -> str:
    run.spend()
    if isinstance(value, list):
        return _join(run, "[", [_nested(run, item) for item in value], "]")
    if isinstance(value, dict):
        entries = [f"{format_key(key)}: {_nested(run, item)}" for key, item in value.items()]
        return _join(run, "{", entries, "}")
    if isinstance(value, Range):
        return _range(run, value)
    if isinstance(value, Function):
        return f"function {value.name}".rstrip() + f"({', '.join(value.parameters)})"
    return _SCALARS[type(value)](value)


def _join(run: Run, start: str, parts: list[str], end: str) -> str:
    run.check_length(sum(map(len, parts)) + 2 * len(parts) + 2)
    return start + ", ".join(parts) + end


def _range(run: Run, value: Range) -> str:
    if value.operator:
        bound = value.low if value.operator in (">", ">=") else value.high
        return f"{value.operator} {_nested(run, bound)}"
    start = "[" if value.low_included else "("
    end = "]" if value.high_included else ")"
    return f"{start}{_nested(run, value.low)}..{_nested(run, value.high)}{end}"


def _datetime(value: datetime) -> str:
    return f"{format_date(value)}T{format_time(value)}"


def _far_datetime(value: FarDatetime) -> str:
    return f"{format_date(value)}T{format_time(value.clock)}"


_SCALARS: dict[type, Callable[..., str]] = {
    type(None): lambda _: "null",
    bool: lambda value: "true" if value else "false",
    Decimal: format_number,
    str: quote,
    date: format_date,
    time: format_time,
    datetime: _datetime,
    FarDate: format_date,
    FarDatetime: _far_datetime,
    timedelta: format_days_duration,
    YearsMonthsDuration: format_months_duration,
}
