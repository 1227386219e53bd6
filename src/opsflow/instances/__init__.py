"""Instances: start them, let them move, stop them, find them.

The only caller of the engine at run time.
"""

from opsflow.instances.contracts import Contract, ContractBroken, Shape, contract_of
from opsflow.instances.declared import check_handlers
from opsflow.instances.delivery import Delivered
from opsflow.instances.events import (
    EarlyMessageFound,
    EscalationUncaught,
    IncidentAnnotated,
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
from opsflow.instances.handlers import (
    Handler,
    Handlers,
    Later,
    Registration,
    ServiceCall,
    Terms,
)
from opsflow.instances.incidents import Retried
from opsflow.instances.models import Incident, Instance
from opsflow.instances.outcomes import Completed, Erred, Failed, Result, attempt, said
from opsflow.instances.service import Instances
from opsflow.instances.store import INSTANCE_ROWS, with_attribute

__all__ = [
    "INSTANCE_ROWS",
    "Completed",
    "Contract",
    "ContractBroken",
    "Delivered",
    "EarlyMessageFound",
    "Erred",
    "EscalationUncaught",
    "Failed",
    "Handler",
    "Handlers",
    "Incident",
    "IncidentAnnotated",
    "IncidentRaised",
    "IncidentResolved",
    "Instance",
    "InstanceCancelled",
    "InstanceEnded",
    "InstanceResumed",
    "InstanceStarted",
    "InstanceSuspended",
    "Instances",
    "Later",
    "MessageReceived",
    "MessageSent",
    "MessageUncaught",
    "Registration",
    "Result",
    "Retried",
    "ServiceCall",
    "Shape",
    "SignalSent",
    "StepCancelled",
    "StepCompleted",
    "StepReached",
    "Terms",
    "VariablesChanged",
    "attempt",
    "check_handlers",
    "contract_of",
    "said",
    "with_attribute",
]
