"""Background work over HTTP: jobs to fetch and answer, and incidents to mend."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from opsflow.api.schemas.base import Body, Id, Out, Reason, example
from opsflow.api.values import Variables
from opsflow.jobs import Depth, Job, Lease

DAY = 86_400
_LEASE = "01890a5d-ac96-774b-bcce-b302099a8057:1:o7Z"
"""What the token of a job looks like."""


class JobOut(Out):
    """A piece of background work that is not done yet."""

    id: str
    kind: str
    topic: str
    state: str
    instance_id: str | None
    step_id: str | None
    node_id: str | None
    business_key: str | None
    subject: str | None = Field(description="What a call is about, such as a subscription")
    due_at: datetime | None
    held_at: datetime | None
    attempt: int
    failures: int
    retries_left: int | None
    lease_owner: str | None
    lease_until: datetime | None
    last_error: str | None
    created_at: datetime

    @classmethod
    def of(cls, job: Job) -> JobOut:
        """What is told of a job."""
        return cls.model_validate(job)


class DepthOut(Out):
    """How many jobs of a topic are in a state, and since when the oldest of them is due."""

    topic: str
    state: str
    count: int
    due_since: datetime | None

    @classmethod
    def of(cls, depth: Depth) -> DepthOut:
        """What is told of a queue."""
        return cls.model_validate(depth)


class FetchIn(Body):
    """Which jobs are wanted, and for how long."""

    model_config = example(
        topics=["rpa.invoice"], worker="robot-1", lease_seconds=300, wait_seconds=10
    )

    topics: list[Id] = Field(min_length=1, max_length=100)
    worker: Id = Field(description="Who does them, for those who look")
    lease_seconds: int = Field(ge=1, le=DAY, description="How long they are yours")
    max_jobs: int = Field(default=1, ge=1, le=100)
    wait_seconds: float = Field(
        default=0, ge=0, le=20, description="How long to wait where there is none yet"
    )


class LeaseOut(Out):
    """A job that is yours until `until`. The token goes with every answer about it."""

    token: str
    job_id: str
    attempt: int
    topic: str
    variables: Variables
    instance_id: str | None
    node_id: str | None
    business_key: str | None
    retries_left: int | None
    until: datetime
    traceparent: str | None = Field(description="Of the trace that the job belongs to: send it on")

    @classmethod
    def of(cls, lease: Lease) -> LeaseOut:
        """What is told of a job that somebody has."""
        return cls.model_validate(lease)


class ExtendIn(Body):
    """A job is needed for longer, from now on."""

    model_config = example(token=_LEASE, lease_seconds=300)

    token: str = Field(max_length=500)
    lease_seconds: int = Field(ge=1, le=DAY)


class CompleteIn(Body):
    """The work of a job is done."""

    model_config = example(token=_LEASE, variables={"invoice": "R-4711"})

    token: str = Field(max_length=500)
    variables: dict[str, Any] = {}


class FailIn(Body):
    """The work of a job could not be done; it is tried again."""

    model_config = example(
        token=_LEASE,
        message="The ERP does not answer",
        backoff_seconds=60,
    )

    token: str = Field(max_length=500)
    message: Reason
    retries: int | None = Field(
        default=None, ge=0, le=1000, description="How often at the most; 0 makes it an incident"
    )
    backoff_seconds: int | None = Field(
        default=None, ge=0, le=DAY, description="The first pause; the next are longer"
    )


class ErrorIn(Body):
    """The work of a job ends in an error that the process may handle."""

    model_config = example(
        token=_LEASE,
        code="unknown_supplier",
        message="No such supplier",
    )

    token: str = Field(max_length=500)
    code: Id
    message: Reason = ""
    variables: dict[str, Any] = {}


class IncidentsIn(Body):
    """Incidents, by id."""

    model_config = example(ids=["01890a5d-ac96-774b-bcce-b302099a8057"])

    ids: list[Id] = Field(min_length=1, max_length=1000)


class RetriedOut(Out):
    """What became of one incident; null where it was tried again."""

    incident_id: str
    error: str | None


class NoteTextIn(Body):
    """Something to note at an incident."""

    model_config = example(note="The ERP is down until noon")

    note: Reason


class ByHandIn(Body):
    """What the work came to that was done by hand."""

    model_config = example(variables={"invoice": "R-4711"})

    variables: dict[str, Any] = {}
