"""Gates on real tasks: rules, who may vote, what a decision does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.errors import Invalid, NotFound, Refused, WrongState
from opsflow.responsibility import Verb
from tests.integration.approvals.conftest import Start, gate
from tests.models import flows, human, model

CFO = '<opsflow:tier when="= amount &gt; 100000" voters="cfo"/>'


def test_all_waits_for_every_role(behind: Start) -> None:
    work = behind(gate()).submit()
    assert work.task.state == "in_review"
    assert work.gate().waiting_roles == ("finance", "legal")
    work.vote("fay")
    assert (work.state(), work.gate().waiting_roles) == ("open", ("legal",))
    work.vote("leo")
    assert (work.state(), work.task.state) == ("approved", "completed")
    assert work.flow.instances.get(work.instance_id).status == "completed"


def test_any_needs_one(behind: Start) -> None:
    work = behind(gate(rule="any")).submit()
    work.vote("leo")
    assert work.task.state == "completed"


def test_a_quorum_counts_exactly(behind: Start) -> None:
    work = behind(gate("finance legal cfo", "quorum", votes="2")).submit()
    work.reject("fay")
    assert work.state() == "open"
    work.vote("cid")
    assert work.state() == "open"
    work.vote("leo")
    assert work.task.state == "completed"


def test_a_committee_counts_its_persons(behind: Start) -> None:
    work = behind(gate("board", "quorum", votes="3")).submit()
    assert len(work.gate().seats) == 5
    for person in ("b1", "b3"):
        work.vote(person)
    work.reject("b2")
    with pytest.raises(Refused) as refused:
        work.vote("b1")
    assert refused.value.rule == "gate.one-vote"
    assert work.state() == "open"
    work.vote("b5")
    assert work.task.state == "completed"


def test_a_committee_rejects_once_the_quorum_is_out_of_reach(behind: Start) -> None:
    work = behind(gate("board", "quorum", votes="3")).submit()
    for person in ("b1", "b2"):
        work.reject(person)
    assert work.state() == "open"
    work.vote("b3", "abstain")
    assert (work.state(), work.task.state) == ("rejected", "claimed")


def test_a_sequence_asks_one_after_the_other(flow: Opsflow, behind: Start) -> None:
    work = behind(gate("legal finance", "sequence")).submit()
    with pytest.raises(Refused):
        work.vote("fay")
    assert flow.approvals.to_vote("fay") == []
    work.vote("leo")
    assert [status.gate.id for status in flow.approvals.to_vote("fay")] == [work.gate().gate.id]
    work.vote("fay")
    assert work.task.state == "completed"


def test_a_veto_decides_at_once(behind: Start) -> None:
    work = behind(gate("finance cfo", "any", veto="legal")).submit()
    work.vote("fay")
    assert work.state() == "open"
    work.reject("leo", "illegal")
    assert (work.state(), work.task.state) == ("rejected", "claimed")


def test_an_amount_above_the_tier_is_not_released_without_its_voter(behind: Start) -> None:
    work = behind(gate("finance", tiers=CFO), {"amount": 100_001}).submit()
    work.vote("fay")
    assert (work.state(), work.gate().waiting_roles) == ("open", ("cfo",))
    work.vote("cid")
    assert work.task.state == "completed"


def test_an_amount_below_the_tier_does_not_ask_its_voter(behind: Start) -> None:
    work = behind(gate("finance", tiers=CFO), {"amount": 100_000}).submit()
    work.vote("fay")
    assert work.task.state == "completed"


def test_the_submitted_amount_decides_about_the_tier(behind: Start) -> None:
    work = behind(gate("finance", tiers=CFO), {"amount": 5}).submit(amount=200_000)
    assert work.gate().waiting_roles == ("finance", "cfo")


def test_a_gate_that_asks_nobody_below_its_tier_lets_through(behind: Start) -> None:
    work = behind(gate("", tiers=CFO), {"amount": 5}).submit()
    assert work.task.state == "completed"
    assert work.state() == "approved"


def test_a_rejection_needs_a_reason_and_a_vote_a_known_choice(behind: Start) -> None:
    work = behind(gate()).submit()
    gate_id = work.gate().gate.id
    with pytest.raises(Invalid):
        work.flow.approvals.vote(gate_id, by="fay", choice="reject", reason=" ")
    with pytest.raises(Invalid):
        work.flow.approvals.vote(gate_id, by="fay", choice="maybe")
    with pytest.raises(NotFound):
        work.flow.approvals.vote("nothing", by="fay", choice="approve")
    assert work.live() == []


def test_a_rejection_goes_back_to_the_performer_with_the_reasons(behind: Start) -> None:
    work = behind(gate()).submit()
    work.vote("fay")
    work.reject("leo", "no contract")
    assert (work.task.state, work.task.assignee, work.task.round) == ("claimed", "ann", 2)
    (reworked,) = [
        entry
        for entry in work.flow.history.of_instance(work.instance_id)
        if entry.type == "TaskReworked"
    ]
    assert "leo (legal): no contract" in reworked.data
    (notice, *_) = work.flow.notifications.inbox("ann")
    assert notice.kind == "task.reworked"
    assert "no contract" in notice.text


def test_a_rejection_can_throw_an_error_that_the_process_catches(
    flow: Opsflow, people: None
) -> None:
    body = "\n".join(
        [
            '<startEvent id="start"/>',
            human("do", gate(onReject="fail", errorCode="REFUSED")),
            human("repair"),
            '<boundaryEvent id="caught" attachedToRef="do">'
            '<errorEventDefinition errorRef="e"/></boundaryEvent>',
            '<endEvent id="end"/>',
            flows("start>do", "do>end", "caught>repair", "repair>end"),
        ]
    )
    source = model(body, before='<error id="e" name="Refused" errorCode="REFUSED"/>')
    flow.definitions.deploy(source, by="mia")
    instance = flow.instances.start("p", by="mia")
    (task,) = flow.tasks.of_instance(instance.id)
    flow.tasks.claim(task.id, by="ann")
    flow.tasks.complete(task.id, by="ann")
    (status,) = flow.approvals.gates(task.id)
    flow.approvals.vote(status.gate.id, by="leo", choice="reject", reason="no")
    names = {each.node_id: each.state for each in flow.tasks.of_instance(instance.id)}
    assert names == {"do": "cancelled", "repair": "offered"}
    assert flow.approvals.get(status.gate.id).gate.state == "rejected"


@pytest.mark.parametrize(("choice", "outcome"), [("approve", "approved"), ("reject", "rejected")])
def test_a_gate_can_continue_with_its_outcome(behind: Start, choice: str, outcome: str) -> None:
    work = behind(gate("legal", onReject="continue", outcome="verdict")).submit(price=5)
    work.vote("leo", choice)
    assert work.task.state == "completed"
    assert work.flow.instances.variables(work.instance_id) == {"price": 5, "verdict": outcome}


def test_gates_are_asked_one_after_the_other(behind: Start) -> None:
    work = behind(gate("finance", id="one") + gate("legal", id="two")).submit()
    assert (work.state("one"), work.state("two")) == ("open", "waiting")
    with pytest.raises(WrongState):
        work.vote("leo", gate=work.gate("two").gate.id)
    work.vote("fay")
    assert (work.state("one"), work.state("two")) == ("approved", "open")
    work.vote("leo")
    assert work.task.state == "completed"


def test_the_performer_does_not_vote(behind: Start) -> None:
    work = behind(gate("finance")).submit("all")
    with pytest.raises(Refused) as refused:
        work.vote("all")
    assert refused.value.rule == "gate.performer"
    assert refused.value.could == ("fay", "fox", "two")
    assert work.flow.approvals.to_vote("all") == []
    assert work.events()[-1] == "TaskRefused"
    work.vote("fay")
    assert work.task.state == "completed"


def test_the_performer_votes_where_the_gate_says_so(behind: Start) -> None:
    work = behind(gate("finance", performerMayVote="true")).submit("all")
    work.vote("all")
    assert work.task.state == "completed"


def test_a_substitute_is_no_way_around(flow: Opsflow, clock: ManualClock, behind: Start) -> None:
    work = behind(gate("finance")).submit("all")
    now = clock.now()
    flow.people.record_absence(
        "all", starts_at=now, ends_at=now + timedelta(days=1), substitute="bob"
    )
    with pytest.raises(Refused) as refused:
        work.vote("bob")
    assert refused.value.rule == "gate.performer"


def test_a_substitute_votes_once_for_both(flow: Opsflow, clock: ManualClock, behind: Start) -> None:
    work = behind(gate("finance", "quorum", votes="2")).submit()
    now = clock.now()
    flow.people.record_absence(
        "fox", starts_at=now, ends_at=now + timedelta(hours=1), substitute="leo"
    )
    work.vote("leo")
    (vote,) = work.gate().votes
    assert (vote.person, vote.role, vote.on_behalf_of) == ("leo", "finance", "fox")
    clock.advance(timedelta(hours=2))
    with pytest.raises(Refused) as refused:
        work.vote("fox")
    assert refused.value.rule == "gate.one-vote"
    work.vote("fay")
    assert work.task.state == "completed"


def test_a_person_with_two_roles_fills_one_seat(flow: Opsflow, behind: Start) -> None:
    work = behind(gate()).submit()
    work.vote("two", role="legal")
    assert work.gate().waiting_roles == ("finance",)
    with pytest.raises(Refused) as refused:
        work.vote("two")
    assert refused.value.rule == "gate.one-vote"
    assert flow.approvals.to_vote("two") == []
    work.vote("fay")
    assert work.task.state == "completed"


def test_who_has_no_seat_does_not_vote(behind: Start) -> None:
    work = behind(gate()).submit()
    with pytest.raises(Refused) as refused:
        work.vote("mia")
    assert refused.value.rule == "gate.voter"
    work.vote("fay")
    with pytest.raises(Refused):
        work.vote("fox")


def test_separation_of_duties_holds_for_votes(flow: Opsflow, people: None) -> None:
    body = "\n".join(
        [
            '<extensionElements><opsflow:separation tasks="ask do"/></extensionElements>',
            '<startEvent id="start"/>',
            human("ask"),
            human("do", gate("finance")),
            '<endEvent id="end"/>',
            flows("start>ask", "ask>do", "do>end"),
        ]
    )
    flow.definitions.deploy(model(body), by="mia")
    instance = flow.instances.start("p", by="mia")
    (ask,) = flow.tasks.of_instance(instance.id)
    flow.tasks.claim(ask.id, by="all")
    flow.tasks.complete(ask.id, by="all")
    do = next(task for task in flow.tasks.of_instance(instance.id) if task.node_id == "do")
    flow.tasks.claim(do.id, by="ann")
    flow.tasks.complete(do.id, by="ann")
    (status,) = flow.approvals.gates(do.id)
    with pytest.raises(Refused) as refused:
        flow.approvals.vote(status.gate.id, by="all", choice="approve")
    assert refused.value.rule == "sod.pair"


def test_an_entry_gate_holds_the_task_until_it_is_approved(flow: Opsflow, behind: Start) -> None:
    work = behind(gate("finance", at="entry", onReject="fail", errorCode="NO"))
    assert work.task.state == "blocked"
    assert flow.tasks.for_person("ann") == []
    with pytest.raises(WrongState):
        flow.tasks.claim(work.id, by="ann")
    work.vote("fay")
    assert work.task.state == "offered"
    work.submit()
    assert work.task.state == "completed"


def test_an_entry_gate_that_rejects_is_asked_again(behind: Start) -> None:
    work = behind(gate("finance", at="entry"))
    work.reject("fay", "not now")
    assert (work.task.state, work.state(), work.gate().gate.round) == ("blocked", "open", 2)
    assert work.live() == []
    work.vote("fay")
    assert work.task.state == "offered"


def test_the_outcome_of_an_entry_gate_is_there_for_the_work(behind: Start) -> None:
    work = behind(gate("finance", at="entry", onReject="continue", outcome="hurry"))
    work.reject("fay")
    assert work.task.state == "offered"
    assert work.flow.instances.variables(work.instance_id) == {"hurry": "rejected"}


def test_entry_and_exit_gates_of_one_task(behind: Start) -> None:
    entry = gate("finance", id="go", at="entry", onReject="fail", errorCode="NO")
    work = behind(entry + gate("legal", id="done"))
    work.vote("fay")
    work.submit()
    assert (work.state("go"), work.state("done")) == ("approved", "open")
    work.vote("leo")
    assert work.task.state == "completed"


def test_nobody_votes_on_what_is_decided_or_withdrawn(behind: Start) -> None:
    work = behind(gate("finance")).submit()
    status = work.vote("fay")
    with pytest.raises(WrongState):
        work.vote("fox", gate=status.gate.id)
    other = behind(gate("finance")).submit()
    other.flow.instances.cancel(other.instance_id, by="mia", reason="not needed")
    assert other.state() == "void"
    with pytest.raises(WrongState):
        other.vote("fay", gate=other.gate().gate.id)
    assert other.flow.approvals.to_vote("fay") == []


def test_nobody_votes_while_the_instance_is_suspended(flow: Opsflow, behind: Start) -> None:
    work = behind(gate("finance")).submit()
    flow.instances.suspend(work.instance_id, by="mia", reason="audit")
    assert flow.approvals.to_vote("fay") == []
    with pytest.raises(WrongState):
        work.vote("fay")
    flow.instances.resume(work.instance_id, by="mia")
    work.vote("fay")
    assert work.task.state == "completed"


def test_a_gate_stays_open_when_a_voter_loses_the_role(flow: Opsflow, behind: Start) -> None:
    work = behind(gate("legal")).submit()
    flow.people.revoke("leo", "legal")
    with pytest.raises(Refused):
        work.vote("leo")
    work.vote("two")
    assert work.task.state == "completed"


def test_the_voters_are_told(flow: Opsflow, behind: Start) -> None:
    behind(gate("legal")).submit()
    assert [notice.kind for notice in flow.notifications.inbox("leo")] == ["gate.opened"]


def test_the_trail_tells_the_whole_story(behind: Start) -> None:
    work = behind(gate("legal")).submit(price=5)
    work.reject("leo")
    work.submit(price=4)
    work.vote("leo")
    story = work.events(
        "GateOpened", "VoteCast", "VoteVoided", "GateApproved", "GateRejected", "TaskReworked"
    )
    assert story == [
        "GateOpened",
        "VoteCast",
        "GateRejected",
        "TaskReworked",
        "VoteVoided",
        "GateOpened",
        "VoteCast",
        "GateApproved",
    ]
    assert work.flow.history.verify().holds
    traced = [(deed.person, deed.verb) for deed in work.flow.responsibility.trace(work.instance_id)]
    assert traced.count(("leo", Verb.VOTE)) == 2
