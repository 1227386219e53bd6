"""How the parts of a process hang together: scopes, sequence flows, lanes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lxml import etree

from opsflow.engine.document import bpmn, line_of, local, reference, text_of
from opsflow.engine.model import SUB_PROCESSES, Lane, SequenceFlow
from opsflow.engine.parser import expressions
from opsflow.engine.parser.context import Reading

_CONTAINERS = frozenset(kind.value for kind in SUB_PROCESSES)


def elements_of(scope: etree._Element) -> Iterator[etree._Element]:
    """Every element directly in a process or subprocess, and in the subprocesses inside it."""
    for child in scope:
        yield child
        if local(child) in _CONTAINERS:
            yield from elements_of(child)


class Wiring:
    """The sequence flows of one process, by the nodes at their ends."""

    def __init__(self, context: Reading, process: etree._Element, process_id: str) -> None:
        self._context = context
        self._process_id = process_id
        self.flows: dict[str, SequenceFlow] = {}
        self._nameless: Counter[tuple[str, str]] = Counter()
        self._incoming: dict[str, list[str]] = {}
        self._outgoing: dict[str, list[str]] = {}
        for element in elements_of(process):
            if local(element) == "sequenceFlow":
                self._add(element)

    def incoming(self, node: str) -> tuple[str, ...]:
        """Ids of the flows that lead to a node."""
        return tuple(self._incoming.get(node, ()))

    def outgoing(self, node: str) -> tuple[str, ...]:
        """Ids of the flows that lead from a node."""
        return tuple(self._outgoing.get(node, ()))

    def default(self, element: etree._Element) -> str | None:
        """The id that the node names as its default flow."""
        return reference(element.get("default"))

    def scope_of(self, element: etree._Element) -> str:
        """Id of the process or subprocess around an element."""
        parent = element.getparent()
        if parent is None or local(parent) == "process":
            return self._process_id
        return parent.get("id") or self._process_id

    def _add(self, element: etree._Element) -> None:
        flow = self._flow(element)
        self.flows[flow.id] = flow
        self._outgoing.setdefault(flow.source, []).append(flow.id)
        self._incoming.setdefault(flow.target, []).append(flow.id)

    def _flow(self, element: etree._Element) -> SequenceFlow:
        source = reference(element.get("sourceRef")) or ""
        target = reference(element.get("targetRef")) or ""
        return SequenceFlow(
            id=self._id(element, source, target),
            source=source,
            target=target,
            condition=expressions.condition(
                self._context, element.find(bpmn("conditionExpression"))
            ),
            name=element.get("name") or None,
            line=line_of(element),
        )

    def _id(self, element: etree._Element, source: str, target: str) -> str:
        """Its id, or one made up: the id of a flow is optional in the schema."""
        own = element.get("id")
        if own:
            return own
        number = self._nameless[source, target] = self._nameless[source, target] + 1
        return f"{source}->{target}#{number}"


def lanes_of(process: etree._Element) -> tuple[Lane, ...]:
    """All lanes of a process, outer ones before those inside them."""
    return tuple(
        Lane(
            id=lane.get("id") or "",
            name=lane.get("name") or None,
            nodes=tuple(
                reference(text_of(ref)) or "" for ref in lane.iterfind(bpmn("flowNodeRef"))
            ),
        )
        for lane in process.iter(bpmn("lane"))
    )


def lane_names(lanes: tuple[Lane, ...]) -> dict[str, str]:
    """The name of the innermost lane of each node."""
    return {node: lane.name for lane in lanes if lane.name for node in lane.nodes}
