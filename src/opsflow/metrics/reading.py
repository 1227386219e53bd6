"""What the database says there is to do, asked when somebody wants to know."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from opsflow.errors import OpsflowError
from opsflow.instances import Instances, Overdue, Population, Waiting
from opsflow.jobs import Depth, Jobs
from opsflow.jobs.pulse import Pulse
from opsflow.metrics import catalogue
from opsflow.metrics.catalogue import Metric
from opsflow.metrics.counting import Values

KEPT = 5.0
"""Seconds for which an answer of the database counts at the least."""
SHARE = 20
"""It counts so many times as long as it took: watching takes a twentieth of the time at most."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the database said. ``took`` and ``until`` are seconds of the monotonic clock."""

    at: datetime
    depths: Sequence[Depth]
    incidents: Sequence[Waiting]
    overdue: Overdue
    running: Sequence[Population]
    took: float
    until: float


class DatabaseReading(Collector):
    """Gauges that are read from the database, once for all who ask at about the same time."""

    def __init__(
        self, jobs: Jobs, instances: Instances, now: Callable[[], datetime], values: Values
    ) -> None:
        self._jobs = jobs
        self._now = now
        self._instances = instances
        self._values = values
        self._lock = Lock()
        self._reading: _Reading | None = None

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing: whoever registers this need not ask the database."""
        return ()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Every gauge; where the database cannot be asked, only that."""
        yield _gauge(catalogue.WORKERS, _states(self._jobs.workshop.pulses.all()))
        with self._lock:
            try:
                reading = self._read()
            except (OpsflowError, SQLAlchemyError):
                yield _gauge(catalogue.DATABASE_UP, {(): 0})
                return
        yield _gauge(catalogue.DATABASE_UP, {(): 1})
        yield _gauge(catalogue.READING_SECONDS, {(): reading.took})
        yield from self._gauges(reading)

    def _read(self) -> _Reading:
        if self._reading is not None and time.monotonic() < self._reading.until:
            return self._reading
        began = time.monotonic()
        census = self._instances.census
        depths, incidents = self._jobs.depths(), census.incidents()
        overdue, running = census.overdue(), census.running()
        took = time.monotonic() - began
        until = began + took + max(KEPT, SHARE * took)
        self._reading = _Reading(self._now(), depths, incidents, overdue, running, took, until)
        return self._reading

    def _gauges(self, reading: _Reading) -> Iterable[GaugeMetricFamily]:
        jobs, ages, incidents, running = _Values(), _Values(), _Values(), _Values()
        for depth in reading.depths:
            topic = self._values.of("topic", depth.topic)
            jobs[topic, str(depth.state)] += depth.count
            ages[(topic,)] = max(ages[(topic,)], _age(depth.due_since, reading.at))
        for kind in reading.incidents:
            process = self._values.of("process", kind.process_key)
            incidents[process, self._values.of("code", kind.code)] += kind.count
        for each in reading.running:
            running[(self._values.of("process", each.process_key),)] += each.running
        yield _gauge(catalogue.JOBS, jobs)
        yield _gauge(catalogue.OLDEST_DUE, ages)
        yield _gauge(catalogue.INCIDENTS, incidents)
        yield _gauge(catalogue.TIMERS_OVERDUE, {(): reading.overdue.count})
        yield _gauge(catalogue.TIMERS_LATE, {(): _age(reading.overdue.since, reading.at)})
        yield _gauge(catalogue.INSTANCES, running)


class _Values(dict[tuple[str, ...], float]):
    """By labels; 0 where nothing was put yet."""

    def __missing__(self, labels: tuple[str, ...]) -> float:
        return 0.0


def _states(pulses: Sequence[Pulse]) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {("alive",): 0, ("stalled",): 0, ("stopping",): 0}
    for pulse in pulses:
        found["stopping" if pulse.is_stopping else "alive" if pulse.is_alive else "stalled",] += 1
    return found


def _age(since: datetime | None, now: datetime) -> float:
    """Seconds since then; 0 for what is still to come."""
    return 0.0 if since is None else max((now - since).total_seconds(), 0.0)


def _gauge(metric: Metric, values: Mapping[tuple[str, ...], float]) -> GaugeMetricFamily:
    made = GaugeMetricFamily(metric.name, metric.meaning, labels=metric.labels)
    for labels, value in values.items():
        made.add_metric(labels, value)
    return made
