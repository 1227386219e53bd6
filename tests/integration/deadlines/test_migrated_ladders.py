"""A task that goes on under another release has the ladder of that one."""

from __future__ import annotations

from tests.integration.deadlines.conftest import Office, level
from tests.integration.deadlines.test_ladders import LADDER, day

REMIND, REASSIGN, TELL = LADDER


def migrate(office: Office, run: str) -> None:
    plan = office.flow.instances.plan_migration("order", source=1, target=2)
    office.flow.instances.migrate(run, plan, by="chen")


def test_rungs_that_stay_keep_their_time_and_others_are_those_of_the_new_release(
    office: Office,
) -> None:
    task = office.open(level(REMIND, REASSIGN))
    office.at(day(3, 13))
    office.deploy(level(REMIND, TELL))
    migrate(office, task.instance_id)
    remind, tell = office.flow.deadlines.rungs(task.id)
    assert (remind.act, remind.done, remind.due_at) == ("remind", 1, None)
    assert (tell.act, tell.done, tell.due_at) == ("tell", 0, day(4, 17))
    assert len(office.flow.jobs.find()) == 1
    office.at(day(20, 9))
    assert office.told("chen") == ["task.overdue"]
    assert office.told("dong") == ["task.reminded"]
    assert office.flow.history.verify().holds


def test_a_release_without_a_ladder_leaves_nothing_to_be_done(office: Office) -> None:
    task = office.open(level(*LADDER))
    office.deploy(level())
    migrate(office, task.instance_id)
    assert office.flow.deadlines.rungs(task.id) == []
    assert office.flow.jobs.find() == []


def test_a_ladder_that_comes_with_the_release_is_done_where_its_time_is_past(
    office: Office,
) -> None:
    task = office.open(level())
    office.at(day(3, 14))
    office.deploy(level(*LADDER))
    migrate(office, task.instance_id)
    office.at(day(3, 14))
    assert office.told("li") == ["task.reminded"]
    office.flow.tasks.complete(task.id, by="li")
    assert office.flow.jobs.find() == []


def test_reverting_a_migration_brings_the_ladder_back(office: Office) -> None:
    task = office.open(level(*LADDER))
    office.deploy(level())
    migrate(office, task.instance_id)
    office.flow.instances.revert_migration(task.instance_id, by="chen", reason="too early")
    assert [rung.due_at for rung in office.flow.deadlines.rungs(task.id)] == [
        day(3, 13),
        day(3, 17),
        day(4, 17),
    ]
