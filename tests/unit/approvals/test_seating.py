"""Who is asked: voters, tiers, vetoes, and persons for a quorum larger than its voters."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from opsflow.approvals.seating import Place, seat, tiers_that_apply
from opsflow.engine import Expression, Gate, GateRule, Tier

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CFO = Tier(Expression("amount > 100000"), ("cfo",))


def gate(*voters: str, rule: GateRule = GateRule.ALL, **given: object) -> Gate:
    return Gate(id="g", at="exit", rule=rule, voters=voters, **given)  # type: ignore[arg-type]


def one(_role: str) -> int:
    return 1


@pytest.mark.parametrize(
    ("amount", "applies"),
    [(100_000, False), (100_001, True), (0, False), ("much", True), (None, True)],
)
def test_a_tier_is_left_out_only_where_its_condition_is_false(
    amount: object, applies: bool
) -> None:
    found = tiers_that_apply(gate("buyer", tiers=(CFO,)), {"amount": amount}, NOW)
    assert found == ((CFO,) if applies else ())


def test_a_missing_amount_asks_the_tier() -> None:
    assert tiers_that_apply(gate("buyer", tiers=(CFO,)), {}, NOW) == (CFO,)


def test_each_voter_is_one_seat_also_when_a_role_is_named_twice() -> None:
    assert seat(gate("a", "b", "a"), (), one) == (
        Place("a", "base"),
        Place("b", "base"),
        Place("a", "base"),
    )


def test_tiers_come_behind_the_voters_and_vetoes_last() -> None:
    found = seat(gate("a", veto=("v",)), (CFO,), one)
    assert found == (
        Place("a", "base"),
        Place("cfo", "tier", required=True),
        Place("v", "veto", veto=True),
    )


def test_a_voter_who_is_asked_by_a_tier_too_has_one_seat_that_is_required() -> None:
    found = seat(gate("cfo", "cfo", "b"), (CFO, CFO), one)
    assert found == (
        Place("cfo", "base", required=True),
        Place("cfo", "base"),
        Place("b", "base"),
    )


def test_a_voter_with_veto_has_one_seat() -> None:
    found = seat(gate("finance", "legal", veto=("legal", "cfo")), (CFO,), one)
    assert found == (
        Place("finance", "base"),
        Place("legal", "base", veto=True),
        Place("cfo", "tier", required=True, veto=True),
    )


def test_a_quorum_of_more_than_its_voters_seats_persons() -> None:
    board = gate("board", rule=GateRule.QUORUM, votes=3)
    assert len(seat(board, (), lambda _role: 5)) == 5
    assert len(seat(board, (), lambda _role: 2)) == 3
    assert len(seat(board, (), lambda _role: 0)) == 3


def test_a_quorum_within_its_voters_seats_roles() -> None:
    roles = gate("finance", "legal", rule=GateRule.QUORUM, votes=2)
    assert len(seat(roles, (), lambda _role: 9)) == 2


def test_only_tiers_ask_where_there_are_no_voters() -> None:
    assert seat(gate(tiers=(CFO,)), (), one) == ()
    assert seat(gate(tiers=(CFO,)), (CFO,), one) == (Place("cfo", "tier", required=True),)
