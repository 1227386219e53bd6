"""Service levels: due dates in working time, and what is done about tasks that are late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from opsflow.errors import Invalid, ModelRejected
from opsflow.instances import ServiceCall
from opsflow.jobs import State
from tests.conftest import START
from tests.integration.deadlines.conftest import RACI, Office, level
from tests.models import human, simple

LADDER = (
    'at="PT12H" do="remind"',
    'at="PT16H" do="reassign" to="deputy"',
    'at="PT24H" do="tell"',
)


def day(number: int, hour: int, minute: int = 0) -> datetime:
    """A moment of March 2026; the 2nd is a Monday."""
    return datetime(2026, 3, number, hour, minute, tzinfo=UTC)


def test_the_due_date_is_counted_in_working_time(office: Office) -> None:
    task = office.open(level())
    assert task.due_at == day(3, 17)


def test_a_duration_on_the_task_is_counted_in_its_calendar(office: Office) -> None:
    task = office.open(RACI, more='opsflow:due="P1DT2H" opsflow:calendar="office"')
    assert task.due_at == day(3, 11)


def test_a_duration_of_an_expression_is_counted_in_its_calendar(office: Office) -> None:
    task = office.open(
        RACI, more='opsflow:due="=duration(&quot;P5D&quot;)" opsflow:calendar="office"'
    )
    assert task.due_at == day(9, 9)


def test_without_a_calendar_time_runs_around_the_clock(office: Office) -> None:
    task = office.open(level('at="PT1H" do="tell"', said='due="P2D"'))
    assert task.due_at == START + timedelta(days=2)
    office.at(day(2, 10))
    assert office.told("chen") == ["task.escalated"]


def test_the_ladder_reminds_reassigns_and_tells(office: Office) -> None:
    task = office.open(level(*LADDER))
    office.flow.tasks.claim(task.id, by="li")
    office.at(day(3, 12, 59))
    assert office.told("li") == []
    office.at(day(3, 13))
    assert office.told("li") == ["task.reminded"]
    office.at(day(3, 17))
    now = office.flow.tasks.get(task.id)
    assert (now.state, now.assignee, now.candidate_roles) == ("offered", None, ("deputy",))
    assert office.told("li") == ["task.reminded", "task.reassigned"]
    assert office.told("dong") == ["task.reassigned"]
    assert [each.id for each in office.flow.tasks.for_person("dong")] == [task.id]
    assert office.flow.tasks.for_person("li") == []
    office.at(day(4, 17))
    assert office.told("chen") == ["task.overdue"]
    office.flow.tasks.complete(task.id, by="dong")
    office.at(day(20, 9))
    assert [len(office.told(each)) for each in ("li", "dong", "chen", "wang")] == [2, 1, 1, 0]
    happened = office.events(task)
    assert happened.count("TaskReminded") == happened.count("TaskEscalated") == 1
    assert happened.count("TaskReassigned") == 1
    assert office.flow.history.verify().holds
    assert office.flow.jobs.find() == []


def test_what_was_missed_while_nothing_ran_is_done_once_in_order(office: Office) -> None:
    task = office.open(level(*LADDER))
    office.flow.tasks.claim(task.id, by="li")
    office.at(day(20, 9))
    assert office.told("li") == ["task.reminded", "task.reassigned"]
    assert office.told("chen") == ["task.overdue"]
    assert office.flow.jobs.find() == []


def test_a_task_that_is_done_takes_its_ladder_down(office: Office) -> None:
    task = office.open(level(*LADDER))
    assert [job.state for job in office.flow.jobs.find()] == [State.TIMER] * 3
    office.flow.tasks.complete(task.id, by="li")
    assert office.flow.jobs.find() == []
    assert office.flow.deadlines.rungs(task.id) == []
    office.at(day(20, 9))
    assert office.told("li") == office.told("chen") == []


def test_a_task_that_is_cancelled_takes_its_ladder_down(office: Office) -> None:
    task = office.open(level(*LADDER))
    office.flow.instances.cancel(task.instance_id, by="chen", reason="not needed")
    assert office.flow.jobs.find() == []
    assert office.flow.deadlines.rungs(task.id) == []


def test_an_offered_task_reminds_those_who_could_take_it(office: Office) -> None:
    office.open(level(*LADDER))
    office.at(day(3, 13))
    assert [office.told(each) for each in ("li", "wang", "dong", "chen")] == [
        ["task.reminded"],
        ["task.reminded"],
        ["task.reminded"],
        [],
    ]


def test_without_a_role_a_task_is_offered_to_all_again(office: Office) -> None:
    task = office.open(level('at="PT1H" do="reassign"'))
    office.flow.tasks.claim(task.id, by="li")
    office.at(day(2, 10))
    now = office.flow.tasks.get(task.id)
    assert (now.state, now.candidate_roles) == ("offered", ("buyer", "deputy"))
    assert {each for each in ("li", "wang", "dong") if office.flow.tasks.for_person(each)} == {
        "li",
        "wang",
        "dong",
    }


def test_it_goes_to_nobody_who_may_not_do_it(office: Office) -> None:
    """The deputy did the task that excludes this one: all responsible roles are offered it."""
    office.flow.definitions.deploy(
        simple(
            human("ask", RACI),
            human("place", level('at="PT1H" do="reassign" to="deputy"')),
            process='<opsflow:separation tasks="ask place"/>',
        ),
        by="chen",
    )
    run = office.flow.instances.start("order", by="chen")
    (ask,) = office.flow.tasks.of_instance(run.id)
    office.flow.tasks.complete(ask.id, by="dong")
    task = office.flow.tasks.of_instance(run.id)[-1]
    office.flow.tasks.claim(task.id, by="li")
    office.at(day(2, 10))
    now = office.flow.tasks.get(task.id)
    assert (now.state, now.candidate_roles) == ("offered", ("buyer", "deputy"))
    assert office.flow.tasks.for_person("dong") == []
    assert [each.id for each in office.flow.tasks.for_person("wang")] == [task.id]


def test_who_had_it_is_not_asked_again_as_the_only_one(office: Office) -> None:
    task = office.open(level('at="PT1H" do="reassign" to="deputy"'))
    office.flow.tasks.claim(task.id, by="dong")
    office.at(day(2, 10))
    assert office.flow.tasks.get(task.id).candidate_roles == ("buyer", "deputy")


def test_what_it_was_reassigned_from_counts_no_more_for_separation(office: Office) -> None:
    task = office.open(level('at="PT1H" do="reassign" to="deputy"'))
    office.flow.tasks.claim(task.id, by="li")
    office.at(day(2, 10))
    claims = office.flow.responsibility.trace(task.instance_id, task_id=task.id)
    assert [(each.person, each.withdrawn_at is not None) for each in claims] == [("li", True)]


def test_a_suspended_instance_holds_its_ladder(office: Office) -> None:
    task = office.open(level(*LADDER))
    office.flow.instances.suspend(task.instance_id, by="chen", reason="stocktaking")
    office.at(day(10, 9))
    assert office.told("li") == office.told("chen") == []
    office.flow.instances.resume(task.instance_id, by="chen", reason="done")
    office.flow.jobs.run_until_idle()
    assert office.told("chen") == ["task.overdue"]


def test_a_moved_due_date_moves_the_rungs(office: Office) -> None:
    task = office.open(level(*LADDER, 'before="PT2H" do="remind"', 'after="PT1H" do="tell"'))
    rungs = office.flow.deadlines.rungs(task.id)
    assert [rung.due_at for rung in rungs] == [
        day(3, 13), day(3, 17), day(4, 17), day(3, 15), day(4, 10)
    ]  # fmt: skip
    office.flow.tasks.set_due(task.id, day(9, 12), by="chen")
    assert [rung.due_at for rung in office.flow.deadlines.rungs(task.id)] == [
        day(6, 16), day(9, 12), day(10, 12), day(9, 10), day(9, 13)
    ]  # fmt: skip
    assert len(office.flow.jobs.find()) == 5
    office.at(day(6, 15, 59))
    assert office.told("li") == []
    office.at(day(6, 16))
    assert office.told("li") == ["task.reminded"]


def test_a_task_without_a_due_date_any_more_has_nothing_ahead(office: Office) -> None:
    task = office.open(level(*LADDER))
    office.flow.tasks.set_due(task.id, None, by="chen")
    assert office.flow.jobs.find() == []
    assert office.flow.deadlines.next_rung(task.id) is None
    office.flow.tasks.set_due(task.id, day(3, 17), by="chen")
    assert [rung.due_at for rung in office.flow.deadlines.rungs(task.id)] == [
        day(3, 13), day(3, 17), day(4, 17)
    ]  # fmt: skip


def test_a_due_date_that_no_calendar_is_about_leaves_nothing_ahead(office: Office) -> None:
    task = office.open(level(*LADDER, 'after="PT1H" do="tell"'))
    office.flow.tasks.set_due(task.id, datetime(9999, 12, 31, tzinfo=UTC), by="chen")
    assert office.flow.jobs.find() == []


def test_another_priority_moves_nothing(office: Office) -> None:
    task = office.open(level(*LADDER))
    before = [job.id for job in office.flow.jobs.find()]
    office.flow.tasks.set_priority(task.id, 90, by="chen")
    assert [job.id for job in office.flow.jobs.find()] == before


def test_rungs_that_were_done_are_done_again_for_a_later_due_date(office: Office) -> None:
    task = office.open(level('at="PT12H" do="remind"'))
    office.at(day(3, 13))
    office.flow.tasks.set_due(task.id, day(5, 17), by="chen")
    office.at(day(5, 13))
    assert office.told("li") == ["task.reminded", "task.reminded"]
    office.flow.tasks.set_due(task.id, day(5, 14), by="chen")
    office.flow.jobs.run_until_idle()
    assert len(office.told("li")) == 2


def test_a_rung_repeats_as_often_as_it_says_and_not_in_a_burst(office: Office) -> None:
    office.open(level('at="PT8H" do="remind" every="PT2H" times="3"'))
    office.at(day(2, 17))
    assert len(office.told("li")) == 1
    office.at(day(3, 11))
    assert len(office.told("li")) == 2
    office.at(day(12, 10))
    assert len(office.told("li")) == 3
    office.at(day(30, 9))
    assert len(office.told("li")) == 3
    assert office.flow.jobs.find() == []


def test_the_default_of_the_process_holds_for_tasks_without_their_own(office: Office) -> None:
    task = office.open(
        RACI,
        process='<opsflow:serviceLevel due="PT16H" calendar="office">'
        '<opsflow:rung after="PT1H" do="tell"/></opsflow:serviceLevel>',
    )
    assert task.due_at == day(3, 17)
    office.at(day(4, 10))
    assert office.told("chen") == ["task.overdue"]


def test_a_blocked_task_reminds_those_who_answer_for_it(office: Office) -> None:
    gate = '<opsflow:gate id="budget" at="entry" rule="all" voters="manager"/>'
    task = office.open(level('at="PT1H" do="remind"', 'at="PT2H" do="reassign"') + gate)
    assert task.state == "blocked"
    office.at(day(2, 12))
    assert office.told("chen").count("task.reminded") == 2
    assert office.told("li") == []


def test_a_task_that_is_let_through_keeps_the_ladder_it_had(office: Office) -> None:
    gate = '<opsflow:gate id="budget" at="entry" rule="all" voters="manager"/>'
    task = office.open(level(*LADDER) + gate)
    before = [job.id for job in office.flow.jobs.find()]
    (status,) = office.flow.approvals.gates(task.id)
    office.flow.approvals.vote(status.gate.id, by="chen", choice="approve")
    assert office.flow.tasks.get(task.id).state == "offered"
    assert [job.id for job in office.flow.jobs.find()] == before


def test_a_follow_up_date_reminds_the_assignee(office: Office) -> None:
    task = office.open(RACI)
    office.flow.tasks.claim(task.id, by="li")
    office.flow.tasks.set_follow_up(task.id, day(4, 9), by="li")
    office.flow.tasks.set_follow_up(task.id, day(5, 9), by="li")
    office.at(day(4, 10))
    assert office.told("li") == []
    office.at(day(5, 9))
    assert office.told("li") == ["task.follow_up"]
    office.flow.tasks.set_follow_up(task.id, day(6, 9), by="li")
    office.flow.tasks.set_follow_up(task.id, None, by="li")
    office.at(day(7, 9))
    assert office.told("li") == ["task.follow_up"]
    office.flow.tasks.set_follow_up(task.id, day(9, 9), by="li")
    office.flow.tasks.complete(task.id, by="li")
    assert office.flow.jobs.find() == []
    assert office.flow.deadlines.rungs(task.id) == []


def test_a_follow_up_date_of_the_model_reminds_whoever_has_it_then(office: Office) -> None:
    task = office.open(RACI, more='opsflow:followUp="P1D" opsflow:calendar="office"')
    office.flow.tasks.claim(task.id, by="wang")
    office.at(day(3, 9))
    assert office.told("wang") == ["task.follow_up"]


def test_what_is_done_next_is_told(office: Office) -> None:
    task = office.open(level(*LADDER))
    following = office.flow.deadlines.next_rung(task.id)
    assert following is not None
    assert (following.due_at, following.act, following.position) == (day(3, 13), "remind", 0)
    office.at(day(3, 13))
    after = office.flow.deadlines.next_rung(task.id)
    assert after is not None
    assert (after.act, after.to_role) == ("reassign", "deputy")


@pytest.mark.parametrize(
    ("controls", "rule"),
    [
        (level('at="PT1H" do="reassign" to="manager"'), "opsflow.service-level.role"),
        (level('at="PT1H" do="remind"', said='due="PT1H" calendar="mars"'),
         "opsflow.calendar.unknown"),
        (level('at="soon" do="remind"'), "opsflow.extension.value"),
        (level('at="PT0S" do="remind"'), "opsflow.extension.value"),
        (level('at="-PT1H" do="remind"'), "opsflow.extension.value"),
        (level('at="PT1H" do="shout"'), "opsflow.extension.value"),
        (level('at="PT1H"'), "opsflow.extension.missing"),
        (level('do="remind"'), "opsflow.extension.missing"),
        (level('at="PT1H" after="PT1H" do="remind"'), "opsflow.extension.value"),
        (level('at="PT1H" do="tell" to="buyer"'), "opsflow.extension.value"),
        (level('at="PT1H" do="tell" times="3"'), "opsflow.extension.missing"),
        (level('at="PT1H" do="tell" whom="ann"'), "opsflow.extension.unknown"),
        (level(said='due="P1Y2X"'), "opsflow.extension.value"),
        (level(*['at="PT1H" do="tell"'] * 21), "opsflow.extension.value"),
    ],
)  # fmt: skip
def test_a_service_level_that_cannot_be_kept_is_a_finding(
    office: Office, controls: str, rule: str
) -> None:
    with pytest.raises(ModelRejected) as refused:
        office.deploy(controls)
    assert rule in {each.rule for each in refused.value.findings if each.is_error}


def test_a_rung_without_a_due_date_to_count_from_is_remarked(office: Office) -> None:
    controls = level('after="PT1H" do="tell"', said='calendar="office"')
    release = office.flow.definitions.check(simple(human("place", controls)))
    assert "opsflow.service-level.no-due" in {each.rule for each in release}
    task = office.open(controls)
    assert office.flow.jobs.find() == []
    office.flow.tasks.set_due(task.id, day(3, 10), by="chen")
    office.at(day(3, 11))
    assert office.told("chen") == ["task.overdue"]


def test_a_service_task_cannot_do_a_rung(office: Office) -> None:
    victim = office.open(level(*LADDER))
    call = ServiceCall(
        topic="opsflow.rung",
        variables={"task": victim.id, "position": 0},
        instance_id="x",
        step_id="1",
        node_id="n",
        business_key=None,
    )
    with pytest.raises(Invalid):
        office.flow.deadlines.do(call)
    assert office.told("li") == []


def test_nobody_else_fetches_rungs(office: Office) -> None:
    office.open(level(*LADDER))
    office.clock.move_to(day(10, 9))
    with pytest.raises(Invalid, match="opsflow itself"):
        office.flow.jobs.fetch_and_lock(
            ["opsflow.rung"], worker="robot", lease=timedelta(minutes=1)
        )


def test_a_job_that_its_rung_does_not_wait_for_does_nothing(office: Office) -> None:
    task = office.open(level(*LADDER))
    office.flow.jobs.enqueue(
        "opsflow.rung", {"task": task.id, "position": 0}, instance_id=task.instance_id
    )
    office.flow.jobs.run_until_idle()
    assert office.told("li") == []
    assert [rung.done for rung in office.flow.deadlines.rungs(task.id)] == [0, 0, 0]


def test_a_lease_that_runs_out_does_the_rung_once(office: Office) -> None:
    """A worker took the job and died before its transaction: somebody else does it."""
    task = office.open(level(*LADDER))
    office.clock.move_to(day(3, 13))
    ledger = office.flow.jobs.workshop.ledger
    (lost,) = ledger.take("dead", ["opsflow.rung"], 1, lambda _: timedelta(seconds=30))
    office.clock.advance(timedelta(minutes=5))
    office.flow.jobs.run_until_idle()
    office.clock.advance(timedelta(minutes=5))
    office.flow.jobs.run_until_idle()
    assert office.told("li") == ["task.reminded"]
    assert office.flow.jobs.workshop.runner.work(lost) is None
    assert office.told("li") == ["task.reminded"]
    assert office.events(task).count("TaskReminded") == 1


def test_a_rung_that_was_taken_loses_against_the_completion(office: Office) -> None:
    task = office.open(level(*LADDER))
    office.clock.move_to(day(3, 13))
    ledger = office.flow.jobs.workshop.ledger
    (taken,) = ledger.take("slow", ["opsflow.rung"], 1, lambda _: timedelta(seconds=30))
    office.flow.tasks.complete(task.id, by="li")
    assert office.flow.jobs.workshop.runner.work(taken) is None
    assert office.told("li") == []
    assert office.flow.instances.get(task.instance_id).status == "completed"
