"""What is counted, what is read, and what it costs to look."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event

from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.errors import LeaseLost, NotReady
from opsflow.instances import ServiceCall
from opsflow.jobs import Pace, Pulse, Stop
from opsflow.metrics import CATALOGUE, Metrics
from opsflow.metrics.reading import DatabaseReading
from tests.databases import Postgres, SQLite
from tests.integration.jobs.processes import CALLING, CHAIN, DEADLINE

MINUTE = timedelta(minutes=1)
Values = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
def metrics(flow: Opsflow) -> Metrics:
    for each in (CALLING, CHAIN, DEADLINE):
        flow.definitions.deploy(each, by="ann", responsibility="open")
    return flow.measure()


def values(metrics: Metrics) -> Values:
    """Every sample of opsflow's, read anew from the database."""
    for collector in list(metrics.registry._collector_to_names):
        if isinstance(collector, DatabaseReading):
            collector._reading = None
    families = text_string_to_metric_families(metrics.text().decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
        if sample.name.startswith("opsflow_")
    }


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return values(metrics).get((f"opsflow_{name}", tuple(sorted(labels.items()))))


def test_attempts_are_counted_by_what_they_came_to(
    flow: Opsflow, metrics: Metrics, clock: ManualClock
) -> None:
    @flow.handler("call", retries=1, backoff=MINUTE)
    def call(call: ServiceCall) -> None:
        if call.variables.get("fails"):
            raise ValueError("no")

    for fails in (False, False, True):
        flow.instances.start("calling", by="ann", variables={"fails": fails})
    clock.advance(MINUTE)
    flow.jobs.run_until_idle()
    clock.advance(10 * MINUTE)
    flow.jobs.run_until_idle()

    def attempts(outcome: str) -> float | None:
        return value(metrics, "attempts_total", topic="call", outcome=outcome)

    assert [attempts(each) for each in ("completed", "failed", "incident", "lost")] == [
        2,
        1,
        1,
        None,
    ]
    assert value(metrics, "attempt_seconds_count", topic="call") == 4
    assert value(metrics, "job_lateness_seconds_count", topic="call") == 4
    assert (value(metrics, "job_lateness_seconds_sum", topic="call") or 0) > 180
    assert value(metrics, "incidents_raised_total", process="calling", code="handler") == 1
    assert value(metrics, "incidents", process="calling", code="handler") == 1
    assert value(metrics, "jobs", topic="call", state="incident") == 1
    assert value(metrics, "instances_running", process="calling") == 1
    assert value(metrics, "instances_running", process="chain") == 0


def test_what_others_answer_is_counted_too(
    flow: Opsflow, metrics: Metrics, clock: ManualClock
) -> None:
    flow.instances.start("calling", by="ann")
    (first,) = flow.jobs.fetch_and_lock(["call"], worker="robot", lease=MINUTE)
    clock.advance(2 * MINUTE)
    assert flow.jobs.fetch_and_lock(["call"], worker="robot", lease=MINUTE) == []
    with pytest.raises(LeaseLost):
        flow.jobs.complete(first.token)
    clock.advance(MINUTE)
    (second,) = flow.jobs.fetch_and_lock(["call"], worker="robot", lease=MINUTE)
    flow.jobs.bpmn_error(second.token, "NO")
    assert value(metrics, "attempts_total", topic="call", outcome="expired") == 1
    assert value(metrics, "attempts_total", topic="call", outcome="error") == 1
    assert value(metrics, "attempt_seconds_count", topic="call") is None


def test_what_is_rolled_back_is_not_counted(flow: Opsflow, metrics: Metrics) -> None:
    flow.handler("call", transactional=True)(lambda call: call.variables["no"])  # type: ignore[arg-type,return-value]
    with pytest.raises(RuntimeError), flow.transaction():
        flow.instances.start("calling", by="ann")
        raise RuntimeError("no")
    assert value(metrics, "incidents_raised_total", process="calling", code="handler") is None
    flow.instances.start("calling", by="ann")
    assert value(metrics, "incidents_raised_total", process="calling", code="handler") == 1


def test_ages_are_of_what_is_due_and_not_held_back(
    flow: Opsflow, metrics: Metrics, clock: ManualClock
) -> None:
    run = flow.instances.start("calling", by="ann").id
    flow.jobs.enqueue("mail", due_at=clock.now() + 60 * MINUTE)
    clock.advance(10 * MINUTE)
    assert value(metrics, "job_oldest_due_seconds", topic="call") == 600
    assert value(metrics, "job_oldest_due_seconds", topic="mail") == 0
    assert value(metrics, "jobs", topic="mail", state="timer") == 1
    assert flow.health().oldest_due == 10 * MINUTE
    flow.instances.suspend(run, by="ann", reason="wait")
    assert value(metrics, "job_oldest_due_seconds", topic="call") == 0
    assert value(metrics, "jobs", topic="call", state="queued") == 1
    assert flow.health().oldest_due is None


def test_timers_that_are_late_are_seen_and_their_lateness_is_counted(
    flow: Opsflow, metrics: Metrics, clock: ManualClock
) -> None:
    run = flow.instances.start("deadline", by="ann").id
    flow.instances.start("deadline", by="ann")
    assert value(metrics, "timers_overdue") == 0
    clock.advance(62 * MINUTE)
    assert (value(metrics, "timers_overdue"), value(metrics, "timer_oldest_due_seconds")) == (
        2,
        120,
    )
    assert flow.health().timers_late == 2 * MINUTE
    flow.instances.suspend(run, by="ann", reason="wait")
    assert value(metrics, "timers_overdue") == 1
    flow.jobs.run_until_idle()
    assert value(metrics, "timers_overdue") == 0
    assert value(metrics, "timer_lateness_seconds_sum", process="deadline") == 120
    assert value(metrics, "timer_lateness_seconds_count", process="deadline") == 1


def test_every_metric_that_there_is_is_in_the_catalogue(
    flow: Opsflow, metrics: Metrics, clock: ManualClock
) -> None:
    @flow.handler("call", retries=0)
    def call(call: ServiceCall) -> None:
        raise ValueError("no")

    flow.instances.start("calling", by="ann")
    flow.instances.start("deadline", by="ann")
    clock.advance(62 * MINUTE)
    flow.jobs.run_until_idle()
    flow.observer.request_answered("GET", "/x", 200, 0.1)
    families = list(text_string_to_metric_families(metrics.text().decode()))
    shown = {family.name for family in families if family.name.startswith("opsflow_")}
    listed = {metric.name.removesuffix("_total") for metric in CATALOGUE}
    assert {name for name in shown if not name.endswith("_created")} == listed
    labels = {metric.name.removesuffix("_total"): set(metric.labels) for metric in CATALOGUE}
    for family in families:
        for sample in family.samples:
            if family.name in labels:
                assert set(sample.labels) - {"le"} == labels[family.name]


def test_the_database_is_not_asked_for_every_look(flow: Opsflow, metrics: Metrics) -> None:
    metrics.text()
    asked: list[str] = []
    event.listen(
        flow.engine, "before_cursor_execute", lambda c, u, statement, *_: asked.append(statement)
    )
    for _ in range(10):
        metrics.text()
    assert asked == []


def test_without_a_database_the_rest_is_still_told(
    databases: SQLite | Postgres, clock: ManualClock
) -> None:
    url = databases.migrated()
    with Opsflow(url, clock=clock) as flow:
        metrics = flow.measure()
        flow.observer.attempt_ended("call", "completed")
        assert value(metrics, "database_up") == 1
        flow.engine.dispose()
        databases.drop(url)
        assert value(metrics, "database_up") == 0
        assert value(metrics, "attempts_total", topic="call", outcome="completed") == 1


def test_a_host_has_them_in_its_own_registry(flow: Opsflow) -> None:
    registry = CollectorRegistry()
    assert flow.measure(registry) is flow.measure()
    flow.observer.attempt_ended("call", "completed")
    labels = {"topic": "call", "outcome": "completed"}
    assert registry.get_sample_value("opsflow_attempts_total", labels) == 1


@pytest.fixture
def stalled(flow: Opsflow) -> Iterator[Pulse]:
    pulse = Pulse("host:1", Pace(poll=timedelta(microseconds=1)), Stop(), patience=0.0)
    with flow.jobs.workshop.pulses.felt(pulse):
        yield pulse


def test_a_loop_that_does_not_turn_makes_the_process_unready(
    flow: Opsflow, metrics: Metrics, stalled: Pulse
) -> None:
    assert value(metrics, "workers", state="stalled") == 1
    (worker,) = flow.health().workers
    assert (worker.name, worker.alive) == ("host:1", False)
    assert flow.health().faults() != []
    with pytest.raises(NotReady, match="host:1"):
        flow.require_ready()


def test_an_executor_is_alive_while_it_runs(flow: Opsflow, metrics: Metrics) -> None:
    with flow.start_executor():
        flow.require_ready()
        assert value(metrics, "workers", state="alive") == 1
    assert value(metrics, "workers", state="alive") == 0
    assert flow.health().workers == ()


def test_health_names_what_is_beyond_its_limits(
    flow: Opsflow, metrics: Metrics, clock: ManualClock
) -> None:
    flow.instances.start("deadline", by="ann")
    clock.advance(62 * MINUTE)
    health = flow.health()
    assert (health.queued, health.running, health.incidents) == (1, 0, 0)
    assert health.faults() == []
    assert health.faults(oldest_due=63 * MINUTE, timers_late=3 * MINUTE, incidents=0) == []
    assert len(health.faults(oldest_due=61 * MINUTE, timers_late=MINUTE)) == 2
