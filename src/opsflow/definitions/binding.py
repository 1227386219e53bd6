"""What a process refers to outside itself: called processes and decisions, bound when deployed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from opsflow.db import Unit
from opsflow.definitions import store
from opsflow.definitions.drafts import Draft
from opsflow.engine import Node, NodeKind, Process
from opsflow.findings import Finding, Severity


def called_processes(process: Process) -> Iterator[tuple[str, Node]]:
    """The keys that its call activities name, with the node."""
    for node in process.nodes.values():
        if node.kind is NodeKind.CALL_ACTIVITY and node.called:
            yield node.called, node


def asked_decisions(process: Process) -> Iterator[tuple[str, Node]]:
    """The keys of the decisions that business rule tasks and gates name, with the node."""
    for node in process.nodes.values():
        asked = node.controls.decision
        keys = [] if asked is None else [asked.key]
        keys += [tier.decision for tier in node.controls.tiers if tier.decision]
        for key in dict.fromkeys(keys):
            yield key, node


def bind_processes(unit: Unit, process: Process, here: Mapping[str, str]) -> dict[str, str]:
    """The release that each called key means from now on: of this deployment or published."""
    bound: dict[str, str] = {}
    for key, _node in called_processes(process):
        known = None if key in here else store.published_release(unit.session, key)
        bound[key] = known.id if known else here[key]
    return bound


def bind_decisions(unit: Unit, process: Process, here: Mapping[str, str]) -> dict[str, str]:
    """The same for decisions."""
    bound: dict[str, str] = {}
    for key, _node in asked_decisions(process):
        known = None if key in here else store.decision_of_version(unit.session, key, None)
        bound[key] = known.id if known else here[key]
    return bound


@dataclass(frozen=True, slots=True)
class _Reference:
    """One kind of reference: what names it, whether it is stored, and how a gap is told."""

    named: Callable[[Process], Iterator[tuple[str, Node]]]
    is_stored: Callable[[Unit, str], bool]
    rule: str
    message: str
    hint: str


_PROCESSES = _Reference(
    called_processes,
    lambda unit, key: store.published_release(unit.session, key) is not None,
    "opsflow.call.unknown-process",
    "it calls the process {!r}, of which nothing is published",
    "Publish the called process first, or put both into one package.",
)
_DECISIONS = _Reference(
    asked_decisions,
    lambda unit, key: store.decision_of_version(unit.session, key, None) is not None,
    "opsflow.call.unknown-decision",
    "it asks the decision {!r}, of which nothing is published",
    "Publish the .dmn file first, or put both into one package.",
)


def unknown_references(unit: Unit, drafts: Sequence[Draft], decisions: Set[str]) -> list[Finding]:
    """What the drafts name that neither they nor the database hold."""
    processes = {drafted.process.id for drafted in drafts}
    return [
        Finding(
            severity=Severity.ERROR,
            rule=reference.rule,
            message=reference.message.format(key),
            hint=reference.hint,
            element=node.id,
            name=node.name,
            line=node.line,
        )
        for reference, here in ((_PROCESSES, processes), (_DECISIONS, decisions))
        for drafted in drafts
        for key, node in reference.named(drafted.process)
        if key not in here and not reference.is_stored(unit, key)
    ]
