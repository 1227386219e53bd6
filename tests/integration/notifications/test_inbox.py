"""Inboxes: who is told what, and reading it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.errors import Invalid, NotFound, Refused
from tests.models import flows, human, model, simple

RACI = (
    '<opsflow:responsibility responsible="buyer" accountable="manager" consulted="legal" '
    'informed="desk"/>'
)
MEASURE = (
    '<opsflow:procedure><opsflow:step id="price" kind="measure" max="10">Price</opsflow:step>'
    "</opsflow:procedure>"
)


@pytest.fixture
def started(flow: Opsflow) -> str:
    """An instance with one task; gives the id of the task."""
    for person, role in {
        "ann": "buyer",
        "bob": "buyer",
        "mia": "manager",
        "leo": "legal",
        "dee": "desk",
    }.items():
        flow.people.add_person(person, name=person)
        if not flow.people.role_exists(role):
            flow.people.add_role(role)
        flow.people.grant(person, role)
    flow.people.grant("ann", "desk")
    flow.definitions.deploy(simple(human("buy", RACI + MEASURE, "Buy it")), by="mia")
    instance = flow.instances.start("order", by="mia")
    (task,) = flow.tasks.of_instance(instance.id)
    return task.id


def kinds(flow: Opsflow, person: str) -> list[str]:
    return sorted(notice.kind for notice in flow.notifications.inbox(person))


def test_the_informed_are_told_when_it_is_done_and_the_performer_is_not(
    flow: Opsflow, started: str
) -> None:
    flow.tasks.claim(started, by="ann")
    flow.sop.record(started, "price", by="ann", value=5)
    flow.tasks.complete(started, by="ann")
    (notice,) = flow.notifications.inbox("dee")
    assert (notice.kind, notice.task_id) == ("task.completed", started)
    assert notice.text == "Buy it is done, by ann."
    assert kinds(flow, "ann") == []


def test_the_consulted_are_asked_when_the_task_opens(flow: Opsflow, started: str) -> None:
    assert kinds(flow, "leo") == ["consultation.asked"]


def test_the_accountable_is_told_of_a_deviation_and_the_performer_of_the_decision(
    flow: Opsflow, started: str
) -> None:
    flow.tasks.claim(started, by="ann")
    flow.sop.record(started, "price", by="ann", value=11, reason="dear")
    (notice,) = flow.notifications.inbox("mia")
    assert notice.text == "Buy it, deviation: 11 is above the maximum 10. Reason: dear"
    (deviation,) = flow.sop.deviations(started)
    flow.sop.accept(deviation.id, by="mia", comment="fine")
    assert kinds(flow, "ann") == ["deviation.accepted"]


def test_whoever_is_given_a_task_is_told(flow: Opsflow, started: str) -> None:
    flow.tasks.assign(started, to="bob", by="mia")
    assert kinds(flow, "bob") == ["task.assigned"]


def test_a_person_who_is_away_is_not_told_and_the_substitute_is(
    flow: Opsflow, clock: ManualClock, started: str
) -> None:
    now = clock.now()
    flow.people.record_absence(
        "mia", starts_at=now, ends_at=now + timedelta(days=1), substitute="bob"
    )
    flow.tasks.claim(started, by="ann")
    flow.sop.record(started, "price", by="ann", value=11, reason="dear")
    assert kinds(flow, "mia") == []
    assert kinds(flow, "bob") == ["deviation.raised"]


def test_a_notice_is_unread_until_its_person_reads_it(flow: Opsflow, clock: ManualClock) -> None:
    first, _ = flow.notifications.tell(["ann", "bob", "ann"], "news", "Hello")
    clock.advance(timedelta(seconds=1))
    flow.notifications.tell(["ann"], "news", "Again")
    assert [notice.text for notice in flow.notifications.inbox("ann")] == ["Again", "Hello"]
    assert flow.notifications.unread("ann") == 2
    with pytest.raises(Refused):
        flow.notifications.mark_read(first.id, by="bob")
    flow.notifications.mark_read(first.id, by="ann")
    assert [n.text for n in flow.notifications.inbox("ann", unread_only=True)] == ["Again"]
    assert flow.notifications.mark_all_read(by="ann") == 1
    assert flow.notifications.unread("ann") == 0
    assert flow.notifications.unread("bob") == 1


def test_an_inbox_is_read_page_by_page(flow: Opsflow, clock: ManualClock) -> None:
    for number in range(5):
        flow.notifications.tell(["ann"], "news", f"n{number}")
        clock.advance(timedelta(seconds=1))
    page = flow.notifications.inbox("ann", limit=2)
    rest = flow.notifications.inbox("ann", before=page[-1].id)
    assert [notice.text for notice in page + rest] == ["n4", "n3", "n2", "n1", "n0"]
    with pytest.raises(Invalid):
        flow.notifications.inbox("ann", limit=0)


def test_an_empty_notice_and_an_unknown_one_are_refused(flow: Opsflow) -> None:
    with pytest.raises(Invalid):
        flow.notifications.tell(["ann"], "news", " ")
    with pytest.raises(NotFound):
        flow.notifications.mark_read("nothing", by="ann")


def test_in_a_sequence_each_voter_is_told_when_it_is_their_turn(
    flow: Opsflow, clock: ManualClock, started: str
) -> None:
    gates = '<opsflow:gate id="g" at="exit" rule="sequence" voters="legal,desk"/>'
    flow.definitions.deploy(simple(human("sell", gates, "Sell it"), key="sale"), by="mia")
    instance = flow.instances.start("sale", by="mia")
    (task,) = flow.tasks.of_instance(instance.id)
    flow.tasks.claim(task.id, by="bob")
    flow.tasks.complete(task.id, by="bob")
    assert "gate.opened" in kinds(flow, "leo")
    assert kinds(flow, "dee") == []
    (status,) = flow.approvals.to_vote("leo")
    flow.approvals.vote(status.gate.id, by="leo", choice="approve")
    assert kinds(flow, "dee") == ["gate.opened"]


def test_the_accountable_is_told_of_an_escalation_that_nobody_caught(
    flow: Opsflow, started: str
) -> None:
    body = "\n".join(
        [
            '<startEvent id="start"/>',
            '<intermediateThrowEvent id="late">'
            '<escalationEventDefinition escalationRef="x"/></intermediateThrowEvent>',
            human("work", RACI),
            '<endEvent id="end"/>',
            flows("start>late", "late>work", "work>end"),
        ]
    )
    raised = '<escalation id="x" name="Late" escalationCode="LATE"/>'
    flow.definitions.deploy(model(body, key="late_order", before=raised), by="mia")
    flow.instances.start("late_order", by="bob", business_key="PO-7")
    (notice,) = flow.notifications.inbox("mia")
    assert (notice.kind, notice.text) == ("escalation", "Escalation LATE in PO-7 (late_order).")
