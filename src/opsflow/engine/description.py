"""What a diagram shows, executable or not: frozen data for viewing, and nothing to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from opsflow.engine.model import NodeKind
from opsflow.findings import Finding

_NODES = frozenset(kind.value for kind in NodeKind)


@dataclass(frozen=True, slots=True)
class Item:
    """An element that is shown: a pool, node, flow, piece of data or artifact.

    ``kind`` is its element name. ``parent`` is the id of the process, subprocess or
    collaboration that contains it; of a boundary event the activity is ``attached_to``.
    """

    id: str
    kind: str
    name: str | None = None
    parent: str | None = None
    source: str | None = None
    """Of a sequence flow, message flow, association or conversation link."""
    target: str | None = None
    attached_to: str | None = None
    events: tuple[str, ...] = ()
    """Element names of an event's definitions, such as ``timerEventDefinition``."""
    text: str | None = None
    """Of a text annotation."""
    documentation: str | None = None
    refers_to: str | None = None
    """The process of a pool, the data object of a reference, what a call activity calls."""
    line: int = 0


@dataclass(frozen=True, slots=True)
class DrawnLane:
    """A lane: the ids of its nodes, and the lane around it."""

    id: str
    name: str | None
    process: str | None
    nodes: tuple[str, ...]
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """A rectangle of the drawing, in its own units; y grows downwards."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Shape:
    """Where an element is drawn. ``horizontal`` is of pools and lanes."""

    element: str
    bounds: Bounds
    label: Bounds | None = None
    horizontal: bool | None = None
    expanded: bool | None = None
    marker: bool | None = None
    """Whether an exclusive gateway shows its X."""


@dataclass(frozen=True, slots=True)
class Edge:
    """How a flow is drawn: its corners from the source to the target."""

    element: str
    waypoints: tuple[tuple[float, float], ...]
    label: Bounds | None = None


@dataclass(frozen=True, slots=True)
class Diagram:
    """One drawing of a file."""

    id: str
    name: str | None
    plane: str | None
    """Id of the process, subprocess or collaboration that is drawn."""
    shapes: tuple[Shape, ...] = ()
    edges: tuple[Edge, ...] = ()


@dataclass(frozen=True)
class Description:
    """A whole file for viewing. ``items`` are by id, in the order of the file."""

    name: str | None
    items: Mapping[str, Item]
    lanes: tuple[DrawnLane, ...] = ()
    diagrams: tuple[Diagram, ...] = ()
    findings: tuple[Finding, ...] = ()
    """What was remarked while reading; none of it is an error."""

    @property
    def nodes(self) -> tuple[Item, ...]:
        """The flow nodes, in the order of the file."""
        return tuple(item for item in self.items.values() if item.kind in _NODES)

    @property
    def flows(self) -> tuple[Item, ...]:
        """Everything that connects two elements."""
        return tuple(item for item in self.items.values() if item.source or item.target)

    @property
    def texts(self) -> tuple[Item, ...]:
        """The text annotations."""
        return tuple(item for item in self.items.values() if item.kind == "textAnnotation")
