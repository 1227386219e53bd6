"""The matrix of a process: for every human task, who is R, A, C and I."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from opsflow.engine import Assignment, Expression, Gate, Node, Process, Responsibility


class Source(StrEnum):
    """What named the responsible roles of a task; the first that does, in this order."""

    MATRIX = "matrix"
    """The task's own row, or the defaults of the process."""
    ASSIGNMENT = "assignment"
    """Assignee and candidates in the attributes of another tool."""
    LANE = "lane"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The roles of one task, without repetitions, in the order written.

    ``users`` are the persons that the model itself names; those it works out from
    variables are known only when the task is there.
    """

    node_id: str
    label: str
    line: int = 0
    responsible: tuple[str, ...] = ()
    accountable: tuple[str, ...] = ()
    consulted: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()
    consult_required: bool = False
    consult_within: str | None = None
    users: tuple[str, ...] = ()
    voters: tuple[str, ...] = ()
    """Roles that may vote at a gate of the task, under whatever condition."""
    performer_may_vote: bool = False
    """Whether every gate of the task lets the performer vote."""
    has_procedure: bool = False
    """Whether the work follows a procedure, from which it can deviate."""
    source: Source = Source.NOTHING

    @property
    def roles(self) -> tuple[str, ...]:
        """Every role that has to do with the task."""
        return unique(
            self.responsible + self.accountable + self.consulted + self.informed + self.voters
        )


@dataclass(frozen=True, slots=True)
class Matrix:
    """The matrix of one release: a row per human task, and the pairs that exclude each other."""

    process_key: str
    rows: Mapping[str, Row]
    separation: tuple[frozenset[str], ...] = ()
    """Sets of task ids; one person may do only one of each set in an instance."""

    def row(self, node_id: str) -> Row:
        """The row of a task; an empty one for a node that no person does."""
        return self.rows.get(node_id) or Row(node_id=node_id, label=node_id)

    def separated_from(self, node_id: str) -> frozenset[str]:
        """The tasks that whoever does this one may not do in the same instance."""
        together = [tasks for tasks in self.separation if node_id in tasks]
        return frozenset().union(*together) - {node_id}

    def looks_back(self, node_id: str) -> bool:
        """Whether who did what before can decide who may do something with the task."""
        row = self.row(node_id)
        return bool(row.voters or row.has_procedure or self.separated_from(node_id))


def matrix_of(process: Process) -> Matrix:
    """Work out the matrix of a process, subprocesses included."""
    rows = {node.id: _row(node, process) for node in process.nodes.values() if node.is_human}
    pairs = tuple(frozenset(pair.tasks) for pair in process.controls.separation)
    return Matrix(process.id, rows, pairs)


def _row(node: Node, process: Process) -> Row:
    nothing = Responsibility()
    own = node.controls.responsibility or nothing
    defaults = process.controls.responsibility or nothing
    responsible, users, source = _responsible(node, own.responsible or defaults.responsible)
    gates = node.controls.gates
    # Whether and how long to wait belongs to whoever names the consulted.
    consulting = own if own.consulted else defaults
    return Row(
        node_id=node.id,
        label=node.label,
        line=node.line,
        responsible=unique(responsible),
        accountable=unique(own.accountable or defaults.accountable),
        consulted=unique(consulting.consulted),
        informed=unique(own.informed or defaults.informed),
        consult_required=own.consult_required or consulting.consult_required,
        consult_within=own.consult_within or consulting.consult_within,
        users=unique(users),
        voters=unique(role for gate in gates for role in _voters(gate)),
        performer_may_vote=bool(gates) and all(gate.performer_may_vote for gate in gates),
        has_procedure=bool(node.controls.procedure),
        source=source,
    )


def _responsible(
    node: Node, named: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...], Source]:
    """The responsible roles, the persons the model names, and what named the roles."""
    assignment = node.controls.assignment
    users = _literals(assignment.assignee, *assignment.candidate_users)
    if named:
        return named, users, Source.MATRIX
    if _assigns(assignment):
        return _literals(*assignment.candidate_groups), users, Source.ASSIGNMENT
    if node.lane:
        return (node.lane,), (), Source.LANE
    return (), (), Source.NOTHING


def _assigns(assignment: Assignment) -> bool:
    return bool(assignment.assignee or assignment.candidate_users or assignment.candidate_groups)


def _literals(*expressions: Expression | None) -> tuple[str, ...]:
    """The names in plain texts; one text may list several, separated by commas."""
    texts = [item.text for item in expressions if item is not None and item.literal]
    return tuple(name.strip() for text in texts for name in text.split(",") if name.strip())


def _voters(gate: Gate) -> tuple[str, ...]:
    above = tuple(role for tier in gate.tiers for role in tier.voters + tier.otherwise)
    return gate.voters + gate.veto + above


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """The names without repetitions, in their order."""
    return tuple(dict.fromkeys(names))
