"""Instances: start them, let them move, stop them, find them.

The only caller of the engine at run time.
"""

from opsflow.instances.delivery import Delivered
from opsflow.instances.events import (
    EarlyMessageFound,
    EscalationUncaught,
    IncidentRaised,
    IncidentResolved,
    InstanceCancelled,
    InstanceEnded,
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
from opsflow.instances.handlers import Handler, Handlers, ServiceCall
from opsflow.instances.models import Incident, Instance
from opsflow.instances.service import Instances
from opsflow.instances.store import INSTANCE_ROWS, with_attribute

__all__ = [
    "INSTANCE_ROWS",
    "Delivered",
    "EarlyMessageFound",
    "EscalationUncaught",
    "Handler",
    "Handlers",
    "Incident",
    "IncidentRaised",
    "IncidentResolved",
    "Instance",
    "InstanceCancelled",
    "InstanceEnded",
    "InstanceResumed",
    "InstanceStarted",
    "InstanceSuspended",
    "Instances",
    "MessageReceived",
    "MessageSent",
    "MessageUncaught",
    "ServiceCall",
    "SignalSent",
    "StepCancelled",
    "StepCompleted",
    "StepReached",
    "VariablesChanged",
    "with_attribute",
]
