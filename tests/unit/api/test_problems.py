"""The one table of statuses: complete, and what its page says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from opsflow import errors
from opsflow.api.problems import KINDS, PLAIN, kind_of
from opsflow.errors import OpsflowError

PAGE = Path(__file__).parents[3] / "docs/reference/problems.md"


def descendants(kind: type[OpsflowError]) -> Iterator[type[OpsflowError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from descendants(each)


def test_every_public_error_has_a_row_of_its_own() -> None:
    public = {each for each in descendants(OpsflowError) if each.__module__ == errors.__name__}
    assert public <= KINDS.keys()


def test_the_nearest_class_decides() -> None:
    class Special(errors.WrongState):
        pass

    assert kind_of(Special("task", "t", "done", "claim")).name == "wrong-state"
    assert kind_of(OpsflowError("x")).status == 500


def test_the_page_lists_exactly_these() -> None:
    told = {
        (name, int(status))
        for name, status in re.findall(r"^\| `([a-z-]+)` \| (\d+) \|", PAGE.read_text(), re.M)
    }
    known = {(kind.name, kind.status) for kind in KINDS.values()}
    assert told == known | {(name, status) for status, (name, _title) in PLAIN.items()}
