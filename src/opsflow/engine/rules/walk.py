"""Ways through a model that the rules share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml import etree

from opsflow.engine.document import line_of, local
from opsflow.engine.model import (
    EVENTS,
    EventDefinition,
    Model,
    Node,
    NodeKind,
    Process,
    SequenceFlow,
)
from opsflow.engine.rule import Remark


def executable(model: Model) -> Iterator[Process]:
    """The processes that are meant to run; the others are drawings."""
    return (process for process in model.processes.values() if process.executable)


def nodes(model: Model, kinds: Iterable[NodeKind] | None = None) -> Iterator[tuple[Process, Node]]:
    """The nodes of all executable processes, those of some kinds where asked."""
    wanted = None if kinds is None else frozenset(kinds)
    for process in executable(model):
        for node in process.nodes.values():
            if wanted is None or node.kind in wanted:
                yield process, node


def definitions(model: Model) -> Iterator[tuple[Process, Node, EventDefinition]]:
    """Every event definition with its event; the message of a task is left out."""
    for process, node in nodes(model, EVENTS):
        for definition in node.events:
            yield process, node, definition


def flows(model: Model) -> Iterator[tuple[Process, SequenceFlow]]:
    """The sequence flows of all executable processes."""
    for process in executable(model):
        for flow in process.flows.values():
            yield process, flow


def outgoing(process: Process, node: Node) -> list[SequenceFlow]:
    """The flows that leave a node, in document order."""
    return [process.flows[flow] for flow in node.outgoing]


def scopes(process: Process) -> dict[str, list[Node]]:
    """The nodes directly in each scope; the process's own scope is there even if empty."""
    found: dict[str, list[Node]] = {process.id: []}
    for node in process.nodes.values():
        found.setdefault(node.scope, []).append(node)
    return found


def boundaries(process: Process) -> dict[str, list[Node]]:
    """The boundary events of each activity that has any."""
    found: dict[str, list[Node]] = {}
    for node in process.nodes.values():
        if node.attached_to is not None:
            found.setdefault(node.attached_to, []).append(node)
    return found


def with_inside(
    model: Model, kinds: Iterable[NodeKind]
) -> Iterator[tuple[Process, Node, list[Node]]]:
    """Nodes of some kinds, subprocesses, with the nodes directly inside of each."""
    wanted = frozenset(kinds)
    for process in executable(model):
        inside = scopes(process)
        for node in process.nodes.values():
            if node.kind in wanted:
                yield process, node, inside.get(node.id, [])


CHOREOGRAPHY = ("choreographyTask", "callChoreography", "subChoreography")
"""The activities of a choreography, which are no flow nodes of a process."""


def is_choreography(model: Model, id: str) -> bool:
    """Whether an id is that of a choreography activity."""
    found = model.document.find(id) if model.document is not None else None
    return found is not None and local(found) in CHOREOGRAPHY


def at_node(node: Node, message: str, hint: str | None = None) -> Remark:
    """A remark about a node."""
    return Remark(message, element=node.id, name=node.name, line=node.line, hint=hint)


def at_flow(flow: SequenceFlow, message: str) -> Remark:
    """A remark about a sequence flow."""
    return Remark(message, element=flow.id, name=flow.name, line=flow.line)


def at_element(element: etree._Element, message: str) -> Remark:
    """A remark about an element of the file: at the nearest one that has an id."""
    owner: etree._Element | None = element
    while owner is not None and not owner.get("id"):
        owner = owner.getparent()
    if owner is None:
        return Remark(message, line=line_of(element))
    return Remark(message, owner.get("id"), owner.get("name"), line_of(element))
