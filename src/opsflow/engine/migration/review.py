"""Plans: made out of two versions, and looked through before any instance is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from opsflow.engine.migration.compatibility import faults, finding, mapped_faults
from opsflow.engine.migration.pairing import Pair
from opsflow.engine.migration.plan import MigrationPlan, Timers
from opsflow.engine.model import ACTIVITIES, Node, NodeKind
from opsflow.engine.program import Program
from opsflow.findings import Finding, Severity

_JOINS = frozenset(
    {NodeKind.PARALLEL_GATEWAY, NodeKind.INCLUSIVE_GATEWAY, NodeKind.COMPLEX_GATEWAY}
)
_RESTS = ACTIVITIES | {NodeKind.CATCH_EVENT, NodeKind.EVENT_BASED_GATEWAY}


def generate(
    old: Program,
    new: Program,
    *,
    source: int,
    target: int,
    timers: Timers = Timers.KEEP,
    said: Mapping[str, Mapping[str, str]] | None = None,
) -> MigrationPlan:
    """The plan in which every node goes on as the one with its id, where it can.

    ``source`` and ``target`` are the numbers of the versions. ``said`` maps nodes with other
    ids, by process; what is attached to them or lies in them follows under its own id.
    """
    levels = _levels(old, new)
    wanted = said or {}
    plan = MigrationPlan(
        process=old.key,
        source=source,
        target=target,
        nodes={},
        called={key: {} for key, *_ in levels[1:]},
        timers=timers,
    )
    for key in wanted:
        plan = _with(plan, key, wanted[key])
    for key, before, after in levels:
        plan = _filled(plan, key, before, after, wanted.get(key, {}))
    return plan


def _filled(
    plan: MigrationPlan, key: str, old: Program, new: Program, said: Mapping[str, str]
) -> MigrationPlan:
    """The plan with every node of one process that can go on under its own id."""
    nodes = {name: name for name in old.process.nodes if name in new.process.nodes} | dict(said)
    while True:
        tried = _with(plan, key, nodes)
        unfit = {each.element for each in mapped_faults(Pair(tried, old, new))} - said.keys()
        if not unfit:
            return tried
        nodes = {name: to for name, to in nodes.items() if name not in unfit}


def _with(plan: MigrationPlan, key: str, nodes: Mapping[str, str]) -> MigrationPlan:
    if key == plan.process:
        return replace(plan, nodes=nodes)
    return replace(plan, called={**plan.called, key: nodes})


def _levels(old: Program, new: Program) -> list[tuple[str, Program, Program]]:
    """The process, and those that both versions call, at any depth, where releases differ."""
    found: dict[str, tuple[str, Program, Program]] = {old.key: (old.key, old, new)}
    todo = [(old, new)]
    for before, after in todo:  # grows while it is walked
        for key in before.calls:
            if key not in found and key in after.calls:
                pair = before.calls[key], after.calls[key]
                if pair[0].ref != pair[1].ref:
                    found[key] = (key, *pair)
                    todo.append(pair)
    return list(found.values())


def review(plan: MigrationPlan, old: Program, new: Program) -> list[Finding]:
    """What there is to say about a plan, whatever the instance; errors make it unusable."""
    found: list[Finding] = []
    levels = _levels(old, new)
    found += _strangers(plan, {key for key, *_ in levels})
    for key, before, after in levels:
        pair = Pair(plan, before, after)
        found += _unknown(plan.of(key), key, before, after)
        found += mapped_faults(pair)
        found += _left_out(pair)
        found += _added(pair)
    return found


def _strangers(plan: MigrationPlan, known: set[str]) -> Iterator[Finding]:
    for key in plan.called:
        if key not in known:
            yield Finding(
                severity=Severity.ERROR,
                rule="migration.unknown-process",
                element=key,
                message=f"the two versions call no different releases of {key!r}",
                hint="Take it out of the plan.",
            )


def _unknown(nodes: Mapping[str, str], key: str, old: Program, new: Program) -> Iterator[Finding]:
    for before, after in nodes.items():
        for name, program, which in ((before, old, "left"), (after, new, "aimed at")):
            if name not in program.process.nodes:
                yield Finding(
                    severity=Severity.ERROR,
                    rule="migration.unknown-node",
                    element=before,
                    message=f"there is no node {name!r} in the version of {key!r} that is {which}",
                    hint=f"Nodes are: {', '.join(list(program.process.nodes)[:20])}.",
                )


def _left_out(pair: Pair) -> Iterator[Finding]:
    """The nodes that go on as nothing."""
    for node in pair.old.process.nodes.values():
        if node.id in pair.nodes:
            continue
        if _listens(pair.old, node):
            yield finding(
                Severity.INFORMATION,
                "disarmed",
                node,
                "it goes on as nothing: it stops listening",
                "Map it to an event of the new version to keep its timer or message.",
            )
        elif node.kind in _RESTS or (node.kind in _JOINS and len(node.incoming) > 1):
            why = why_unmapped(pair, node)
            yield finding(
                Severity.WARNING,
                "unmapped",
                node,
                f"{why}: instances that are there cannot be migrated",
                "Map it to a node of the new version, or let these instances go on first.",
            )


def why_unmapped(pair: Pair, node: Node) -> str:
    """Why a node goes on as nothing."""
    twin = pair.new.process.nodes.get(node.id)
    if twin is None:
        return f"there is no {node.id!r} in the new version, and the plan maps it to nothing"
    unfit = faults(pair, node, twin)
    return unfit[0].message if unfit else "the plan maps it to nothing"


def _added(pair: Pair) -> Iterator[Finding]:
    """The events of the new version that begin to listen."""
    mapped = set(pair.nodes.values())
    for node in pair.new.process.nodes.values():
        if node.id not in mapped and _listens(pair.new, node):
            yield finding(
                Severity.INFORMATION,
                "armed",
                node,
                "it is new: it begins to listen where an instance is at its activity",
                "Map an event to it to go on with that one's timer or message.",
            )


def _listens(program: Program, node: Node) -> bool:
    """Whether it listens beside an activity or a scope."""
    spec = program.spec.task_specs[node.id]
    around = program.process.nodes.get(node.scope)
    in_event_sub = around is not None and around.triggered_by_event
    beside = node.kind is NodeKind.BOUNDARY_EVENT or (
        node.kind is NodeKind.START_EVENT and in_event_sub
    )
    return beside and bool(spec.definitions)
