"""Element: what the spec of every BPMN element shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.util.task import TaskState

from opsflow.engine.changes import Waiting
from opsflow.engine.codec import from_feel
from opsflow.engine.expressions import Expression
from opsflow.engine.model import DataAssociation, EventDefinition, EventKind, Node
from opsflow.engine.semantics.scope import visible
from opsflow.engine.semantics.stuck import Stuck
from opsflow.errors import VariablesInvalid
from opsflow.feel import FeelError

if TYPE_CHECKING:
    from opsflow.engine.semantics.catching import Handler
    from opsflow.engine.semantics.live import LiveWorkflow
    from opsflow.engine.semantics.loops import Loop
    from opsflow.engine.semantics.process import ProcessSpec
    from opsflow.engine.semantics.token import SpiffTask


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """A sequence flow, its target resolved to a spec."""

    id: str
    target: Element
    condition: Expression | None
    is_default: bool = False


class Element(BpmnTaskSpec):
    """The spec of one node, corrected: SpiffWorkflow's lifecycle without its data and guesses.

    A token ``arrive``s, is run, ``conclude``s (all that may fail: outputs, conditions), and
    completes (what can't fail: the change, effects, the next tokens).
    """

    isolates = False
    """Reading variables stops here: a process does not see its caller's."""
    holds_variables = False
    """New variables of what is inside stay here."""
    copies_out = False
    """Remembers which variables of its scope were written, to hand them out at the end."""
    serves_boundary = False
    """A listener of this kind serves the activity it is in, not what is inside."""
    body_of: Loop | None = None
    """The loop whose single iteration this is."""
    _inputs: Any
    _outputs: Any
    data: Any
    defines: Any
    node: Node
    definitions: tuple[EventDefinition, ...] = ()
    """The events that it listens for."""
    flows: tuple[Flow, ...] = ()
    incoming: tuple[str, ...] = ()

    def __init__(self, spec: ProcessSpec, name: str, node: Node) -> None:
        super().__init__(
            spec, name, inputs=[], outputs=[], data={}, defines={}, pre_assign=[], post_assign=[]
        )
        self.node = node
        self.program_ref = spec.ref
        self.bpmn_id = node.id
        self.bpmn_name = node.name
        self._flows_are_plain = True

    # Compilation

    def link(self, flows: tuple[Flow, ...], incoming: tuple[str, ...]) -> None:
        """Give it its sequence flows, in document order."""
        self.flows = flows
        self.incoming = incoming
        self.outputs = [flow.target for flow in flows]
        self._flows_are_plain = not any(flow.condition or flow.is_default for flow in flows)

    def seal(self) -> None:
        """Make it unchangeable: every instance of the process shares it."""
        self._inputs = tuple(self._inputs)
        self._outputs = tuple(self._outputs)
        self.pre_assign = self.post_assign = ()
        self.data_input_associations = self.data_output_associations = ()
        self.data = MappingProxyType(dict(self.data))
        self.defines = MappingProxyType(dict(self.defines))
        self.__dict__["sealed"] = True

    def __setattr__(self, name: str, value: object) -> None:
        if "sealed" in self.__dict__:
            raise AttributeError(f"{self!r} is sealed: {name} cannot be set")
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.__dict__.get('name')}>"

    # SpiffWorkflow's lifecycle

    def arrive(self, scope: SpiffTask, flow: Flow | None = None) -> None:  # noqa: ARG002
        """A token comes along a flow into a scope."""
        self._update(scope.workflow.new_task(self, scope))

    def _update(self, task: SpiffTask) -> None:
        if self._update_hook(task):
            task._ready()

    def _update_hook(self, task: SpiffTask) -> bool:  # noqa: ARG002
        return True

    def _on_ready(self, task: SpiffTask) -> None:
        task.workflow.queue.append(task)

    def _predict(self, *_: object, **__: object) -> None:
        pass

    def _run(self, task: SpiffTask) -> bool | None:
        return task.workflow.attempt(task, self._run_hook, task)

    def _run_hook(self, task: SpiffTask) -> bool | None:
        """Do what the node does. True: done; None: it waits. May raise Stuck or BpmnError."""
        task.workflow.reach(task, None)
        return self.conclude(task, {})

    def _on_complete(self, task: SpiffTask) -> None:
        self._on_complete_hook(task)
        task.workflow._task_completed_notify(task)

    def _on_complete_hook(self, task: SpiffTask) -> None:
        task.workflow.completed_step(task)
        self.effect(task)
        self.leave(task)

    def _on_cancel(self, task: SpiffTask) -> None:
        pass

    def _on_error(self, task: SpiffTask) -> None:
        pass

    # What the families of elements fill in

    def inner_spec(self) -> ProcessSpec:
        """The compiled process that the tasks directly inside belong to. May raise Stuck."""
        return self._wf_spec  # type: ignore[no-any-return]

    def conclude(self, task: SpiffTask, outputs: Mapping[str, object]) -> bool:
        """Write the outputs and choose the flows. May raise Stuck; gives True."""
        self.write_outputs(task, outputs)
        if self.body_of is not None:
            self.body_of.look_back(task)
        else:
            task.flows = self.choose(task)
        return True

    def effect(self, task: SpiffTask) -> None:
        """What completing does besides going on."""

    def leave(self, task: SpiffTask) -> None:
        """Send tokens along the chosen flows, or tell the loop that this iteration is done."""
        scope = task.scope
        if self.body_of is not None:
            self.body_of.iterated(task)
        elif scope is not None and task.is_live:
            for flow in task.flows:
                flow.target.arrive(scope, flow)

    def emptied(self, task: SpiffTask) -> None:
        """The last token inside has gone."""

    def inner_done(self, task: SpiffTask, inner: SpiffTask) -> None:
        """A token inside has completed."""

    def forgotten(self, task: SpiffTask) -> None:
        """The task leaves the live set."""

    def restored(self, task: SpiffTask) -> None:
        """The task came back from a stored state."""

    def won(self, task: SpiffTask, target: Element, payload: Mapping[str, object]) -> None:
        """One of the events behind an event-based gateway has come."""
        raise NotImplementedError

    def look(self, task: SpiffTask) -> None:
        """Variables changed: a condition may hold now."""

    def opens_at_rest(self, task: SpiffTask) -> bool:  # noqa: ARG002
        """Whether a waiting join opens because nothing else can come."""
        return False

    def retry(self, task: SpiffTask) -> None:
        """Go on after an incident: conclude again, wait again, or run again."""
        live = task.workflow
        if task.pending is None and task.waiting is None:
            task._ready()
            return
        task._set_state(TaskState.STARTED)
        if task.pending is not None:
            live.finish(task, task.pending)
        elif task.waiting is Waiting.SERVICE:
            live.reach(task, Waiting.SERVICE)

    def boundary_handlers(self, kind: EventKind) -> tuple[Handler, ...]:  # noqa: ARG002
        """Boundary events that handle errors or escalations of this activity."""
        return ()

    def inner_handlers(self, task: SpiffTask, kind: EventKind) -> tuple[Handler, ...]:  # noqa: ARG002
        """Event subprocesses inside that handle errors or escalations."""
        return ()

    # Data

    def write_outputs(self, task: SpiffTask, outputs: Mapping[str, object]) -> None:
        """Write outputs outwards: mapped ones to the parent scope, plain ones where they belong."""
        live = task.workflow
        mappings = self.node.controls.outputs
        start = self.output_scope(task)
        if self.node.data_outputs:
            live.write(start, associated(task, self.node.data_outputs, outputs))
            taken = {name for into in self.node.data_outputs for name in into.sources}
            outputs = {name: value for name, value in outputs.items() if name not in taken}
        if not mappings:
            if outputs:
                live.write(start, outputs)
            return
        seen = {**visible(task), **outputs} if outputs else visible(task)
        values = {
            mapping.target: value_of(mapping.source, seen, live, mapping.target)
            for mapping in mappings
        }
        live.write(start, values)

    def output_scope(self, task: SpiffTask) -> SpiffTask:
        """Where the search for an output's scope begins."""
        assert task.scope is not None
        return task.scope if self.body_of is None else self.body_of.outputs_begin_at(task)

    def choose(self, task: SpiffTask) -> tuple[Flow, ...]:
        """The flows that are taken: all, the conditional ones where true, else the default."""
        if self._flows_are_plain:
            return self.flows
        assert task.scope is not None
        seen = visible(task.scope)
        taken: list[Flow] = []
        met = False
        for flow in self.flows:
            if flow.is_default:
                continue
            if flow.condition is None:
                taken.append(flow)
            elif truth_of(flow.condition, seen, task.workflow, f"the condition of {flow.id}"):
                met = True
                taken.append(flow)
        return tuple(taken) if met else self._otherwise(taken)

    def _otherwise(self, taken: list[Flow]) -> tuple[Flow, ...]:
        default = [flow for flow in self.flows if flow.is_default]
        if not taken and not default:
            raise no_flow(self.node)
        return tuple(taken + default)


def associated(
    task: SpiffTask, associations: Iterable[DataAssociation], outputs: Mapping[str, object]
) -> dict[str, object]:
    """What data associations give their targets. Data without a value gives none."""
    seen = {**visible(task), **outputs}
    values: dict[str, object] = {}
    for association in associations:
        target = association.target
        if association.value is not None:
            values[target] = value_of(association.value, seen, task.workflow, target)
        elif association.sources and association.sources[0] in seen:
            values[target] = seen[association.sources[0]]
        seen.update(values)
    return values


def no_flow(node: Node) -> Stuck:
    """No condition holds and there is no default flow."""
    return Stuck("gateway.no-flow", f"no condition behind {node.label!r} holds, and no default")


def value_of(
    expression: Expression, seen: Mapping[str, object], live: LiveWorkflow, what: str
) -> Any:
    """The value of an expression, fit to be stored. Raises Stuck."""
    try:
        return from_feel(expression.evaluate(seen, live.now), what)
    except FeelError as error:
        raise Stuck(
            "expression", f"{what}: {expression.written or expression.text}: {error}"
        ) from error
    except VariablesInvalid as error:
        raise Stuck("data", str(error)) from error


def truth_of(
    expression: Expression, seen: Mapping[str, object], live: LiveWorkflow, what: str
) -> bool:
    """Whether a condition holds; null does not. Raises Stuck for anything but a boolean."""
    value = value_of(expression, seen, live, what)
    if value is None or value is False or value is True:
        return bool(value)
    if expression.literal and value in ("true", "false"):
        return bool(value == "true")
    written = expression.written or expression.text
    raise Stuck("expression", f"{what}: {written} gives {value!r}, not true or false")
