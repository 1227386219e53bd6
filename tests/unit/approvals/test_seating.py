"""Who is asked: voters, tiers, vetoes, and persons for a quorum larger than its voters."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsflow.approvals.asking import Answer
from opsflow.approvals.naming import Named, NamesNobody, named_by
from opsflow.approvals.seating import NOBODY, Asked, Place, asked_by, ruled, seat
from opsflow.approvals.voting import Decision, Seat, approvals_needed, decide
from opsflow.engine import Expression, Gate, GateRule, Tier

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TIER = Tier(Expression("amount > 100000"), ("cfo",))
CFO = Asked("amount > 100000", ("cfo",))
TABLE = Tier(None, (), decision="table")


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
    found = asked_by(gate("buyer", tiers=(TIER,)), {"amount": amount}, NOW, {})
    assert found == ((CFO,) if applies else ())


def test_a_missing_amount_asks_the_tier() -> None:
    assert asked_by(gate("buyer", tiers=(TIER,)), {}, NOW, {}) == (CFO,)


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
    assert seat(gate(tiers=(TIER,)), (), one) == ()
    assert seat(gate(tiers=(TIER,)), (CFO,), one) == (Place("cfo", "tier", required=True),)


def decided(answer: Answer, *voters: str, tier: Tier = TABLE) -> Asked:
    (asked,) = asked_by(gate(*voters, tiers=(tier,)), {}, NOW, {"table": answer})
    return asked


def test_a_decision_asks_whom_it_names() -> None:
    asked = decided(Answer(named=Named(("cfo", "legal"), veto=("audit",))), "buyer")
    assert (asked.voters, asked.undecided) == (("cfo", "legal"), "")
    assert seat(gate("buyer"), (asked,), one) == (
        Place("buyer", "base"),
        Place("cfo", "tier", required=True),
        Place("legal", "tier", required=True),
        Place("audit", "veto", veto=True),
    )


def test_where_a_decision_names_nobody_everybody_is_asked_whom_it_could_have_named() -> None:
    asked = decided(Answer(reason="it failed", possible=("head", "cfo")))
    assert (asked.voters, asked.undecided) == (("head", "cfo"), "it failed")


def test_the_model_may_say_who_is_asked_otherwise() -> None:
    otherwise = Tier(None, (), decision="table", otherwise=("owner",))
    asked = decided(Answer(reason="null", possible=("head", "cfo")), tier=otherwise)
    assert asked.voters == ("owner",)


def test_a_role_that_does_not_exist_lets_nobody_through() -> None:
    answer = Answer(named=Named(("cfo", "chef")), reason="no role 'chef'", unknown=("chef",))
    assert decided(answer).voters == ("chef", "cfo")
    otherwise = Tier(None, (), decision="table", otherwise=("owner",))
    assert decided(answer, tier=otherwise).voters == ("owner", "cfo")


def test_without_anybody_to_ask_there_still_is_a_seat() -> None:
    assert decided(Answer()).voters == (NOBODY,)
    (asked,) = asked_by(gate(tiers=(TABLE,)), {}, NOW, {})
    assert asked.voters == (NOBODY,)
    assert asked.undecided


def test_a_decision_may_give_the_rule_of_a_gate_without_voters() -> None:
    named = Named(("board",), rule=GateRule.QUORUM, votes=2)
    asked = decided(Answer(named=named))
    bare = gate(tiers=(TABLE,))
    assert seat(bare, (asked,), lambda _role: 3) == (Place("board", "base"),) * 3
    assert (ruled(bare, (asked,)).rule, ruled(bare, (asked,)).votes) == (GateRule.QUORUM, 2)


def test_a_rule_beside_other_voters_is_not_followed() -> None:
    asked = decided(Answer(named=Named(("a", "b"), rule=GateRule.ANY), possible=("z",)), "buyer")
    assert asked.rule is None
    assert asked.undecided
    assert asked.voters == ("z", "a", "b")


def test_other_voters_of_a_decision_are_another_matter() -> None:
    texts = {
        decided(Answer(named=Named(("a",)))).text,
        decided(Answer(named=Named(("b",)))).text,
        decided(Answer(named=Named(("a",), veto=("b",)))).text,
        decided(Answer(named=Named(("a",), rule=GateRule.ANY))).text,
        decided(Answer(reason="null", possible=("a",))).text,
    }
    assert len(texts) == 5


_ROLES = st.sampled_from(["a", "b", "chief", "", "a, b"])
_VALUES = st.one_of(
    _ROLES,
    st.none(),
    st.lists(_ROLES | st.none(), max_size=3),
    st.fixed_dictionaries(
        {"voters": _ROLES | st.lists(_ROLES, max_size=2)},
        optional={
            "veto": _ROLES | st.none(),
            "rule": st.sampled_from([*GateRule, None, "most"]),
            "votes": st.integers(-1, 4) | st.none(),
        },
    ),
)
_GATES = st.builds(
    gate,
    st.sampled_from(["a", "c"]),
    rule=st.sampled_from([GateRule.ALL, GateRule.ANY, GateRule.SEQUENCE]),
)


@given(_VALUES, _GATES, st.booleans(), st.sampled_from([(), ("owner",)]))
def test_no_value_of_a_decision_opens_a_gate_that_nobody_has_voted_at(
    value: object, model: Gate, alone: bool, otherwise: tuple[str, ...]
) -> None:
    try:
        named, reason = named_by(value), ""
    except NamesNobody as error:
        named, reason = None, str(error)
    unknown = tuple(role for role in (named.roles if named else ()) if role == "chief")
    answer = Answer(named=named, reason=reason or ("unknown" if unknown else ""), unknown=unknown)
    tier = replace(TABLE, otherwise=otherwise)
    model = replace(model, tiers=(tier,), voters=() if alone else model.voters)
    asked = asked_by(model, {}, NOW, {"table": answer})
    under, places = ruled(model, asked), seat(model, asked, one)
    seats = [
        Seat(str(n), place.role, place.source == "base", place.required, place.veto)
        for n, place in enumerate(places)
    ]
    needed = approvals_needed(under.rule, sum(each.counts for each in seats), under.votes)
    outcome = decide(under.rule, seats, {}, needed)
    assert outcome.decision is Decision.OPEN
    assert outcome.waiting
    if named is not None and not asked[0].undecided:
        assert set(named.voters) <= {each.role for each in seats}
