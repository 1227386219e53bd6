"""The observer that counts for Prometheus."""

from __future__ import annotations

from datetime import timedelta
from threading import Lock
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram

from opsflow.metrics import catalogue
from opsflow.metrics.catalogue import OTHER, VALUES_LIMIT, Metric
from opsflow.telemetry import Observer


class Values:
    """Values of labels, of which each label has a limited number."""

    def __init__(self, limit: int = VALUES_LIMIT) -> None:
        self._limit = limit
        self._known: dict[str, set[str]] = {}
        self._lock = Lock()

    def of(self, label: str, value: str) -> str:
        """The value as it is counted: itself, or ``OTHER`` once there are too many."""
        with self._lock:
            known = self._known.setdefault(label, set())
            if len(known) < self._limit:
                known.add(value)
            return value if value in known else OTHER


class _Observable(Protocol):
    def observe(self, amount: float) -> None: ...


class Counting(Observer):
    """Counts what this process does."""

    def __init__(self, registry: CollectorRegistry, values: Values) -> None:
        self._values = values
        self._attempts = _counter(catalogue.ATTEMPTS, registry)
        self._attempt_seconds = _histogram(catalogue.ATTEMPT_SECONDS, registry)
        self._job_lateness = _histogram(catalogue.JOB_LATENESS, registry)
        self._timer_lateness = _histogram(catalogue.TIMER_LATENESS, registry)
        self._incidents = _counter(catalogue.INCIDENTS_RAISED, registry)
        self._requests = _counter(catalogue.REQUESTS, registry)
        self._request_seconds = _histogram(catalogue.REQUEST_SECONDS, registry)

    def job_taken(self, topic: str, late: timedelta) -> None:
        """How late."""
        self._late(self._job_lateness.labels(self._values.of("topic", topic)), late)

    def attempt_ended(self, topic: str, outcome: str) -> None:
        """One more."""
        self._attempts.labels(self._values.of("topic", topic), outcome).inc()

    def attempt_took(self, topic: str, seconds: float) -> None:
        """How long."""
        self._attempt_seconds.labels(self._values.of("topic", topic)).observe(seconds)

    def timer_fired(self, process_key: str, late: timedelta) -> None:
        """How late."""
        self._late(self._timer_lateness.labels(self._values.of("process", process_key)), late)

    def incident_raised(self, process_key: str, code: str) -> None:
        """One more."""
        process, kind = self._values.of("process", process_key), self._values.of("code", code)
        self._incidents.labels(process, kind).inc()

    def request_answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """One more, and how long it took."""
        self._requests.labels(method, route, str(status)).inc()
        self._request_seconds.labels(method, route).observe(seconds)

    def _late(self, histogram: _Observable, late: timedelta) -> None:
        # A clock that was put back makes nothing early.
        histogram.observe(max(late.total_seconds(), 0.0))


def _counter(metric: Metric, registry: CollectorRegistry) -> Counter:
    return Counter(metric.name, metric.meaning, metric.labels, registry=registry)


def _histogram(metric: Metric, registry: CollectorRegistry) -> Histogram:
    return Histogram(
        metric.name, metric.meaning, metric.labels, registry=registry, buckets=metric.buckets
    )
