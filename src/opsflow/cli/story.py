"""A story in CSV files: which cases there are, and who does what when.

``cases.csv``: one case a row; the columns besides ``case``, ``by`` and ``note`` are the
data of its first form. ``actions.csv``: one act a row, in order. ``values`` holds
``name=value; name=value`` for a form (``@case``: the data of the case), the entry for a
procedure step (``@file NAME``: a file of ``evidence/``), and nothing for the other verbs.
The act without a case comes first: who deploys which files, of the folder or of ``bpmn/``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from opsflow.cli.values import read_assignments, read_value
from opsflow.errors import Invalid, NotFound

Row = TypeVar("Row")

_NOT_DATA = ("case", "by", "note")


@dataclass(frozen=True, slots=True)
class Act:
    """One row of ``actions.csv``."""

    case: str
    at: datetime
    person: str
    verb: str
    task: str
    item: str
    """Id of the procedure step or gate."""
    values: str
    reason: str


@dataclass(frozen=True, slots=True)
class Case:
    """One row of ``cases.csv`` with its acts, in order."""

    number: str
    note: str
    data: Mapping[str, object]
    acts: tuple[Act, ...]


class Story:
    """The cases of a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        acts = _rows(folder / "actions.csv", _act)
        self.deploying = _deploying(acts)
        self.cases = _rows(folder / "cases.csv", lambda row: _case(row, acts))

    def form_data(self, case: Case, act: Act) -> dict[str, object]:
        """What somebody enters into the form of a task."""
        if act.values == "@case":
            return dict(case.data)
        return read_assignments(part for part in act.values.split(";") if part.strip())

    def entry(self, act: Act) -> tuple[object, tuple[str, bytes] | None]:
        """What somebody records at a procedure step: a value, or a file."""
        if act.values.startswith("@file "):
            name = act.values.removeprefix("@file ")
            return None, (name, _read(self.folder / "evidence" / name))
        return read_value(act.values) if act.values else None, None


def _deploying(acts: Sequence[Act]) -> Act:
    for act in acts:
        if act.verb == "deploy":
            return act
    raise Invalid("No act in actions.csv deploys a process.")


def _rows(path: Path, read: Callable[[Mapping[str, str]], Row]) -> list[Row]:
    """Every row of a file, read. Raises Invalid naming the place."""
    line = 1
    rows = []
    try:
        text = io.StringIO(_read(path).decode("utf-8-sig"), newline="")
        table = csv.DictReader(text, strict=True, restval="")
        for cells in table:
            line = table.line_num
            rows.append(read(cells))
    except KeyError as error:
        raise Invalid(f"{path.name}: there is no column {error}.") from error
    except (ValueError, csv.Error) as error:
        raise Invalid(f"{path.name}, line {line}: {error}") from error
    return rows


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound("file", str(path)) from error


def _act(row: Mapping[str, str]) -> Act:
    at = datetime.fromisoformat(row["at"])
    if at.tzinfo is None:
        raise ValueError(f"{row['at']} has no time zone")
    return Act(
        case=row["case"],
        at=at,
        person=row["person"],
        verb=row["verb"],
        task=row["task"],
        item=row["item"],
        values=row["values"],
        reason=row["reason"],
    )


def _case(row: Mapping[str, str], acts: Sequence[Act]) -> Case:
    return Case(
        number=row["case"],
        note=row["note"],
        data={name: read_value(row[name]) for name in row if name not in _NOT_DATA},
        acts=tuple(act for act in acts if act.case == row["case"]),
    )
