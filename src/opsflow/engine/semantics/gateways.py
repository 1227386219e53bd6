"""Gateways (BPMN 2.0.2 §13.4)."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import TYPE_CHECKING

from SpiffWorkflow.util.task import TaskState

from opsflow.engine.changes import Waiting
from opsflow.engine.semantics.element import Element, Flow, no_flow, truth_of
from opsflow.engine.semantics.listening import add_listener
from opsflow.engine.semantics.scope import visible

if TYPE_CHECKING:
    from opsflow.engine.semantics.token import SpiffTask


class ExclusiveGateway(Element):
    """Every token goes on alone, along the first flow whose condition holds."""

    def choose(self, task: SpiffTask) -> tuple[Flow, ...]:
        """The flows that are taken."""
        if len(self.flows) == 1 and self.flows[0].condition is None:
            return self.flows
        assert task.scope is not None
        seen = visible(task.scope)
        default: tuple[Flow, ...] = ()
        for flow in self.flows:
            if flow.is_default:
                default = (flow,)
            elif flow.condition is None or truth_of(
                flow.condition, seen, task.workflow, f"the condition of {flow.id}"
            ):
                return (flow,)
        if not default and self.flows:
            raise no_flow(self.node)
        return default


class JoiningGateway(Element):
    """Gathers tokens in one waiting task per scope, counted per incoming flow."""

    def arrive(self, scope: SpiffTask, flow: Flow | None = None) -> None:
        """Take the token in; several may be needed."""
        if len(self.incoming) < 2 or flow is None:
            super().arrive(scope, flow)
            return
        held = scope.workflow.joins.get((scope.id, self.name))
        if held is None:
            held = self._hold(scope)
        arrived = held.internal_data["arrived"]
        arrived[flow.id] = arrived.get(flow.id, 0) + 1
        self._update(held)
        if held._state == TaskState.WAITING:
            scope.workflow.hold(held)

    def _hold(self, scope: SpiffTask) -> SpiffTask:
        held = scope.workflow.new_task(self, scope)
        held._set_state(TaskState.WAITING)
        held.internal_data["arrived"] = {}
        scope.workflow.joins[scope.id, self.name] = held
        return held

    def _update_hook(self, task: SpiffTask) -> bool:
        if task._state != TaskState.WAITING:
            return True
        if len(task.internal_data["arrived"]) < len(self.incoming):
            return False
        self.open(task)
        return True

    def open(self, task: SpiffTask) -> None:
        """Take one token of each flow that has one; what is left over waits anew."""
        scope = task.scope
        assert scope is not None
        live = scope.workflow
        del live.joins[scope.id, self.name]
        arrived = task.internal_data.pop("arrived")
        rest = {flow: count - 1 for flow, count in arrived.items() if count > 1}
        if rest:
            held = self._hold(scope)
            held.internal_data["arrived"] = rest
            live.hold(held)

    def forgotten(self, task: SpiffTask) -> None:
        """Let go of the tokens that wait."""
        if task.scope is not None and "arrived" in task.internal_data:
            task.workflow.joins.pop((task.scope.id, self.name), None)

    def restored(self, task: SpiffTask) -> None:
        """Find the tokens that wait again."""
        if task.scope is not None and "arrived" in task.internal_data:
            task.workflow.joins[task.scope.id, self.name] = task


class ParallelGateway(JoiningGateway):
    """Waits for one token per incoming flow and sends one along each outgoing flow."""

    def choose(self, task: SpiffTask) -> tuple[Flow, ...]:  # noqa: ARG002
        """The flows that are taken."""
        return self.flows


class InclusiveGateway(JoiningGateway):
    """Waits for every token that can still reach it (BPMN 2.0.2 §13.4.3).

    ``upstream`` gives for each incoming flow the names of the specs from which a path leads
    to that flow without visiting this gateway.
    """

    upstream: Mapping[str, frozenset[str]]

    def opens_at_rest(self, task: SpiffTask) -> bool:
        """Whether no token can come any more that it waits for."""
        if self.can_come(task, task.internal_data["arrived"]):
            return False
        self.open(task)
        task._ready()
        return True

    def can_come(self, task: SpiffTask, filled: Container[str]) -> bool:
        """Whether a token can still reach a flow that is not filled, but no filled one."""
        assert task.scope is not None
        full: set[str] = set()
        empty: set[str] = set()
        for flow in self.incoming:
            (full if flow in filled else empty).update(self.upstream[flow])
        awaited = empty - full
        return any(token.task_spec.name in awaited for token in task.scope.inner_tokens)


class EventBasedGateway(Element):
    """Waits for the first of the events behind it (exclusive event-based gateway)."""

    def _on_ready(self, task: SpiffTask) -> None:
        task.workflow.urgent.append(task)

    def _run_hook(self, task: SpiffTask) -> bool | None:
        live = task.workflow
        live.reach(task, Waiting.SEVERAL)
        for flow in self.flows:
            listener = live.new_task(flow.target, task, listener=True)
            add_listener(listener, flow.target.definitions)
        return None

    def won(self, task: SpiffTask, target: Element, payload: Mapping[str, object]) -> None:
        """The event of ``target`` came first: go on behind it."""
        live, scope = task.workflow, task.scope
        assert scope is not None
        task.flows = ()
        token = live.new_task(target, scope)
        token.internal_data["caught"] = True
        if payload:
            token.internal_data["payload"] = payload
        task.complete()
        target._update(token)
