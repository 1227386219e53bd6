"""What the execution runs with the standard's meaning. Deployment refuses the rest.

To let something through once its execution is proven, add it to its set: one line.
"""

from __future__ import annotations

from opsflow.engine.model import ACTIVITIES, EventKind, NodeKind

NODE_KINDS: frozenset[NodeKind] = frozenset(NodeKind)

_HANDED = frozenset({EventKind.ERROR, EventKind.ESCALATION, EventKind.COMPENSATION})
_HEARD = frozenset({EventKind.MESSAGE, EventKind.TIMER, EventKind.SIGNAL, EventKind.CONDITIONAL})

EVENT_KINDS: dict[NodeKind, frozenset[EventKind]] = {
    NodeKind.START_EVENT: _HEARD | _HANDED,
    NodeKind.CATCH_EVENT: _HEARD | {EventKind.LINK},
    NodeKind.BOUNDARY_EVENT: _HEARD | _HANDED | {EventKind.CANCEL},
    NodeKind.THROW_EVENT: frozenset(
        {
            EventKind.MESSAGE,
            EventKind.SIGNAL,
            EventKind.ESCALATION,
            EventKind.COMPENSATION,
            EventKind.LINK,
        }
    ),
    NodeKind.END_EVENT: _HANDED
    | {EventKind.MESSAGE, EventKind.SIGNAL, EventKind.CANCEL, EventKind.TERMINATE},
}
"""Per kind of event node the kinds of definition; where they may stand at all is a rule's."""

MULTIPLE_EVENTS = True
"""Events with several definitions, parallel multiple ones included."""
QUANTITIES = True
"""Start and completion quantities other than 1."""
COMPENSATION = True
"""Activities that are for compensation."""
INSTANTIATING_GATEWAYS = True
"""Event-based gateways that start a process."""
INSTANTIATING_RECEIVERS = True
"""Receive tasks that start a process."""
LOOPS: frozenset[NodeKind] = ACTIVITIES
"""Kinds of activity that may carry a loop or be multi-instance."""
