"""Run an organisation's internal operations under control.

Draw a process in BPMN; opsflow executes it, gives each task to the people whom the
responsibility matrix names, walks them through its procedure, holds the result at approval
gates, and keeps the evidence.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opsflow.app import Opsflow
    from opsflow.clock import Clock, ManualClock, SystemClock
    from opsflow.engine import BpmnError, MigrationPlan, Scripts
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
        MigrationRefused,
        ModelRejected,
        NotAuthenticated,
        NotFound,
        NotReady,
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
    from opsflow.jobs import Health, Lease, Pace, Stop
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
    "Health",
    "Holder",
    "IdempotencyConflict",
    "Invalid",
    "Later",
    "Lease",
    "LeaseLost",
    "ManualClock",
    "MessageNotCaught",
    "MigrationPlan",
    "MigrationRefused",
    "ModelRejected",
    "NotAuthenticated",
    "NotFound",
    "NotReady",
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
    "Stop",
    "SystemClock",
    "VariablesInvalid",
    "WrongState",
]

_HOMES = {
    "app": ("Opsflow",),
    "clock": (
        "Clock",
        "ManualClock",
        "SystemClock",
    ),
    "engine": (
        "BpmnError",
        "MigrationPlan",
        "Scripts",
    ),
    "errors": (
        "AlreadyExists",
        "ConfigurationInvalid",
        "Conflict",
        "DatabaseUnavailable",
        "EvidenceInvalid",
        "FormInvalid",
        "HandlerFailed",
        "IdempotencyConflict",
        "Invalid",
        "LeaseLost",
        "MessageNotCaught",
        "MigrationRefused",
        "ModelRejected",
        "NotAuthenticated",
        "NotFound",
        "NotReady",
        "OpsflowError",
        "Refused",
        "RequirementsOpen",
        "StaleRevision",
        "StateUnreadable",
        "VariablesInvalid",
        "WrongState",
    ),
    "findings": (
        "Finding",
        "Severity",
    ),
    "instances": (
        "Later",
        "ServiceCall",
    ),
    "jobs": (
        "Health",
        "Lease",
        "Pace",
        "Stop",
    ),
    "people": (
        "Acting",
        "Directory",
        "Holder",
        "PersonInfo",
    ),
}
"""The modules of the public names. Each is loaded when its first name is asked for: whoever
catches an error of opsflow's need not load an engine and a database driver for it."""


def __getattr__(name: str) -> object:
    for module, names in _HOMES.items():
        if name in names:
            value: object = getattr(import_module(f"opsflow.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'opsflow' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
