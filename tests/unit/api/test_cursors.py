"""Cursors: they lead on in their own list, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsflow.api.cursors import after, next_cursor
from opsflow.api.problems import CursorInvalid

QUERY = {"path": "/tasks", "person": "li", "asked": [("view", "mine")]}


@given(last=st.text(max_size=60))
def test_a_cursor_leads_behind_the_item_it_was_made_of(last: str) -> None:
    assert after(next_cursor(last, QUERY), QUERY) == last


def test_the_first_page_has_none() -> None:
    assert after(None, QUERY) is None


@given(text=st.text(max_size=60))
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(CursorInvalid):
        after(text, QUERY)


@given(data=st.data(), last=st.text(min_size=1, max_size=20))
def test_a_cursor_that_was_changed_is_refused(data: st.DataObject, last: str) -> None:
    cursor = next_cursor(last, QUERY)
    # The last character may hold bits that stand for nothing.
    at = data.draw(st.integers(0, len(cursor) - 2))
    other = data.draw(st.sampled_from([each for each in "AZaz09-_" if each != cursor[at]]))
    with pytest.raises(CursorInvalid):
        after(cursor[:at] + other + cursor[at + 1 :], QUERY)


@pytest.mark.parametrize(
    "query",
    [{**QUERY, "path": "/notices"}, {**QUERY, "person": "wang"}, {**QUERY, "asked": []}, {}],
)
def test_a_cursor_of_another_list_is_refused(query: dict[str, object]) -> None:
    with pytest.raises(CursorInvalid):
        after(next_cursor("1", QUERY), query)
