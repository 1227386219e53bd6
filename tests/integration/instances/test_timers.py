"""Timers in every position, and cycles that were missed while nothing ran."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import pytest
from sqlalchemy import select

from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.errors import ModelRejected
from opsflow.instances.models import WaitingEvent
from tests.conftest import START
from tests.models import flows, human, model

Make: TypeAlias = Callable[..., bytes]
HOUR = timedelta(hours=1)
SHANGHAI = {
    "zone": "Asia/Shanghai",
    "country": "CN",
    "hours": {"mon-fri": ["09:00-12:00", "13:00-18:00"]},
}


def timer(kind: str, value: str, calendar: str | None = None) -> str:
    said = f' opsflow:calendar="{calendar}"' if calendar else ""
    return f"<timerEventDefinition{said}><{kind}>{value}</{kind}></timerEventDefinition>"


def boundary(event: str, *, interrupting: bool) -> bytes:
    """A task ``work`` whose timer leads to the task ``late``."""
    cancels = str(interrupting).lower()
    return model(
        '<startEvent id="s"/>'
        + human("work")
        + human("late")
        + f'<boundaryEvent id="b" attachedToRef="work" cancelActivity="{cancels}">{event}'
        + '</boundaryEvent><endEvent id="e"/><endEvent id="l"/>'
        + flows("s>work", "work>e", "b>late", "late>l")
    )


def in_subprocess(event: str, *, interrupting: bool) -> bytes:
    """A task ``work`` and an event subprocess whose timer leads to the task ``late``."""
    cancels = str(interrupting).lower()
    return model(
        '<startEvent id="s"/>'
        + human("work")
        + '<endEvent id="e"/>'
        + flows("s>work", "work>e")
        + '<subProcess id="sub" triggeredByEvent="true">'
        + f'<startEvent id="t" isInterrupting="{cancels}">{event}</startEvent>'
        + human("late")
        + '<endEvent id="se"/><sequenceFlow id="x" sourceRef="t" targetRef="late"/>'
        + '<sequenceFlow id="y" sourceRef="late" targetRef="se"/></subProcess>'
    )


def waits(event: str, process: str = "") -> bytes:
    body = f'<startEvent id="s"/><intermediateCatchEvent id="t">{event}</intermediateCatchEvent>'
    return model(
        process + body + '<endEvent id="e"/>' + flows("s>t", "t>e"),
    )


def starts(event: str) -> bytes:
    return model(
        f'<startEvent id="s">{event}</startEvent>' + human("work") + '<endEvent id="e"/>'
        + flows("s>work", "work>e")
    )  # fmt: skip


def deploy(flow: Opsflow, source: bytes) -> None:
    flow.definitions.deploy(source, by="ann")


def begin(flow: Opsflow, source: bytes) -> str:
    deploy(flow, source)
    return flow.instances.start("p", by="ann").id


def nodes(flow: Opsflow, instance_id: str) -> list[str]:
    """The nodes of the open tasks."""
    return sorted(task.node_id for task in flow.tasks.of_instance(instance_id) if task.is_open)


@pytest.mark.parametrize("make", [boundary, in_subprocess])
def test_an_interrupting_timer_ends_what_it_interrupts(
    flow: Opsflow, clock: ManualClock, make: Make
) -> None:
    run = begin(flow, make(timer("timeDuration", "PT1H"), interrupting=True))
    clock.advance(HOUR - timedelta(seconds=1))
    flow.jobs.run_until_idle()
    assert nodes(flow, run) == ["work"]
    clock.advance(timedelta(seconds=1))
    flow.jobs.run_until_idle()
    assert nodes(flow, run) == ["late"]


@pytest.mark.parametrize("make", [boundary, in_subprocess])
def test_a_timer_that_does_not_interrupt_fires_once_and_leaves_the_work(
    flow: Opsflow, clock: ManualClock, make: Make
) -> None:
    run = begin(flow, make(timer("timeDuration", "PT1H"), interrupting=False))
    clock.advance(5 * HOUR)
    flow.jobs.run_until_idle()
    assert nodes(flow, run) == ["late", "work"]


@pytest.mark.parametrize("make", [boundary, in_subprocess])
@pytest.mark.parametrize("cycle", ["R/PT1H", "0 0 * * * *"])
def test_a_cycle_that_was_missed_fires_once_and_goes_on_in_its_rhythm(
    flow: Opsflow, clock: ManualClock, make: Make, cycle: str
) -> None:
    run = begin(flow, make(timer("timeCycle", cycle), interrupting=False))
    clock.advance(7 * HOUR + timedelta(minutes=20))
    flow.jobs.run_until_idle()
    assert nodes(flow, run) == ["late", "work"]
    assert flow.instances.next_due() == START + 8 * HOUR
    clock.move_to(START + 8 * HOUR)
    flow.jobs.run_until_idle()
    assert nodes(flow, run) == ["late", "late", "work"]


def test_missed_times_of_a_cycle_that_ends_count(flow: Opsflow, clock: ManualClock) -> None:
    run = begin(flow, boundary(timer("timeCycle", "R3/PT1H"), interrupting=False))
    clock.advance(100 * HOUR)
    flow.jobs.run_until_idle()
    clock.advance(100 * HOUR)
    flow.jobs.run_until_idle()
    assert nodes(flow, run) == ["late", "work"]
    assert flow.instances.next_due() is None


@pytest.mark.parametrize("cycle", ["R/PT1H", "0 0 * * * *", "R/2026-03-02T09:00:00Z/PT1H"])
def test_a_start_that_was_missed_starts_one_instance(
    url: str, flow: Opsflow, clock: ManualClock, cycle: str
) -> None:
    deploy(flow, starts(timer("timeCycle", cycle)))
    first = len(flow.instances.find()) + flow.jobs.run_until_idle()
    clock.advance(50 * HOUR + timedelta(minutes=1))
    # Everything was down: another process finds what is due.
    with Opsflow(url, clock=clock) as other:
        other.jobs.run_until_idle()
        assert len(other.instances.find()) == first + 1
        assert other.instances.next_due() == START + 51 * HOUR
        clock.advance(HOUR)
        other.jobs.run_until_idle()
        assert len(other.instances.find()) == first + 2


def test_a_cycle_that_was_missed_while_suspended_fires_once(
    flow: Opsflow, clock: ManualClock
) -> None:
    run = begin(flow, boundary(timer("timeCycle", "R/PT1H"), interrupting=False))
    flow.instances.suspend(run, by="ann", reason="stocktaking")
    clock.advance(30 * HOUR)
    flow.jobs.run_until_idle()
    assert nodes(flow, run) == ["work"]
    flow.instances.resume(run, by="ann", reason="done")
    flow.jobs.run_until_idle()
    assert nodes(flow, run) == ["late", "work"]


def test_a_duration_is_counted_in_the_calendar_it_names(flow: Opsflow, clock: ManualClock) -> None:
    flow.calendars.define("shanghai", SHANGHAI)
    run = begin(flow, waits(timer("timeDuration", "PT8H", "shanghai")))
    # 09:00 UTC on a Monday is 17:00 in Shanghai: one hour today, the rest tomorrow.
    assert flow.instances.next_due() == datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
    clock.move_to(datetime(2026, 3, 3, 9, 0, tzinfo=UTC))
    flow.jobs.run_until_idle()
    assert flow.instances.get(run).status == "completed"


def test_days_of_a_calendar_are_working_days(flow: Opsflow, clock: ManualClock) -> None:
    flow.calendars.define("shanghai", SHANGHAI)
    clock.move_to(datetime(2026, 4, 30, 2, 0, tzinfo=UTC))
    begin(flow, waits(timer("timeDuration", "P2D", "shanghai")))
    assert flow.instances.next_due() == datetime(2026, 5, 7, 2, 0, tzinfo=UTC)


def test_what_is_armed_stays_when_the_calendar_is_changed(flow: Opsflow) -> None:
    flow.calendars.define("shanghai", SHANGHAI)
    begin(flow, waits(timer("timeDuration", "PT8H", "shanghai")))
    flow.calendars.define("shanghai", {**SHANGHAI, "holidays": ["2026-03-03"]})
    assert flow.instances.next_due() == datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


def test_a_cycle_in_a_calendar_goes_on_after_a_downtime(flow: Opsflow, clock: ManualClock) -> None:
    flow.calendars.define("shanghai", SHANGHAI)
    run = begin(flow, boundary(timer("timeCycle", "R/PT4H", "shanghai"), interrupting=False))
    # Monday 17:00 there: due Tuesday 12:00, Wednesday 09:00 + 4 h - …
    assert flow.instances.next_due() == datetime(2026, 3, 3, 4, 0, tzinfo=UTC)
    clock.move_to(datetime(2026, 3, 6, 3, 0, tzinfo=UTC))
    flow.jobs.run_until_idle()
    assert nodes(flow, run) == ["late", "work"]
    following = flow.instances.next_due()
    assert following is not None
    worked = flow.calendars.between("shanghai", datetime(2026, 3, 3, 4, 0, tzinfo=UTC), following)
    assert worked % timedelta(hours=4) == timedelta()
    assert timedelta() < following - clock.now() < timedelta(days=3)


def test_a_start_in_a_calendar_goes_on_after_a_downtime(flow: Opsflow, clock: ManualClock) -> None:
    flow.calendars.define("shanghai", SHANGHAI)
    deploy(flow, starts(timer("timeCycle", "R/P1D", "shanghai")))
    assert flow.instances.next_due() == datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
    clock.move_to(datetime(2026, 3, 8, 12, 0, tzinfo=UTC))
    assert flow.jobs.run_until_idle() == 1
    assert flow.instances.next_due() == datetime(2026, 3, 9, 9, 0, tzinfo=UTC)


def test_the_calendar_of_the_process_holds_for_every_duration(flow: Opsflow) -> None:
    flow.calendars.define("shanghai", SHANGHAI)
    source = waits(timer("timeDuration", "PT8H")).replace(
        b'<process id="p"', b'<process id="p" opsflow:calendar="shanghai"'
    )
    begin(flow, source)
    assert flow.instances.next_due() == datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


def test_the_calendar_of_the_unit_is_that_of_whoever_does_the_task(flow: Opsflow) -> None:
    flow.calendars.define("shanghai", SHANGHAI)
    flow.people.add_unit("company")
    flow.people.add_unit("purchasing", parent="company")
    flow.people.add_role("buyer", unit="purchasing")
    source = boundary(timer("timeDuration", "PT8H", "unit"), interrupting=True)
    begin(flow, source)
    assert flow.instances.next_due() == START + 8 * HOUR
    flow.calendars.assign("company", "shanghai")
    flow.instances.start("p", by="ann")
    with flow._database.reading() as unit:
        dues = set(unit.session.scalars(select(WaitingEvent.due_at)))
    assert dues == {START + 8 * HOUR, datetime(2026, 3, 3, 9, 0, tzinfo=UTC)}


def test_an_unknown_calendar_is_a_finding(flow: Opsflow) -> None:
    with pytest.raises(ModelRejected) as refused:
        deploy(flow, waits(timer("timeDuration", "PT8H", "shanghai")))
    (finding,) = [each for each in refused.value.findings if each.is_error]
    assert (finding.rule, finding.element) == ("opsflow.calendar.unknown", "t")


@pytest.mark.parametrize(
    ("kind", "value"), [("timeDate", "2026-05-01T09:00:00Z"), ("timeCycle", "0 0 9 * * ?")]
)
def test_a_calendar_on_what_counts_nothing_is_a_finding(
    flow: Opsflow, kind: str, value: str
) -> None:
    with pytest.raises(ModelRejected) as refused:
        deploy(flow, waits(timer(kind, value, "always")))
    assert {each.rule for each in refused.value.findings if each.is_error} == {
        "opsflow.extension.misplaced"
    }


def test_a_duration_beyond_the_horizon_is_an_incident_and_goes_on_with_a_calendar(
    flow: Opsflow,
) -> None:
    flow.calendars.define("shanghai", SHANGHAI)
    run = begin(flow, waits(timer("timeDuration", '=duration("P20000D")', "shanghai")))
    (incident,) = flow.instances.incidents(instance_id=run)
    assert "twenty years" in incident.message
