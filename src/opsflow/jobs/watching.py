"""What is told of one attempt: its span, its ids on every log line, one line at its end."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from opsflow.instances import Again, Completed, Erred, Failed, Later, Result
from opsflow.jobs.leases import Lease
from opsflow.jobs.models import Job, State
from opsflow.telemetry import Kind, Observer, Span, bound, span, traceparent

LOG = logging.getLogger("opsflow.jobs")

Answer: TypeAlias = Result | Later | Again
"""What whoever did the work says."""


class Outcome(StrEnum):
    """What an attempt came to."""

    COMPLETED = "completed"
    """Its result is written, or kept until the instance is resumed."""
    ERROR = "error"
    """It ended in a BPMN error that the process took."""
    LATER = "later"
    """Somebody will answer by token."""
    AGAIN = "again"
    """A part is done; it is called again for the rest."""
    FAILED = "failed"
    """It is tried again."""
    INCIDENT = "incident"
    """A human has to mend something."""
    LOST = "lost"
    """The job was cancelled, given up or given to somebody else before the answer."""
    EXPIRED = "expired"
    """Nobody answered while the lease ran."""
    HANDED_BACK = "handed back"
    """Whoever had it was stopped, or its instance was suspended."""
    BROKEN = "broken"
    """Its effect could not be written; the lease runs out."""


_OUTCOMES: Mapping[type, Outcome] = {
    Completed: Outcome.COMPLETED,
    Erred: Outcome.ERROR,
    Failed: Outcome.FAILED,
    Later: Outcome.LATER,
    Again: Outcome.AGAIN,
}
"""What an answer comes to, unless a human has to mend something."""


def outcome_of(job: Job, answer: Answer) -> Outcome:
    """What an answer came to, once everything that follows from it has been done."""
    return Outcome.INCIDENT if job.state is State.INCIDENT else _OUTCOMES[type(answer)]


@dataclass(frozen=True, slots=True)
class Answered:
    """What whoever did the work of a lease says."""

    lease: Lease
    answer: Answer


@dataclass(slots=True)
class Watch:
    """The attempt that this thread is at, and what the handler has answered."""

    lease: Lease
    answer: Answer | None = None
    outcome: Outcome | None = None
    """None until it is known; its effect may be written later, by another thread."""


_WATCH: ContextVar[Watch | None] = ContextVar("opsflow-attempt", default=None)


def note(lease: Lease, outcome: Outcome) -> None:
    """What an attempt came to: one line for each."""
    watch = _WATCH.get()
    if watch is not None and watch.lease is lease:
        watch.outcome = outcome
    else:
        _log(outcome, lease.worked.seconds, _ids(lease))


@contextmanager
def effect_of(answered: Answered, job: Job) -> Iterator[None]:
    """The effect of an attempt, which another thread may write: its span says what came of it."""
    lease = answered.lease
    parent = lease.worked.traceparent or lease.traceparent
    opened = span(f"effect {lease.topic}", _attributes(lease), parent=parent)
    with opened as effect, bound(**_ids(lease)):
        yield
        effect.set(opsflow__outcome=str(outcome_of(job, answered.answer)))


@contextmanager
def watched(lease: Lease, observer: Observer) -> Iterator[Watch]:
    """One attempt. It belongs to the trace in which its job was made, as all its retries do."""
    watch = Watch(lease)
    token = _WATCH.set(watch)
    began = time.perf_counter()
    try:
        with (
            span(
                f"job {lease.topic}",
                _attributes(lease),
                kind=Kind.CONSUMER,
                parent=lease.traceparent,
            ) as opened,
            bound(**_ids(lease)),
        ):
            try:
                yield watch
            except Exception:
                watch.outcome = Outcome.BROKEN
                raise
            finally:
                _tell(watch, opened, observer, time.perf_counter() - began)
    finally:
        _WATCH.reset(token)


def _tell(watch: Watch, opened: Span, observer: Observer, seconds: float) -> None:
    observer.attempt_took(watch.lease.topic, seconds)
    worked = watch.lease.worked
    worked.seconds, worked.traceparent = seconds, traceparent()
    outcome = watch.outcome or _OUTCOMES.get(type(watch.answer))
    if outcome is not None:
        opened.set(opsflow__outcome=str(outcome))
    if outcome in (Outcome.FAILED, Outcome.INCIDENT, Outcome.BROKEN):
        opened.fail(str(outcome))
    if watch.outcome is not None:
        _log(watch.outcome, seconds, {})


def _log(outcome: Outcome, seconds: float | None, ids: dict[str, object]) -> None:
    took = {} if seconds is None else {"seconds": round(seconds, 4)}
    LOG.info("attempt", extra={**ids, "outcome": str(outcome), **took})


def _ids(lease: Lease) -> dict[str, object]:
    return {
        "job_id": lease.job_id,
        "topic": lease.topic,
        "attempt": lease.attempt,
        "instance_id": lease.instance_id,
    }


def _attributes(lease: Lease) -> dict[str, str | int | None]:
    return {
        "opsflow.job.id": lease.job_id,
        "opsflow.job.kind": str(lease.kind),
        "opsflow.job.topic": lease.topic,
        "opsflow.job.attempt": lease.attempt,
        "opsflow.instance.id": lease.instance_id,
    }
