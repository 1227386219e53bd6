"""Dead letters: calls that no step waits for, and whose retries are used up."""

from __future__ import annotations

from opsflow.api.calling import Call
from opsflow.api.permitting import Caller
from opsflow.api.routes.operations import OPERATE, require_owner, require_owner_of
from opsflow.api.routes.subscriptions import require_own
from opsflow.api.routing import Routes
from opsflow.api.schemas.base import Listed
from opsflow.api.schemas.instances import DoneOut
from opsflow.api.schemas.jobs import JobOut
from opsflow.api.schemas.webhooks import DiscardIn, JobsIn, JobTriedOut
from opsflow.batches import TOPIC as LANE
from opsflow.errors import NotFound
from opsflow.webhooks import DELIVERY

TAGS = ["jobs"]


def require_keeper(call: Call, job_id: str, verb: str) -> None:
    """Raise Refused or NotFound for a job of somebody else's process, batch or subscription."""
    job = call.flow.jobs.get(job_id)
    if job.instance_id is not None:
        require_owner(call, job.instance_id, verb)
    elif job.topic == DELIVERY:
        try:
            require_own(call, (job.subject or "").partition(":")[2])
        except NotFound as error:
            raise NotFound("job", job_id) from error
    elif job.topic == LANE:
        batch = call.flow.batches.get((job.subject or "").partition(":")[2]).batch
        for key in sorted({portion.process_key for portion in batch.portions}):
            require_owner_of(call, key, f"{verb} work on a batch of")


def add(routes: Routes) -> None:
    """Register the routes."""
    jobs = routes.flow.jobs

    @routes.post("/jobs/{job_id}/retry", permission=OPERATE, tags=TAGS)
    def retry_job(job_id: str, call: Caller) -> JobOut:
        """Do a call again that has become a dead letter, or that waits for its time."""
        require_keeper(call, job_id, "retry")
        return call.once(lambda: JobOut.of(jobs.retry(job_id, by=call.person)))

    @routes.post("/jobs/retry", permission=OPERATE, tags=TAGS)
    def retry_jobs(body: JobsIn, call: Caller) -> Listed[JobTriedOut]:
        """Do many calls again; one that cannot be retried holds up no other."""
        for job_id in body.ids:
            require_keeper(call, job_id, "retry")
        return call.once(
            lambda: Listed(
                items=[
                    JobTriedOut.model_validate(each)
                    for each in jobs.retry_all(body.ids, by=call.person)
                ]
            )
        )

    @routes.post("/jobs/{job_id}/discard", permission=OPERATE, tags=TAGS)
    def discard_job(job_id: str, body: DiscardIn, call: Caller) -> DoneOut:
        """Give up a call: it is never done. The work of a step is an incident instead."""

        def discard() -> DoneOut:
            require_keeper(call, job_id, "discard")
            jobs.discard(job_id, by=call.person, reason=body.reason)
            return DoneOut()

        return call.once(discard)
