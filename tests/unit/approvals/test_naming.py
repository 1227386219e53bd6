"""Which values of a decision name voters, and which name nobody."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsflow.approvals.naming import Named, NamesNobody, named_by
from opsflow.engine import GateRule


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("cfo", Named(("cfo",))),
        (" cfo , legal,cfo ", Named(("cfo", "legal"))),
        (["cfo", "legal, head"], Named(("cfo", "legal", "head"))),
        ({"voters": "cfo"}, Named(("cfo",))),
        ({"voters": ["a", "b"], "veto": "legal"}, Named(("a", "b"), ("legal",))),
        ({"voters": "a", "veto": None, "rule": None, "votes": None}, Named(("a",))),
        ({"voters": "a, b", "rule": "any"}, Named(("a", "b"), rule=GateRule.ANY)),
        (
            {"voters": "board", "votes": Decimal("2.0")},
            Named(("board",), rule=GateRule.QUORUM, votes=2),
        ),
        (
            {"voters": "board", "rule": "quorum", "votes": 3},
            Named(("board",), rule=GateRule.QUORUM, votes=3),
        ),
    ],
)
def test_what_names_voters(value: object, named: Named) -> None:
    assert named_by(value) == named


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, "null"),
        ("", "no role"),
        (" , ", "no role"),
        ([], "no role"),
        ([None], "null"),
        (["cfo", 5], "a number"),
        (Decimal(5), "a number"),
        (True, "a boolean"),
        ([["cfo"]], "a list"),
        ([{"voters": "cfo"}], "a context"),
        ({}, "null"),
        ({"veto": "legal"}, "null"),
        ({"voters": ""}, "no role"),
        ({"voters": "cfo", "veto": 3}, "veto"),
        ({"voters": "cfo", "approver": "ceo"}, "'approver'"),
        ({"voters": "cfo", "rule": "most"}, "rule"),
        ({"voters": "cfo", "rule": "quorum"}, "votes"),
        ({"voters": "cfo", "rule": "all", "votes": 2}, "votes"),
        ({"voters": "cfo", "votes": 0}, "votes"),
        ({"voters": "cfo", "votes": Decimal("1.5")}, "votes"),
        ({"voters": "cfo", "votes": True}, "votes"),
        ({"voters": "cfo", "votes": 10**9}, "votes"),
        ({"voters": "cfo", "votes": "2"}, "votes"),
        ("c\x00fo", "no id"),
        ("x" * 300, "no id"),
        ([f"r{number}" for number in range(101)], "over 100"),
    ],
)
def test_what_names_nobody(value: object, why: str) -> None:
    with pytest.raises(NamesNobody, match=why):
        named_by(value)


_LEAVES = st.none() | st.booleans() | st.decimals(allow_nan=False) | st.text(max_size=5)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["voters", "veto", "rule", "votes", "x"]), inner)
    ),
    max_leaves=6,
)


@given(_VALUES)
def test_a_value_names_somebody_or_is_refused(value: object) -> None:
    try:
        named = named_by(value)
    except NamesNobody:
        return
    assert named.voters
    assert all(role == role.strip() and role and "," not in role for role in named.roles)
