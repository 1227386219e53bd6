"""What a decision can give, as far as it can be seen without evaluating it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product

from opsflow.decisions.choices import BoxedIf
from opsflow.decisions.elements import Decision, InputData
from opsflow.decisions.model import DecisionModel
from opsflow.decisions.nodes import Block, Source, Typed
from opsflow.decisions.table import OutputClause, Table, TableRule
from opsflow.decisions.types import Allowed
from opsflow.feel.embedding import Node, name_of, syntax

MOST = 1_000
"""Values beyond which nothing is said: they would be too many to look at."""
_GATHERED = "COLLECT "
"""How a hit policy begins that makes one value of the outputs of several rules."""
_LISTING = frozenset({"RULE ORDER", "OUTPUT ORDER", "COLLECT"})
"""Hit policies that give a list with the output of each rule; each is seen as a list of one."""


@dataclass(frozen=True, slots=True)
class PossibleValue:
    """A value that a decision may give, and where it is written; a table gives one a rule."""

    value: object
    place: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Outlook:
    """The values that can be seen; `complete` where there are no others.

    The null that a table gives where no rule matches is not among them, and neither is the null
    that takes the place of a value of a wrong type.
    """

    values: tuple[PossibleValue, ...] = ()
    complete: bool = False


def outlook(model: DecisionModel, decision: str) -> Outlook:
    """What a decision of a model, by its id, can give."""
    element = model.elements.find((model.namespace, decision))
    if not isinstance(element, Decision) or element.tree is None:
        return Outlook()
    tree = _unwrapped(element.tree)
    return _of_table(tree) if isinstance(tree, Table) else _plain(tree)


def input_types(model: DecisionModel, decision: str) -> Mapping[str, str | None]:
    """The inputs that a decision reads, with their types as FEEL calls them; None for any."""
    declared = {
        item.name: name_of(item.type)
        for item in model.elements.by_key.values()
        if isinstance(item, InputData)
    }
    key = model.elements.find((model.namespace, decision))
    names = model.required_inputs(key.name if key is not None else decision)
    return {name: declared.get(name) for name in names}


def _unwrapped(node: Node) -> Node:
    while isinstance(node, Typed | Source):
        node = node.value
    return node


def _plain(tree: Node) -> Outlook:
    options = _options(tree)
    if options is None:
        return Outlook()
    return Outlook(tuple(PossibleValue(value) for value in options), complete=True)


def _of_table(table: Table) -> Outlook:
    if table.policy.name.startswith(_GATHERED):
        return Outlook()
    found: list[PossibleValue] = []
    complete = True
    for row in _rows(table):
        complete = complete and row is not None
        found += row or ()
        if len(found) > MOST:
            return Outlook()
    return Outlook(tuple(found), complete)


def _rows(table: Table) -> Iterator[list[PossibleValue] | None]:
    """What each rule gives, and what is given where none matches."""
    for rule in table.rules:
        yield _of_rule(table, rule)
    if any(clause.default is not None for clause in table.outputs):
        defaults = [clause.default or syntax.Literal(None) for clause in table.outputs]
        yield _row(table, defaults, PossibleValue(None, "the default output", table.line))


def _of_rule(table: Table, rule: TableRule) -> list[PossibleValue] | None:
    place = f"rule {rule.number}" + (f" ({rule.id})" if rule.id else "")
    return _row(table, rule.outputs, PossibleValue(None, place, rule.line or table.line))


def _row(table: Table, outputs: Sequence[Node], at: PossibleValue) -> list[PossibleValue] | None:
    """The values of one row; None where some of them cannot be seen."""
    cells = [_cell(clause, node) for clause, node in zip(table.outputs, outputs, strict=True)]
    rows = _combined(cells)
    if rows is None:
        return None
    names = [clause.name for clause in table.outputs]
    values: list[object] = [
        row[0] if len(names) == 1 else dict(zip(names, row, strict=True)) for row in rows
    ]
    if table.policy.name in _LISTING:
        values = [[value] for value in values]
    return [replace(at, value=value) for value in values]


def _cell(clause: OutputClause, node: Node) -> list[object] | None:
    """What an entry gives; of one that is worked out, the values that its column allows."""
    options = _options(node)
    return options if options is not None or clause.allowed is None else _listed(clause.allowed)


def _listed(allowed: Allowed) -> list[object] | None:
    """The texts that a column lists as its values."""
    found: list[object] = []
    for test in allowed.tests:
        inner = test.tests if isinstance(test, syntax.UnaryTests) and not test.negated else ()
        if len(inner) != 1 or not isinstance(inner[0], syntax.Literal):
            return None
        found.append(inner[0].value)
    return found


def _options(node: Node) -> list[object] | None:
    """The values of a node that is made of literals; None for any other."""
    node = _unwrapped(node)
    match node:
        case syntax.Literal(value):
            return [value]
        case syntax.ListOf(items):
            rows = _combined([_options(item) for item in items])
            return None if rows is None else [list(row) for row in rows]
        case syntax.ContextOf(entries) | Block(entries, None):
            rows = _combined([_options(value) for _, value in entries])
            names = [name for name, _ in entries]
            return None if rows is None else [dict(zip(names, r, strict=True)) for r in rows]
        case syntax.If(_, then, otherwise) | BoxedIf(_, then, otherwise):
            both = [_options(then), _options(otherwise)]
            return None if None in both else [value for each in both for value in each or ()]
    return None


def _combined(options: Sequence[list[object] | None]) -> list[tuple[object, ...]] | None:
    """Every way to take one of each; None where one is unknown or there are too many ways."""
    known = [each for each in options if each is not None]
    if len(known) < len(options):
        return None
    ways: Iterator[tuple[object, ...]] = product(*known)
    found = list(islice(ways, MOST + 1))
    return None if len(found) > MOST else found
