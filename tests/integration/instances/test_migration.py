"""Running instances go on under another release of their process."""

from __future__ import annotations

import json
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from opsflow import MigrationPlan
from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.errors import Conflict, Invalid, MigrationRefused, NotFound, Refused, WrongState
from opsflow.instances import Instance
from opsflow.tasks import Task
from tests.integration.snapshots import contents
from tests.models import flows, human, model, simple

PEOPLE = {"ann": ["buyer"], "bob": ["buyer"], "mia": ["manager"], "leo": ["legal", "clerk"]}


def raci(role: str) -> str:
    return f'<opsflow:responsibility responsible="{role}" accountable="manager"/>'


def timer(id: str, on: str, span: str, interrupting: str = "true") -> str:
    return (
        f'<boundaryEvent id="{id}" attachedToRef="{on}" cancelActivity="{interrupting}">'
        f"<timerEventDefinition><timeDuration>{span}</timeDuration></timerEventDefinition>"
        "</boundaryEvent>"
    )


def timed(task: str, *boundaries: tuple[str, str]) -> bytes:
    """One task with boundary timers, each leading to an end of its own."""
    ends = "".join(f'<endEvent id="end_{id}"/>' for id, _ in boundaries)
    listeners = "".join(timer(id, task, span) for id, span in boundaries)
    ways = [f"{id}>end_{id}" for id, _ in boundaries]
    body = f'<startEvent id="start"/>{human(task)}{listeners}{ends}<endEvent id="end"/>'
    return model(body + flows(f"start>{task}", f"{task}>end", *ways), key="timed")


def service(id: str, topic: str) -> bytes:
    body = f'<startEvent id="s"/><serviceTask id="{id}" opsflow:topic="{topic}"/><endEvent id="e"/>'
    return model(body + flows(f"s>{id}", f"{id}>e"), key="served")


def waiting(id: str, name: str) -> bytes:
    body = (
        f'<startEvent id="s"/><intermediateCatchEvent id="{id}"><messageEventDefinition '
        f'messageRef="m" opsflow:correlation="= orderId"/></intermediateCatchEvent>'
        '<endEvent id="e"/>'
    )
    message = f'<message id="m" name="{name}"/>'
    return model(body + flows(f"s>{id}", f"{id}>e"), key="waiting", before=message)


@pytest.fixture
def staff(flow: Opsflow) -> Opsflow:
    for person, roles in PEOPLE.items():
        flow.people.add_person(person, name=person.title())
        for role in roles:
            if not flow.people.role_exists(role):
                flow.people.add_role(role)
            flow.people.grant(person, role)
    return flow


def begun(
    flow: Opsflow, old: bytes, new: bytes, **variables: object
) -> tuple[Instance, MigrationPlan]:
    """An instance of the first version, and the generated plan to the second."""
    key = flow.definitions.deploy(old, by="mia").releases[0].process_key
    run = flow.instances.start(key, by="ann", variables=variables)
    flow.definitions.deploy(new, by="mia")
    return run, flow.instances.plan_migration(key, source=1, target=2)


def task_of(flow: Opsflow, run: Instance) -> Task:
    return next(task for task in flow.tasks.of_instance(run.id) if task.is_open)


def state_of(flow: Opsflow, run: Instance) -> str:
    with flow.transaction() as opened:
        return opened.instances.get(run.id).state


def rules(flow: Opsflow, run: Instance, plan: MigrationPlan) -> dict[str, str]:
    report = flow.instances.check_migration(run.id, plan)
    return {finding.rule: finding.severity.value for finding in report.findings}


def test_a_claimed_task_keeps_its_assignee_draft_and_dates_under_its_new_id(
    staff: Opsflow,
) -> None:
    run, plan = begun(
        staff,
        simple(human("place")),
        simple(human("check", name="Check it"), human("buy", name="Order it")),
    )
    task = staff.tasks.claim(task_of(staff, run).id, by="ann")
    staff.tasks.save_draft(task.id, by="ann", data={"supplier": "Lin"})
    staff.tasks.comment(task.id, by="ann", text="nearly")
    with pytest.raises(MigrationRefused, match=r"migration\.removed"):
        staff.instances.migrate(run.id, plan, by="mia")
    moved = staff.instances.migrate(run.id, plan.map("place", "check"), by="mia", reason="v2")
    assert (moved.version, moved.revision) == (2, run.revision + 1)
    after = staff.tasks.get(task.id)
    assert (after.node_id, after.name, after.release_id) == ("check", "Check it", moved.release_id)
    assert (after.assignee, after.saved, after.state) == ("ann", {"supplier": "Lin"}, "claimed")
    staff.tasks.complete(task.id, by="ann", data={"supplier": "Lin"})
    assert task_of(staff, run).node_id == "buy"
    told = [e for e in staff.history.of_instance(run.id) if e.type == "InstanceMigrated"]
    assert json.loads(told[0].data)["renamed"] == {"order": {"place": "check"}}
    assert (told[0].person, json.loads(told[0].data)["reason"]) == ("mia", "v2")
    assert staff.history.verify().holds


def test_a_refused_migration_says_where_and_how_and_changes_nothing(staff: Opsflow) -> None:
    run, plan = begun(staff, simple(human("place")), simple(human("check")))
    before = contents(staff)
    with pytest.raises(MigrationRefused) as refused:
        staff.instances.migrate(run.id, plan, by="mia")
    finding = refused.value.findings[0]
    assert (finding.rule, finding.element) == ("migration.removed", "place")
    assert "Map it" in finding.hint
    assert contents(staff) == before
    assert not staff.instances.check_migration(run.id, plan).possible


def test_an_offer_goes_to_the_roles_of_the_new_matrix(staff: Opsflow) -> None:
    run, plan = begun(staff, simple(human("place")), simple(human("place", raci("legal"))))
    assert [t.id for t in staff.tasks.for_person("ann")] != []
    staff.instances.migrate(run.id, plan, by="mia")
    assert staff.tasks.for_person("ann") == []
    task = staff.tasks.for_person("leo")[0]
    assert task.candidate_roles == ("legal",)
    assert staff.tasks.claim(task.id, by="leo").assignee == "leo"


def test_several_addressees_become_one_and_several_again(staff: Opsflow) -> None:
    both = simple(human("place", raci("buyer,legal")))
    run, plan = begun(staff, both, simple(human("place", raci("clerk"))))
    staff.instances.migrate(run.id, plan, by="mia")
    assert staff.tasks.for_person("ann") == []
    assert len(staff.tasks.for_person("leo")) == 1
    staff.instances.revert_migration(run.id, by="mia", reason="back")
    assert len(staff.tasks.for_person("ann")) == len(staff.tasks.for_person("leo")) == 1


def test_whoever_may_not_go_on_loses_the_task_but_not_the_draft(staff: Opsflow) -> None:
    run, plan = begun(staff, simple(human("place")), simple(human("place", raci("legal"))))
    task = staff.tasks.claim(task_of(staff, run).id, by="ann")
    staff.tasks.save_draft(task.id, by="ann", data={"supplier": "Lin"})
    assert rules(staff, run, plan) == {"migration.assignee": "warning"}
    staff.instances.migrate(run.id, plan, by="mia")
    after = staff.tasks.get(task.id)
    assert (after.state, after.assignee, after.saved) == ("offered", None, {"supplier": "Lin"})
    assert [each.id for each in staff.tasks.for_person("leo")] == [task.id]


def test_a_node_with_another_id_is_no_way_around_the_separation_of_duties(
    staff: Opsflow,
) -> None:
    apart = '<opsflow:separation tasks="{} pay"/>'
    old = simple(human("place"), human("pay"), process=apart.format("place"))
    new = simple(human("buy"), human("pay"), process=apart.format("buy"))
    run, plan = begun(staff, old, new)
    staff.tasks.complete(task_of(staff, run).id, by="ann", data={})
    staff.instances.migrate(run.id, plan.map("place", "buy"), by="mia")
    with pytest.raises(Refused):
        staff.tasks.claim(task_of(staff, run).id, by="ann")
    assert {each.node_id for each in staff.responsibility.trace(run.id)} == {"place"}
    assert staff.tasks.claim(task_of(staff, run).id, by="bob").assignee == "bob"


PRICED = (
    '<opsflow:procedure><opsflow:step id="quotes" kind="check">Three quotes</opsflow:step>'
    '<opsflow:step id="price" kind="measure" max="= 10">Price</opsflow:step>{}</opsflow:procedure>'
)
CONFIRMED = (
    '<opsflow:procedure><opsflow:step id="quotes" kind="check">Three quotes</opsflow:step>'
    '<opsflow:step id="legal" kind="check">Legal has looked</opsflow:step></opsflow:procedure>'
)


def test_steps_of_a_procedure_that_are_done_stay_done(staff: Opsflow) -> None:
    run, plan = begun(
        staff,
        simple(human("place", raci("buyer") + PRICED.format(""))),
        simple(human("place", raci("buyer") + CONFIRMED)),
    )
    task = staff.tasks.claim(task_of(staff, run).id, by="ann")
    staff.sop.record(task.id, "quotes", by="ann")
    staff.sop.record(task.id, "price", by="ann", value=12, reason="it went up")
    assert len(staff.sop.deviations_for("mia")) == 1
    staff.instances.migrate(run.id, plan, by="mia")
    stand = {status.step.id: status.state.value for status in staff.sop.steps(task.id)}
    assert stand == {"quotes": "done", "legal": "open"}
    assert staff.sop.deviations_for("mia") == []
    staff.sop.record(task.id, "legal", by="ann")
    assert staff.tasks.complete(task.id, by="ann", data={}).state == "completed"


def test_a_step_of_another_kind_is_done_again(staff: Opsflow) -> None:
    run, plan = begun(
        staff,
        simple(human("place", raci("buyer") + CONFIRMED)),
        simple(human("place", raci("buyer") + CONFIRMED.replace('"check">Legal', '"text">Legal'))),
    )
    task = staff.tasks.claim(task_of(staff, run).id, by="ann")
    staff.sop.record(task.id, "quotes", by="ann")
    staff.sop.record(task.id, "legal", by="ann")
    staff.instances.migrate(run.id, plan, by="mia")
    stand = {status.step.id: status.state.value for status in staff.sop.steps(task.id)}
    assert stand == {"quotes": "done", "legal": "open"}


def gated(voters: str, id: str = "release") -> bytes:
    gate = f'<opsflow:gate id="{id}" at="exit" rule="all" voters="{voters}" onReject="rework"/>'
    return simple(human("place", raci("buyer") + gate))


def submitted(flow: Opsflow, run: Instance) -> Task:
    task = flow.tasks.claim(task_of(flow, run).id, by="ann")
    return flow.tasks.complete(task.id, by="ann", data={"supplier": "Lin"})


def test_votes_on_the_release_before_are_void_and_the_voters_of_the_new_one_are_asked(
    staff: Opsflow,
) -> None:
    run, plan = begun(staff, gated("manager,clerk"), gated("manager,legal"))
    task = submitted(staff, run)
    gate = staff.approvals.gates(task.id)[0].gate
    staff.approvals.vote(gate.id, by="mia", choice="approve")
    staff.instances.migrate(run.id, plan, by="mia")
    status = staff.approvals.gates(task.id)[0]
    assert [vote.is_live for vote in status.votes] == [False]
    assert set(status.waiting_roles) == {"manager", "legal"}
    staff.approvals.vote(gate.id, by="mia", choice="approve")
    staff.approvals.vote(gate.id, by="leo", choice="approve")
    assert staff.instances.get(run.id).status == "completed"


def test_a_gate_that_is_another_takes_the_place_of_the_old_one(staff: Opsflow) -> None:
    run, plan = begun(staff, gated("manager"), gated("legal", "second"))
    task = submitted(staff, run)
    staff.instances.migrate(run.id, plan, by="mia")
    states = {each.gate.gate_id: each.gate.state for each in staff.approvals.gates(task.id)}
    assert states == {"release": "void", "second": "open"}
    assert staff.approvals.to_vote("mia") == []
    staff.approvals.vote(staff.approvals.to_vote("leo")[0].gate.id, by="leo", choice="approve")
    assert staff.instances.get(run.id).status == "completed"


def test_without_a_gate_the_task_goes_on_unless_its_instance_is_suspended(staff: Opsflow) -> None:
    run, plan = begun(staff, gated("manager"), simple(human("place")))
    task = submitted(staff, run)
    staff.instances.suspend(run.id, by="mia", reason="wait")
    assert rules(staff, run, plan) == {"migration.gate": "error"}
    staff.instances.resume(run.id, by="mia")
    staff.instances.migrate(run.id, plan, by="mia")
    assert staff.tasks.get(task.id).state == "completed"
    assert staff.instances.get(run.id).status == "completed"


def test_timers_keep_their_moment_and_events_come_and_go(
    staff: Opsflow, clock: ManualClock
) -> None:
    old = timed("place", ("late", "PT4H"), ("gone", "PT1H"))
    run, plan = begun(staff, old, timed("place", ("later", "P1D"), ("fresh", "PT6H")))
    start = clock.now()
    clock.advance(timedelta(minutes=30))
    found = rules(staff, run, plan.map("late", "later"))
    assert found == {"migration.disarmed": "information"}
    staff.instances.migrate(run.id, plan.map("late", "later"), by="mia")
    assert staff.instances.next_due() == start + timedelta(hours=4)
    clock.advance(timedelta(hours=1))
    assert staff.instances.run_due() == 0
    clock.advance(timedelta(hours=3))
    assert staff.instances.run_due() == 1
    ended = [
        json.loads(e.data)["node_id"]
        for e in staff.history.of_instance(run.id)
        if e.type == "StepCompleted"
    ]
    assert "end_later" in ended


def test_timers_begin_again_where_the_plan_says_so(staff: Opsflow, clock: ManualClock) -> None:
    run, _ = begun(staff, timed("place", ("late", "PT4H")), timed("place", ("late", "P1D")))
    plan = staff.instances.plan_migration("timed", source=1, target=2, timers="restart")
    clock.advance(timedelta(hours=3))
    staff.instances.migrate(run.id, plan, by="mia")
    assert staff.instances.next_due() == clock.now() + timedelta(days=1)


def test_a_new_timer_fires(staff: Opsflow, clock: ManualClock) -> None:
    run, plan = begun(staff, timed("place"), timed("place", ("late", "PT4H")))
    clock.advance(timedelta(hours=1))
    staff.instances.migrate(run.id, plan, by="mia")
    assert staff.instances.next_due() == clock.now() + timedelta(hours=4)
    clock.advance(timedelta(hours=5))
    assert staff.instances.run_due() == 1
    assert staff.instances.get(run.id).status == "completed"


def test_a_message_is_caught_with_the_correlation_of_before_under_the_new_name(
    staff: Opsflow,
) -> None:
    run, plan = begun(staff, waiting("paid", "paid"), waiting("settled", "settled"), orderId=7)
    staff.instances.migrate(run.id, plan.map("paid", "settled"), by="mia")
    with pytest.raises(Conflict.__bases__[0], match="Nothing waits"):
        staff.instances.message("paid", by="mia", correlation=7)
    delivered = staff.instances.message("settled", by="mia", correlation=7)
    assert delivered.instance_id == run.id
    assert staff.instances.get(run.id).status == "completed"


def test_a_message_that_came_early_is_found(staff: Opsflow) -> None:
    run, plan = begun(staff, waiting("paid", "paid"), waiting("paid", "settled"), orderId=7)
    staff.instances.message("settled", by="mia", correlation=7, keep=timedelta(hours=1))
    staff.instances.migrate(run.id, plan, by="mia")
    assert staff.instances.get(run.id).status == "completed"


def test_the_job_of_a_step_is_for_the_handler_of_the_new_release(staff: Opsflow) -> None:
    run, plan = begun(staff, service("call", "crm.create"), service("send", "crm.send"))
    before = staff.jobs.find(instance_id=run.id)[0]
    staff.instances.migrate(run.id, plan.map("call", "send"), by="mia")
    job = staff.jobs.find(instance_id=run.id)[0]
    assert (job.id, job.topic, job.node_id) == (before.id, "crm.send", "send")
    lease = staff.jobs.fetch_and_lock(["crm.send"], worker="w", lease=timedelta(minutes=1))[0]
    staff.jobs.complete(lease.token, {"id": 1})
    assert staff.instances.get(run.id).status == "completed"


def test_whoever_has_a_job_goes_on_with_it_and_the_answer_counts(staff: Opsflow) -> None:
    run, plan = begun(staff, service("call", "crm.create"), service("send", "crm.send"))
    lease = staff.jobs.fetch_and_lock(["crm.create"], worker="w", lease=timedelta(minutes=1))[0]
    staff.instances.migrate(run.id, plan.map("call", "send"), by="mia")
    staff.jobs.complete(lease.token, {"id": 1})
    assert staff.instances.get(run.id).status == "completed"
    assert staff.instances.variables(run.id) == {"id": 1}


def test_an_incident_is_retried_under_the_new_release(staff: Opsflow) -> None:
    def choice(when: str) -> bytes:
        ways = flows("s>choose", f"choose>e?{when}")
        body = '<startEvent id="s"/><exclusiveGateway id="choose"/><endEvent id="e"/>'
        return model(body + ways, key="choosing")

    run, plan = begun(staff, choice("1 = 2"), choice("1 = 1"))
    incident = staff.instances.incidents(run.id)[0]
    staff.instances.migrate(run.id, plan, by="mia")
    staff.instances.retry(incident.id, by="mia")
    assert staff.instances.get(run.id).status == "completed"


def test_search_attributes_are_those_of_the_new_release(staff: Opsflow) -> None:
    old = simple(human("place"), process='<opsflow:search name="amount" type="number"/>')
    new = simple(human("place"), process='<opsflow:search name="supplier"/>')
    run, plan = begun(staff, old, new, amount=5, supplier="Lin")
    staff.instances.migrate(run.id, plan, by="mia")
    assert staff.instances.find(attributes={"amount": 5}) == []
    assert [each.id for each in staff.instances.find(attributes={"supplier": "Lin"})] == [run.id]


def test_there_and_back_the_state_is_what_it_was(staff: Opsflow, clock: ManualClock) -> None:
    run, plan = begun(staff, timed("place", ("late", "PT4H")), timed("buy", ("later", "PT9H")))
    task = staff.tasks.claim(task_of(staff, run).id, by="ann")
    staff.tasks.save_draft(task.id, by="ann", data={"supplier": "Lin"})
    text, due = state_of(staff, run), staff.instances.next_due()
    plan = plan.map("place", "buy").map("late", "later")
    staff.instances.migrate(run.id, plan, by="mia")
    clock.advance(timedelta(hours=1))
    back = staff.instances.revert_migration(run.id, by="mia", reason="too early")
    assert (back.version, state_of(staff, run), staff.instances.next_due()) == (1, text, due)
    after = staff.tasks.get(task.id)
    assert (after.node_id, after.assignee, after.saved) == ("place", "ann", {"supplier": "Lin"})
    done = staff.instances.migrations(run.id)
    assert [(each.migrated_by, each.reverted_by) for each in done] == [("mia", "mia")]
    with pytest.raises(WrongState, match="not migrated"):
        staff.instances.revert_migration(run.id, by="mia", reason="again")
    staff.instances.migrate(run.id, plan, by="mia")
    staff.instances.revert_migration(run.id, by="mia", reason="again")
    assert staff.history.verify().holds


def test_what_has_no_way_back_is_not_reverted(staff: Opsflow) -> None:
    run, plan = begun(staff, simple(human("place")), simple(human("place"), human("pay")))
    staff.instances.migrate(run.id, plan, by="mia")
    staff.tasks.complete(task_of(staff, run).id, by="ann", data={})
    before = contents(staff)
    with pytest.raises(MigrationRefused, match="pay"):
        staff.instances.revert_migration(run.id, by="mia", reason="back")
    assert contents(staff) == before


def test_a_suspended_instance_is_migrated_and_stays_suspended(staff: Opsflow) -> None:
    run, plan = begun(staff, simple(human("place")), simple(human("buy")))
    task = staff.tasks.claim(task_of(staff, run).id, by="ann")
    staff.instances.suspend(run.id, by="mia", reason="wait")
    moved = staff.instances.migrate(run.id, plan.map("place", "buy"), by="mia")
    assert moved.is_suspended
    assert staff.tasks.get(task.id).suspended
    staff.instances.resume(run.id, by="mia")
    staff.tasks.complete(task.id, by="ann", data={})
    assert staff.instances.get(run.id).status == "completed"


def test_what_has_ended_or_is_elsewhere_is_not_migrated(staff: Opsflow) -> None:
    run, plan = begun(staff, simple(human("place")), simple(human("place"), human("pay")))
    staff.instances.migrate(run.id, plan, by="mia")
    with pytest.raises(WrongState, match="on version 2"):
        staff.instances.migrate(run.id, plan, by="mia")
    with pytest.raises(WrongState, match="on version 2"):
        staff.instances.check_migration(run.id, plan)
    other = staff.instances.start("order", by="ann", version=1)
    staff.instances.cancel(other.id, by="mia", reason="not needed")
    with pytest.raises(WrongState, match="cancelled"):
        staff.instances.migrate(other.id, plan, by="mia")
    with pytest.raises(NotFound):
        staff.instances.plan_migration("order", source=1, target=9)
    with pytest.raises(Invalid):
        staff.instances.plan_migration("order", source=1, target=1)
    with pytest.raises(Invalid):
        staff.instances.plan_migration("order", source=1, target=2, timers="never")
    with pytest.raises(Invalid, match="reason"):
        staff.instances.revert_migration(run.id, by="mia", reason=" ")


def test_a_plan_with_nodes_that_are_not_there_is_refused(staff: Opsflow) -> None:
    run, plan = begun(staff, simple(human("place")), simple(human("place"), human("pay")))
    for wrong in (plan.map("place", "nowhere"), plan.map("nobody", "place")):
        assert rules(staff, run, wrong)["migration.unknown-node"] == "error"
        with pytest.raises(MigrationRefused, match="unknown-node"):
            staff.instances.migrate(run.id, wrong, by="mia")


def test_of_two_at_once_one_migrates_and_the_other_is_told(staff: Opsflow) -> None:
    run, plan = begun(staff, simple(human("place")), simple(human("place"), human("pay")))
    barrier = Barrier(4)
    raised: list[Exception | None] = []

    def migrate() -> None:
        barrier.wait()
        try:
            staff.instances.migrate(run.id, plan, by="mia")
        except Conflict as error:
            raised.append(error)
        else:
            raised.append(None)

    threads = [Thread(target=migrate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(raised) == 4
    assert raised.count(None) == 1
    assert len(staff.instances.migrations(run.id)) == 1


def test_a_migration_and_a_completion_at_once_come_one_after_the_other(staff: Opsflow) -> None:
    run, plan = begun(staff, simple(human("place")), simple(human("buy"), human("pay")))
    task = staff.tasks.claim(task_of(staff, run).id, by="ann")
    barrier = Barrier(2)

    def complete() -> None:
        barrier.wait()
        staff.tasks.complete(task.id, by="ann", data={})

    thread = Thread(target=complete)
    thread.start()
    barrier.wait()
    try:
        staff.instances.migrate(run.id, plan.map("place", "buy"), by="mia")
        expected = ["pay"]
    except WrongState:
        expected = []
    thread.join()
    assert [t.node_id for t in staff.tasks.of_instance(run.id) if t.is_open] == expected


def test_a_dry_run_over_all_instances_counts_and_changes_nothing(staff: Opsflow) -> None:
    _, plan = begun(staff, simple(human("place"), human("pay")), simple(human("place")))
    many = [staff.instances.start("order", by="ann", version=1) for _ in range(203)]
    for run in many[:3]:
        staff.tasks.complete(task_of(staff, run).id, by="ann", data={})
    staff.instances.suspend(many[3].id, by="mia", reason="wait")
    before = contents(staff)
    forecast = staff.instances.check_migrations(plan, examples=2)
    assert contents(staff) == before
    assert (forecast.total, forecast.possible, forecast.refused) == (204, 201, 3)
    found = forecast.findings[0]
    assert (found.finding.rule, found.finding.element) == ("migration.removed", "pay")
    assert (found.count, found.examples) == (3, tuple(run.id for run in many[:2]))
    assert [each.rule for each in forecast.review] == ["migration.unmapped"]


def test_what_hosts_do_in_one_transaction_with_it_is_undone_with_it(staff: Opsflow) -> None:
    run, plan = begun(staff, simple(human("place")), simple(human("place"), human("pay")))
    before = contents(staff)
    with pytest.raises(RuntimeError), staff.transaction():
        staff.instances.migrate(run.id, plan, by="mia")
        raise RuntimeError
    assert contents(staff) == before
    with staff.transaction():
        staff.instances.migrate(run.id, plan, by="mia")
        staff.tasks.complete(task_of(staff, run).id, by="ann", data={})
    assert task_of(staff, run).node_id == "pay"


def test_a_called_process_goes_on_under_the_release_that_the_new_one_calls(
    staff: Opsflow,
) -> None:
    outer = model(
        '<startEvent id="s"/><callActivity id="call" calledElement="inner"/><endEvent id="e"/>'
        + flows("s>call", "call>e"),
        key="outer",
    )
    staff.definitions.deploy(simple(human("place"), key="inner"), by="mia")
    staff.definitions.deploy(outer, by="mia")
    run = staff.instances.start("outer", by="ann")
    staff.definitions.deploy(simple(human("buy"), human("pay"), key="inner"), by="mia")
    staff.definitions.deploy(
        outer.replace(b'id="call"', b'id="ask"').replace(b'"call"', b'"ask"'), by="mia"
    )
    plan = staff.instances.plan_migration("outer", source=1, target=2).map("call", "ask")
    with pytest.raises(MigrationRefused, match="place"):
        staff.instances.migrate(run.id, plan, by="mia")
    staff.instances.migrate(run.id, plan.map("place", "buy", process="inner"), by="mia")
    task = task_of(staff, run)
    assert (task.node_id, task.process_key) == ("buy", "inner")
    staff.tasks.complete(task.id, by="ann", data={})
    assert task_of(staff, run).node_id == "pay"
    staff.tasks.complete(task_of(staff, run).id, by="ann", data={})
    assert staff.instances.get(run.id).status == "completed"


def test_without_its_entry_gate_a_task_is_offered(staff: Opsflow) -> None:
    entry = '<opsflow:gate id="before" at="entry" rule="all" voters="manager"/>'
    run, plan = begun(staff, simple(human("place", raci("buyer") + entry)), simple(human("buy")))
    assert task_of(staff, run).state == "blocked"
    staff.instances.migrate(run.id, plan.map("place", "buy"), by="mia")
    assert task_of(staff, run).state == "offered"
    assert [task.node_id for task in staff.tasks.for_person("ann")] == ["buy"]


def test_an_entry_gate_that_is_new_does_not_stop_what_was_offered(staff: Opsflow) -> None:
    entry = '<opsflow:gate id="before" at="entry" rule="all" voters="manager"/>'
    run, plan = begun(staff, simple(human("place")), simple(human("place", raci("buyer") + entry)))
    staff.instances.migrate(run.id, plan, by="mia")
    staff.tasks.complete(task_of(staff, run).id, by="ann", data={})
    assert staff.instances.get(run.id).status == "completed"


def test_the_roles_that_the_new_matrix_consults_are_asked(staff: Opsflow) -> None:
    def consulting(role: str) -> bytes:
        return simple(human("place", raci("buyer").replace("/>", f' consulted="{role}"/>')))

    run, plan = begun(staff, consulting("clerk"), consulting("manager"))
    task = task_of(staff, run)
    staff.instances.migrate(run.id, plan, by="mia")
    asked = {
        each.role: each.closed_at is None for each in staff.responsibility.consultations(task.id)
    }
    assert asked == {"clerk": False, "manager": True}


def test_what_came_early_waits_until_a_suspended_instance_is_resumed(staff: Opsflow) -> None:
    run, plan = begun(staff, waiting("paid", "paid"), waiting("paid", "settled"), orderId=7)
    staff.instances.message("settled", by="mia", correlation=7, keep=timedelta(hours=1))
    staff.instances.suspend(run.id, by="mia", reason="wait")
    staff.instances.migrate(run.id, plan, by="mia")
    assert staff.instances.get(run.id).status == "running"
    staff.instances.resume(run.id, by="mia")
    assert staff.instances.get(run.id).status == "completed"


def test_a_gate_that_is_at_the_other_end_now_is_asked_there(staff: Opsflow) -> None:
    def at(end: str) -> bytes:
        gate = f'<opsflow:gate id="g" at="{end}" rule="all" voters="manager" onReject="rework"/>'
        return simple(human("place", raci("buyer") + gate))

    run, plan = begun(staff, at("entry"), at("exit"))
    assert task_of(staff, run).state == "blocked"
    staff.instances.migrate(run.id, plan, by="mia")
    task = submitted(staff, run)
    assert task.state == "in_review"
    staff.approvals.vote(staff.approvals.to_vote("mia")[0].gate.id, by="mia", choice="approve")
    assert staff.instances.get(run.id).status == "completed"
