"""Approvals: gates before and after the work of a task, votes bound to what they are about."""

from opsflow.approvals.checks import check_gates
from opsflow.approvals.content import content_hash
from opsflow.approvals.events import (
    GateApproved,
    GateEvent,
    GateOpened,
    GateRejected,
    GateVoided,
    NobodyNamed,
    TurnPassed,
    VoteCast,
    VoteVoided,
)
from opsflow.approvals.models import GateSeat, TaskGate, Vote
from opsflow.approvals.service import Approvals, GateStatus
from opsflow.approvals.tier_checks import check_tiers
from opsflow.approvals.voting import Choice, Decision, Outcome, Seat, decide

__all__ = [
    "Approvals",
    "Choice",
    "Decision",
    "GateApproved",
    "GateEvent",
    "GateOpened",
    "GateRejected",
    "GateSeat",
    "GateStatus",
    "GateVoided",
    "NobodyNamed",
    "Outcome",
    "Seat",
    "TaskGate",
    "TurnPassed",
    "Vote",
    "VoteCast",
    "VoteVoided",
    "check_gates",
    "check_tiers",
    "content_hash",
    "decide",
]
