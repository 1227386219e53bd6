"""What the process and its gates do with a task."""

from __future__ import annotations

from datetime import timedelta

import pytest

from opsflow.errors import WrongState
from opsflow.events import Actor
from opsflow.tasks import State
from tests.integration.tasks.conftest import ENTRY, EXIT, RACI, Office
from tests.models import flows, human, model

ZHAO = Actor("zhao", "finance")


def test_a_task_behind_an_entry_gate_is_blocked_until_it_opens(office: Office) -> None:
    task = office.new_task(RACI + ENTRY)
    assert task.state is State.BLOCKED
    assert office.flow.tasks.for_person("li") == []
    with pytest.raises(WrongState):
        office.flow.tasks.claim(task.id, by="li")
    with pytest.raises(WrongState):
        office.flow.tasks.assign(task.id, to="li", by="chen")
    office.flow.tasks.unblock(task.id, actor=ZHAO)
    assert [found.id for found in office.flow.tasks.for_person("li")] == [task.id]


def test_rework_goes_back_with_reasons_and_is_handed_in_again(office: Office) -> None:
    task = office.claimed(RACI + EXIT)
    office.flow.tasks.complete(task.id, by="li", data={"amount": 3})
    back = office.flow.tasks.rework(task.id, ["too dear"], actor=ZHAO)
    assert (back.state, back.assignee, back.round) == (State.CLAIMED, "li", 2)
    again = office.flow.tasks.complete(task.id, by="li")
    assert (again.state, again.submitted) == (State.IN_REVIEW, {"amount": 3})


def test_a_passed_exit_gate_completes_with_what_was_handed_in(office: Office) -> None:
    task = office.claimed(RACI + EXIT)
    office.flow.tasks.complete(task.id, by="li", data={"amount": 3})
    done = office.flow.tasks.finish(task.id, {"released": "approved"}, actor=ZHAO)
    variables = office.flow.instances.variables(task.instance_id)
    assert done.state is State.COMPLETED
    assert (variables["amount"], variables["released"]) == (3, "approved")
    entry = next(
        e for e in office.flow.history.of_instance(task.instance_id) if e.type == "TaskCompleted"
    )
    assert (entry.person, '"performer":"li"' in entry.data) == ("zhao", True)
    with pytest.raises(WrongState):
        office.flow.tasks.finish(task.id)
    with pytest.raises(WrongState):
        office.flow.tasks.rework(task.id, ["late"])


def test_the_accountable_takes_a_submitted_task_back(office: Office) -> None:
    task = office.claimed(RACI + EXIT)
    office.flow.tasks.complete(task.id, by="li", data={"amount": 3})
    back = office.flow.tasks.return_(task.id, by="chen", reason="Wang knows the supplier")
    assert (back.state, back.round, back.assignee) == (State.OFFERED, 2, None)
    taken = office.flow.tasks.claim(task.id, by="wang")
    assert taken.saved == {"amount": 3}


def test_a_task_that_fails_at_its_gate_throws_the_error(office: Office) -> None:
    caught = (
        '<boundaryEvent id="no" attachedToRef="place"><errorEventDefinition errorRef="e"/>'
        "</boundaryEvent>"
    )
    body = (
        '<startEvent id="s"/>'
        + human("place", RACI + EXIT)
        + caught
        + human("mend", RACI)
        + '<endEvent id="end"/>'
        + flows("s>place", "place>end", "no>mend", "mend>end")
    )
    source = model(body, key="order", before='<error id="e" errorCode="DENIED"/>')
    office.flow.definitions.deploy(source, by="chen")
    instance = office.start()
    task = office.flow.tasks.claim(office.task(instance).id, by="li")
    office.flow.tasks.complete(task.id, by="li")
    office.flow.tasks.fail(task.id, "DENIED", message="no budget", actor=ZHAO)
    assert office.flow.tasks.get(task.id).state is State.CANCELLED
    assert office.task(instance, "mend").state is State.OFFERED
    assert office.events(instance).count("TaskCancelled") == 1


def test_a_withdrawn_step_takes_its_task_along(office: Office) -> None:
    timer = (
        '<boundaryEvent id="late" attachedToRef="place"><timerEventDefinition>'
        "<timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>"
    )
    body = (
        '<startEvent id="s"/>'
        + human("place", RACI)
        + timer
        + '<endEvent id="end"/>'
        + flows("s>place", "place>end", "late>end")
    )
    office.flow.definitions.deploy(model(body, key="order"), by="chen")
    instance = office.start()
    task = office.flow.tasks.claim(office.task(instance).id, by="li")
    office.clock.advance(timedelta(hours=2))
    office.flow.instances.run_due()
    after = office.flow.tasks.get(task.id)
    assert (after.state, after.assignee, after.is_open) == (State.CANCELLED, "li", False)
    with pytest.raises(WrongState):
        office.flow.tasks.complete(task.id, by="li")


def test_a_cancelled_instance_leaves_no_open_task(office: Office) -> None:
    task = office.claimed()
    office.flow.instances.cancel(task.instance_id, by="chen", reason="not needed")
    assert office.flow.tasks.get(task.id).state is State.CANCELLED
    assert office.flow.tasks.for_person("li", view="all") == []


def test_a_step_completed_by_hand_closes_its_task(office: Office) -> None:
    task = office.new_task()
    office.flow.instances.complete_step(task.instance_id, task.step_id, {}, actor=Actor("chen"))
    after = office.flow.tasks.get(task.id)
    assert (after.state, after.end_reason) == (
        State.CANCELLED,
        "its step was completed without it",
    )


def test_a_suspended_instance_refuses_every_verb(office: Office) -> None:
    task = office.claimed()
    office.flow.instances.suspend(task.instance_id, by="chen", reason="audit")
    assert office.flow.tasks.get(task.id).suspended
    moment = office.clock.now()
    tasks = office.flow.tasks
    for attempt in (
        lambda: tasks.release(task.id, by="li"),
        lambda: tasks.complete(task.id, by="li"),
        lambda: tasks.save_draft(task.id, by="li", data={}),
        lambda: tasks.assign(task.id, to="wang", by="chen"),
        lambda: tasks.delegate(task.id, to="wang", by="li"),
        lambda: tasks.return_(task.id, by="chen", reason="x"),
        lambda: tasks.set_due(task.id, moment, by="chen"),
        lambda: tasks.set_priority(task.id, 1, by="chen"),
        lambda: tasks.set_follow_up(task.id, moment, by="li"),
        lambda: tasks.comment(task.id, by="li", text="x"),
        lambda: tasks.attach(task.id, by="li", name="a", content=b"x"),
    ):
        with pytest.raises(WrongState, match="suspended"):
            attempt()
    office.flow.instances.resume(task.instance_id, by="chen")
    assert tasks.complete(task.id, by="li").state is State.COMPLETED


def test_a_suspended_offer_is_in_nobodys_list_and_can_be_cancelled(office: Office) -> None:
    task = office.new_task()
    office.flow.instances.suspend(task.instance_id, by="chen", reason="audit")
    assert office.flow.tasks.for_person("li") == []
    with pytest.raises(WrongState):
        office.flow.tasks.claim(task.id, by="li")
    office.flow.instances.cancel(task.instance_id, by="chen", reason="stopped")
    assert office.flow.tasks.get(task.id).state is State.CANCELLED


def test_each_item_of_a_multi_instance_is_a_task_of_its_own(office: Office) -> None:
    loop = (
        "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality>"
        "</multiInstanceLoopCharacteristics>"
    )
    task = human("place", RACI).replace("</userTask>", loop + "</userTask>")
    office.deploy(task)
    instance = office.start()
    tasks = office.flow.tasks.of_instance(instance)
    assert [each.state for each in tasks] == [State.OFFERED] * 3
    for each in tasks:
        office.flow.tasks.claim(each.id, by="li")
        office.flow.tasks.complete(each.id, by="li")
    assert office.flow.instances.get(instance).status == "completed"


def test_due_date_priority_and_candidate_come_from_the_model(office: Office) -> None:
    task = human("place", RACI).replace(
        "<userTask",
        '<userTask opsflow:due="= duration(&quot;P2D&quot;)" opsflow:priority="80"'
        ' opsflow:assignee="= requester"',
    )
    office.deploy(task)
    opened = office.task(office.start(requester="wang"))
    assert opened.due_at == office.clock.now() + timedelta(days=2)
    assert opened.priority == 80
    assert office.flow.tasks.for_person("li") == []
    assert [found.id for found in office.flow.tasks.for_person("wang")] == [opened.id]


def test_a_due_date_that_cannot_be_read_is_told_and_holds_nothing_up(office: Office) -> None:
    task = human("place", RACI).replace("<userTask", '<userTask opsflow:due="= deadline"')
    office.deploy(task)
    opened = office.task(office.start(deadline="soon"))
    assert opened.due_at is None
    assert "TaskPlanUnreadable" in office.events(opened.instance_id)


def test_a_task_that_failed_uncaught_is_there_again_when_the_step_is_retried(
    office: Office,
) -> None:
    task = office.claimed(RACI + EXIT)
    office.flow.tasks.complete(task.id, by="li", data={"amount": 3})
    office.flow.tasks.fail(task.id, "DENIED", actor=ZHAO)
    [incident] = office.flow.instances.incidents(task.instance_id)
    office.clock.advance(timedelta(minutes=1))
    office.flow.instances.retry(incident.id, by="chen")
    again = office.task(task.instance_id)
    assert (again.id != task.id, again.state) == (True, State.OFFERED)
    taken = office.flow.tasks.claim(again.id, by="wang")
    assert taken.saved == {"amount": 3}


def test_a_step_withdrawn_with_its_incident_gets_no_task_again(office: Office) -> None:
    task = office.claimed(RACI + EXIT)
    office.flow.tasks.complete(task.id, by="li")
    office.flow.tasks.fail(task.id, "DENIED", actor=ZHAO)
    office.flow.instances.cancel(task.instance_id, by="chen", reason="not needed")
    assert [each.id for each in office.flow.tasks.of_instance(task.instance_id)] == [task.id]


@pytest.mark.parametrize(
    "variables",
    [
        {"d": "0001-01-01T00:00:00+14:00"},
        {"p": "1e999999999"},
        {"p": "NaN"},
        {"c": "x" * 100_000},
    ],
)
def test_a_plan_that_no_database_can_hold_holds_nothing_up(
    office: Office, variables: dict[str, object]
) -> None:
    attributes = "".join(
        f' camunda:{name}="${{{variable}}}"'
        for name, variable in {"dueDate": "d", "priority": "p", "candidateUsers": "c"}.items()
    )
    task = (
        f'<userTask id="place" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"{attributes}>'
        f"<extensionElements>{RACI}</extensionElements></userTask>"
    )
    office.deploy(task)
    run = office.start(**{"d": "P1D", "p": 1, "c": "li", **variables})
    assert office.task(run).state is State.OFFERED
    assert "TaskPlanUnreadable" in office.events(run)
