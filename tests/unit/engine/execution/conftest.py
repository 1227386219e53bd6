"""Builders of processes for the execution tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from opsflow.engine.changes import Waiting
from opsflow.engine.execution import Execution, Scripts
from opsflow.engine.expressions import Expression
from opsflow.engine.model import (
    Association,
    EventDefinition,
    EventKind,
    Node,
    NodeKind,
    Process,
    SequenceFlow,
    TimerKind,
)
from opsflow.engine.program import Program, compile_process

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def feel(text: str) -> Expression:
    """A FEEL expression."""
    return Expression(text, written="=" + text)


def literal(text: str) -> Expression:
    """A plain text."""
    return Expression(text, written=text, literal=True)


def timer(kind: str, text: str) -> EventDefinition:
    """A timer: ``date``, ``duration`` or ``cycle``."""
    kinds = {"date": TimerKind.DATE, "duration": TimerKind.DURATION, "cycle": TimerKind.CYCLE}
    value = feel(text[1:]) if text.startswith("=") else literal(text)
    return EventDefinition(EventKind.TIMER, timer=kinds[kind], expression=value)


def event(kind: str, name: str | None = None, **fields: Any) -> EventDefinition:
    """An event definition; an error's or escalation's name is its code too."""
    which = EventKind(kind)
    if which in (EventKind.ERROR, EventKind.ESCALATION):
        fields.setdefault("code", name)
    return EventDefinition(which, name=name, **fields)


class Build:
    """Builds a process: nodes by kind, flows as ``a -> b`` chains."""

    def __init__(self, id: str = "p") -> None:
        self.id = id
        self.scope = id
        self.nodes: dict[str, Node] = {}
        self.flows: dict[str, SequenceFlow] = {}
        self.associations: list[Association] = []

    def add(self, kind: NodeKind, id: str, *events: EventDefinition, **fields: Any) -> Build:
        """A node in the present scope."""
        self.nodes[id] = Node(
            id=id,
            kind=kind,
            name=fields.pop("name", None),
            scope=self.scope,
            line=0,
            events=tuple(events),
            **fields,
        )
        return self

    def start(self, id: str = "start", *events: EventDefinition, **fields: Any) -> Build:
        return self.add(NodeKind.START_EVENT, id, *events, **fields)

    def end(self, id: str = "end", *events: EventDefinition, **fields: Any) -> Build:
        return self.add(NodeKind.END_EVENT, id, *events, **fields)

    def user(self, *ids: str, **fields: Any) -> Build:
        for id in ids:
            self.add(NodeKind.USER_TASK, id, **fields)
        return self

    def task(self, *ids: str, **fields: Any) -> Build:
        for id in ids:
            self.add(NodeKind.TASK, id, **fields)
        return self

    def script(self, id: str, source: str, **fields: Any) -> Build:
        return self.add(NodeKind.SCRIPT_TASK, id, script=source, script_language="python", **fields)

    def boundary(self, id: str, on: str, *events: EventDefinition, **fields: Any) -> Build:
        return self.add(NodeKind.BOUNDARY_EVENT, id, *events, attached_to=on, **fields)

    def inside(
        self,
        id: str,
        fill: Callable[[Build], object],
        kind: NodeKind = NodeKind.SUB_PROCESS,
        **fields: Any,
    ) -> Build:
        """A subprocess with what ``fill`` puts into it."""
        self.add(kind, id, **fields)
        outer, self.scope = self.scope, id
        fill(self)
        self.scope = outer
        return self

    def flow(self, *ids: str, when: str | None = None, default: bool = False) -> Build:
        """Flows along the nodes named."""
        for source, target in pairwise(ids):
            id = f"{source}->{target}#{len(self.flows)}"
            condition = feel(when) if when is not None else None
            self.flows[id] = SequenceFlow(id, source, target, condition)
            node, other = self.nodes[source], self.nodes[target]
            self.nodes[source] = replace(
                node, outgoing=(*node.outgoing, id), default=id if default else node.default
            )
            other = self.nodes[target]
            self.nodes[target] = replace(other, incoming=(*other.incoming, id))
        return self

    def associate(self, source: str, target: str) -> Build:
        self.associations.append(Association(source, target))
        return self

    def process(self) -> Process:
        return Process(
            id=self.id,
            name=None,
            line=0,
            executable=True,
            nodes=self.nodes,
            flows=self.flows,
            associations=tuple(self.associations),
        )

    def program(self, calls: Mapping[str, Program] | None = None) -> Program:
        return compile_process(self.process(), calls=calls)


class PythonScripts:
    """Trusted Python for tests: the script's assignments are its outputs."""

    def __init__(self) -> None:
        self.log: list[object] = []

    def run(self, language: str, source: str, variables: dict[str, object]) -> Mapping[str, object]:
        before = dict(variables)
        exec(source, {"log": self.log.append}, variables)
        return {k: v for k, v in variables.items() if k not in before or v is not before[k]}


class Run:
    """Drives an execution; saves and restores it after every verb where ``stored``."""

    def __init__(
        self,
        program: Program,
        variables: Mapping[str, object] | None = None,
        *,
        at: str | None = None,
        position: int | None = None,
        scripts: Scripts | None = None,
        budget: int = 10_000,
        stored: bool = False,
    ) -> None:
        self.program = program
        self.scripts: Any = scripts or PythonScripts()
        self.budget = budget
        self.stored = stored
        self.now = NOW
        self.changes: list[Any] = []
        self.execution = Execution.start(
            program,
            variables or {},
            now=NOW,
            at=at,
            position=position,
            scripts=self.scripts,
            budget=budget,
        )
        self._after()

    def _after(self) -> None:
        self.changes += self.execution.take_changes()
        if self.stored:
            text = self.execution.save()
            self.execution = Execution.restore(
                self.program, text, scripts=self.scripts, budget=self.budget
            )
            assert self.execution.save() == text

    @property
    def status(self) -> str:
        return self.execution.status

    @property
    def waiting(self) -> list[str]:
        """The nodes where work waits, sorted."""
        return sorted(
            step.node.id
            for step in self.execution.steps()
            if step.waiting not in (Waiting.INSIDE, Waiting.JOIN)
        )

    @property
    def completed(self) -> list[str]:
        """The nodes that completed, in order."""
        return [c.node.id for c in self.changes if type(c).__name__ == "StepCompleted"]

    @property
    def cancelled(self) -> list[str]:
        return [c.node.id for c in self.changes if type(c).__name__ == "StepCancelled"]

    @property
    def incidents(self) -> list[tuple[str, str]]:
        return [(i.node.id, i.code) for i in self.execution.incidents()]

    def step(self, node: str, index: int = 0) -> str:
        found = [s.id for s in self.execution.steps() if s.node.id == node]
        return found[index]

    def listener(self, node: str) -> str:
        return next(s.step for s in self.execution.subscriptions() if s.node == node)

    def complete(self, node: str, /, index: int = 0, **variables: object) -> Run:
        self.execution.complete(self.step(node, index), variables, now=self.now)
        self._after()
        return self

    def message(self, node: str, /, **variables: object) -> Run:
        self.execution.message(self.listener(node), variables, now=self.now)
        self._after()
        return self

    def do(self, verb: str, *args: Any, **kwargs: Any) -> Any:
        result = getattr(self.execution, verb)(*args, now=self.now, **kwargs)
        self._after()
        return result

    def advance(self, **span: Any) -> Run:
        """Move the clock and fire what is due."""
        from datetime import timedelta

        self.now += timedelta(**span)
        self.execution.fire_due(self.now)
        self._after()
        return self


@pytest.fixture(params=[False, True], ids=["in memory", "stored"])
def run(request: pytest.FixtureRequest) -> Callable[..., Run]:
    """Starts a run; every test that uses it runs in memory and through the stored state."""

    def start(program: Program | Build, variables: Any = None, **options: Any) -> Run:
        compiled = program.program() if isinstance(program, Build) else program
        return Run(compiled, variables, stored=request.param, **options)

    return start
