"""A calendar in a file: JSON as the API takes it, or CSV with one fact a row."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from opsflow.errors import Invalid

_COLUMNS = ("what", "on", "value")
_PLAIN = ("name", "zone", "country", "subdivision")


def read_file(path: str | Path) -> dict[str, object]:
    """What a ``.json`` or ``.csv`` file says, for ``Calendars.define``. Raises Invalid."""
    place = Path(path)
    try:
        text = place.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Invalid(f"{place} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Invalid(f"{place} is not UTF-8 text: save it as UTF-8.") from error
    return read_csv(text) if place.suffix.lower() == ".csv" else read_json(text)


def read_json(text: str) -> dict[str, object]:
    """A definition in JSON. Raises Invalid."""
    try:
        found = json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"The calendar is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise Invalid("A calendar in JSON is one object with zone and hours.")
    return found


def _object(members: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(members)
    if len(found) < len(members):
        names = [name for name, _ in members]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} is there twice in one object")
    return found


def read_csv(text: str) -> dict[str, object]:
    """A definition in CSV: the columns what, on, value; a row for each fact. Raises Invalid.

    ``zone,,Asia/Shanghai`` · ``hours,mon-fri,09:00-12:00 13:00-18:00`` ·
    ``holiday,2026-12-31,Stocktaking`` · ``working_day,2026-01-04,`` (usual hours).
    """
    found: dict[str, Any] = {"hours": {}, "holidays": {}, "working_days": {}}
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error as error:
        raise Invalid(f"Line {reader.line_num}: {error}") from error
    rows = [(number, cells) for number, cells in rows if any(cells)]
    if not rows or tuple(rows[0][1]) != _COLUMNS:
        raise Invalid(f"The first line of a calendar in CSV is {','.join(_COLUMNS)}.")
    for number, cells in rows[1:]:
        if any(cells[len(_COLUMNS) :]):
            raise Invalid(
                f"Line {number} has more cells than {','.join(_COLUMNS)}: several spans stand in "
                "one cell, with blanks between them, as in hours,mon-fri,09:00-12:00 13:00-18:00."
            )
        _take(found, [*cells, "", ""][:3], number)
    return found


def _take(found: dict[str, Any], cells: list[str], number: int) -> None:
    what, on, value = cells
    places: Mapping[str, dict[str, object]] = {
        "hours": found["hours"],
        "holiday": found["holidays"],
        "working_day": found["working_days"],
    }
    if what in places:
        if on in places[what]:
            raise Invalid(f"Line {number}: {what} {on} is there twice.")
        places[what][on] = value or None
    elif what in _PLAIN:
        if found.get(what) is not None or (value and on):
            raise Invalid(f"Line {number}: there is one {what}, written as {what},,{value or on}.")
        found[what] = value or on or None
    else:
        known = ", ".join((*_PLAIN, *places))
        raise Invalid(f"Line {number}: {what!r} is none of {known}.")
