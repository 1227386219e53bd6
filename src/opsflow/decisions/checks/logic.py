"""Names that nothing has, and types that can not go together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from opsflow.decisions.elements import Decision, InputData, Knowledge, Logic, Requirement
from opsflow.decisions.model import DecisionModel
from opsflow.decisions.nodes import Source
from opsflow.decisions.rules import NAME, TYPE_CLASH
from opsflow.feel.embedding import Node, TypeOf, clashes, syntax, uses
from opsflow.findings import Finding


def check_logic(model: DecisionModel) -> Iterator[Finding]:
    """Findings about the expressions of decisions and business knowledge models."""
    for element in (*model.decisions.values(), *model.knowledge.values()):
        if element.tree is not None:
            yield from _unknown_names(element, element.tree)
            yield from _clashes(model, element, element.tree)


def _unknown_names(element: Logic, tree: Node) -> Iterator[Finding]:
    if isinstance(element, Decision) and element.is_open:
        return
    known = {requirement.path[0] for requirement in element.requirements}
    if isinstance(element, Knowledge):
        known.add(element.variable)
    for name in sorted(uses(tree).variables - known - {"?"}):
        source = next((found for found in sources(tree) if _mentions(found, name)), None)
        where = f" in {source.text[:80]!r}" if source else ""
        yield NAME.finding(
            f"{element.name!r} requires nothing that is called {name!r}{where}",
            element=source.element if source else element.key[1],
            name=element.name,
            line=source.line if source else element.line,
        )


def _mentions(source: Source, name: str) -> bool:
    return name in uses(source.value).variables


def sources(tree: Node) -> Iterator[Source]:
    """The texts that a tree was made of."""
    pending = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, Source):
            yield node
        else:
            pending.extend(reversed(list(syntax.children(node))))


def _clashes(model: DecisionModel, element: Logic, tree: Node) -> Iterator[Finding]:
    types = _types_of(model, element.requirements)
    for found in clashes(tree, types):
        source = _nearest(found.path)
        where = f" in {source.text[:80]!r}" if source else ""
        yield TYPE_CLASH.finding(
            f"{found.message}{where}",
            element=source.element if source else element.key[1],
            name=element.name,
            line=source.line if source else element.line,
        )


def _nearest(path: tuple[Node, ...]) -> Source | None:
    return next((node for node in reversed(path) if isinstance(node, Source)), None)


def _types_of(
    model: DecisionModel, requirements: tuple[Requirement, ...]
) -> Mapping[str, TypeOf | None]:
    types: dict[str, TypeOf | None] = {}
    for requirement in requirements:
        item = model.elements.find(requirement.key)
        is_value = isinstance(item, InputData | Decision) and len(requirement.path) == 1
        types[requirement.path[0]] = item.type if item is not None and is_value else None
    return types
