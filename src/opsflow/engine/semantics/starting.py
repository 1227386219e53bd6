"""Start events, and where an instance begins (BPMN 2.0.2 §10.5.2, §13.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsflow.engine.semantics.element import Element
from opsflow.errors import NotFound

if TYPE_CHECKING:
    from opsflow.engine.semantics.live import LiveWorkflow


class StartEvent(Element):
    """Passed through: what it waits for has come when it is reached."""


def begin(live: LiveWorkflow, at: str | None) -> None:
    """Start a new instance at a start event, or where the process begins. Raises NotFound."""
    root, plan = live.root, live.spec.start.plan
    if at is None:
        if not plan.starts and live.spec.has_start_events:
            raise NotFound("start event without a trigger", live.spec.name)
        live.spec.start.open(root)
        return
    start = live.spec.task_specs.get(at)
    if start is None or start.node.scope != live.spec.name:
        raise NotFound("start event", at)
    live.spec.start.open_at(root, start)
