"""Pure execution: BPMN in, steps out. No I/O, no SQL.

The only package that knows SpiffWorkflow and lxml.
"""

from opsflow.engine.changes import (
    BpmnError,
    Change,
    Ended,
    EscalationUncaught,
    IncidentRaised,
    MessageThrown,
    SignalThrown,
    Step,
    StepCancelled,
    StepCompleted,
    StepReached,
    Subscription,
    VariablesChanged,
    Waiting,
)
from opsflow.engine.codec import canonical, decode, encode
from opsflow.engine.description import Bounds, Description, Diagram, DrawnLane, Edge, Item, Shape
from opsflow.engine.execution import Execution, Scripts
from opsflow.engine.expressions import Expression
from opsflow.engine.extensions import (
    Assignment,
    CalledDecision,
    Gate,
    GateRule,
    ProcedureStep,
    ProcedureStepKind,
    ProcessControls,
    Rejection,
    Responsibility,
    SearchAttribute,
    SeparationOfDuties,
    TaskControls,
    Tier,
)
from opsflow.engine.migration import Migrated, MigrationPlan, Timers
from opsflow.engine.migration import generate as generate_plan
from opsflow.engine.migration import migrate as migrate_state
from opsflow.engine.migration import review as review_plan
from opsflow.engine.model import EventKind, Model, MultiInstance, Node, NodeKind, Process
from opsflow.engine.parser import describe
from opsflow.engine.parser import read as read_model
from opsflow.engine.program import Program, compile_process
from opsflow.engine.rule import Rule
from opsflow.engine.rules import check as check_model
from opsflow.engine.starts import start_subscriptions

__all__ = [
    "Assignment",
    "Bounds",
    "BpmnError",
    "CalledDecision",
    "Change",
    "Description",
    "Diagram",
    "DrawnLane",
    "Edge",
    "Ended",
    "EscalationUncaught",
    "EventKind",
    "Execution",
    "Expression",
    "Gate",
    "GateRule",
    "IncidentRaised",
    "Item",
    "MessageThrown",
    "Migrated",
    "MigrationPlan",
    "Model",
    "MultiInstance",
    "Node",
    "NodeKind",
    "ProcedureStep",
    "ProcedureStepKind",
    "Process",
    "ProcessControls",
    "Program",
    "Rejection",
    "Responsibility",
    "Rule",
    "Scripts",
    "SearchAttribute",
    "SeparationOfDuties",
    "Shape",
    "SignalThrown",
    "Step",
    "StepCancelled",
    "StepCompleted",
    "StepReached",
    "Subscription",
    "TaskControls",
    "Tier",
    "Timers",
    "VariablesChanged",
    "Waiting",
    "canonical",
    "check_model",
    "compile_process",
    "decode",
    "describe",
    "encode",
    "generate_plan",
    "migrate_state",
    "read_model",
    "review_plan",
    "start_subscriptions",
]
