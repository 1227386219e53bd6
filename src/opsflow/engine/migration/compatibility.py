"""May a node go on as another? What both of them have to have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from opsflow.engine.changes import Waiting
from opsflow.engine.migration.pairing import Pair
from opsflow.engine.model import MultiInstance, Node
from opsflow.engine.semantics.activities import Work
from opsflow.engine.semantics.element import Element
from opsflow.engine.semantics.gateways import JoiningGateway
from opsflow.engine.semantics.loops import Loop
from opsflow.findings import Finding, Severity


def finding(
    severity: Severity, rule: str, node: Node, message: str, hint: str, *, name: str | None = None
) -> Finding:
    """A remark about a node of the version that is left."""
    return Finding(
        severity=severity,
        rule=f"migration.{rule}",
        element=node.id,
        name=name or node.name,
        message=message,
        hint=hint,
        line=node.line,
    )


def faults(pair: Pair, old: Node, new: Node) -> list[Finding]:
    """Why a node cannot go on as another; empty where it can."""
    before, after = pair.old.spec.task_specs[old.id], pair.new.spec.task_specs[new.id]
    if old.id == new.id and pair.old.ref == pair.new.ref:
        return []
    if _sort(before) != _sort(after):
        return [
            finding(
                Severity.ERROR,
                "kind",
                old,
                f"{_told(before)} cannot go on as {new.id!r}, {_told(after)}",
                "Map it to a node of the same kind, or let it end first.",
            )
        ]
    return [
        finding(Severity.ERROR, rule, old, f"{message} in {new.id!r}", hint)
        for rule, differs, message, hint in _RULES
        if differs(pair, old, new)
    ]


def _sort(spec: Element) -> tuple[object, ...]:
    """What has to be the same of two specs whatever else."""
    body = spec.body if isinstance(spec, Loop) else spec
    waits = body.waits_for if isinstance(body, Work) else None
    decides = body.node.controls.decision is not None
    return type(spec), type(body), waits, waits is Waiting.SERVICE and decides


def _told(spec: Element) -> str:
    node = spec.node
    loop = {None: "", True: ", repeated"}[isinstance(spec, Loop) or None]
    body = spec.body if isinstance(spec, Loop) else spec
    done = ""
    if isinstance(body, Work):
        by_service = "by a decision" if node.controls.decision else "by a handler"
        done = " that is done " + ("by people" if node.is_human else by_service)
    event = "event " if node.triggered_by_event else ""
    return f"a {event}{node.kind}{done}{loop}"


def _moved(pair: Pair, old: Node, new: Node) -> bool:
    return pair.scope(old.scope) != new.scope


def _attached_elsewhere(pair: Pair, old: Node, new: Node) -> bool:
    if old.attached_to is None or new.attached_to is None:
        return old.attached_to != new.attached_to
    return pair.nodes.get(old.attached_to) != new.attached_to


def _hears_otherwise(pair: Pair, old: Node, new: Node) -> bool:  # noqa: ARG001
    kinds = [tuple(event.kind for event in node.events) for node in (old, new)]
    several = len(kinds[0]) > 1 and old.parallel_multiple != new.parallel_multiple
    return kinds[0] != kinds[1] or several


def _repeats_otherwise(pair: Pair, old: Node, new: Node) -> bool:  # noqa: ARG001
    if not isinstance(old.loop, MultiInstance) or not isinstance(new.loop, MultiInstance):
        return type(old.loop) is not type(new.loop)
    before, after = old.loop, new.loop
    return (
        before.sequential != after.sequential
        or before.element != after.element
        or (before.output_collection is None) != (after.output_collection is None)
        or (before.collection is None) != (after.collection is None)
    )


def _calls_another(pair: Pair, old: Node, new: Node) -> bool:  # noqa: ARG001
    return old.called != new.called


_RULES: tuple[tuple[str, Callable[[Pair, Node, Node], bool], str, str], ...] = (
    (
        "scope",
        _moved,
        "it lies in another subprocess",
        "A node stays in its process or subprocess: map the subprocess to the one around it.",
    ),
    (
        "attachment",
        _attached_elsewhere,
        "it is attached to another activity",
        "Map the activity that it is attached to as well, or take the event out of the plan.",
    ),
    (
        "event",
        _hears_otherwise,
        "it has other events",
        "Map it to a node with the same kinds of events in the same order, or take it out of "
        "the plan: a boundary event stops listening then, and a new one begins to.",
    ),
    (
        "loop",
        _repeats_otherwise,
        "its multi-instance is another one (parallel or sequential, the item, the collections)",
        "Keep these as they are while instances are inside, or let them end first.",
    ),
    (
        "call",
        _calls_another,
        "it calls another process",
        "A call goes on only as a call of the same process: let the called one end first.",
    ),
)


def joins_otherwise(pair: Pair, spec: Element) -> bool:
    """Whether tokens that wait at a join would not know which of its flows they came by."""
    return isinstance(spec, JoiningGateway) and pair.flows_of(spec.name) is None


def mapped_faults(pair: Pair) -> Iterator[Finding]:
    """The faults of every entry of the plan for this pair, nodes that are not there first."""
    known, target = pair.old.process.nodes, pair.new.process.nodes
    for old, new in pair.nodes.items():
        if old in known and new in target:
            yield from faults(pair, known[old], target[new])
