"""An organisation in CSV files: its rows, with the place each comes from."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TypeAlias

from opsflow.errors import Invalid, OpsflowError

_COLUMNS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "units.csv": (("id",), ("name", "parent")),
    "roles.csv": (("id",), ("name", "unit")),
    "people.csv": (("id", "name"), ("email", "active")),
    "memberships.csv": (("person", "role"), ("valid_from", "valid_until")),
    "absences.csv": (("person", "starts_at", "ends_at"), ("reason", "substitute", "role")),
}
"""Required and optional columns of each file, in the order in which files are loaded."""

_YES_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file; an empty cell is None."""

    file: str
    number: int
    cells: Mapping[str, str | None]

    def text(self, column: str) -> str:
        """A cell that must be filled."""
        value = self.cells.get(column)
        if value is None:
            raise Invalid(f"{column} is empty")
        return value

    def moment(self, column: str) -> datetime | None:
        """A date (its midnight in UTC) or a date and time with a zone."""
        value = self.cells.get(column)
        if value is None:
            return None
        try:
            if len(value) == len("2026-01-31"):
                return datetime.combine(date.fromisoformat(value), time(), UTC)
            moment = datetime.fromisoformat(value)
        except ValueError as error:
            raise Invalid(f"{column} {value!r} is not a date such as 2026-01-31") from error
        if moment.tzinfo is None:
            raise Invalid(f"{column} {value!r} has no time zone: write 2026-01-31T09:00+08:00")
        return moment

    def required_moment(self, column: str) -> datetime:
        """A moment that must be filled."""
        self.text(column)
        moment = self.moment(column)
        assert moment is not None
        return moment

    def yes(self, column: str) -> bool | None:
        """Yes or no, or None for an empty cell."""
        value = self.cells.get(column)
        if value is None:
            return None
        if value.lower() not in _YES_NO:
            raise Invalid(f"{column} {value!r} is neither true nor false")
        return _YES_NO[value.lower()]


Tables: TypeAlias = Mapping[str, Sequence[Line]]
"""The rows of each file; a missing file has none."""


def read_tables(source: str | Path | Mapping[str, str]) -> Tables:
    """The rows of every file of a folder, or of texts by file name. Raises Invalid."""
    texts = source if isinstance(source, Mapping) else _read_folder(Path(source))
    for file in texts:
        if file not in _COLUMNS:
            raise Invalid(f"{file} is none of {', '.join(_COLUMNS)}")
    return {file: list(_read_lines(file, texts.get(file, ""))) for file in _COLUMNS}


def _read_folder(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        raise Invalid(f"There is no folder {folder}.")
    texts = {}
    for file in _COLUMNS:
        path = folder / file
        if path.is_file():
            try:
                texts[file] = path.read_text(encoding="utf-8-sig")
            except UnicodeDecodeError as error:
                raise Invalid(f"{file} is not UTF-8 text: {error}") from error
    if not texts:
        raise Invalid(f"The folder {folder} holds none of {', '.join(_COLUMNS)}.")
    return texts


def _read_lines(file: str, content: str) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(content.removeprefix("\ufeff"), newline=""), strict=True)
    columns: list[str] | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            with placed(file, reader.line_num):
                if columns is None:
                    columns = _header(file, cells)
                    continue
                if len(cells) > len(columns):
                    raise Invalid(f"it has {len(cells)} cells for {len(columns)} columns")
                values = (cell.strip() or None for cell in cells)
                yield Line(file, reader.line_num, dict(zip(columns, values, strict=False)))
    except csv.Error as error:
        raise Invalid(f"{file}, line {reader.line_num}: {error}") from error


def _header(file: str, cells: Sequence[str]) -> list[str]:
    required, optional = _COLUMNS[file]
    columns = [cell.strip().removesuffix("_id") for cell in cells]
    for column in columns:
        if column not in required + optional:
            known = ", ".join(required + optional)
            raise Invalid(f"there is no column {column!r}: the columns are {known}")
        if columns.count(column) > 1:
            raise Invalid(f"the column {column!r} is there twice")
    for column in required:
        if column not in columns:
            raise Invalid(f"the column {column!r} is missing")
    return columns


@contextmanager
def placed(file: str, number: int) -> Iterator[None]:
    """Say of every error where it comes from."""
    try:
        yield
    except OpsflowError as error:
        raise Invalid(f"{file}, line {number}: {error}") from error
