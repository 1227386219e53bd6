"""Procedures on a real task: order, evidence, deviations, completion."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.errors import (
    EvidenceInvalid,
    Invalid,
    NotFound,
    Refused,
    RequirementsOpen,
    WrongState,
)
from opsflow.responsibility import Verb
from opsflow.sop import StepState
from opsflow.tasks import Task

Purchase = Callable[..., Task]
QUOTE = ("quotes.pdf", b"three quotes")


def walk(flow: Opsflow, task: Task, by: str = "ann", *, price: object = 50) -> None:
    """Do the whole procedure."""
    names = {"ann": "Ann Li", "bob": "Bob Wu", "max": "Max Ho"}
    flow.sop.record(task.id, "quotes", by=by, file=QUOTE)
    flow.sop.record(task.id, "price", by=by, value=price, reason="the market moved")
    flow.sop.record(task.id, "sign", by=by, value=names[by])


def history(flow: Opsflow, task: Task) -> list[str]:
    return [entry.type for entry in flow.history.of_instance(task.instance_id)]


def test_steps_are_done_in_order(flow: Opsflow, purchase: Purchase) -> None:
    task = purchase()
    with pytest.raises(RequirementsOpen) as early:
        flow.sop.record(task.id, "price", by="ann", value=5)
    assert early.value.missing == ("step quotes comes first",)
    flow.sop.record(task.id, "quotes", by="ann", file=QUOTE)
    status = flow.sop.record(task.id, "price", by="ann", value="5.50")
    assert status.record is not None
    assert (status.record.number, status.record.unit) == (Decimal("5.50"), "CNY")
    assert [each.state for each in flow.sop.steps(task.id)] == [
        StepState.DONE,
        StepState.DONE,
        StepState.OPEN,
        StepState.OPEN,
    ]


def test_a_task_with_open_required_steps_does_not_complete(
    flow: Opsflow, purchase: Purchase
) -> None:
    task = purchase()
    flow.sop.record(task.id, "quotes", by="ann", file=QUOTE)
    with pytest.raises(RequirementsOpen) as early:
        flow.tasks.complete(task.id, by="ann")
    assert early.value.missing == ("step price: Price", "step sign: Sign")
    flow.sop.record(task.id, "price", by="ann", value=5)
    flow.sop.record(task.id, "sign", by="ann", value="Ann Li")
    assert flow.tasks.complete(task.id, by="ann").state == "completed"
    assert flow.instances.get(task.instance_id).status == "completed"


def test_evidence_is_stored_with_its_hash(flow: Opsflow, purchase: Purchase) -> None:
    task = purchase()
    (evidence,) = flow.sop.record(task.id, "quotes", by="ann", file=QUOTE).evidence
    assert evidence.sha256 == hashlib.sha256(QUOTE[1]).hexdigest()
    assert (evidence.name, evidence.media_type, evidence.size) == (
        "quotes.pdf",
        "application/pdf",
        len(QUOTE[1]),
    )
    assert flow.sop.evidence(evidence.id)[1] == QUOTE[1]
    recorded = flow.history.of_instance(task.instance_id)[-1]
    assert recorded.type == "ProcedureStepRecorded"
    assert evidence.sha256 in recorded.data


def test_who_and_when_and_how_long_is_kept(
    flow: Opsflow, clock: ManualClock, purchase: Purchase
) -> None:
    task = purchase()
    clock.advance(timedelta(minutes=2))
    first = flow.sop.record(task.id, "quotes", by="ann", file=QUOTE).record
    clock.advance(timedelta(seconds=30))
    second = flow.sop.record(task.id, "price", by="ann", value=5).record
    assert first is not None
    assert second is not None
    assert (first.person, first.role, first.at) == (
        "ann",
        "buyer",
        clock.now() - timedelta(seconds=30),
    )
    assert (first.seconds, second.seconds) == (120, 30)


def test_only_the_assignee_records_and_a_refusal_is_evidence(
    flow: Opsflow, purchase: Purchase
) -> None:
    task = purchase()
    with pytest.raises(Refused) as refused:
        flow.sop.record(task.id, "quotes", by="bob", file=QUOTE)
    assert refused.value.rule == "assignee.only"
    assert history(flow, task)[-1] == "TaskRefused"
    assert flow.sop.steps(task.id)[0].state is StepState.OPEN


def test_nothing_is_recorded_on_a_task_that_is_not_claimed(
    flow: Opsflow, purchase: Purchase
) -> None:
    task = purchase()
    flow.tasks.release(task.id, by="ann")
    with pytest.raises(WrongState):
        flow.sop.record(task.id, "quotes", by="ann", file=QUOTE)


def test_nothing_is_recorded_while_the_instance_is_suspended(
    flow: Opsflow, purchase: Purchase
) -> None:
    task = purchase()
    flow.instances.suspend(task.instance_id, by="mia", reason="audit")
    with pytest.raises(WrongState):
        flow.sop.record(task.id, "quotes", by="ann", file=QUOTE)
    flow.instances.resume(task.instance_id, by="mia")
    flow.sop.record(task.id, "quotes", by="ann", file=QUOTE)


def test_out_of_limits_needs_a_reason_and_is_a_deviation(flow: Opsflow, purchase: Purchase) -> None:
    task = purchase()
    flow.sop.record(task.id, "quotes", by="ann", file=QUOTE)
    with pytest.raises(EvidenceInvalid, match="101 CNY is above the maximum 100 CNY"):
        flow.sop.record(task.id, "price", by="ann", value=101)
    assert flow.sop.deviations(task.id) == []
    status = flow.sop.record(task.id, "price", by="ann", value=101, reason="steel is dear")
    assert status.deviation is not None
    assert (status.deviation.kind, status.deviation.state) == ("out_of_limits", "open")
    assert status.record is not None
    assert (status.record.minimum, status.record.maximum) == (Decimal(1), Decimal(100))
    flow.sop.record(task.id, "sign", by="ann", value="Ann Li")
    with pytest.raises(RequirementsOpen) as early:
        flow.tasks.complete(task.id, by="ann")
    assert early.value.missing == ("deviation at step price: 101 CNY is above the maximum 100 CNY",)


def test_the_accountable_role_accepts_a_deviation(flow: Opsflow, purchase: Purchase) -> None:
    task = purchase()
    walk(flow, task, price=101)
    (deviation,) = flow.sop.deviations_for("mia")
    accepted = flow.sop.accept(deviation.id, by="mia", comment="as agreed")
    assert (accepted.state, accepted.decided_by, accepted.decided_role) == (
        "accepted",
        "mia",
        "manager",
    )
    assert flow.sop.deviations_for("mia") == []
    assert flow.tasks.complete(task.id, by="ann").state == "completed"


def test_a_deviation_that_is_sent_back_opens_the_step(flow: Opsflow, purchase: Purchase) -> None:
    task = purchase()
    walk(flow, task, price=101)
    (deviation,) = flow.sop.deviations(task.id)
    with pytest.raises(Invalid):
        flow.sop.send_back(deviation.id, by="mia", comment=" ")
    flow.sop.send_back(deviation.id, by="mia", comment="ask again")
    with pytest.raises(RequirementsOpen) as early:
        flow.tasks.complete(task.id, by="ann")
    assert early.value.missing == ("step price: Price (sent back: ask again)",)
    flow.sop.record(task.id, "price", by="ann", value=99)
    assert flow.tasks.complete(task.id, by="ann").state == "completed"
    with pytest.raises(WrongState):
        flow.sop.accept(deviation.id, by="mia")


def test_nobody_but_the_accountable_decides_and_never_the_performer(
    flow: Opsflow, purchase: Purchase
) -> None:
    task = purchase(by="max")
    walk(flow, task, by="max", price=101)
    (deviation,) = flow.sop.deviations(task.id)
    for person, rule in (("bob", "raci.accountable"), ("max", "deviation.performer")):
        with pytest.raises(Refused) as refused:
            flow.sop.accept(deviation.id, by=person)
        assert refused.value.rule == rule
        assert flow.sop.deviations_for(person) == []
    assert refused.value.could == ("mia",)
    flow.sop.accept(deviation.id, by="mia")


def test_a_required_step_is_skipped_with_a_reason_that_is_accepted(
    flow: Opsflow, purchase: Purchase
) -> None:
    task = purchase()
    with pytest.raises(Invalid):
        flow.sop.skip(task.id, "quotes", by="ann", reason=" ")
    status = flow.sop.skip(task.id, "quotes", by="ann", reason="sole supplier")
    assert status.state is StepState.SKIPPED
    flow.sop.record(task.id, "price", by="ann", value=5)
    flow.sop.record(task.id, "sign", by="ann", value="Ann Li")
    with pytest.raises(RequirementsOpen):
        flow.tasks.complete(task.id, by="ann")
    (deviation,) = flow.sop.deviations(task.id)
    assert (deviation.kind, deviation.reason) == ("skipped", "sole supplier")
    flow.sop.accept(deviation.id, by="mia")
    assert flow.tasks.complete(task.id, by="ann").state == "completed"


def test_an_optional_step_is_skipped_without_a_deviation(flow: Opsflow, purchase: Purchase) -> None:
    task = purchase()
    walk(flow, task)
    flow.sop.skip(task.id, "remark", by="ann", reason="nothing unusual")
    assert flow.sop.deviations(task.id) == []
    assert flow.tasks.complete(task.id, by="ann").state == "completed"


def test_recording_again_replaces_and_withdraws_an_undecided_deviation(
    flow: Opsflow, purchase: Purchase
) -> None:
    task = purchase()
    walk(flow, task, price=101)
    flow.sop.record(task.id, "price", by="ann", value=99)
    (deviation,) = flow.sop.deviations(task.id)
    assert deviation.state == "withdrawn"
    with pytest.raises(WrongState):
        flow.sop.accept(deviation.id, by="mia")
    flow.sop.record(task.id, "quotes", by="ann", file=("new.pdf", b"better"))
    (evidence,) = flow.sop.steps(task.id)[0].evidence
    assert evidence.name == "new.pdf"
    assert history(flow, task).count("ProcedureStepRecorded") == 5
    assert flow.tasks.complete(task.id, by="ann").state == "completed"


def test_a_second_deviation_at_one_step_withdraws_the_first(
    flow: Opsflow, clock: ManualClock, purchase: Purchase
) -> None:
    task = purchase()
    walk(flow, task, price=101)
    clock.advance(timedelta(seconds=1))
    flow.sop.record(task.id, "price", by="ann", value=102, reason="dearer still")
    assert [each.state for each in flow.sop.deviations(task.id)] == ["withdrawn", "open"]


def test_limits_follow_the_variables_of_the_instance(flow: Opsflow, purchase: Purchase) -> None:
    task = purchase()
    flow.sop.record(task.id, "quotes", by="ann", file=QUOTE)
    flow.instances.set_variables(task.instance_id, {"approved": 200}, by="mia")
    assert flow.sop.record(task.id, "price", by="ann", value=150).deviation is None


def test_a_limit_that_cannot_be_told_is_left_to_the_accountable(
    flow: Opsflow, purchase: Purchase
) -> None:
    task = purchase(variables={})
    flow.sop.record(task.id, "quotes", by="ann", file=QUOTE)
    status = flow.sop.record(task.id, "price", by="ann", value=5, reason="no budget was set")
    assert status.deviation is not None
    assert "cannot be told" in status.deviation.detail


def test_a_signature_is_the_own_name(flow: Opsflow, purchase: Purchase) -> None:
    task = purchase()
    flow.sop.record(task.id, "quotes", by="ann", file=QUOTE)
    flow.sop.record(task.id, "price", by="ann", value=5)
    with pytest.raises(EvidenceInvalid):
        flow.sop.record(task.id, "sign", by="ann", value="Mia Gu")
    status = flow.sop.record(task.id, "sign", by="ann", value="Ann Li")
    assert status.record is not None
    assert status.record.value == "Ann Li"


def test_what_is_not_there_is_said_so(flow: Opsflow, purchase: Purchase) -> None:
    task = purchase()
    with pytest.raises(NotFound):
        flow.sop.record(task.id, "nothing", by="ann")
    with pytest.raises(NotFound):
        flow.sop.steps("nothing")
    with pytest.raises(NotFound):
        flow.sop.accept("nothing", by="mia")
    with pytest.raises(NotFound):
        flow.sop.evidence("nothing")


def test_the_records_of_a_finished_task_stay_readable(flow: Opsflow, purchase: Purchase) -> None:
    task = purchase()
    walk(flow, task)
    flow.tasks.complete(task.id, by="ann")
    record = flow.sop.steps(task.id)[1].record
    assert record is not None
    assert (record.number, record.maximum) == (Decimal(50), Decimal(100))
    with pytest.raises(WrongState):
        flow.sop.record(task.id, "price", by="ann", value=51)


def test_deviations_of_a_cancelled_task_need_no_decision(flow: Opsflow, purchase: Purchase) -> None:
    task = purchase()
    walk(flow, task, price=101)
    flow.instances.cancel(task.instance_id, by="mia", reason="not needed")
    assert flow.sop.deviations_for("mia") == []
    (deviation,) = flow.sop.deviations(task.id)
    with pytest.raises(WrongState):
        flow.sop.accept(deviation.id, by="mia")


def test_the_trail_holds_after_a_walk(flow: Opsflow, purchase: Purchase) -> None:
    task = purchase()
    walk(flow, task, price=101)
    (deviation,) = flow.sop.deviations(task.id)
    flow.sop.accept(deviation.id, by="mia", comment="fine")
    assert flow.history.verify().holds
    assert history(flow, task)[-1] == "DeviationAccepted"
    traced = [(deed.person, deed.verb) for deed in flow.responsibility.trace(task.instance_id)]
    assert traced.count(("ann", Verb.WORK)) == 3
    assert traced.count(("mia", Verb.ACCEPT_DEVIATION)) == 1
