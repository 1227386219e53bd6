"""What a gate of a task decides about: gathered once, then asked for its hash."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from opsflow.approvals.asking import Answer
from opsflow.approvals.content import content_hash
from opsflow.approvals.seating import Asked, asked_by
from opsflow.engine import Gate, Node, Process
from opsflow.sop import StepStatus
from opsflow.tasks import Attachment

COUNTERS = frozenset(
    {"nrOfInstances", "nrOfActiveInstances", "nrOfCompletedInstances", "nrOfTerminatedInstances"}
)
"""What a multi-instance activity counts by itself; it says nothing about the work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """The data, evidence and procedure version that a vote is about.

    ``data`` is what was submitted, empty at an entry gate. ``variables`` are all that the
    task sees; which of them belong to the matter is fixed when a gate opens, so that a
    parallel branch that adds a variable of its own voids nothing.
    """

    release_hash: str
    data: Mapping[str, object]
    variables: Mapping[str, object]
    procedure: Sequence[StepStatus]
    attachments: Sequence[Attachment]
    own: frozenset[str]
    """Variables that the process keeps for itself around the task."""
    mapped: tuple[str, ...]
    """Targets of the task's input mappings: what its author says it works on."""
    now: datetime
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """What the decisions say that its gates name, by key."""

    def shown(self) -> list[str]:
        """Names of the variables that belong to it: the mapped inputs, else all there are."""
        names = self.mapped or tuple(self.variables)
        return sorted(set(names) - self.own)

    def tiers(self, gate: Gate) -> tuple[Asked, ...]:
        """Whom the tiers ask, submitted data before variables."""
        return asked_by(gate, {**self.variables, **self.data}, self.now, self.answers)

    def hash(self, gate: Gate, shown: Sequence[str]) -> str:
        """The content hash of what this gate decides about."""
        return content_hash(
            {
                "release": self.release_hash,
                "data": self.data,
                "variables": {n: self.variables[n] for n in shown if n in self.variables},
                "procedure": {status.step.id: _recorded(status) for status in self.procedure},
                "attachments": sorted([each.name, each.sha256] for each in self.attachments),
                "tiers": [tier.text for tier in self.tiers(gate)],
            }
        )


def own_variables(node: Node, process: Process) -> frozenset[str]:
    """The counters of multi-instances, and the collections they gather results in."""
    gathered = {
        str(name)
        for each in _enclosing(node, process)
        if (name := getattr(each.loop, "output_collection", None)) is not None
    }
    return COUNTERS | gathered


def _enclosing(node: Node, process: Process) -> Iterator[Node]:
    """The node, and the subprocesses around it from the inside out."""
    yield node
    while node.scope in process.nodes:
        node = process.nodes[node.scope]
        yield node


def _recorded(status: StepStatus) -> object:
    """What is recorded for a step, without who and when: saved again, it is the same."""
    record = status.record
    if record is None:
        return None
    return {
        "state": record.state,
        "value": record.value if record.number is None else record.number,
        "note": record.note,
        "evidence": sorted(item.sha256 for item in status.evidence),
    }
