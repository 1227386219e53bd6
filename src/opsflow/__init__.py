"""Run an organisation's internal operations under control.

Draw a process in BPMN; opsflow executes it, gives each task to the people whom the
responsibility matrix names, walks them through its procedure, holds the result at approval
gates, and keeps the evidence.
"""

from opsflow.app import Opsflow
from opsflow.clock import Clock, ManualClock, SystemClock
from opsflow.engine import BpmnError, Scripts
from opsflow.errors import (
    AlreadyExists,
    ConfigurationInvalid,
    Conflict,
    DatabaseUnavailable,
    EvidenceInvalid,
    FormInvalid,
    HandlerFailed,
    IdempotencyConflict,
    Invalid,
    LeaseLost,
    MessageNotCaught,
    ModelRejected,
    NotAuthenticated,
    NotFound,
    OpsflowError,
    Refused,
    RequirementsOpen,
    StaleRevision,
    StateUnreadable,
    VariablesInvalid,
    WrongState,
)
from opsflow.findings import Finding, Severity
from opsflow.instances import Later, ServiceCall
from opsflow.jobs import Lease, Pace
from opsflow.people import Acting, Directory, Holder, PersonInfo

__all__ = [
    "Acting",
    "AlreadyExists",
    "BpmnError",
    "Clock",
    "ConfigurationInvalid",
    "Conflict",
    "DatabaseUnavailable",
    "Directory",
    "EvidenceInvalid",
    "Finding",
    "FormInvalid",
    "HandlerFailed",
    "Holder",
    "IdempotencyConflict",
    "Invalid",
    "Later",
    "Lease",
    "LeaseLost",
    "ManualClock",
    "MessageNotCaught",
    "ModelRejected",
    "NotAuthenticated",
    "NotFound",
    "Opsflow",
    "OpsflowError",
    "Pace",
    "PersonInfo",
    "Refused",
    "RequirementsOpen",
    "Scripts",
    "ServiceCall",
    "Severity",
    "StaleRevision",
    "StateUnreadable",
    "SystemClock",
    "VariablesInvalid",
    "WrongState",
]
