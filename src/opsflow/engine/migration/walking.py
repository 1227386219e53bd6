"""The stored state of an instance, row by row, as the new version has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from opsflow.engine.codec import pack, unpack
from opsflow.engine.migration.compatibility import faults, finding, joins_otherwise
from opsflow.engine.migration.pairing import Pair
from opsflow.engine.migration.review import why_unmapped
from opsflow.engine.model import Node
from opsflow.engine.semantics.activities import Activity
from opsflow.engine.semantics.compensation import DONE, PENDING
from opsflow.engine.semantics.compilation import BODY
from opsflow.engine.semantics.element import Element
from opsflow.engine.semantics.process import AdHocSubProcess, CallActivity, EventSubProcess
from opsflow.engine.state import OUTSIDE
from opsflow.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class Place:
    """A live task in both versions. ``level`` is of its own node, ``inner`` of what is inside."""

    old: Element
    new: Element
    level: Pair
    inner: Pair
    listener: bool


class _Unmapped(Exception):
    """Something that the instance remembers goes on as nothing."""

    def __init__(self, found: Finding) -> None:
        self.found = found
        super().__init__(found.message)


@dataclass(slots=True)
class Walk:
    """Brings the rows of one state over; what hinders it is among the ``findings``."""

    findings: list[Finding] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    """By the id of the task; tasks keep their ids."""
    dropped: set[str] = field(default_factory=set)
    """Listeners that go on as nothing."""
    alone: dict[tuple[str, str], str] = field(default_factory=dict)
    """Of what there is one of in a scope: the old name, by scope and new name."""

    def state(self, pair: Pair, state: Mapping[str, Any]) -> dict[str, Any]:
        """The whole state."""
        rows = [row for old in state["tasks"] if (row := self._row(pair, old)) is not None]
        kept = {row["id"] for row in rows}
        lines = {
            line: [name for name in state[line] if name in kept] for line in ("urgent", "queue")
        }
        return {**state, **lines, "tasks": rows}

    def _row(self, pair: Pair, row: Mapping[str, Any]) -> dict[str, Any] | None:
        try:
            place = self._found(pair, row)
        except _Unmapped as unmapped:
            if "ear" in row:
                self.dropped.add(row["id"])
            self.findings.append(unmapped.found)
            return None
        if place is None:
            return None
        self.places[row["id"]] = place
        try:
            self._require_alone(place, row)
            moved = self._remapped(place, row)
        except _Unmapped as unmapped:
            self.findings.append(unmapped.found)
            return None
        return {**moved, "at": place.new.name} if "at" in row else moved

    def _found(self, pair: Pair, row: Mapping[str, Any]) -> Place | None:
        """Where a task goes on; None for what is inside of something that goes on as nothing."""
        if "in" not in row:
            return Place(pair.old.spec.start, pair.new.spec.start, pair, pair, listener=False)
        if row["in"] in self.dropped:
            self.dropped.add(row["id"])
        scope = self.places.get(row["in"])
        if scope is None:
            return None
        return self._place(scope.level if row.get("ear") == OUTSIDE else scope.inner, row)

    def _place(self, level: Pair, row: Mapping[str, Any]) -> Place:
        old = level.old.spec.task_specs[row["at"]]
        listener = "ear" in row
        new = level.spec(old.name)
        if new is None:
            raise _Unmapped(_removed(level, old.node, listens=listener))
        self._require_fit(level, old.node, new.node)
        inner = level
        if isinstance(old, CallActivity):
            called = level.inside(old.node.id)
            if called is None:
                raise _Unmapped(_no_call(old.node))
            inner = called
        return Place(old, new, level, inner, listener)

    def _require_alone(self, place: Place, row: Mapping[str, Any]) -> None:
        """Of a listener, or of tokens that wait together, there is one in a scope."""
        if place.listener or row["is"] == "w":
            taken = self.alone.setdefault((row["in"], place.new.name), place.old.name)
            if taken != place.old.name:
                raise _Unmapped(_merged(place, taken))

    def _require_fit(self, level: Pair, old: Node, new: Node) -> None:
        unfit = faults(level, old, new)
        if unfit:
            raise _Unmapped(unfit[0])

    def _remapped(self, place: Place, row: Mapping[str, Any]) -> dict[str, Any]:
        """The row with what its spec remembers, where that names nodes or flows."""
        if "mem" not in row:
            return dict(row)
        memory = unpack(row["mem"])
        remembered = dict(memory)
        self._arrivals(place, remembered)
        self._names(place, remembered)
        for kept in (DONE, PENDING):
            if kept in remembered:
                remembered[kept] = self._records(place.inner, remembered[kept])
        return dict(row) if remembered == memory else {**row, "mem": pack(remembered)}

    def _arrivals(self, place: Place, memory: dict[str, Any]) -> None:
        """The tokens that wait at a join, by the flows that they came along."""
        arrived = memory.get("arrived")
        if arrived is None:
            return
        if isinstance(arrived, int):
            if place.old.node.start_quantity != place.new.node.start_quantity:
                raise _Unmapped(_other_join(place, "it starts with another number of tokens"))
            return
        if joins_otherwise(place.level, place.old):
            raise _Unmapped(_other_join(place, "the flows into it are others"))
        flows = place.level.flows_of(place.old.name) or {}
        memory["arrived"] = {flows[flow]: count for flow, count in arrived.items()}
        if "taken" in memory:
            memory["taken"] = [flows[flow] for flow in memory["taken"]]

    def _names(self, place: Place, memory: dict[str, Any]) -> None:
        """The nodes that a container remembers."""
        if isinstance(place.old, EventSubProcess):
            memory["start"] = self._renamed(place.level, memory["start"])
        if isinstance(place.old, AdHocSubProcess) and memory.get("rest"):
            memory["rest"] = [self._renamed(place.level, name) for name in memory["rest"]]

    def _renamed(self, level: Pair, name: str) -> str:
        old = level.old.spec.task_specs[name]
        new = level.spec(name)
        if new is None:
            raise _Unmapped(_removed(level, old.node, listens=False))
        self._require_fit(level, old.node, new.node)
        return str(new.name)

    def _records(self, level: Pair, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """What was done and can be undone."""
        return [self._record(level, record) for record in records]

    def _record(self, level: Pair, record: dict[str, Any]) -> dict[str, Any]:
        old = level.old.spec.task_specs[record["activity"]]
        new = level.spec(old.name)
        if not isinstance(old, Activity) or not isinstance(new, Activity) or _undone(old, new):
            raise _Unmapped(_not_undone(old.node))
        self._require_fit(level, old.node, new.node)
        moved = {**record, "activity": new.name}
        if record.get("inside"):
            inner = level.inside(old.node.id) if isinstance(old, CallActivity) else level
            if inner is None:
                raise _Unmapped(_no_call(old.node))
            moved["inside"] = self._records(inner, record["inside"])
        return moved


def _undone(old: Activity, new: Activity) -> bool:
    """Whether two activities are not undone in the same way."""
    ways = [
        (each.compensation is None, each.compensated_by is None, each.name.endswith(BODY))
        for each in (old, new)
    ]
    return ways[0] != ways[1]


def _removed(pair: Pair, node: Node, *, listens: bool) -> Finding:
    if listens:
        return finding(
            Severity.INFORMATION,
            "disarmed",
            node,
            "it stops listening",
            "Map it to an event of the new version to keep its timer or message.",
        )
    return finding(
        Severity.ERROR,
        "removed",
        node,
        f"the instance is there, and {why_unmapped(pair, node)}",
        "Map it to a node of the new version, or let the instance go on first.",
    )


def _no_call(node: Node) -> Finding:
    return finding(
        Severity.ERROR,
        "call",
        node,
        f"the instance is inside it, and a release of {node.called!r} is not there",
        "Deploy the called process again, or let the call end first.",
    )


def _other_join(place: Place, why: str) -> Finding:
    return finding(
        Severity.ERROR,
        "join",
        place.old.node,
        f"tokens wait there for others, and {why} in {place.new.node.id!r}",
        "Let the other tokens come first, or keep the flows into it, by id or by source.",
    )


def _merged(place: Place, other: str) -> Finding:
    return finding(
        Severity.ERROR,
        "merge",
        place.old.node,
        f"it and {other!r} go on as {place.new.node.id!r}, and both are there",
        "Map one of them to another node, or take it out of the plan.",
    )


def _not_undone(node: Node) -> Finding:
    return finding(
        Severity.ERROR,
        "compensation",
        node,
        "it is done and may have to be undone, and the new version cannot undo it in that way",
        "Map it to an activity that is compensated in the same way.",
    )
