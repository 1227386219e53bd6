"""Processes as values, for tests of the matrix and the rules."""

from __future__ import annotations

from dataclasses import replace

from opsflow.engine import (
    Node,
    NodeKind,
    Process,
    ProcessControls,
    Responsibility,
    SeparationOfDuties,
    TaskControls,
)


def node(
    id: str,
    *,
    kind: NodeKind = NodeKind.USER_TASK,
    lane: str | None = None,
    controls: TaskControls | None = None,
    responsible: str = "",
    accountable: str = "",
    consulted: str = "",
    informed: str = "",
    consult_required: bool = False,
    consult_within: str | None = None,
) -> Node:
    """A task; roles are written with blanks between them."""
    roles = Responsibility(
        responsible=tuple(responsible.split()),
        accountable=tuple(accountable.split()),
        consulted=tuple(consulted.split()),
        informed=tuple(informed.split()),
        consult_required=consult_required,
        consult_within=consult_within,
    )
    if roles != Responsibility():
        controls = replace(controls or TaskControls(), responsibility=roles)
    return Node(
        id=id,
        kind=kind,
        name=id.title(),
        scope="buying",
        line=7,
        lane=lane,
        controls=controls or TaskControls(),
    )


def process(
    *nodes: Node,
    defaults: Responsibility | None = None,
    separation: tuple[tuple[str, ...], ...] = (),
) -> Process:
    """A process of these nodes, with defaults and pairs that exclude each other."""
    return Process(
        id="buying",
        name="Buying",
        line=2,
        executable=True,
        nodes={item.id: item for item in nodes},
        flows={},
        controls=ProcessControls(
            responsibility=defaults,
            separation=tuple(SeparationOfDuties(tasks, line=3) for tasks in separation),
        ),
    )
