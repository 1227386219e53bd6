from __future__ import annotations

from datetime import timedelta

import pytest

from opsflow.errors import NotFound, Refused
from opsflow.events import Actor
from opsflow.responsibility import Verb
from tests.integration.responsibility.conftest import I1, I2, NOW, R1, T1, T2, T3, Desk, subject

DAY = timedelta(days=1)


def test_who_may_acts_in_a_role(desk: Desk) -> None:
    actor = desk.responsibility.require(desk.task(T1), "ada", Verb.CLAIM)
    assert actor == Actor("ada", "buyer", None)


def test_who_may_not_learns_the_rule_and_who_could(desk: Desk) -> None:
    with pytest.raises(Refused) as caught:
        desk.responsibility.require(desk.task(T1), "cyd", Verb.CLAIM)
    assert (caught.value.rule, caught.value.person, caught.value.verb) == (
        "raci.responsible",
        "cyd",
        "claim",
    )
    assert caught.value.could == ("ada", "bob")
    assert "buyer" in caught.value.reason


def test_who_could_leaves_out_the_absent_and_has_their_substitutes(desk: Desk) -> None:
    desk.people.record_absence("ada", starts_at=NOW, ends_at=NOW + DAY, substitute="dee")
    desk.people.deactivate("bob")
    assert desk.responsibility.could(desk.task(T1), Verb.CLAIM) == ("dee",)
    desk.clock.advance(DAY)
    assert desk.responsibility.could(desk.task(T1), Verb.CLAIM) == ("ada",)


def test_why_answers_for_any_task_person_and_verb(desk: Desk) -> None:
    yes = desk.responsibility.why(T1, "ada", "claim")
    assert (yes.allowed, yes.rule, yes.role, yes.could) == (
        True,
        "raci.responsible",
        "buyer",
        ("ada", "bob"),
    )
    no = desk.responsibility.why(T1, "ada", Verb.ASSIGN)
    assert (no.allowed, no.rule, no.could) == (False, "raci.accountable", ("cyd",))
    assert desk.responsibility.why(T1, "nobody", "read").rule == "directory.unknown"


def test_why_says_when_the_state_is_what_blocks(desk: Desk) -> None:
    desk.change(T1, state="claimed", assignee="ada")
    ruling = desk.responsibility.why(T1, "bob", "claim")
    assert (ruling.allowed, ruling.rule) == (False, "state.claimed")
    assert "by ada" in ruling.reason


def test_why_of_an_unknown_task_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.responsibility.why("t9", "ada", "claim")


def test_separation_of_duties_counts_what_was_recorded(desk: Desk) -> None:
    actor = desk.responsibility.require(desk.task(T1), "ada", Verb.CLAIM)
    desk.responsibility.record(desk.task(T1), actor, Verb.COMPLETE)
    with pytest.raises(Refused) as caught:
        desk.responsibility.require(desk.task(T2), "ada", Verb.CLAIM)
    assert (caught.value.rule, caught.value.could) == ("sod.pair", ("bob",))
    elsewhere = subject(T3, "pay", instance_id=I2)
    assert desk.responsibility.rule(elsewhere, "ada", Verb.CLAIM).allowed


def test_a_substitute_does_not_step_around_separation(desk: Desk) -> None:
    desk.responsibility.record(desk.task(T1), Actor("ada", "buyer"), Verb.COMPLETE)
    desk.people.record_absence("ada", starts_at=NOW, ends_at=NOW + DAY, substitute="dee")
    assert desk.responsibility.rule(desk.task(T1), "dee", Verb.CLAIM).allowed
    ruling = desk.responsibility.rule(desk.task(T2), "dee", Verb.CLAIM)
    assert ruling.rule == "sod.pair"
    assert desk.responsibility.could(desk.task(T2), Verb.CLAIM) == ("bob",)
    assert "for ada" in ruling.reason


def test_what_a_substitute_did_binds_the_one_they_stood_in_for(desk: Desk) -> None:
    desk.responsibility.record(desk.task(T1), Actor("dee", "buyer", "ada"), Verb.COMPLETE)
    assert not desk.responsibility.rule(desk.task(T2), "ada", Verb.CLAIM).allowed
    assert desk.responsibility.rule(desk.task(T2), "bob", Verb.CLAIM).allowed


def test_a_claim_holds_the_other_task_back_until_it_is_given_back(desk: Desk) -> None:
    desk.responsibility.record(desk.task(T1), Actor("ada", "buyer"), Verb.CLAIM)
    assert not desk.responsibility.rule(desk.task(T2), "ada", Verb.CLAIM).allowed
    desk.responsibility.withdraw(desk.task(T1))
    assert desk.responsibility.rule(desk.task(T2), "ada", Verb.CLAIM).allowed
    assert [item.withdrawn_at for item in desk.responsibility.trace(I1)] == [NOW]


def test_work_that_was_done_counts_also_after_the_task_was_given_back(desk: Desk) -> None:
    for verb in (Verb.CLAIM, Verb.WORK):
        desk.responsibility.record(desk.task(T1), Actor("ada", "buyer"), verb)
    desk.responsibility.withdraw(desk.task(T1))
    assert not desk.responsibility.rule(desk.task(T2), "ada", Verb.CLAIM).allowed


def test_a_list_of_tasks_is_cut_to_those_that_may_be_offered(desk: Desk) -> None:
    desk.responsibility.record(desk.task(T1), Actor("ada", "buyer"), Verb.COMPLETE)
    elsewhere = subject(T3, "pay", instance_id=I2)
    listed = [desk.task(T2), elsewhere, desk.task(T1)]
    assert desk.responsibility.offered(listed, "ada") == [elsewhere, desk.task(T1)]
    assert desk.responsibility.offered(listed, "bob") == listed
    assert desk.responsibility.offered(listed, "cyd") == []
    assert desk.responsibility.offered([], "ada") == []


def test_the_trace_tells_who_did_what_as_whom_for_whom_and_under_which_release(
    desk: Desk,
) -> None:
    desk.responsibility.record(desk.task(T1), Actor("ada", "buyer"), Verb.CLAIM)
    desk.clock.advance(DAY)
    desk.responsibility.record(desk.task(T1), Actor("dee", "buyer", "ada"), Verb.COMPLETE)
    desk.responsibility.record(subject("t9", "sign", I2), Actor("bob", "buyer"), Verb.CLAIM)
    told = [
        (p.verb, p.person, p.role, p.on_behalf_of, p.node_id, p.release_id, p.at)
        for p in desk.responsibility.trace(I1)
    ]
    assert told == [
        ("claim", "ada", "buyer", None, "sign", R1, NOW),
        ("complete", "dee", "buyer", "ada", "sign", R1, NOW + DAY),
    ]
    assert desk.responsibility.trace(I1, task_id=T2) == []
    assert len(desk.responsibility.trace(I1, task_id=T1)) == 2


def test_a_vote_is_ruled_on_by_the_seats_of_its_gate(desk: Desk) -> None:
    claimed = desk.change(T1, state="in_review", assignee="ada")
    vote = desk.responsibility.rule(claimed, "lea", Verb.VOTE, seats=("legal",))
    assert (vote.allowed, vote.role) == (True, "legal")
    own = desk.responsibility.rule(claimed, "ada", Verb.VOTE, seats=("buyer",))
    assert own.rule == "gate.performer"
    assert desk.responsibility.could(claimed, Verb.VOTE, seats=("buyer",)) == ("bob",)
    assert desk.responsibility.could(
        claimed, Verb.VOTE, seats=("buyer",), performer_may_vote=True
    ) == ("ada", "bob")
    allowed = desk.responsibility.rule(
        claimed, "ada", Verb.VOTE, seats=("buyer",), performer_may_vote=True
    )
    assert allowed.allowed


def test_an_absence_shows_in_the_staffing_proof(desk: Desk) -> None:
    assert desk.responsibility.staffing(R1) == []
    desk.people.record_absence("ada", starts_at=NOW + DAY, ends_at=NOW + 2 * DAY)
    assert desk.responsibility.staffing(R1) == []
    (shortage,) = desk.responsibility.staffing(R1, at=NOW + DAY)
    assert (shortage.rule, set(shortage.tasks)) == ("staffing.separation", {"sign", "pay"})
    assert shortage.reason.startswith("only bob could do")
