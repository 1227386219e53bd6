"""Every metric there is: the one table, which docs/reference/metrics.md shows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

VALUES_LIMIT = 200
"""Values that one label may have; whatever comes after them is counted as ``OTHER``."""
OTHER = "(other)"


class Source(StrEnum):
    """Where a metric comes from."""

    PROCESS = "process"
    """What this process has done since it was started: add those of all processes."""
    DATABASE = "database"
    """What the database says: the same from every process."""


class Type(StrEnum):
    """What Prometheus makes of it."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. ``buckets`` are upper bounds in seconds."""

    name: str
    type: Type
    source: Source
    labels: tuple[str, ...]
    meaning: str
    buckets: tuple[float, ...] = ()


_WORK = (0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0, 300.0)
_LATE = (0.1, 0.5, 1.0, 5.0, 30.0, 300.0, 3600.0, 86400.0)
_ANSWER = (0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0)


def _counter(name: str, labels: tuple[str, ...], meaning: str) -> Metric:
    return Metric(f"opsflow_{name}_total", Type.COUNTER, Source.PROCESS, labels, meaning)


def _histogram(
    name: str, labels: tuple[str, ...], meaning: str, buckets: tuple[float, ...]
) -> Metric:
    named = f"opsflow_{name}_seconds"
    return Metric(named, Type.HISTOGRAM, Source.PROCESS, labels, meaning, buckets)


def _gauge(
    name: str, labels: tuple[str, ...], meaning: str, source: Source = Source.DATABASE
) -> Metric:
    return Metric(f"opsflow_{name}", Type.GAUGE, source, labels, meaning)


ATTEMPTS = _counter(
    "attempts",
    ("topic", "outcome"),
    "Attempts at jobs that ended: completed, error (BPMN), later, failed (tried again), incident, "
    "lost (the answer came too late), expired (no answer came).",
)
ATTEMPT_SECONDS = _histogram(
    "attempt", ("topic",), "How long the work of an attempt took in this process.", _WORK
)
JOB_LATENESS = _histogram(
    "job_lateness", ("topic",), "From when a job was due until it was taken.", _LATE
)
TIMER_LATENESS = _histogram(
    "timer_lateness", ("process",), "From when a timer was due until it fired.", _LATE
)
INCIDENTS_RAISED = _counter(
    "incidents_raised", ("process", "code"), "Steps that cannot go on until a human acts."
)
REQUESTS = _counter(
    "http_requests", ("method", "route", "status"), "Requests answered, by template of the route."
)
REQUEST_SECONDS = _histogram(
    "http_request", ("method", "route"), "How long a request took.", _ANSWER
)
WORKERS = _gauge(
    "workers",
    ("state",),
    "Loops of this process that take jobs: alive, stalled or stopping.",
    Source.PROCESS,
)
DATABASE_UP = _gauge(
    "database_up", (), "1 where the database could be asked, else 0.", Source.PROCESS
)
READING_SECONDS = _gauge(
    "database_reading_seconds", (), "How long the database was asked for these.", Source.PROCESS
)
JOBS = _gauge("jobs", ("topic", "state"), "Jobs that are not done, by state.")
OLDEST_DUE = _gauge(
    "job_oldest_due_seconds", ("topic",), "For how long the oldest due job of a topic has waited."
)
INCIDENTS = _gauge("incidents", ("process", "code"), "Steps that wait for a human now.")
TIMERS_OVERDUE = _gauge("timers_overdue", (), "Timers that are due and have not fired.")
TIMERS_LATE = _gauge("timer_oldest_due_seconds", (), "How late the oldest of them is.")
INSTANCES = _gauge("instances_running", ("process",), "Instances that have not ended.")

CATALOGUE = (
    ATTEMPTS,
    ATTEMPT_SECONDS,
    JOB_LATENESS,
    TIMER_LATENESS,
    INCIDENTS_RAISED,
    REQUESTS,
    REQUEST_SECONDS,
    WORKERS,
    JOBS,
    OLDEST_DUE,
    INCIDENTS,
    TIMERS_OVERDUE,
    TIMERS_LATE,
    INSTANCES,
    DATABASE_UP,
    READING_SECONDS,
)
"""In the order of the page."""
