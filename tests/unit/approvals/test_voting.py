"""What votes decide, checked on every combination of up to four seats."""

from __future__ import annotations

from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsflow.approvals.voting import Choice, Decision, Seat, approvals_needed, decide
from opsflow.engine import GateRule

CHOICES = (None, *Choice)
A, R, O = Choice.APPROVE, Choice.REJECT, Choice.ABSTAIN  # noqa: E741


def seats(count: int, **flags: bool) -> list[Seat]:
    return [Seat(str(number), f"role{number}", **flags) for number in range(count)]


def cast(choices: tuple[Choice | None, ...]) -> dict[str, Choice]:
    return {str(number): choice for number, choice in enumerate(choices) if choice is not None}


def completions(choices: tuple[Choice | None, ...]) -> list[tuple[Choice, ...]]:
    """Every way in which the seats still empty can be filled."""
    return list(product(*[[choice] if choice else list(Choice) for choice in choices]))


def by_definition(rule: GateRule, final: tuple[Choice, ...], needed: int) -> Decision:
    """The rule as a sentence, for a gate on which everybody has voted."""
    match rule:
        case GateRule.ALL | GateRule.SEQUENCE:
            approved = R not in final and A in final
        case GateRule.ANY:
            approved = A in final
        case GateRule.QUORUM:
            approved = final.count(A) >= needed
    return Decision.APPROVED if approved else Decision.REJECTED


@pytest.mark.parametrize("rule", GateRule)
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_a_full_gate_decides_by_the_sentence_of_its_rule(rule: GateRule, count: int) -> None:
    for final in product(Choice, repeat=count):
        for needed in range(1, count + 1):
            outcome = decide(rule, seats(count), cast(final), needed)
            assert outcome.decision is by_definition(rule, final, needed), (final, needed)
            assert outcome.waiting == ()


@pytest.mark.parametrize("rule", [GateRule.ALL, GateRule.SEQUENCE, GateRule.QUORUM, GateRule.ANY])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_a_gate_is_rejected_exactly_when_no_vote_could_still_approve_it(
    rule: GateRule, count: int
) -> None:
    for choices in product(CHOICES, repeat=count):
        for needed in range(1, count + 1):
            ends = {by_definition(rule, end, needed) for end in completions(choices)}
            found = decide(rule, seats(count), cast(choices), needed).decision
            assert (found is Decision.REJECTED) == (ends == {Decision.REJECTED}), choices


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_any_and_quorum_approve_at_the_vote_that_settles_it(count: int) -> None:
    for choices in product(CHOICES, repeat=count):
        for needed in range(1, count + 1):
            enough = choices.count(A) >= needed
            quorum = decide(GateRule.QUORUM, seats(count), cast(choices), needed).decision
            assert (quorum is Decision.APPROVED) == enough
        one = decide(GateRule.ANY, seats(count), cast(choices)).decision
        assert (one is Decision.APPROVED) == (A in choices)


@pytest.mark.parametrize("rule", [GateRule.ALL, GateRule.SEQUENCE])
def test_all_and_sequence_wait_for_everybody(rule: GateRule) -> None:
    assert decide(rule, seats(3), cast((A, A, None))).decision is Decision.OPEN
    assert decide(rule, seats(3), cast((A, A, O))).decision is Decision.APPROVED


def test_a_rejection_ends_a_sequence_before_the_others_are_asked() -> None:
    assert decide(GateRule.SEQUENCE, seats(3), cast((R, None, None))).decision is Decision.REJECTED


def test_a_sequence_asks_one_seat_after_the_other() -> None:
    order = [
        decide(GateRule.SEQUENCE, seats(3), cast((A,) * voted)).waiting_roles for voted in range(3)
    ]
    assert order == [("role0",), ("role1",), ("role2",)]


def test_everybody_abstaining_approves_nothing() -> None:
    for rule in GateRule:
        assert decide(rule, seats(2), cast((O, O)), 1).decision is Decision.REJECTED


@pytest.mark.parametrize("rule", GateRule)
def test_a_rejection_with_veto_decides_at_once(rule: GateRule) -> None:
    gate = [*seats(2), Seat("v", "legal", counts=False, veto=True)]
    votes = {"v": Choice.REJECT}
    assert decide(rule, gate, votes, 1).decision is Decision.REJECTED


def test_nothing_is_approved_while_a_veto_may_still_come() -> None:
    gate = [*seats(2), Seat("v", "legal", counts=False, veto=True)]
    waiting = decide(GateRule.ANY, gate, {"0": A})
    assert waiting.decision is Decision.OPEN
    assert waiting.waiting_roles == ("role1", "legal")
    for said in (A, O):
        assert decide(GateRule.ANY, gate, {"0": A, "v": said}).decision is Decision.APPROVED


def test_the_approval_of_a_mere_veto_seat_does_not_count() -> None:
    gate = [*seats(1), Seat("v", "legal", counts=False, veto=True)]
    assert decide(GateRule.ANY, gate, {"v": A}).decision is Decision.OPEN


def test_a_voter_with_veto_counts_and_blocks() -> None:
    gate = [Seat("0", "finance"), Seat("1", "legal", veto=True)]
    assert decide(GateRule.QUORUM, gate, {"0": A, "1": R}, 1).decision is Decision.REJECTED
    assert decide(GateRule.QUORUM, gate, {"1": A}, 1).decision is Decision.APPROVED


def test_a_tier_is_never_released_without_its_voter() -> None:
    gate = [*seats(2), Seat("t", "cfo", counts=False, required=True)]
    assert decide(GateRule.QUORUM, gate, {"0": A, "1": A}, 2).decision is Decision.OPEN
    assert decide(GateRule.QUORUM, gate, {"0": A, "t": A}, 2).decision is Decision.OPEN
    for refused in (R, O):
        votes = {"0": A, "1": A, "t": refused}
        assert decide(GateRule.QUORUM, gate, votes, 2).decision is Decision.REJECTED
    assert decide(GateRule.QUORUM, gate, {"0": A, "1": A, "t": A}, 2).decision is Decision.APPROVED


def test_a_gate_that_asks_only_its_tier_is_decided_by_the_tier() -> None:
    tier = [Seat("t", "cfo", counts=False, required=True)]
    assert decide(GateRule.ALL, tier, {}).decision is Decision.OPEN
    assert decide(GateRule.ALL, tier, {"t": A}).decision is Decision.APPROVED


@pytest.mark.parametrize("rule", GateRule)
def test_a_gate_without_seats_is_open_to_all(rule: GateRule) -> None:
    assert decide(rule, [], {}).decision is Decision.APPROVED
    assert approvals_needed(rule, 0, 2) == 0


flags = st.tuples(st.booleans(), st.booleans(), st.booleans())
gates = st.lists(flags, min_size=1, max_size=5).map(
    lambda rows: [
        Seat(str(number), f"r{number}", counts=c, required=r, veto=v)
        for number, (c, r, v) in enumerate(rows)
    ]
)


@st.composite
def elections(draw: st.DrawFn) -> tuple[GateRule, list[Seat], dict[str, Choice], int]:
    drawn = draw(gates)
    votes = {
        seat.id: choice for seat in drawn if (choice := draw(st.sampled_from(CHOICES))) is not None
    }
    counting = sum(seat.counts for seat in drawn)
    needed = draw(st.integers(1, max(1, counting)))
    return draw(st.sampled_from(GateRule)), drawn, votes, needed


@given(elections())
def test_a_decision_stands_whatever_the_rest_would_vote(
    election: tuple[GateRule, list[Seat], dict[str, Choice], int],
) -> None:
    rule, drawn, votes, needed = election
    found = decide(rule, drawn, votes, needed).decision
    if found is not Decision.REJECTED:
        return
    free = [seat.id for seat in drawn if seat.id not in votes]
    for rest in product(Choice, repeat=len(free)):
        ended = decide(rule, drawn, {**votes, **dict(zip(free, rest, strict=True))}, needed)
        assert ended.decision is Decision.REJECTED


@given(elections())
def test_an_open_gate_waits_for_somebody_and_a_decided_one_for_nobody(
    election: tuple[GateRule, list[Seat], dict[str, Choice], int],
) -> None:
    rule, drawn, votes, needed = election
    outcome = decide(rule, drawn, votes, needed)
    assert bool(outcome.waiting) == (outcome.decision is Decision.OPEN)
    assert not {seat.id for seat in outcome.waiting} & set(votes)


@given(elections())
def test_an_open_gate_can_still_be_approved(
    election: tuple[GateRule, list[Seat], dict[str, Choice], int],
) -> None:
    rule, drawn, votes, needed = election
    if decide(rule, drawn, votes, needed).decision is not Decision.OPEN:
        return
    everybody = {seat.id: votes.get(seat.id, Choice.APPROVE) for seat in drawn}
    assert decide(rule, drawn, everybody, needed).decision is Decision.APPROVED


@given(elections())
def test_an_approval_more_never_turns_an_approved_gate(
    election: tuple[GateRule, list[Seat], dict[str, Choice], int],
) -> None:
    rule, drawn, votes, needed = election
    if decide(rule, drawn, votes, needed).decision is not Decision.APPROVED:
        return
    for seat in drawn:
        more = {**votes, seat.id: Choice.APPROVE}
        assert decide(rule, drawn, more, needed).decision is Decision.APPROVED


def test_the_order_in_which_votes_come_makes_no_difference() -> None:
    said = {"0": A, "1": O, "2": R}
    for rule in (GateRule.ALL, GateRule.ANY, GateRule.QUORUM):
        found = {
            decide(rule, seats(3), {seat: said[seat] for seat in order}, 2).decision
            for order in permutations(said)
        }
        assert len(found) == 1
