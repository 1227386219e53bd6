"""Where steps stand: order, what is missing, deviations and their decision."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from opsflow.engine import ProcedureStep, ProcedureStepKind
from opsflow.errors import Invalid, Refused, WrongState
from opsflow.events import Actor
from opsflow.sop.models import Deviation, ProcedureRecord
from opsflow.sop.steps import StepState, StepStatus, stand

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
BOSS = Actor("boss", "manager")


def step(id: str, *, required: bool = True) -> ProcedureStep:
    return ProcedureStep(id, ProcedureStepKind.CONFIRM, f"Do {id}", required=required)


def record(step_id: str, state: str = "done", deviation: str | None = None) -> ProcedureRecord:
    return ProcedureRecord(
        id=f"r-{step_id}", step_id=step_id, state=state, deviation_id=deviation, person="ann"
    )


def deviation(state: str = "open", **given: str) -> Deviation:
    return Deviation(
        id="d",
        task_id="t",
        step_id="a",
        kind="skipped",
        detail="left out",
        reason="no time",
        raised_by=given.get("raised_by", "ann"),
        on_behalf_of=given.get("on_behalf_of"),
        state=state,
        comment="do it" if state == "sent_back" else None,
    )


def standing(
    steps: list[ProcedureStep], *records: ProcedureRecord, of: Deviation | None = None
) -> list[StepStatus]:
    by_step = {item.step_id: item for item in records}
    return stand(steps, by_step, {}, {of.id: of} if of else {}, {})


STEPS = [step("a"), step("b", required=False), step("c")]


def test_a_step_waits_for_the_required_ones_before_it() -> None:
    assert [status.waits_for for status in standing(STEPS)] == [(), ("a",), ("a",)]
    after = standing(STEPS, record("a"))
    assert [status.waits_for for status in after] == [(), (), ()]


def test_an_optional_step_holds_nothing_up() -> None:
    missing = [status.missing for status in standing(STEPS, record("a"), record("c"))]
    assert missing == [None, None, None]


def test_open_required_steps_are_missing_and_named() -> None:
    assert [status.missing for status in standing(STEPS)] == [
        "step a: Do a",
        None,
        "step c: Do c",
    ]


def test_an_open_deviation_lets_the_next_step_be_done_and_keeps_the_task_open() -> None:
    first, _, third = standing(STEPS, record("a", "skipped", "d"), of=deviation())
    assert first.state is StepState.SKIPPED
    assert first.missing == "deviation at step a: left out"
    assert third.waits_for == ()


def test_an_accepted_deviation_holds_nothing_up() -> None:
    first = standing(STEPS, record("a", "skipped", "d"), of=deviation("accepted"))[0]
    assert (first.state, first.missing) == (StepState.SKIPPED, None)


def test_a_deviation_that_was_sent_back_opens_the_step_again() -> None:
    first, _, third = standing(STEPS, record("a", "skipped", "d"), of=deviation("sent_back"))
    assert first.state is StepState.OPEN
    assert first.missing == "step a: Do a (sent back: do it)"
    assert third.waits_for == ("a",)


def test_the_accountable_role_decides_once() -> None:
    raised = deviation()
    raised.accept(BOSS, NOW, " fine ")
    assert (raised.state, raised.decided_by, raised.comment) == ("accepted", "boss", "fine")
    with pytest.raises(WrongState):
        raised.send_back(BOSS, NOW, "after all")
    with pytest.raises(WrongState):
        raised.accept(BOSS, NOW, "")


@pytest.mark.parametrize(
    ("raised_by", "raised_for", "actor"),
    [
        ("ann", None, Actor("ann", "manager")),
        ("ann", None, Actor("sub", "manager", on_behalf_of="ann")),
        ("sub", "ann", Actor("ann", "manager")),
        ("sub", "ann", Actor("sub", "manager")),
    ],
)
def test_nobody_decides_about_a_deviation_of_their_own(
    raised_by: str, raised_for: str | None, actor: Actor
) -> None:
    given = {"raised_by": raised_by} | ({"on_behalf_of": raised_for} if raised_for else {})
    raised = deviation(**given)
    with pytest.raises(Refused) as refused:
        raised.accept(actor, NOW, "")
    assert refused.value.rule == "deviation.performer"
    assert raised.is_open


def test_sending_back_says_what_to_do() -> None:
    with pytest.raises(Invalid):
        deviation().send_back(BOSS, NOW, "  ")
