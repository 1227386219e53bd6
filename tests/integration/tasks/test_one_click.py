"""Completing a task that is offered: claimed and completed in one step, by the same rules."""

from __future__ import annotations

import pytest

from opsflow.errors import FormInvalid, Refused, WrongState
from opsflow.tasks import State
from tests.integration.tasks.conftest import EXIT, FORM, RACI, Office
from tests.models import human


def test_an_offered_task_is_claimed_by_its_completion(office: Office) -> None:
    task = office.new_task()
    done = office.flow.tasks.complete(task.id, by="li", data={"amount": 5})
    assert (done.state, done.assignee, done.assignee_role) == (State.COMPLETED, "li", "buyer")
    assert done.claimed_at == done.completed_at == office.clock.now()
    told = [kind for kind in office.events(task.instance_id) if kind.startswith("Task")]
    assert told == ["TaskOffered", "TaskClaimed", "TaskCompleted"]
    assert office.flow.tasks.for_person("li", view="all") == []
    (deed,) = office.flow.responsibility.trace(task.instance_id)
    assert (deed.person, deed.role, deed.verb) == ("li", "buyer", "complete")


def test_an_offered_task_with_a_gate_is_submitted(office: Office) -> None:
    task = office.new_task(RACI + EXIT)
    submitted = office.flow.tasks.complete(task.id, by="li")
    assert (submitted.state, submitted.assignee) == (State.IN_REVIEW, "li")
    told = [kind for kind in office.events(task.instance_id) if kind.startswith("Task")]
    assert told == ["TaskOffered", "TaskClaimed", "TaskSubmitted"]


def test_whoever_may_not_claim_does_not_complete_either(office: Office) -> None:
    task = office.new_task()
    with pytest.raises(Refused) as refused:
        office.flow.tasks.complete(task.id, by="sun")
    assert (refused.value.verb, refused.value.rule) == ("complete", "raci.responsible")
    assert office.flow.tasks.get(task.id).state is State.OFFERED
    assert office.events(task.instance_id)[-1] == "TaskRefused"


def test_whoever_did_the_other_of_a_pair_does_not_complete_this_one(office: Office) -> None:
    office.deploy(
        human("place", RACI),
        human("check", RACI),
        process='<opsflow:separation tasks="place check"/>',
    )
    instance = office.start()
    office.flow.tasks.complete(office.task(instance).id, by="li")
    check = office.task(instance, "check")
    assert office.flow.responsibility.why(check.id, "li", "complete").rule == "sod.pair"
    with pytest.raises(Refused):
        office.flow.tasks.complete(check.id, by="li")
    assert office.flow.responsibility.why(check.id, "wang", "complete").allowed
    assert office.flow.tasks.complete(check.id, by="wang").state is State.COMPLETED


def test_what_does_not_fit_the_form_claims_nothing(office: Office) -> None:
    task = office.new_task(RACI + FORM)
    with pytest.raises(FormInvalid):
        office.flow.tasks.complete(task.id, by="li", data={"amount": -1})
    assert office.flow.tasks.get(task.id).state is State.OFFERED
    assert office.events(task.instance_id)[-1] == "TaskOffered"


def test_a_task_that_somebody_else_has_claimed_stays_theirs(office: Office) -> None:
    task = office.claimed()
    with pytest.raises(Refused):
        office.flow.tasks.complete(task.id, by="wang")
    office.flow.instances.suspend(task.instance_id, by="chen", reason="a stop")
    with pytest.raises(WrongState):
        office.flow.tasks.complete(task.id, by="li")


def test_a_task_for_several_leaves_every_list_when_it_is_completed(office: Office) -> None:
    both = RACI.replace('responsible="buyer"', 'responsible="buyer,clerk"')
    task = office.new_task(both)
    for person in ("li", "sun"):
        assert [each.id for each in office.flow.tasks.for_person(person)] == [task.id]
    office.flow.tasks.complete(task.id, by="sun")
    for person in ("li", "sun"):
        assert office.flow.tasks.for_person(person) == []


def test_a_task_for_several_is_in_their_lists_again_when_it_is_released(office: Office) -> None:
    both = RACI.replace('responsible="buyer"', 'responsible="buyer,clerk"')
    task = office.claimed(both)
    assert office.flow.tasks.for_person("sun") == []
    office.flow.tasks.release(task.id, by="li")
    for person in ("li", "sun"):
        assert [each.id for each in office.flow.tasks.for_person(person)] == [task.id]
