"""The requirements graph of a model: its elements, linked to each other and to its imports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypedDict

from opsflow.decisions.elements import (
    Decision,
    DrgElement,
    InputData,
    Key,
    Knowledge,
    Requirement,
    Service,
)
from opsflow.decisions.nodes import Typed
from opsflow.decisions.parsing.boxed import read_function, read_logic
from opsflow.decisions.parsing.texts import Site
from opsflow.decisions.reading import Element
from opsflow.decisions.rules import NO_LOGIC, NO_NAME, REFERENCE, TWICE
from opsflow.decisions.types import Types
from opsflow.feel.embedding import Node, TypeOf, Vocabulary, compile_node
from opsflow.findings import Finding

_TAGS = ("inputData", "decision", "businessKnowledgeModel", "decisionService")


@dataclass(frozen=True, slots=True)
class Linked:
    """An imported model: the name it is imported by, and its elements by their names."""

    name: str
    elements: Mapping[Key, DrgElement]


class _Reader:
    """Reads the elements of one model."""

    def __init__(
        self, root: Element, types: Types, imports: Mapping[str, Linked], findings: list[Finding]
    ) -> None:
        self._root = root
        self._types = types
        self._imports = imports
        self._findings = findings
        self._namespace = root.get("namespace")
        self._language = root.get("expressionLanguage") or "FEEL"
        self._names = {element.id: _variable_name(element) for element in self._drawn()}
        self._members = frozenset(_member_names(root)).union(
            element.variable for linked in imports.values() for element in linked.elements.values()
        )

    def _drawn(self) -> Iterator[Element]:
        return self._root.all(*_TAGS)

    def read(self) -> dict[Key, DrgElement]:
        found: dict[Key, DrgElement] = {}
        names: set[tuple[str, str]] = set()
        for element in self._drawn():
            if not element.name:
                self._note(NO_NAME.finding("it has no name", element=element.id, line=element.line))
                continue
            key = (self._namespace, element.id or element.name)
            if key in found or (element.tag, element.name) in names:
                message = f"there are two of {element.name!r}"
                self._note(TWICE.finding(message, element=element.id, line=element.line))
            names.add((element.tag, element.name))
            found[key] = self._element(key, element)
        return found

    def _note(self, finding: Finding) -> None:
        self._findings.append(finding)

    def _element(self, key: Key, element: Element) -> DrgElement:
        match element.tag:
            case "inputData":
                return InputData(key=key, type=self._type(element), **_named(element))
            case "decision":
                return self._decision(key, element)
            case "businessKnowledgeModel":
                return self._knowledge(key, element)
            case _:
                return self._service(key, element)

    def _type(self, element: Element) -> TypeOf | None:
        variable = element.first("variable")
        reference = "" if variable is None else variable.get("typeRef")
        return self._types.named(reference, at=element)

    def _decision(self, key: Key, element: Element) -> Decision:
        needs = tuple(self._requirements(element))
        wanted = self._type(element)
        tree = read_logic(element, self._site(element, needs))
        if tree is None:
            message = "the decision has no logic"
            self._note(
                NO_LOGIC.finding(message, element=element.id, name=element.name, line=element.line)
            )
        elif wanted is not None:
            tree = Typed(tree, wanted, element.name)
        is_open = element.first("informationRequirement") is None
        code = None if tree is None else compile_node(tree)
        return Decision(
            key=key,
            type=wanted,
            requirements=needs,
            tree=tree,
            code=code,
            is_open=is_open,
            **_named(element),
        )

    def _knowledge(self, key: Key, element: Element) -> Knowledge:
        needs = tuple(self._requirements(element))
        wanted = self._type(element)
        logic = element.first("encapsulatedLogic")
        tree: Node | None = None
        if logic is not None:
            site = self._site(element, needs).knowing(_variable_name(element))
            tree = read_function(logic, site, wanted)
        code = None if tree is None else compile_node(tree)
        return Knowledge(
            key=key, type=wanted, requirements=needs, tree=tree, code=code, **_named(element)
        )

    def _service(self, key: Key, element: Element) -> Service:
        outputs = self._referred(element, "outputDecision")
        inputs = self._referred(element, "inputData", "inputDecision")
        return Service(
            key=key,
            type=self._type(element),
            outputs=tuple(outputs),
            parameters=tuple(inputs),
            **_named(element),
        )

    def _requirements(self, element: Element) -> Iterator[Requirement]:
        for requirement in element.all("informationRequirement", "knowledgeRequirement"):
            yield from self._referred(
                requirement, "requiredInput", "requiredDecision", "requiredKnowledge"
            )

    def _referred(self, element: Element, *tags: str) -> Iterator[Requirement]:
        for tag in tags:
            for child in element.all(tag):
                found = self._link(child.get("href"))
                if found is None:
                    message = f"there is no element {child.get('href')!r}"
                    self._note(REFERENCE.finding(message, element=element.id, line=child.line))
                else:
                    yield found

    def _link(self, href: str) -> Requirement | None:
        namespace, _, id = href.rpartition("#")
        if namespace in ("", self._namespace) and id in self._names:
            return Requirement((self._namespace, id), (self._names[id],))
        linked = self._imports.get(namespace)
        element = None if linked is None else linked.elements.get((namespace, id))
        if linked is None or element is None:
            return None
        path = (linked.name, element.variable) if linked.name else (element.variable,)
        return Requirement((namespace, id), path)

    def _site(self, element: Element, needs: tuple[Requirement, ...]) -> Site:
        names = frozenset(requirement.path[0] for requirement in needs)
        vocabulary = Vocabulary(names, self._members, self._types.known)
        return Site(
            element.name, element.id, vocabulary, self._types, self._language, self._findings
        )


class _Named(TypedDict):
    name: str
    variable: str
    line: int


def _named(element: Element) -> _Named:
    return {"name": element.name, "variable": _variable_name(element), "line": element.line}


def _variable_name(element: Element) -> str:
    variable = element.first("variable")
    return (variable.name if variable is not None else "") or element.name


def _member_names(element: Element) -> Iterator[str]:
    """Every name that can follow a dot: components of types, entries, outputs, columns."""
    for child in element.children:
        if child.name:
            yield child.name
        yield from _member_names(child)


def read_graph(
    root: Element, types: Types, imports: Mapping[str, Linked], findings: list[Finding]
) -> dict[Key, DrgElement]:
    """The elements of a model by their keys. What is wrong with them is added to `findings`."""
    return _Reader(root, types, imports, findings).read()
