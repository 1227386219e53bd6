"""opsflow behind the decision contract of a conformance kit."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from decision import DecisionEngine

from opsflow.decisions import DecisionFailed, DecisionModel, read_package
from opsflow.feel import (
    FarDate,
    FarDatetime,
    FeelTypeError,
    Function,
    Range,
    YearsMonthsDuration,
    format_value,
    parse_date,
    parse_datetime,
    parse_duration,
    parse_time,
)

_TEXTUAL = (
    *(date, datetime, time, timedelta, FarDate, FarDatetime, YearsMonthsDuration),
    *(Range, Function),
)


class Decisions(DecisionEngine):  # type: ignore[misc]
    """Loads a file with those beside it, and evaluates its decisions."""

    name = "opsflow"

    def load(self, path: str) -> DecisionModel:
        """The model of one file; its imports are looked for in its folder."""
        file = Path(path)
        sources = {other.name: other.read_bytes() for other in file.parent.glob("*.dmn")}
        return read_package(sources)[file.name]

    def evaluate(self, handle: DecisionModel, decision: str, inputs: dict[str, object]) -> object:
        """The value, with times and durations as text; null where the decision has failed."""
        try:
            return _plain(handle.evaluate(decision, _moments(handle, inputs)).value)
        except DecisionFailed:
            return None


def _moments(model: DecisionModel, inputs: dict[str, object]) -> dict[str, object]:
    """The inputs, with what the kit wrote as text of a time made one where any type is declared.

    Where a type is declared, the model reads the text itself.
    """
    return {
        name: _moment(value) if isinstance(value, str) and _is_untyped(model, name) else value
        for name, value in inputs.items()
    }


def _is_untyped(model: DecisionModel, name: str) -> bool:
    item = model.inputs.get(name)
    return item is not None and (item.type is None or item.type.name == "Any")


def _moment(text: str) -> object:
    for read in (parse_date, parse_datetime, parse_time, parse_duration):
        with suppress(FeelTypeError):
            return read(text)
    return text


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        whole = value == value.to_integral_value() and value.adjusted() < 15
        return int(value) if whole else value
    if isinstance(value, _TEXTUAL):
        return format_value(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
