"""Jobs: looked at by operators, fetched and answered by programs that do service tasks."""

from __future__ import annotations

from datetime import timedelta

from opsflow.access import Permission
from opsflow.api.paging import Paging
from opsflow.api.permitting import Caller
from opsflow.api.routing import Routes
from opsflow.api.schemas.base import Listed
from opsflow.api.schemas.instances import DoneOut
from opsflow.api.schemas.jobs import (
    CompleteIn,
    DepthOut,
    ErrorIn,
    ExtendIn,
    FailIn,
    FetchIn,
    JobOut,
    LeaseOut,
)
from opsflow.api.schemas.pages import Page

TAGS = ["jobs"]
READ = Permission.INSTANCES_READ
WORK = Permission.JOBS_WORK


def add(routes: Routes) -> None:
    """Register the routes."""
    _look(routes)
    _fetch(routes)
    _answers(routes)


def _look(routes: Routes) -> None:
    jobs = routes.flow.jobs

    @routes.get("/jobs", permission=READ, tags=TAGS)
    def list_jobs(
        *,
        paging: Paging,
        state: str | None = None,
        topic: str | None = None,
        instance_id: str | None = None,
        kind: str | None = None,
    ) -> Page[JobOut]:
        """Background work that is not done yet, oldest first.

        The state `incident` with the kind `call` is the dead letters.
        """
        found = jobs.find(
            state=state,
            topic=topic,
            instance_id=instance_id,
            kind=kind,
            after=paging.after,
            limit=paging.limit,
        )
        return paging.page(found, JobOut.of)

    @routes.get("/jobs/depths", permission=READ, tags=TAGS)
    def list_depths() -> Listed[DepthOut]:
        """How much there is to do, by topic and state."""
        return Listed(items=[DepthOut.of(depth) for depth in jobs.depths()])


def _fetch(routes: Routes) -> None:
    jobs = routes.flow.jobs

    @routes.post("/jobs/fetch", permission=WORK, tags=TAGS)
    def fetch_jobs(body: FetchIn, call: Caller) -> Listed[LeaseOut]:
        """Take due jobs for a while. Where there is none, wait for the first.

        A job that is not answered in time goes to whoever fetches next.
        """
        call.keep_nothing()
        leases = jobs.fetch_and_lock(
            body.topics,
            worker=body.worker,
            lease=timedelta(seconds=body.lease_seconds),
            max_jobs=body.max_jobs,
            wait=timedelta(seconds=body.wait_seconds),
        )
        return Listed(items=[LeaseOut.of(lease) for lease in leases])

    @routes.post("/jobs/extend", permission=WORK, tags=TAGS)
    def extend_job(body: ExtendIn, call: Caller) -> LeaseOut:
        """Keep a job for longer."""
        call.keep_nothing()
        return LeaseOut.of(jobs.extend(body.token, timedelta(seconds=body.lease_seconds)))


def _answers(routes: Routes) -> None:
    jobs = routes.flow.jobs

    @routes.post("/jobs/complete", permission=WORK, tags=TAGS)
    def complete_job(body: CompleteIn, call: Caller) -> DoneOut:
        """The work is done; the process goes on with the variables."""

        def complete() -> DoneOut:
            jobs.complete(body.token, body.variables)
            return DoneOut()

        return call.once(complete)

    @routes.post("/jobs/fail", permission=WORK, tags=TAGS)
    def fail_job(body: FailIn, call: Caller) -> DoneOut:
        """The work could not be done. It is tried again, with pauses, then an incident."""
        backoff = body.backoff_seconds
        pause = None if backoff is None else timedelta(seconds=backoff)

        def fail() -> DoneOut:
            jobs.fail(body.token, body.message, retries=body.retries, backoff=pause)
            return DoneOut()

        return call.once(fail)

    @routes.post("/jobs/error", permission=WORK, tags=TAGS)
    def end_job_in_error(body: ErrorIn, call: Caller) -> DoneOut:
        """The work ends in a BPMN error that the process may handle."""

        def end() -> DoneOut:
            jobs.bpmn_error(body.token, body.code, body.message, body.variables)
            return DoneOut()

        return call.once(end)
