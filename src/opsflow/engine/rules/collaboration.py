"""Rules about what surrounds processes: message flows, artifacts, references to flows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from opsflow.engine.document import Document, bpmn, local, reference, text_of
from opsflow.engine.model import ACTIVITIES, EVENTS, GATEWAYS, Model, NodeKind
from opsflow.engine.rule import Check, Remark, error
from opsflow.engine.rules.walk import CHOREOGRAPHY, at_element, executable

_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(\s*;.*)?")
_CATCHING = frozenset(
    {NodeKind.START_EVENT, NodeKind.CATCH_EVENT, NodeKind.BOUNDARY_EVENT, *ACTIVITIES}
)
_THROWING = frozenset({NodeKind.END_EVENT, NodeKind.THROW_EVENT, *ACTIVITIES})
_SOURCES = frozenset(kind.value for kind in _THROWING) | {"participant"}
_TARGETS = frozenset(kind.value for kind in _CATCHING) | {"participant"}
_EVENTS = frozenset(kind.value for kind in EVENTS)
_NODES = frozenset(kind.value for kind in ACTIVITIES | EVENTS | GATEWAYS) | {*CHOREOGRAPHY}


def _message_flows(model: Model) -> Iterator[tuple[Document, etree._Element]]:
    if model.document is not None:
        for element in model.document.all("messageFlow"):
            yield model.document, element


def _message_flow_ends(model: Model) -> Iterator[Remark]:
    for document, flow in _message_flows(model):
        for attribute, allowed in (("sourceRef", _SOURCES), ("targetRef", _TARGETS)):
            end = document.referred(flow, attribute)
            if end is None:
                yield at_element(flow, f"its {attribute} is not there")
            elif local(end) not in allowed:
                yield at_element(flow, f"its {attribute} is a {local(end)}")
            elif local(end) in _EVENTS and not _carries_message(end):
                yield at_element(flow, f"its {attribute} is an event without a message")


def _carries_message(event: etree._Element) -> bool:
    names = ("messageEventDefinition", "eventDefinitionRef")
    return any(event.find(bpmn(name)) is not None for name in names)


def _message_flow_inside(model: Model) -> Iterator[Remark]:
    for document, flow in _message_flows(model):
        source, target = (document.referred(flow, name) for name in ("sourceRef", "targetRef"))
        if source is None or target is None:
            continue
        if _pool(source) is not None and _pool(source) == _pool(target):
            yield at_element(flow, "it stays inside one pool")


def _pool(element: etree._Element) -> str | None:
    """The process of a node or participant; a participant without one is a pool of its own."""
    if local(element) == "participant":
        return reference(element.get("processRef")) or element.get("id")
    current: etree._Element | None = element
    while current is not None and local(current) != "process":
        current = current.getparent()
    return current.get("id") if current is not None else None


def _text_format(model: Model) -> Iterator[Remark]:
    if model.document is not None:
        for element in model.document.all("textAnnotation", "documentation"):
            written = element.get("textFormat")
            if written is not None and not _MEDIA_TYPE.fullmatch(written):
                yield at_element(element, f"its textFormat is {written!r}, no media type")


def _flow_references(model: Model) -> Iterator[Remark]:
    """A node that lists a flow at one end of which the other end knows nothing."""
    if model.document is None:
        return
    for process in executable(model):
        element = model.document.find(process.id)
        if element is None:
            continue
        listed = _listed(element)
        for side, end in (("incoming", "targetRef"), ("outgoing", "sourceRef")):
            for node, flow in sorted(listed[side]):
                found = model.document.find(flow)
                if found is None or reference(found.get(end)) != node:
                    yield Remark(f"it lists the {side} flow {flow!r}, which is none", node)
        yield from _half_listed(element, listed)


def _half_listed(
    process: etree._Element, listed: dict[str, set[tuple[str, str]]]
) -> Iterator[Remark]:
    for flow in process.iter(bpmn("sequenceFlow")):
        own = flow.get("id") or ""
        source, target = reference(flow.get("sourceRef")), reference(flow.get("targetRef"))
        leaves = (source, own) in listed["outgoing"]
        arrives = (target, own) in listed["incoming"]
        if leaves != arrives:
            silent = "target" if leaves else "source"
            yield at_element(flow, f"one end lists it, but its {silent} does not")


def _listed(process: etree._Element) -> dict[str, set[tuple[str, str]]]:
    listed: dict[str, set[tuple[str, str]]] = {"incoming": set(), "outgoing": set()}
    for side, pairs in listed.items():
        for element in process.iter(bpmn(side)):
            node = element.getparent()
            if node is not None and local(node) in _NODES:
                pairs.add((node.get("id") or "", reference(text_of(element)) or ""))
    return listed


def _multiplicity(model: Model) -> Iterator[Remark]:
    if model.document is None:
        return
    for element in model.document.all("participantMultiplicity"):
        least, most = int(element.get("minimum", "0")), int(element.get("maximum", "1"))
        if least < 0 or most < 1 or most < least:
            yield at_element(element, f"its multiplicity goes from {least} to {most}")


_NOT_IN_GLOBAL = (
    "conversation",
    "subConversation",
    "callConversation",
    "conversationLink",
    "association",
    "group",
    "textAnnotation",
)


def _choreography_references(model: Model) -> Iterator[Remark]:
    if model.document is None:
        return
    for element in model.document.all("choreography", "globalConversation"):
        for _ in element.iterfind(bpmn("choreographyRef")):
            yield at_element(element, f"a {local(element)} refers to a choreography")


def _global_conversation(model: Model) -> Iterator[Remark]:
    if model.document is None:
        return
    for element in model.document.all("globalConversation"):
        for child in element:
            if local(child) in _NOT_IN_GLOBAL:
                yield at_element(child, f"a {local(child)} lies in a global conversation")


CHECKS: tuple[Check, ...] = (
    Check(
        error(
            "bpmn.message-flow.end",
            "A message flow leads from a pool, activity or throwing event to a pool, activity "
            "or catching event.",
            "Connect the message flow to something that can send or receive.",
            "BPMN 2.0.2 §7.6.2, §10.5.2, §10.5.3",
        ),
        _message_flow_ends,
    ),
    Check(
        error(
            "bpmn.message-flow.inside",
            "A message flow connects two pools.",
            "Use a sequence flow inside a pool.",
            "BPMN 2.0.2 §7.6.2, §9.4",
        ),
        _message_flow_inside,
    ),
    Check(
        error(
            "bpmn.participant.multiplicity",
            "The multiplicity of a participant has a maximum of 1 or more, not below its minimum.",
            "Mend minimum and maximum.",
            "BPMN 2.0.2 §9.3.2",
        ),
        _multiplicity,
    ),
    Check(
        error(
            "bpmn.choreography.reference",
            "Only a collaboration refers to choreographies.",
            "Remove choreographyRef.",
            "BPMN 2.0.2 §9.2, §9.5",
        ),
        _choreography_references,
    ),
    Check(
        error(
            "bpmn.conversation.global",
            "A global conversation has no conversations and no artifacts in it.",
            "Make it a collaboration.",
            "BPMN 2.0.2 §9.5",
        ),
        _global_conversation,
    ),
    Check(
        error(
            "bpmn.artifact.text-format",
            "The format of a text is a media type.",
            "Write text/plain, or leave textFormat out.",
            "BPMN 2.0.2 §8.4.1",
        ),
        _text_format,
    ),
    Check(
        error(
            "bpmn.flow.references",
            "Both ends of a sequence flow list it as incoming and outgoing, or neither does.",
            "Export the diagram again, or mend the incoming and outgoing elements.",
            "BPMN 2.0.2 §8.3.13, §10.5.2, §10.5.3",
        ),
        _flow_references,
    ),
)
