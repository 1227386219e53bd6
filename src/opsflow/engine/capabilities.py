"""What the execution runs with the standard's meaning. Deployment refuses the rest.

To let something through once its execution is proven, add it to its set: one line.
"""

from __future__ import annotations

from opsflow.engine.model import ACTIVITIES, EventKind, NodeKind

NODE_KINDS: frozenset[NodeKind] = frozenset(NodeKind) - {
    NodeKind.AD_HOC_SUB_PROCESS,
    NodeKind.TRANSACTION,
    NodeKind.COMPLEX_GATEWAY,
}

EVENT_KINDS: dict[NodeKind, frozenset[EventKind]] = {
    NodeKind.START_EVENT: frozenset(
        {
            EventKind.MESSAGE,
            EventKind.TIMER,
            EventKind.SIGNAL,
            EventKind.ERROR,
            EventKind.ESCALATION,
        }
    ),
    NodeKind.CATCH_EVENT: frozenset({EventKind.MESSAGE, EventKind.TIMER, EventKind.SIGNAL}),
    NodeKind.BOUNDARY_EVENT: frozenset(
        {
            EventKind.MESSAGE,
            EventKind.TIMER,
            EventKind.SIGNAL,
            EventKind.ERROR,
            EventKind.ESCALATION,
        }
    ),
    NodeKind.THROW_EVENT: frozenset({EventKind.MESSAGE, EventKind.SIGNAL, EventKind.ESCALATION}),
    NodeKind.END_EVENT: frozenset(
        {
            EventKind.MESSAGE,
            EventKind.SIGNAL,
            EventKind.ERROR,
            EventKind.ESCALATION,
            EventKind.TERMINATE,
        }
    ),
}
"""Per kind of event node the kinds of definition; where they may stand at all is a rule's."""

MULTIPLE_EVENTS = False
"""Events with several definitions, parallel multiple ones included."""
QUANTITIES = False
"""Start and completion quantities other than 1."""
COMPENSATION = False
"""Activities that are for compensation."""
INSTANTIATING_GATEWAYS = False
"""Event-based gateways that start a process."""
INSTANTIATING_RECEIVERS = False
"""Receive tasks that start a process."""
LOOPS: frozenset[NodeKind] = ACTIVITIES
"""Kinds of activity that may carry a loop or be multi-instance."""
