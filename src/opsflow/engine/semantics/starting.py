"""Start events, and where an instance begins (BPMN 2.0.2 §10.5.2, §13.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsflow.engine.model import Node
from opsflow.engine.semantics.catching import CatchEvent
from opsflow.engine.semantics.listening import listen, waiting_for
from opsflow.errors import NotFound

if TYPE_CHECKING:
    from opsflow.engine.semantics.live import LiveWorkflow
    from opsflow.engine.semantics.token import SpiffTask


class StartEvent(CatchEvent):
    """Passed through: what it waits for has come when it is reached.

    One that is parallel multiple waits for the rest of its events: the first one starts the
    instance.
    """

    def _run_hook(self, task: SpiffTask) -> bool | None:
        live = task.workflow
        came: int | None = task.internal_data.pop("came", None)
        if came is None or not self.node.parallel_multiple or len(self.definitions) < 2:
            live.reach(task, None)
            return self.conclude(task, task.internal_data.get("payload", {}))
        listen(task, self.definitions, without=came)
        live.reach(task, waiting_for(self.definitions))
        return None


def waits_for_all(node: Node) -> bool:
    """An event-based gateway that starts the process and needs every event behind it.

    Each event goes on by itself when it comes (BPMN 2.0.2 §10.6.6: parallel type), as behind
    a parallel gateway.
    """
    return node.instantiate and node.event_gateway_type == "Parallel"


def begin(live: LiveWorkflow, at: str | None, position: int | None = None) -> None:
    """Start a new instance at an event that came, or where the process begins.

    Raises NotFound.
    """
    root, plan = live.root, live.spec.start.plan
    if at is None:
        if not plan.starts and live.spec.has_start_events:
            raise NotFound("start event without a trigger", live.spec.name)
        live.spec.start.open(root)
        return
    start = live.spec.task_specs.get(at)
    if start is None or start.node.scope != live.spec.name:
        raise NotFound("start event", at)
    live.spec.start.open_at(root, start, position)
    for sibling in live.spec.awaited_with.get(at, ()):
        sibling.arrive(root)
