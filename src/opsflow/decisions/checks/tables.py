"""Rules of a table that overlap or are never reached, and inputs that no rule is for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

from opsflow.decisions.audit import Audit
from opsflow.decisions.checks.budget import STEPS_PER_MODEL, STEPS_PER_TABLE, Budget, TooMuch
from opsflow.decisions.checks.columns import OTHER_TEXT, Column, is_plain, read_column
from opsflow.decisions.checks.coverage import Search, common
from opsflow.decisions.model import DecisionModel
from opsflow.decisions.nodes import Source
from opsflow.decisions.rules import ALLOWED_VALUE, GAP, NOT_CHECKED, OVERLAP, UNREACHABLE, Rule
from opsflow.decisions.table import OutputClause, Table, TableRule
from opsflow.feel import format_value
from opsflow.feel.embedding import Env, Node, compile_node, syntax
from opsflow.findings import Finding

_MOST_OVERLAPS = 20
_MOST_GAPS = 5


def check_tables(model: DecisionModel) -> Iterator[Finding]:
    """Findings about every table of a model, however deep it stands in an expression."""
    budget = Budget(STEPS_PER_MODEL)
    for element in (*model.decisions.values(), *model.knowledge.values()):
        if element.tree is not None:
            for table in _tables(element.tree):
                yield from _check(table, budget)


def _tables(tree: Node) -> Iterator[Table]:
    pending = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, Table):
            yield node
        pending.extend(reversed(list(syntax.children(node))))


def _check(table: Table, budget: Budget) -> Iterator[Finding]:
    yield from _values_not_allowed(table)
    try:
        yield from _covered(table, Budget(STEPS_PER_TABLE, budget))
    except TooMuch:
        message = "there are too many combinations of inputs to look at all"
        yield _finding(NOT_CHECKED, table, message)


def _covered(table: Table, budget: Budget) -> Iterator[Finding]:
    if not table.inputs or not table.rules:
        return
    columns = [
        read_column(clause, (rule.tests[index] for rule in table.rules), budget)
        for index, clause in enumerate(table.inputs)
    ]
    known = [column for column in columns if column is not None]
    if len(known) < len(columns):
        yield _finding(NOT_CHECKED, table, "a column holds values of different types")
        return
    yield from _Analysis(table, known, budget).findings()


def _finding(rule: Rule, table: Table, message: str, at: TableRule | None = None) -> Finding:
    return rule.finding(
        message,
        element=(at.id if at else "") or table.id,
        name=table.owner,
        line=at.line if at else table.line,
    )


@dataclass(slots=True)
class _Analysis:
    """A table whose columns are cut into cells."""

    table: Table
    columns: list[Column]
    budget: Budget

    def findings(self) -> Iterator[Finding]:
        boxes = [self._box(index) for index in range(len(self.table.rules))]
        known = [(index, box) for index, box in enumerate(boxes) if box is not None]
        yield from self._never(known)
        yield from self._overlaps(known)
        if len(known) == len(boxes):
            search = Search([box for _, box in known], self._sizes(), self.budget)
            yield from self._covered(known, search)
            yield from self._gaps(search)
        else:
            message = "not every test compares the input with constants"
            yield _finding(NOT_CHECKED, self.table, message)

    def _box(self, index: int) -> tuple[int, ...] | None:
        """The cells that a rule accepts in each column; None when a test of it is free."""
        accepted = [column.accepted[index] for column in self.columns]
        known = tuple(cells for cells in accepted if cells is not None)
        return known if len(known) == len(accepted) else None

    def _never(self, boxes: Sequence[tuple[int, tuple[int, ...]]]) -> Iterator[Finding]:
        for index, box in boxes:
            if not all(box):
                rule = self.table.rules[index]
                message = f"no allowed input matches rule {rule.number}"
                yield _finding(UNREACHABLE, self.table, message, rule)

    def _overlaps(self, boxes: Sequence[tuple[int, tuple[int, ...]]]) -> Iterator[Finding]:
        if self.table.policy.name not in ("UNIQUE", "ANY"):
            return
        yield from islice(self._pairs(boxes), _MOST_OVERLAPS)

    def _pairs(self, boxes: Sequence[tuple[int, tuple[int, ...]]]) -> Iterator[Finding]:
        for (first, mine), (second, yours) in combinations(boxes, 2):
            self.budget.spend()
            shared = common(mine, yours)
            one, other = self.table.rules[first], self.table.rules[second]
            if shared is None or (self.table.policy.name == "ANY" and _same_outputs(one, other)):
                continue
            message = (
                f"the rules {one.number} and {other.number} both match {self._shown(shared)}, "
                f"which {self.table.policy.name} does not allow"
            )
            yield _finding(OVERLAP, self.table, message, other)

    def _covered(
        self, boxes: Sequence[tuple[int, tuple[int, ...]]], search: Search
    ) -> Iterator[Finding]:
        if not self.table.policy.stops_at_first:
            return
        for index, box in boxes:
            if not all(box) or not index:
                continue
            if next(search.gaps(box, (1 << index) - 1), None) is None:
                rule = self.table.rules[index]
                message = f"earlier rules match whatever rule {rule.number} does"
                yield _finding(UNREACHABLE, self.table, message, rule)

    def _gaps(self, search: Search) -> Iterator[Finding]:
        policy = self.table.policy
        if policy.nothing() is not None or any(clause.default for clause in self.table.outputs):
            return
        named = [(1 << len(c.examples)) - 1 & ~c.rest or c.rest for c in self.columns]
        everything = [(1 << len(column.examples)) - 1 for column in self.columns]
        gaps = list(islice(search.gaps(named), _MOST_GAPS))
        for gap in gaps or islice(search.gaps(everything), 1):
            yield _finding(GAP, self.table, f"no rule matches {self._shown(gap)}")

    def _sizes(self) -> list[int]:
        return [len(column.examples) for column in self.columns]

    def _shown(self, cells: Sequence[int]) -> str:
        """An example input as text."""
        return ", ".join(
            f"{column.label} = {_literal(column.examples[cell])}"
            for column, cell in zip(self.columns, cells, strict=True)
        )


def _literal(value: object) -> str:
    if value == OTHER_TEXT:
        return "any other text"
    return f'"{value}"' if isinstance(value, str) else format_value(value)


def _same_outputs(one: TableRule, other: TableRule) -> bool:
    return [_bare(node) for node in one.outputs] == [_bare(node) for node in other.outputs]


def _bare(node: Node) -> Node:
    return node.value if isinstance(node, Source) else node


def _values_not_allowed(table: Table) -> Iterator[Finding]:
    for rule in table.rules:
        for clause, node in zip(table.outputs, rule.outputs, strict=True):
            if _is_refused(clause, _bare(node)):
                message = f"rule {rule.number} gives a value that {clause.name!r} does not allow"
                yield _finding(ALLOWED_VALUE, table, message, rule)


def _is_refused(clause: OutputClause, node: Node) -> bool:
    if clause.allowed is None or not all(map(is_plain, clause.allowed.tests)):
        return False
    if not isinstance(node, syntax.Literal) or node.value is None:
        return False
    run = Audit()
    return not clause.allowed(run, compile_node(node)(Env({}, None, run)))
