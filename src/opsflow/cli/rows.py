"""Rows of a file, each of which an instance is started with: JSON Lines or CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from opsflow.cli.values import read_value
from opsflow.errors import Invalid

if TYPE_CHECKING:
    from opsflow.batches import Row

BUSINESS_KEY = "business_key"
"""The column, or member, that is no variable."""


def read_rows(file: Path) -> Iterator[Row]:
    """The rows of a ``.jsonl`` or ``.csv`` file, one after the other. Raises Invalid.

    Each column or member is a variable, but for ``business_key``. The cells of a CSV file are
    JSON or text; an empty one is left out.
    """
    readers = {".jsonl": _json_lines, ".csv": _csv}
    kind = file.suffix.lower()
    if kind not in readers:
        raise Invalid(f"The rows are in a .jsonl or .csv file, not in {file.name}.")
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            for number, values in readers[kind](lines):
                yield _row(file, number, values)
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Invalid(f"{file} cannot be read: it is no UTF-8 text. Save it as such.") from error
    except csv.Error as error:
        raise Invalid(f"{file} cannot be read: {error}.") from error


def _row(file: Path, number: int, values: object) -> Row:
    from opsflow.batches import Row

    if not isinstance(values, dict):
        raise Invalid(f"{file.name}, line {number}: not an object with the variables in it.")
    key = values.pop(BUSINESS_KEY, None)
    if isinstance(key, (bool, dict, list)):
        raise Invalid(f"{file.name}, line {number}: the business key is a text or a number.")
    return Row(values, None if key is None else str(key))


def _json_lines(lines: TextIO) -> Iterator[tuple[int, object]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, json.loads(line, parse_float=Decimal)
            except (ValueError, RecursionError) as error:
                raise Invalid(f"Line {number} of the rows is not JSON: {error}.") from error


def _require_head(names: list[str]) -> None:
    """Raise Invalid for a head that does not name each column, once."""
    if not all(names):
        raise Invalid("A column of the rows has no name in the first line: give it one.")
    for name in names:
        if names.count(name) > 1:
            raise Invalid(f"The column {name!r} of the rows is there twice: keep one.")
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        raise Invalid(f"The cells of the rows are separated by commas, not as in {names[0]!r:.60}.")


def _csv(lines: TextIO) -> Iterator[tuple[int, object]]:
    reader = csv.DictReader(lines, strict=True)
    _require_head([name.strip() for name in reader.fieldnames or ()])
    for cells in reader:
        if None in cells or None in cells.values():
            raise Invalid(
                f"Line {reader.line_num} of the rows has more or fewer cells than the head."
            )
        yield (
            reader.line_num,
            {
                name: cell if name == BUSINESS_KEY else read_value(cell)
                for name, cell in cells.items()
                if cell != ""
            },
        )
