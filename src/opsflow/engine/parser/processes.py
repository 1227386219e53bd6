"""One process of a file: its nodes, flows, data and associations."""

from __future__ import annotations

from dataclasses import replace

from lxml import etree

from opsflow.engine.document import bpmn, line_of, local, reference, text_of
from opsflow.engine.model import Association, DataObject, Node, Process
from opsflow.engine.parser.context import Reading
from opsflow.engine.parser.controls.processes import process_controls
from opsflow.engine.parser.nodes import kind_of, read_node
from opsflow.engine.parser.scopes import Wiring, elements_of, lane_names, lanes_of


def read_process(context: Reading, element: etree._Element, *, executable: bool) -> Process:
    """A process element as data."""
    key = element.get("id") or ""
    wiring = Wiring(context, element, key)
    nodes = _nodes(context, element, wiring)
    return Process(
        id=key,
        name=element.get("name") or None,
        line=line_of(element),
        executable=executable,
        nodes=nodes,
        flows=wiring.flows,
        data_objects=_data_objects(element, wiring),
        associations=_associations(element),
        documentation=text_of(element.find(bpmn("documentation"))) or None,
        controls=process_controls(context, element),
    )


def _nodes(context: Reading, process: etree._Element, wiring: Wiring) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    lanes = lane_names(lanes_of(process))
    for element in elements_of(process):
        kind = kind_of(element)
        if kind is None:
            continue
        node = read_node(context, element, kind, wiring)
        nodes[node.id] = replace(node, lane=lanes.get(node.id) or _outer_lane(node, nodes))
    return nodes


def _outer_lane(node: Node, nodes: dict[str, Node]) -> str | None:
    """What lies in a subprocess lies in the subprocess's lane."""
    around = nodes.get(node.scope)
    return around.lane if around is not None else None


def _data_objects(process: etree._Element, wiring: Wiring) -> tuple[DataObject, ...]:
    return tuple(
        DataObject(
            id=element.get("id") or "",
            name=element.get("name") or None,
            scope=wiring.scope_of(element),
            collection=element.get("isCollection") in ("true", "1"),
        )
        for element in process.iter(bpmn("dataObject"), bpmn("property"))
    )


def _associations(process: etree._Element) -> tuple[Association, ...]:
    return tuple(
        Association(
            source=reference(element.get("sourceRef")) or "",
            target=reference(element.get("targetRef")) or "",
        )
        for element in elements_of(process)
        if local(element) == "association"
    )
