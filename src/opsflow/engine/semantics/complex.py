"""The complex gateway (BPMN 2.0.2 §10.6.5, §13.4.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from SpiffWorkflow.util.task import TaskState

from opsflow.engine.semantics.element import Flow, no_flow, truth_of
from opsflow.engine.semantics.gateways import InclusiveGateway
from opsflow.engine.semantics.scope import visible

if TYPE_CHECKING:
    from opsflow.engine.semantics.token import SpiffTask


class ComplexGateway(InclusiveGateway):
    """Fires when its activation condition holds over the tokens that have come, then resets.

    Conditions see ``activationCount`` (the tokens on incoming flows) and ``waitingForStart``.
    While it resets it swallows one token of each flow that gave none to the activation and
    still can; then it waits for its start again. Without an activation condition one token is
    enough. A flow with a condition is considered at the activation and at the reset; one
    without, and the default flow, get their token at the activation.
    """

    def arrive(self, scope: SpiffTask, flow: Flow | None = None) -> None:
        """Take the token in, and see whether that activates it."""
        if flow is None:
            super().arrive(scope, flow)
            return
        live = scope.workflow
        held = live.joins.get((scope.id, self.name)) or self._hold(scope)
        arrived = held.internal_data["arrived"]
        arrived[flow.id] = arrived.get(flow.id, 0) + 1
        self._consider(held)

    def _consider(self, held: SpiffTask) -> None:
        """Activate it where it waits for its start and its condition holds."""
        live = held.workflow
        while held.incident is None:
            if "taken" in held.internal_data or not live.attempt(held, self._is_enough, held):
                break
            following = self._activate(held)
            if following is None:
                return
            held = following
        if held._state == TaskState.WAITING:
            live.hold(held)

    def _is_enough(self, held: SpiffTask) -> bool:
        condition = self.node.activation_condition
        if condition is None:
            return True
        seen = self._seen(held, start=True)
        return truth_of(condition, seen, held.workflow, "the activation condition")

    def _seen(self, held: SpiffTask, *, start: bool) -> Mapping[str, object]:
        assert held.scope is not None
        memory = held.internal_data
        count = sum(memory["arrived"].values()) if "arrived" in memory else memory["count"]
        return {**visible(held.scope), "activationCount": count, "waitingForStart": start}

    def _activate(self, held: SpiffTask) -> SpiffTask | None:
        """Send the activation on; gives the task that waits for the reset, if there is one."""
        taken = list(held.internal_data["arrived"])
        rest = self._take(held)
        held.internal_data["start"] = True
        held._ready()
        if len(self.incoming) < 2:
            return None
        assert held.scope is not None
        following = self._hold(held.scope)
        following.internal_data.update(arrived=rest, taken=taken)
        return following

    def _take(self, held: SpiffTask) -> dict[str, int]:
        """Take one token of each flow that has one; gives what is left over."""
        assert held.scope is not None
        del held.workflow.joins[held.scope.id, self.name]
        arrived: dict[str, int] = held.internal_data.pop("arrived")
        held.internal_data["count"] = sum(arrived.values())
        return {flow: count - 1 for flow, count in arrived.items() if count > 1}

    def opens_at_rest(self, task: SpiffTask) -> bool:
        """Reset where every flow gave its token, or can give none any more."""
        memory = task.internal_data
        if "taken" not in memory:
            return False
        due = {flow for flow in memory["arrived"] if flow not in memory["taken"]}
        if self.can_come(task, {*memory["taken"], *due}):
            return False
        self._reset(task, due)
        return True

    def _reset(self, task: SpiffTask, due: set[str]) -> None:
        assert task.scope is not None
        live, memory = task.workflow, task.internal_data
        arrived = memory.pop("arrived")
        del live.joins[task.scope.id, self.name], memory["taken"]
        memory.update(start=False, count=sum(arrived.values()))
        task._ready()
        left = {flow: count - (flow in due) for flow, count in arrived.items()}
        left = {flow: count for flow, count in left.items() if count}
        if left:
            held = self._hold(task.scope)
            held.internal_data["arrived"] = left
            self._consider(held)

    def choose(self, task: SpiffTask) -> tuple[Flow, ...]:
        """The flows whose conditions hold in this phase."""
        start = task.internal_data.get("start", True)
        task.internal_data.setdefault("count", 1)
        seen = self._seen(task, start=start)
        plain = [flow for flow in self.flows if flow.condition is None and not flow.is_default]
        met = [
            flow
            for flow in self.flows
            if flow.condition is not None
            and truth_of(flow.condition, seen, task.workflow, f"the condition of {flow.id}")
        ]
        if not start:
            return tuple(met)
        taken = plain + met
        default = [flow for flow in self.flows if flow.is_default]
        if self.flows and not taken and not default:
            raise no_flow(self.node)
        return tuple(taken or default)

    def retry(self, task: SpiffTask) -> None:
        """Consider it again where its activation condition could not be evaluated."""
        if "arrived" not in task.internal_data:
            super().retry(task)
            return
        task._set_state(TaskState.WAITING)
        self._consider(task)
