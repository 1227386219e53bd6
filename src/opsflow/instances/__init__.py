"""Instances: start them, let them move, stop them, find them.

The only caller of the engine at run time.
"""

from opsflow.instances.census import Overdue, Population, Waiting
from opsflow.instances.delivery import Delivered
from opsflow.instances.events import (
    EarlyMessageFound,
    EscalationUncaught,
    IncidentAnnotated,
    IncidentRaised,
    IncidentResolved,
    InstanceCancelled,
    InstanceEnded,
    InstanceMigrated,
    InstanceResumed,
    InstanceStarted,
    InstanceSuspended,
    MessageReceived,
    MessageSent,
    MessageUncaught,
    SignalSent,
    StepCancelled,
    StepCompleted,
    StepReached,
    VariablesChanged,
)
from opsflow.instances.forecast import FindingCount, MigrationForecast
from opsflow.instances.handlers import (
    Again,
    Handler,
    Handlers,
    Later,
    Registration,
    ServiceCall,
    Terms,
)
from opsflow.instances.incidents import Retried
from opsflow.instances.migration import MigrationCheck, MigrationReport, Moving
from opsflow.instances.models import Incident, Instance, Migration, require_reason
from opsflow.instances.outcomes import Completed, Erred, Failed, Result, attempt, said
from opsflow.instances.service import Instances
from opsflow.instances.store import INSTANCE_ROWS, with_attribute

__all__ = [
    "INSTANCE_ROWS",
    "Again",
    "Completed",
    "Delivered",
    "EarlyMessageFound",
    "Erred",
    "EscalationUncaught",
    "Failed",
    "FindingCount",
    "Handler",
    "Handlers",
    "Incident",
    "IncidentAnnotated",
    "IncidentRaised",
    "IncidentResolved",
    "Instance",
    "InstanceCancelled",
    "InstanceEnded",
    "InstanceMigrated",
    "InstanceResumed",
    "InstanceStarted",
    "InstanceSuspended",
    "Instances",
    "Later",
    "MessageReceived",
    "MessageSent",
    "MessageUncaught",
    "Migration",
    "MigrationCheck",
    "MigrationForecast",
    "MigrationReport",
    "Moving",
    "Overdue",
    "Population",
    "Registration",
    "Result",
    "Retried",
    "ServiceCall",
    "SignalSent",
    "StepCancelled",
    "StepCompleted",
    "StepReached",
    "Terms",
    "VariablesChanged",
    "Waiting",
    "attempt",
    "require_reason",
    "said",
    "with_attribute",
]
