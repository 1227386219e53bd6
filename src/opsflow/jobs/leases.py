"""A lease: a job that somebody has for a while, and the token that they prove it with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from opsflow.engine import decode
from opsflow.errors import Invalid, StateUnreadable
from opsflow.instances import ServiceCall
from opsflow.jobs.models import Job, Kind


@dataclass(slots=True)
class Worked:
    """What is known of the work on a lease once it is done, for who writes its effect."""

    seconds: float | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """One attempt at a job. ``variables`` is what the work is given; ``until`` when it is over.

    ``token`` goes with every answer; an answer that comes after the lease was lost has no effect.
    """

    token: str
    job_id: str
    attempt: int
    kind: Kind
    topic: str
    variables: dict[str, object]
    instance_id: str | None
    step_id: str | None
    node_id: str | None
    business_key: str | None
    retries_left: int | None
    until: datetime
    traceparent: str | None = None
    """The span that the job was made in (W3C Trace Context §3.2): send it along."""

    worked: Worked = field(default_factory=Worked, repr=False, compare=False)

    @property
    def call(self) -> ServiceCall:
        """What a handler is given for it."""
        return ServiceCall(
            topic=self.topic,
            variables=self.variables,
            instance_id=self.instance_id or "",
            step_id=self.step_id or "",
            node_id=self.node_id or "",
            business_key=self.business_key,
            job_id=self.job_id,
            attempt=self.attempt,
            token=self.token,
        )


def lease_of(job: Job) -> Lease:
    """The lease of a job that is running. Raises StateUnreadable."""
    variables = decode(job.payload)
    if not isinstance(variables, dict):
        raise StateUnreadable("These are no variables, which have names.")
    return _lease(job, variables)


def lease_unread(job: Job) -> Lease:
    """The same without variables, for what is not work."""
    return _lease(job, {})


def _lease(job: Job, variables: dict[str, object]) -> Lease:
    assert job.lease_until is not None
    return Lease(
        token=f"{job.id}.{job.attempt}.{job.secret}",
        job_id=job.id,
        attempt=job.attempt,
        kind=job.kind,
        topic=job.topic,
        variables=variables,
        instance_id=job.instance_id,
        step_id=job.step_id,
        node_id=job.node_id,
        business_key=job.business_key,
        retries_left=job.retries_left,
        until=job.lease_until,
        traceparent=job.traceparent,
    )


def read_token(token: str) -> tuple[str, int, str]:
    """The job, the attempt and the secret of a token. Raises Invalid."""
    job_id, _, rest = token.partition(".")
    attempt, _, secret = rest.partition(".")
    if not (attempt.isascii() and attempt.isdigit() and len(attempt) < 10 and secret):
        raise Invalid("That is no token of a job: give back the one that came with it.")
    return job_id, int(attempt), secret
