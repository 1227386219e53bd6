"""Work by others: programs of any language that fetch jobs by topic, and answer by token."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta

from opsflow.db import Database, require_key
from opsflow.definitions import Definitions
from opsflow.engine import encode
from opsflow.errors import Invalid, LeaseLost
from opsflow.instances import Completed, Erred, Failed, Instances, said
from opsflow.jobs import store
from opsflow.jobs.bell import Bell
from opsflow.jobs.leases import Lease, lease_of, lease_unread, read_token
from opsflow.jobs.ledger import Ledger
from opsflow.jobs.models import Job
from opsflow.jobs.ports import Dispatcher
from opsflow.jobs.reactions import Reactions
from opsflow.jobs.settling import Settling
from opsflow.jobs.watching import Answer, Answered

OWN_TOPICS = "opsflow."
"""How the topics of opsflow's own work begin."""
LEASE_LIMIT = timedelta(days=7)
"""The longest time that a worker may have a job without saying that it still works on it."""
FETCH_LIMIT = 1000
"""Jobs that are fetched at once."""
WAIT_LIMIT = timedelta(minutes=1)
"""How long a fetch waits for a job at the most."""
LOOK_EVERY = 0.25
"""Seconds after which a fetch that waits looks for jobs that another process has made."""


class ExternalWork(Reactions):
    """Fetch and lock, extend, complete, fail, end in a BPMN error."""

    def __init__(
        self,
        database: Database,
        instances: Instances,
        definitions: Definitions,
        dispatcher: Dispatcher,
        settling: Settling,
        ledger: Ledger,
        bell: Bell,
    ) -> None:
        super().__init__(database, instances, definitions, dispatcher, settling)
        self._ledger = ledger
        self._bell = bell

    def fetch_and_lock(
        self,
        topics: Collection[str],
        *,
        worker: str,
        lease: timedelta,
        max_jobs: int = 1,
        wait: timedelta = timedelta(),
    ) -> list[Lease]:
        """Take up to ``max_jobs`` due jobs of these topics for the time ``lease``.

        Where there is none, ``wait`` is how long to wait for the first. A job whose lease runs
        out counts as failed, and goes to whoever fetches next. Raises Invalid.
        """
        _require_span("A lease", lease, LEASE_LIMIT)
        if not 1 <= max_jobs <= FETCH_LIMIT:
            raise Invalid(f"1 to {FETCH_LIMIT} jobs are fetched at once, not {max_jobs}.")
        if not timedelta() <= wait <= WAIT_LIMIT:
            raise Invalid(f"A fetch waits up to {WAIT_LIMIT}, not {wait}.")
        owner = require_key("The name of a worker", worker)
        wanted = {_fetched(topic) for topic in topics}

        def look() -> list[Lease]:
            self._ledger.expire()
            return self._ledger.take(owner, wanted, max_jobs, lambda _topic: lease)

        return self._wait_for(look, wait.total_seconds())

    def extend(self, token: str, lease: timedelta) -> Lease:
        """Have a job for the time ``lease`` from now on. Raises LeaseLost."""
        _require_span("A lease", lease, LEASE_LIMIT)
        with self._database.unit() as unit:
            job_id, attempt, secret = read_token(token)
            job = store.hold_attempt(unit.connection, job_id, attempt)
            if job is None or not _opens(job, secret):
                raise LeaseLost(job_id)
            job.lease_until = unit.now + lease
            store.save(unit.connection, job)
            return lease_of(job)

    def complete(self, token: str, variables: Mapping[str, object] | None = None) -> None:
        """The work is done; the process goes on. Raises LeaseLost, VariablesInvalid."""
        given = dict(variables or {})
        encode(given)
        self._settle(token, Completed(given))

    def fail(
        self,
        token: str,
        message: str,
        *,
        retries: int | None = None,
        backoff: timedelta | None = None,
    ) -> None:
        """The work could not be done; it is tried again, after some time.

        ``retries`` says how often at the most, 0 makes it an incident; ``backoff`` is the first
        pause. Without them the terms of the topic count. Raises LeaseLost, Invalid.
        """
        if (retries is not None and retries < 0) or (backoff is not None and backoff < timedelta()):
            raise Invalid("Retries and backoff are not negative.")
        self._settle(token, Failed(said(message), retries, backoff))

    def bpmn_error(
        self,
        token: str,
        code: str,
        message: str = "",
        variables: Mapping[str, object] | None = None,
    ) -> None:
        """The work ends in an error that the process may handle. Raises LeaseLost."""
        self._settle(token, Erred(code, said(message), dict(variables or {})))

    def _settle(self, token: str, answer: Answer) -> None:
        job_id, attempt, secret = read_token(token)
        with self._database.unit() as unit:
            job = store.peek(unit.connection, job_id)
            if job is None or job.attempt != attempt or not _opens(job, secret):
                raise LeaseLost(job_id)
            if not self._settling.settle(Answered(lease_unread(job), answer)):
                raise LeaseLost(job_id)

    def _wait_for(self, look: Callable[[], list[Lease]], seconds: float) -> list[Lease]:
        until = time.monotonic() + seconds
        bell = self._bell.listen()
        try:
            while True:
                bell.clear()
                found = look()
                left = until - time.monotonic()
                if found or left <= 0:
                    return found
                bell.wait(min(left, LOOK_EVERY))
        finally:
            self._bell.leave(bell)


def _opens(job: Job, secret: str) -> bool:
    return secrets.compare_digest(str(job.secret).encode(), secret.encode())


def _fetched(topic: str) -> str:
    """A topic that others may do: opsflow's own work is done by its own workers."""
    if topic.startswith(OWN_TOPICS):
        raise Invalid(f"Topics that begin with {OWN_TOPICS!r} are done by opsflow itself.")
    return require_key("A topic", topic)


def _require_span(what: str, span: timedelta, limit: timedelta) -> None:
    if not timedelta() < span <= limit:
        raise Invalid(f"{what} is longer than nothing and at most {limit}, not {span}.")
