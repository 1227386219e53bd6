"""Decision models: reading one, and evaluating its decisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from opsflow.decisions.audit import DECISION_LIMITS, Audit
from opsflow.decisions.elements import (
    Decision,
    DrgElement,
    Elements,
    InputData,
    Key,
    Knowledge,
    Service,
)
from opsflow.decisions.errors import DecisionTooLarge
from opsflow.decisions.evaluation import Evaluation, Graph
from opsflow.decisions.intake import conformed
from opsflow.decisions.parsing import Linked, read_graph
from opsflow.decisions.reading import Element, read_xml
from opsflow.decisions.rules import IMPORT_CYCLE, IMPORT_MISSING, NOT_DMN, TOO_DEEP
from opsflow.decisions.types import Types
from opsflow.errors import ModelRejected, NotFound
from opsflow.feel import FeelLimitError, Function, Limits
from opsflow.feel.embedding import TypeOf, refuse_excess, uses
from opsflow.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionModel:
    """The content of a DMN file, compiled. `findings` are what reading it has noticed."""

    namespace: str
    name: str
    decisions: Mapping[str, Decision]
    services: Mapping[str, Service]
    knowledge: Mapping[str, Knowledge]
    inputs: Mapping[str, InputData]
    types: Mapping[str, TypeOf] = field(repr=False)
    elements: Elements = field(repr=False)
    findings: tuple[Finding, ...] = field(repr=False)

    def evaluate(
        self,
        decision: str,
        inputs: Mapping[str, object],
        *,
        now: datetime | None = None,
        limits: Limits = DECISION_LIMITS,
    ) -> Evaluation:
        """Evaluate a decision, or a decision service, by its name or id.

        `inputs` are values of input data by name, for a service also of its input decisions.
        Raises NotFound for an unknown decision, RulesConflict, DecisionTooLarge, DecisionFailed.
        """
        element = self._asked(decision)
        run = Audit(limits, now)
        graph = Graph(self.elements, run, inputs)
        try:
            value = self._value(graph, element, inputs)
            if isinstance(value, list | dict):
                refuse_excess(value, limits)
        except FeelLimitError as error:
            raise DecisionTooLarge(element.name, error.limit, error.message) from error
        except RecursionError as error:
            message = "the decisions are nested too deeply"
            raise DecisionTooLarge(element.name, "depth", message) from error
        return self._record(graph, element, value)

    def required_inputs(self, decision: str) -> tuple[str, ...]:
        """The names of the inputs that a decision or service reads, itself or through others.

        Those that a decision without requirements reads by name are among them. Raises NotFound.
        """
        start = self._asked(decision)
        found: dict[str, None] = {}
        keys = [start.key]
        for key in keys:
            element = self.elements.find(key)
            if isinstance(element, InputData):
                found[element.name] = None
            if isinstance(element, Decision) and element.is_open and element.tree is not None:
                known = {requirement.path[0] for requirement in element.requirements}
                found.update(dict.fromkeys(sorted(uses(element.tree).variables - known - {"?"})))
            keys += [wanted for wanted in _needs(element) if wanted not in keys]
        return tuple(found)

    def _asked(self, name: str) -> DrgElement:
        for named in (self.decisions, self.services, self.knowledge):
            if name in named:
                return named[name]
        by_id = self.elements.find((self.namespace, name))
        if by_id is None or isinstance(by_id, InputData):
            raise NotFound("decision", name)
        return by_id

    def _value(self, graph: Graph, element: DrgElement, inputs: Mapping[str, object]) -> object:
        if isinstance(element, Service):
            for parameter in element.parameters:
                item = self.elements.find(parameter.key)
                name = parameter.path[-1]
                if isinstance(item, Decision):
                    given = inputs.get(name)
                    graph.given[parameter.key] = conformed(graph.run, given, item.type, name)
            return graph.outputs(element)
        value = graph.value(element.key)
        if isinstance(element, Knowledge) and isinstance(value, Function):
            arguments = [
                conformed(graph.run, inputs.get(name), None, name) for name in value.parameters
            ]
            return value.call(graph.run, arguments)
        return value

    def _record(self, graph: Graph, element: DrgElement, value: object) -> Evaluation:
        inputs: dict[str, object] = {}
        decided: dict[str, object] = {}
        for key, known in graph.given.items():
            found = self.elements.find(key)
            if isinstance(found, InputData):
                inputs[self._label(found)] = known
            elif isinstance(found, Decision):
                decided[self._label(found)] = known
        return Evaluation(
            decision=element.name,
            value=value,
            inputs=inputs,
            decisions=decided,
            matched=tuple(graph.run.hits),
            warnings=graph.run.placed_warnings(),
        )

    def _label(self, element: DrgElement) -> str:
        own = element.key[0] == self.namespace
        return element.name if own else f"{element.key[0]}#{element.name}"


def _needs(element: DrgElement | None) -> Iterator[Key]:
    if isinstance(element, Decision):
        yield from (requirement.key for requirement in element.requirements)
    elif isinstance(element, Service):
        yield from (requirement.key for requirement in element.parameters)
        given = {requirement.key for requirement in element.parameters}
        yield from (output.key for output in element.outputs if output.key not in given)


def read(source: bytes, *, imports: Mapping[str, DecisionModel] | None = None) -> DecisionModel:
    """Read a DMN file. `imports` are the models it may import, by their namespaces.

    Raises ModelRejected for a file that is not DMN. What is wrong inside it is in `findings`, and
    is null when it is evaluated; `check` tells all that can be told.
    """
    return _built(read_xml(source), imports or {})


def read_package(sources: Mapping[str, bytes]) -> dict[str, DecisionModel]:
    """Read the DMN files of a package, by their file names, so that they may import each other."""
    roots = {file: read_xml(source) for file, source in sources.items()}
    files = {root.get("namespace"): file for file, root in roots.items()}
    built: dict[str, DecisionModel] = {}
    opened: set[str] = set()

    def build(file: str) -> DecisionModel | None:
        if file in built or file in opened:
            return built.get(file)
        opened.add(file)
        found: dict[str, DecisionModel] = {}
        for wanted in roots[file].all("import"):
            namespace = wanted.get("namespace")
            model = build(files[namespace]) if namespace in files else None
            if model is not None:
                found[namespace] = model
            elif namespace in files:
                message = f"{file} and {files[namespace]} import each other"
                raise ModelRejected([IMPORT_CYCLE.finding(message, line=wanted.line)])
        built[file] = _built(roots[file], found)
        return built[file]

    for file in roots:
        build(file)
    return built


def _built(root: Element, imports: Mapping[str, DecisionModel]) -> DecisionModel:
    try:
        return _build(root, imports)
    except RecursionError as error:
        raise ModelRejected([TOO_DEEP.finding("expressions are nested too deeply")]) from error


def _build(root: Element, imports: Mapping[str, DecisionModel]) -> DecisionModel:
    namespace = root.get("namespace")
    if not namespace:
        raise ModelRejected([NOT_DMN.finding("the definitions have no namespace")])
    findings: list[Finding] = []
    linked = _linked(root, imports, findings)
    types = Types(
        {item.name: item for item in root.all("itemDefinition") if item.name},
        {
            f"{link.name}.{name}" if link.name else name: found
            for space, link in linked.items()
            for name, found in imports[space].types.items()
        },
    )
    own = read_graph(root, types, linked, findings)
    reachable = {
        key: item for model in imports.values() for key, item in model.elements.by_key.items()
    }
    return DecisionModel(
        namespace=namespace,
        name=root.name,
        decisions={item.name: item for item in own.values() if isinstance(item, Decision)},
        services={item.name: item for item in own.values() if isinstance(item, Service)},
        knowledge={item.name: item for item in own.values() if isinstance(item, Knowledge)},
        inputs={item.name: item for item in own.values() if isinstance(item, InputData)},
        types=types.known,
        elements=Elements({**reachable, **own}),
        findings=(*findings, *types.findings),
    )


def _linked(
    root: Element, imports: Mapping[str, DecisionModel], findings: list[Finding]
) -> dict[str, Linked]:
    """The imports of DMN models, by namespace; those of other kinds hold nothing to evaluate."""
    linked: dict[str, Linked] = {}
    for wanted in root.all("import"):
        namespace = wanted.get("namespace")
        model = imports.get(namespace)
        if model is not None:
            linked[namespace] = Linked(wanted.name, model.elements.by_key)
        elif "DMN" in wanted.get("importType").upper():
            message = f"the model {namespace!r} is not there"
            findings.append(IMPORT_MISSING.finding(message, name=wanted.name, line=wanted.line))
    return linked
