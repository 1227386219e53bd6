"""Gates and votes over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from opsflow.api.schemas.base import Body, Id, Out, Reason
from opsflow.approvals import GateStatus

Choice = Literal["approve", "reject", "abstain"]


class VoteIn(Body):
    """A vote."""

    choice: Choice
    reason: Reason = Field(default="", description="Needed to reject")
    role: Id | None = Field(default=None, description="Which seat, for who could fill several")
    seen: str | None = Field(
        default=None,
        max_length=64,
        description="The content hash of what was looked at: if it has changed since, 409",
    )


class SeatOut(Out):
    """A place for one vote."""

    position: int
    role: str
    source: Literal["base", "tier", "veto"]
    required: bool
    veto: bool


class VoteOut(Out):
    """What one person said, about which content; a void one counts no more."""

    id: str
    seat: int
    round: int
    person: str
    role: str
    on_behalf_of: str | None
    choice: Choice
    reason: str
    at: datetime
    content_hash: str
    void_at: datetime | None
    void_reason: str | None


class GateOut(Out):
    """A gate of a task."""

    id: str
    gate_id: str
    task_id: str
    instance_id: str
    at: Literal["entry", "exit"]
    rule: Literal["all", "any", "quorum", "sequence"]
    state: Literal["waiting", "open", "approved", "rejected", "void"]
    round: int
    needed: int
    tiers: list[str]
    shown: list[str] = Field(description="Names of the variables that belong to what is approved")
    content_hash: str | None
    opened_at: datetime | None
    decided_at: datetime | None
    seats: list[SeatOut]
    votes: list[VoteOut]
    waiting_roles: list[str]

    @classmethod
    def of(cls, status: GateStatus) -> GateOut:
        """What is told of a gate."""
        names = cls.model_fields.keys() - {"seats", "votes", "waiting_roles"}
        return cls(
            **{name: getattr(status.gate, name) for name in names},
            seats=[SeatOut.model_validate(each) for each in status.seats],
            votes=[VoteOut.model_validate(each) for each in status.votes],
            waiting_roles=list(status.waiting_roles),
        )
