"""Evaluating a requirements graph: each decision once, what it requires before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from opsflow.decisions.audit import Audit, DecisionWarning, MatchedRules
from opsflow.decisions.elements import (
    Decision,
    DrgElement,
    Elements,
    InputData,
    Item,
    Key,
    Knowledge,
    Requirement,
    Service,
)
from opsflow.decisions.errors import DecisionFailed
from opsflow.decisions.intake import taken
from opsflow.decisions.nodes import coerced
from opsflow.feel import Function
from opsflow.feel.embedding import Env, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What came of a decision, and why.

    `inputs` are the values that were used, `decisions` those of every decision that was evaluated,
    by their names, `matched` the rules of each table that was asked, in the order of asking.
    """

    decision: str
    value: object
    inputs: Mapping[str, object]
    decisions: Mapping[str, object]
    matched: tuple[MatchedRules, ...]
    warnings: tuple[DecisionWarning, ...]


@dataclass(slots=True)
class Graph:
    """One evaluation of a graph with given inputs. `given` are values of elements by key."""

    elements: Elements
    run: Audit
    raw: Mapping[str, object]
    given: dict[Key, object] = field(default_factory=dict)
    _open: set[Key] = field(default_factory=set)

    def value(self, key: Key) -> object:
        """The value of an element; the decisions that it requires are evaluated before it.

        They are put in order rather than called by each other, so that a chain may be long.
        """
        pending = [key]
        while pending:
            current = pending[-1]
            if current in self.given:
                pending.pop()
                continue
            element = self._element(current)
            missing = [wanted for wanted in _decisions_before(element) if wanted not in self.given]
            if missing and current in self._open:
                raise DecisionFailed(element.name, "it requires itself")
            self._open.add(current)
            if missing:
                pending.extend(missing)
            else:
                self.given[current] = self._evaluated(element)
        return self.given[key]

    def _element(self, key: Key) -> DrgElement:
        element = self.elements.find(key)
        if element is None:
            raise DecisionFailed(key[1], "it requires what is not there")
        return element

    def _evaluated(self, element: DrgElement) -> object:
        match element:
            case InputData():
                return taken(self.run, self.raw, element)
            case Decision():
                return self._decided(element)
            case Knowledge():
                return self._known(element)
            case _:
                return ServiceFunction(self, element)

    def _decided(self, decision: Decision) -> object:
        if decision.code is None:
            self.run.warn(f"the decision {decision.name!r} has no logic", 0)
            return None
        raw = self.raw if decision.is_open else {}
        scope = Env(self._scope(decision.requirements), Env(raw, None, self.run), self.run)
        return decision.code(scope)

    def _scope(self, requirements: tuple[Requirement, ...]) -> dict[str, object]:
        scope: dict[str, object] = {}
        for requirement in requirements:
            _put(scope, requirement.path, self.value(requirement.key))
        return scope

    def _known(self, knowledge: Knowledge) -> object:
        if knowledge.code is None:
            return None
        scope: dict[str, object] = {}
        function = knowledge.code(Env(scope, Env({}, None, self.run), self.run))
        # Its own scope is filled last, so that functions may call each other and themselves.
        self.given[knowledge.key] = function
        scope[knowledge.variable] = function
        scope.update(self._scope(knowledge.requirements))
        return function

    def outputs(self, service: Service) -> object:
        """The value of a decision service: of its only output, or a context of them."""
        values = {output.path[-1]: self.value(output.key) for output in service.outputs}
        value = next(iter(values.values())) if len(values) == 1 else values
        return self._of_type(service, value)

    def _of_type(self, item: Item, value: object) -> object:
        wanted = item.type
        if wanted is not None and wanted.name == "function":
            wanted = wanted.members[-1] if wanted.members else None
        if wanted is None:
            return value
        return coerced(Env({}, None, self.run), value, wanted, item.name)


def _decisions_before(element: DrgElement) -> list[Key]:
    return [need.key for need in element.requirements] if isinstance(element, Decision) else []


def _put(scope: dict[str, object], path: tuple[str, ...], value: object) -> None:
    if len(path) == 1:
        scope[path[0]] = value
        return
    inner = scope.setdefault(path[0], {})
    if isinstance(inner, dict):
        inner[path[1]] = value


class ServiceFunction(Function):
    """A decision service as a function (DMN 1.5 §10.4)."""

    def __init__(self, graph: Graph, service: Service) -> None:
        self.name = service.name
        self.parameters = tuple(parameter.path[-1] for parameter in service.parameters)
        self._graph = graph
        self._service = service

    def call(self, run: Run, arguments: list[object], position: int = 0) -> object:
        """The service's value for its parameters in order; null when they do not fit."""
        if len(arguments) != len(self.parameters):
            takes = len(self.parameters)
            run.warn(f"{self.name} takes {takes} arguments, not {len(arguments)}", position)
            return None
        given: dict[Key, object] = {}
        for parameter, value in zip(self._service.parameters, arguments, strict=True):
            item = self._graph.elements.find(parameter.key)
            wanted = None if item is None else item.type
            if wanted is not None and value is not None:
                fitting = coerced(Env({}, None, run), value, wanted, parameter.path[-1])
                if fitting is None:
                    return None
                value = fitting
            given[parameter.key] = value
        run.enter()
        try:
            graph = Graph(self._graph.elements, self._graph.run, {}, given)
            return graph.outputs(self._service)
        finally:
            run.leave()

    def call_named(self, run: Run, arguments: dict[str, object], position: int = 0) -> object:
        """The same, with each argument under its parameter's name."""
        if arguments.keys() != set(self.parameters):
            run.warn(f"{self.name} takes {', '.join(self.parameters) or 'nothing'}", position)
            return None
        return self.call(run, [arguments[name] for name in self.parameters], position)
