"""From the offer to completion: who may, what happens, what is written down."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from opsflow.errors import FormInvalid, Invalid, NotFound, Refused, StaleRevision, WrongState
from opsflow.tasks import State
from tests.integration.tasks.conftest import EXIT, RACI, Office
from tests.models import flows, human, model


def test_a_reached_step_is_offered_to_its_role(office: Office) -> None:
    task = office.new_task()
    assert (task.state, task.name, task.node_id) == (State.OFFERED, "Place the order", "place")
    assert [found.id for found in office.flow.tasks.for_person("li")] == [task.id]
    assert [found.id for found in office.flow.tasks.for_person("wang")] == [task.id]
    assert office.flow.tasks.for_person("sun") == []
    assert office.flow.tasks.for_person("chen") == []


def test_a_claimed_task_is_the_claimers_and_nobody_elses(office: Office) -> None:
    task = office.claimed()
    assert (task.state, task.assignee, task.assignee_role) == (State.CLAIMED, "li", "buyer")
    assert [found.id for found in office.flow.tasks.for_person("li", view="mine")] == [task.id]
    assert office.flow.tasks.for_person("li") == []
    assert office.flow.tasks.for_person("wang", view="all") == []


def test_completion_takes_the_process_on_with_the_data(office: Office) -> None:
    task = office.claimed()
    done = office.flow.tasks.complete(task.id, by="li", data={"amount": Decimal("1.10")})
    instance = office.flow.instances.get(task.instance_id)
    assert (done.state, done.submitted) == (State.COMPLETED, {"amount": Decimal("1.10")})
    assert instance.status == "completed"
    assert office.flow.instances.variables(instance.id)["amount"] == Decimal("1.10")


def test_the_history_says_who_did_what_in_which_role(office: Office) -> None:
    task = office.claimed()
    office.flow.tasks.complete(task.id, by="li")
    entries = office.flow.history.of_instance(task.instance_id)
    told = [(e.type, e.person, e.role) for e in entries if e.type.startswith("Task")]
    assert told == [
        ("TaskOffered", "system", None),
        ("TaskClaimed", "li", "buyer"),
        ("TaskCompleted", "li", "buyer"),
    ]
    assert office.flow.history.verify().holds


def test_completing_twice_is_a_wrong_state(office: Office) -> None:
    task = office.claimed()
    office.flow.tasks.complete(task.id, by="li")
    with pytest.raises(WrongState) as raised:
        office.flow.tasks.complete(task.id, by="li")
    assert raised.value.state == "completed"


def test_a_second_claim_is_refused(office: Office) -> None:
    task = office.claimed()
    with pytest.raises(WrongState):
        office.flow.tasks.claim(task.id, by="wang")


def test_an_old_revision_is_refused(office: Office) -> None:
    task = office.claimed()
    office.flow.tasks.save_draft(task.id, by="li", data={}, revision=task.revision)
    with pytest.raises(StaleRevision):
        office.flow.tasks.complete(task.id, by="li", revision=task.revision)
    assert office.flow.tasks.get(task.id).state is State.CLAIMED


def test_whoever_has_no_right_learns_who_has(office: Office) -> None:
    task = office.new_task()
    with pytest.raises(Refused) as raised:
        office.flow.tasks.claim(task.id, by="sun")
    assert raised.value.rule == "raci.responsible"
    assert set(raised.value.could) == {"li", "wang"}


def test_only_the_assignee_completes_releases_and_drafts(office: Office) -> None:
    task = office.claimed()
    for person in ("wang", "chen", "sun", "nobody"):
        with pytest.raises(Refused):
            office.flow.tasks.complete(task.id, by=person)
        with pytest.raises(Refused):
            office.flow.tasks.release(task.id, by=person)
        with pytest.raises(Refused):
            office.flow.tasks.save_draft(task.id, by=person, data={})
    assert office.flow.tasks.get(task.id).revision == task.revision


def test_a_refusal_is_evidence(office: Office) -> None:
    task = office.new_task()
    with pytest.raises(Refused):
        office.flow.tasks.claim(task.id, by="sun")
    last = office.flow.history.of_instance(task.instance_id)[-1]
    assert (last.type, last.person) == ("TaskRefused", "sun")
    assert '"rule":"raci.responsible"' in last.data
    assert office.flow.history.verify().holds


def test_a_refusal_inside_a_transaction_that_goes_on_is_kept_with_it(office: Office) -> None:
    task = office.new_task()
    with office.flow.transaction():
        with pytest.raises(Refused):
            office.flow.tasks.claim(task.id, by="sun")
        office.flow.tasks.claim(task.id, by="li")
    assert office.events(task.instance_id)[-2:] == ["TaskRefused", "TaskClaimed"]


def test_a_released_task_is_offered_again_with_its_draft(office: Office) -> None:
    task = office.claimed()
    office.flow.tasks.save_draft(task.id, by="li", data={"amount": 5})
    office.flow.tasks.release(task.id, by="li")
    taken = office.flow.tasks.claim(task.id, by="wang")
    assert (taken.assignee, taken.saved) == ("wang", {"amount": 5})


def test_completion_without_data_hands_in_the_draft(office: Office) -> None:
    task = office.claimed()
    office.flow.tasks.save_draft(task.id, by="li", data={"amount": 5})
    assert office.flow.tasks.complete(task.id, by="li").submitted == {"amount": 5}


def test_the_accountable_assigns_to_somebody_who_may_do_it(office: Office) -> None:
    task = office.new_task()
    assigned = office.flow.tasks.assign(task.id, to="wang", by="chen")
    assert (assigned.state, assigned.assignee) == (State.CLAIMED, "wang")
    assert office.flow.tasks.assign(task.id, to="li", by="chen").assignee == "li"
    with pytest.raises(Refused) as raised:
        office.flow.tasks.assign(task.id, to="sun", by="chen")
    assert (raised.value.person, raised.value.rule) == ("sun", "raci.responsible")
    with pytest.raises(Refused):
        office.flow.tasks.assign(task.id, to="wang", by="li")


def test_the_assignee_delegates_to_somebody_who_may_do_it(office: Office) -> None:
    task = office.claimed()
    assert office.flow.tasks.delegate(task.id, to="wang", by="li").assignee == "wang"
    with pytest.raises(Refused):
        office.flow.tasks.delegate(task.id, to="li", by="li")
    with pytest.raises(Refused):
        office.flow.tasks.delegate(task.id, to="sun", by="wang")
    with pytest.raises(Invalid):
        office.flow.tasks.delegate(task.id, to="wang", by="wang")


def test_the_accountable_takes_a_task_back_with_a_reason(office: Office) -> None:
    task = office.claimed()
    with pytest.raises(Invalid):
        office.flow.tasks.return_(task.id, by="chen", reason=" ")
    with pytest.raises(Refused):
        office.flow.tasks.return_(task.id, by="li", reason="too much")
    back = office.flow.tasks.return_(task.id, by="chen", reason="Li is needed elsewhere")
    assert (back.state, back.assignee) == (State.OFFERED, None)


def test_the_accountable_schedules_and_the_assignee_remembers(office: Office) -> None:
    task = office.claimed()
    moment = office.clock.now() + timedelta(days=1)
    assert office.flow.tasks.set_due(task.id, moment, by="chen").due_at == moment
    assert office.flow.tasks.set_priority(task.id, 90, by="chen").priority == 90
    assert office.flow.tasks.set_follow_up(task.id, moment, by="li").follow_up_at == moment
    with pytest.raises(Refused):
        office.flow.tasks.set_due(task.id, None, by="li")
    with pytest.raises(Refused):
        office.flow.tasks.set_priority(task.id, 1, by="li")
    with pytest.raises(Refused):
        office.flow.tasks.set_follow_up(task.id, None, by="chen")


def test_whoever_did_one_task_of_a_pair_is_not_offered_the_other(office: Office) -> None:
    office.deploy(
        human("place", RACI),
        human("check", RACI),
        process='<opsflow:separation tasks="place check"/>',
    )
    instance = office.start()
    first = office.task(instance)
    office.flow.tasks.claim(first.id, by="li")
    office.flow.tasks.complete(first.id, by="li")
    second = office.task(instance, "check")
    assert office.flow.tasks.for_person("li") == []
    assert [task.id for task in office.flow.tasks.for_person("wang")] == [second.id]
    with pytest.raises(Refused) as raised:
        office.flow.tasks.claim(second.id, by="li")
    assert (raised.value.rule, raised.value.could) == ("sod.pair", ("wang",))
    with pytest.raises(Refused):
        office.flow.tasks.assign(second.id, to="li", by="chen")


def test_a_claim_that_was_given_back_binds_nobody(office: Office) -> None:
    office.deploy(
        human("place", RACI),
        human("check", RACI),
        process='<opsflow:separation tasks="place check"/>',
    )
    instance = office.start()
    first = office.task(instance)
    office.flow.tasks.claim(first.id, by="li")
    office.flow.tasks.release(first.id, by="li")
    office.flow.tasks.claim(first.id, by="wang")
    office.flow.tasks.complete(first.id, by="wang")
    second = office.task(instance, "check")
    assert office.flow.tasks.claim(second.id, by="li").assignee == "li"


def test_a_substitute_acts_for_the_absent_and_it_is_written_down(office: Office) -> None:
    task = office.new_task()
    now = office.clock.now()
    office.flow.people.record_absence(
        "li", starts_at=now, ends_at=now + timedelta(days=2), substitute="sun"
    )
    assert [found.id for found in office.flow.tasks.for_person("sun")] == [task.id]
    taken = office.flow.tasks.claim(task.id, by="sun")
    assert (taken.assignee, taken.assignee_role, taken.on_behalf_of) == ("sun", "buyer", "li")
    last = office.flow.history.of_instance(task.instance_id)[-1]
    assert (last.person, last.role, last.on_behalf_of) == ("sun", "buyer", "li")
    office.clock.advance(timedelta(days=3))
    with pytest.raises(Refused):
        office.flow.tasks.complete(task.id, by="sun")


def test_a_task_of_an_open_model_that_names_nobody_is_anybodys(office: Office) -> None:
    source = human("place", "<opsflow:instructions>opsflow:responsibility</opsflow:instructions>")
    office.deploy(source, responsibility="open")
    task = office.task(office.start())
    assert [found.id for found in office.flow.tasks.for_person("sun")] == [task.id]
    assert office.flow.tasks.claim(task.id, by="sun").assignee == "sun"


def test_an_unknown_task_is_not_found(office: Office) -> None:
    with pytest.raises(NotFound):
        office.flow.tasks.get("x")
    with pytest.raises(NotFound):
        office.flow.tasks.claim("x", by="li")
    with pytest.raises(NotFound):
        office.flow.tasks.subject_of("x")


def test_a_task_with_an_exit_gate_waits_for_it(office: Office) -> None:
    task = office.claimed(RACI + EXIT)
    handed_in = office.flow.tasks.complete(task.id, by="li", data={"amount": 3})
    assert (handed_in.state, handed_in.submitted) == (State.IN_REVIEW, {"amount": 3})
    assert office.flow.instances.get(task.instance_id).is_running
    assert [t.id for t in office.flow.tasks.for_person("li", view="mine")] == [task.id]


def test_whoever_decided_about_a_deviation_does_not_do_the_task(office: Office) -> None:
    step = '<opsflow:procedure><opsflow:step id="c" kind="check">Look</opsflow:step>'
    office.flow.people.grant("chen", "buyer")
    task = office.claimed(RACI + step + "</opsflow:procedure>")
    office.flow.sop.skip(task.id, "c", by="li", reason="nothing to see")
    (deviation,) = office.flow.sop.deviations(task.id)
    office.flow.sop.accept(deviation.id, by="chen")
    with pytest.raises(Refused) as refused:
        office.flow.tasks.delegate(task.id, to="chen", by="li")
    assert refused.value.rule == "deviation.performer"
    office.flow.tasks.release(task.id, by="li")
    with pytest.raises(Refused) as refused:
        office.flow.tasks.assign(task.id, to="chen", by="chen")
    assert refused.value.rule == "deviation.performer"
    with pytest.raises(Refused) as refused:
        office.flow.tasks.claim(task.id, by="chen")
    assert refused.value.rule == "deviation.performer"
    assert "chen" not in refused.value.could


def test_whoever_approved_one_task_of_a_pair_does_not_do_the_other(office: Office) -> None:
    office.flow.people.grant("li", "finance")
    fork = '<parallelGateway id="fork"/><parallelGateway id="join"/>'
    pair = '<opsflow:separation tasks="one two"/>'
    path = flows("s>fork", "fork>one", "fork>two", "one>join", "two>join", "join>e")
    source = model(
        f'<extensionElements>{pair}</extensionElements><startEvent id="s"/>{fork}'
        + human("one", RACI)
        + human("two", RACI + EXIT)
        + f'<endEvent id="e"/>{path}',
        key="order",
    )
    office.flow.definitions.deploy(source, by="chen")
    run = office.start()
    two = office.flow.tasks.claim(office.task(run, "two").id, by="wang")
    office.flow.tasks.complete(two.id, by="wang")
    (gate,) = office.flow.approvals.gates(two.id)
    office.flow.approvals.vote(gate.gate.id, by="li", choice="approve")
    with pytest.raises(Refused) as refused:
        office.flow.tasks.claim(office.task(run, "one").id, by="li")
    assert refused.value.rule == "sod.pair"
    assert office.flow.tasks.for_person("li") == []


def test_a_refused_handing_over_is_the_attempt_of_who_tried_it(office: Office) -> None:
    task = office.claimed()
    with pytest.raises(Refused):
        office.flow.tasks.assign(task.id, to="sun", by="chen")
    with pytest.raises(Refused):
        office.flow.tasks.delegate(task.id, to="sun", by="li")
    entries = office.flow.history.of_instance(task.instance_id)
    refused = [entry for entry in entries if entry.type == "TaskRefused"]
    assert [entry.person for entry in refused] == ["chen", "li"]
    assert all("sun is not responsible" in entry.data for entry in refused)


def test_after_the_absence_nobody_acts_for_the_one_who_is_back(office: Office) -> None:
    now = office.clock.now()
    office.flow.people.record_absence(
        "li", starts_at=now, ends_at=now + timedelta(days=1), substitute="sun"
    )
    task = office.new_task()
    office.flow.tasks.claim(task.id, by="sun")
    office.clock.advance(timedelta(days=1))
    with pytest.raises(Refused):
        office.flow.tasks.complete(task.id, by="sun")
    office.flow.tasks.comment(task.id, by="sun", text="I could not finish it.")
    office.flow.tasks.release(task.id, by="sun")
    for entry in office.flow.history.of_instance(task.instance_id)[-2:]:
        assert (entry.person, entry.role, entry.on_behalf_of) == ("sun", None, None)


def test_a_list_or_verb_that_there_is_not_is_invalid(office: Office) -> None:
    task = office.claimed()
    with pytest.raises(Invalid, match="is no list of tasks"):
        office.flow.tasks.for_person("li", view="everything")  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="none of the verbs"):
        office.flow.responsibility.why(task.id, "li", "eat")
    with pytest.raises(FormInvalid, match="object of named fields"):
        office.flow.tasks.complete(task.id, by="li", data=[1])  # type: ignore[arg-type]
