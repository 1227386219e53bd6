"""Procedures: the steps of a task's standard operating procedure, evidence, deviations."""

from opsflow.sop.checks import check_procedures
from opsflow.sop.entries import EVIDENCE_LIMIT
from opsflow.sop.events import (
    DeviationAccepted,
    DeviationEvent,
    DeviationRaised,
    DeviationSentBack,
    DeviationWithdrawn,
    ProcedureEvent,
    ProcedureStepRecorded,
    ProcedureStepSkipped,
)
from opsflow.sop.holding import Holding
from opsflow.sop.limits import Limits
from opsflow.sop.models import Deviation, Evidence, ProcedureRecord
from opsflow.sop.service import Procedures
from opsflow.sop.steps import StepState, StepStatus

__all__ = [
    "EVIDENCE_LIMIT",
    "Deviation",
    "DeviationAccepted",
    "DeviationEvent",
    "DeviationRaised",
    "DeviationSentBack",
    "DeviationWithdrawn",
    "Evidence",
    "Holding",
    "Limits",
    "ProcedureEvent",
    "ProcedureRecord",
    "ProcedureStepRecorded",
    "ProcedureStepSkipped",
    "Procedures",
    "StepState",
    "StepStatus",
    "check_procedures",
]
