"""What the approvals announce."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from opsflow.events import Actor, InstanceEvent


class GateFacts(TypedDict):
    """The fields that every event of a gate has."""

    actor: Actor
    instance_id: str
    task_id: str
    node_id: str
    gate: str
    gate_id: str
    round: int
    content_hash: str


@dataclass(frozen=True, kw_only=True)
class GateEvent(InstanceEvent):
    """Something about one gate. ``gate`` is its row, ``gate_id`` its id in the model."""

    task_id: str
    node_id: str
    gate: str
    gate_id: str
    round: int
    content_hash: str


@dataclass(frozen=True, kw_only=True)
class GateOpened(GateEvent):
    """The voters are asked. ``roles`` are those who may vote first."""

    at: str
    roles: tuple[str, ...]
    tiers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class NobodyNamed(GateEvent):
    """A decision named no voters that can be asked; ``roles`` are asked instead."""

    decision: str
    reason: str
    roles: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class TurnPassed(GateEvent):
    """In a sequence, the next voters are asked. ``roles`` are those who may vote now."""

    roles: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class VoteCast(GateEvent):
    """Somebody voted on what has this content hash."""

    vote_id: str
    choice: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class VoteVoided(GateEvent):
    """A vote counts no more; ``voted_by`` is whose it was, ``voted_on`` the hash it was made on."""

    vote_id: str
    voted_by: str
    voted_on: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class GateApproved(GateEvent):
    """The votes approve what has this content hash."""


@dataclass(frozen=True, kw_only=True)
class GateRejected(GateEvent):
    """The votes reject what has this content hash."""

    reasons: tuple[str, ...]
    then: str
    """``rework``, ``fail`` or ``continue``."""


@dataclass(frozen=True, kw_only=True)
class GateVoided(GateEvent):
    """The task was withdrawn while the gate was open or had decided."""
