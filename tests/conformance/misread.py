"""Compares what a file says with what the engine will execute of it.

    python -m tests.conformance.misread FOLDER

reads every ``.bpmn`` and ``.bpmn20.xml`` file under the folder. A file that is refused is
left out; of every other one the nodes, sequence flows and event definitions are taken from the
XML with lxml alone, without any of opsflow's reading, and compared with the compiled process.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from lxml import etree

from opsflow.engine import check_model, compile_process, read_model
from opsflow.engine.model import EventDefinition, MultiInstance, Node, Process
from opsflow.errors import ModelRejected

NS = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
EVENTS = ("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent",
          "boundaryEvent")  # fmt: skip
TASKS = ("task", "userTask", "manualTask", "scriptTask", "serviceTask", "sendTask", "receiveTask",
         "businessRuleTask")  # fmt: skip
SUBS = ("subProcess", "transaction", "adHocSubProcess")
GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway",
            "complexGateway")  # fmt: skip
NODES = frozenset({*EVENTS, *TASKS, *SUBS, *GATEWAYS, "callActivity"})
GLOBAL = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}
TYPED = ("message", "signal", "error", "escalation")

Facts: TypeAlias = Counter[tuple[object, ...]]


def differences(source: bytes) -> list[str] | None:
    """What the engine makes of an accepted file beside or against what it says; None: refused."""
    try:
        model = read_model(source)
    except ModelRejected:
        return None
    if any(finding.is_error for finding in check_model(model, trusted_scripts=True)):
        return None
    root = etree.fromstring(source, etree.XMLParser(remove_comments=True, remove_pis=True))
    _name_nameless(root)
    found: list[str] = []
    written = {e.get("id"): e for e in root.iter(f"{NS}process")}
    for process in model.processes.values():
        if process.executable:
            said, read = _said(root, written[process.id]), _compiled(process)
            found += [f"{process.id}: not executed: {fact}" for fact in said - read]
            found += [f"{process.id}: made up: {fact}" for fact in read - said]
    return found


def _name_nameless(root: etree._Element) -> None:
    """What has no id is called by its tag and number, as the finding about it says."""
    counts: Counter[str] = Counter()
    for element in root.iter(*(NS + tag for tag in NODES)):
        if not element.get("id"):
            tag = etree.QName(element).localname
            counts[tag] += 1
            element.set("id", f"{tag}_{counts[tag]}")


def _name(value: str | None) -> str:
    return (value or "").strip().rpartition(":")[2]


def _flag(element: etree._Element, name: str, *, default: bool) -> bool:
    return element.get(name, str(default)).strip().lower() in ("true", "1")


def _said(root: etree._Element, process: etree._Element) -> Facts:
    """The facts of a process as its XML gives them."""
    ids = {e.get("id"): e for e in root.iter(etree.Element) if e.get("id")}
    facts: Facts = Counter()
    for element in process.iter(etree.Element):
        tag = etree.QName(element).localname
        if element.tag != f"{NS}{tag}":
            continue
        if tag in NODES:
            facts[_node_said(element, tag, ids)] += 1
            facts.update(("event", element.get("id"), *one) for one in _events(element, tag, ids))
        elif tag == "sequenceFlow":
            source = _name(element.get("sourceRef"))
            default = ids[source].get("default") if source in ids else None
            is_default = bool(element.get("id")) and _name(default) == element.get("id")
            condition = element.find(f"{NS}conditionExpression")
            text = (condition.text or "").strip() if condition is not None else ""
            facts["flow", source, _name(element.get("targetRef")), is_default, bool(text)] += 1
    return facts


def _node_said(
    element: etree._Element, tag: str, ids: dict[str | None, etree._Element]
) -> tuple[object, ...]:
    if tag == "callActivity":
        called = ids.get(_name(element.get("calledElement")))
        tag = GLOBAL.get(etree.QName(called).localname, tag) if called is not None else tag
    interrupting = _flag(element, "cancelActivity", default=True)
    interrupting &= _flag(element, "isInterrupting", default=True)
    parent = element.getparent()
    return (
        "node",
        element.get("id"),
        tag,
        parent.get("id") if parent is not None else None,
        _name(element.get("attachedToRef")),
        interrupting,
        _flag(element, "triggeredByEvent", default=False),
        _flag(element, "isForCompensation", default=False),
        _flag(element, "parallelMultiple", default=False),
        _flag(element, "instantiate", default=False),
        _loop_said(element),
    )


def _loop_said(element: etree._Element) -> str:
    multi = element.find(f"{NS}multiInstanceLoopCharacteristics")
    if multi is not None:
        return "sequential" if _flag(multi, "isSequential", default=False) else "parallel"
    return "loop" if element.find(f"{NS}standardLoopCharacteristics") is not None else ""


def _events(
    element: etree._Element, tag: str, ids: dict[str | None, etree._Element]
) -> Iterator[tuple[object, ...]]:
    """Kind, name of what is referred to, code and value of each event definition."""
    if tag in ("sendTask", "receiveTask"):
        message = ids.get(_name(element.get("messageRef")))
        if message is not None:
            yield "message", message.get("name") or message.get("id"), None, ""
        return
    for child in element:
        local = etree.QName(child).localname
        if local == "eventDefinitionRef":
            child = ids[_name(child.text)]
            local = etree.QName(child).localname
        if local.endswith("EventDefinition") and child.tag == f"{NS}{local}":
            kind = local.removesuffix("EventDefinition")
            yield _event(child, "compensation" if kind == "compensate" else kind, ids)


def _event(
    element: etree._Element, kind: str, ids: dict[str | None, etree._Element]
) -> tuple[object, ...]:
    found = ids.get(_name(element.get(f"{kind}Ref"))) if kind in TYPED else None
    name = (found.get("name") or found.get("id")) if found is not None else None
    name = element.get("name") if kind == "link" else name
    code = (found.get(f"{kind}Code") or None) if found is not None else None
    name = _name(element.get("activityRef")) or None if kind == "compensation" else name
    values = ("timeDate", "timeDuration", "timeCycle", "condition")
    said = [child for value in values for child in element.iterfind(f"{NS}{value}")]
    return kind, name, code, etree.QName(said[0]).localname if said else ""


def _compiled(process: Process) -> Facts:
    """The facts of the process that is executed."""
    facts: Facts = Counter()
    spec = compile_process(process).spec
    told = {element.node.id: element for element in spec.task_specs.values()}
    # Of a repeated node the outer element counts: the flows leave that one.
    told |= {id: spec.task_specs[id] for id in told if id in spec.task_specs}
    for node in process.nodes.values():
        element = told.get(node.id)
        if element is None:
            continue
        facts[_node_read(node)] += 1
        facts.update(("event", node.id, *_event_read(event)) for event in node.events)
        for flow in element.flows:
            if flow.id in process.flows:
                target = flow.target.node.id
                has_condition = flow.condition is not None
                facts["flow", node.id, target, flow.is_default, has_condition] += 1
    return facts


def _node_read(node: Node) -> tuple[object, ...]:
    loop = node.loop
    if isinstance(loop, MultiInstance):
        repeated = "sequential" if loop.sequential else "parallel"
    else:
        repeated = "loop" if loop is not None else ""
    return (
        "node",
        node.id,
        node.kind.value,
        node.scope,
        node.attached_to or "",
        node.interrupting,
        node.triggered_by_event,
        node.for_compensation,
        node.parallel_multiple,
        node.instantiate,
        repeated,
    )


def _event_read(event: EventDefinition) -> tuple[object, ...]:
    value = event.timer.value if event.timer else ""
    if event.kind == "conditional":
        value = "condition" if event.expression is not None else ""
    name = event.activity if event.kind == "compensation" else event.name
    return event.kind.value, name, event.code, value


def main(folder: str) -> int:
    """Compare every file under a folder. Returns 1 where one is misread."""
    counts: Counter[str] = Counter()
    for path in sorted(p for p in Path(folder).rglob("*") if _is_model(p)):
        found = differences(path.read_bytes())
        counts["refused" if found is None else "misread" if found else "equal"] += 1
        for line in found or ():
            print(f"{path}: {line}")
    print(", ".join(f"{counts[kind]} {kind}" for kind in ("equal", "misread", "refused")))
    return 1 if counts["misread"] else 0


def _is_model(path: Path) -> bool:
    return path.name.endswith((".bpmn", ".bpmn20.xml")) and path.is_file()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
