"""Decision tables (DMN 1.5 §8.3)."""

from __future__ import annotations

from opsflow.decisions.parsing.texts import Site
from opsflow.decisions.policies import POLICIES
from opsflow.decisions.reading import Element
from opsflow.decisions.rules import POLICY, PRIORITIES, SHAPE
from opsflow.decisions.table import InputClause, OutputClause, Table, TableRule
from opsflow.decisions.types import Allowed
from opsflow.feel.embedding import Node, TypeOf, syntax

_NULL = syntax.Literal(None)


def read_table(element: Element, site: Site) -> Node:
    """A decision table as a part of an expression."""
    name = element.get("hitPolicy", "UNIQUE").upper()
    policy = POLICIES.get((name, element.get("aggregation").upper() if name == "COLLECT" else ""))
    if policy is None:
        return site.broken(POLICY, f"there is no hit policy {name}", element.line)
    inputs = tuple(_input(clause, site) for clause in element.all("input"))
    columns = list(element.all("output"))
    outputs = tuple(_output(clause, element, site, alone=len(columns) == 1) for clause in columns)
    rules = [_rule(number, rule, site) for number, rule in enumerate(element.all("rule"), start=1)]
    for rule in rules:
        if len(rule.tests) != len(inputs) or len(rule.outputs) != len(outputs):
            return site.broken(SHAPE, f"the rule {rule.number} does not fit the columns", rule.line)
    if not outputs:
        return site.broken(SHAPE, "the table has no output", element.line)
    if policy.ranks and all(clause.ranking is None for clause in outputs):
        site.broken(PRIORITIES, f"{name} has no order of output values", element.line)
    return Table(site.owner, element.id, policy, inputs, outputs, tuple(rules), element.line)


def _input(clause: Element, site: Site) -> InputClause:
    site = site.at(clause)
    holder = clause.first("inputExpression")
    expression = None if holder is None else site.expression(holder)
    label = clause.get("label") or ("" if holder is None else holder.text_of("text"))
    wanted = None if holder is None else site.type_of(holder)
    allowed = site.allowed(clause.first("inputValues"))
    return InputClause(expression or _NULL, label, wanted, allowed)


def _output(clause: Element, table: Element, site: Site, *, alone: bool) -> OutputClause:
    site = site.at(clause)
    wanted = site.type_of(clause)
    whole = site.type_of(table)
    if wanted is None and whole is not None:
        wanted = _member(whole, clause.name, alone=alone)
    allowed = site.allowed(clause.first("outputValues"))
    holder = clause.first("defaultOutputEntry")
    default = None if holder is None else site.expression(holder)
    # Values have their order from the column, or else from the type (DMN 1.5 §8.2.10).
    ranking = allowed or _listed(wanted)
    return OutputClause(clause.name, wanted, default, allowed, ranking)


def _member(whole: TypeOf, name: str, *, alone: bool) -> TypeOf | None:
    if whole.name == "list" and whole.members:
        whole = whole.members[0]
    if whole.name == "context":
        return dict(zip(whole.keys, whole.members, strict=True)).get(name)
    return whole if alone and whole.name != "list" else None


def _listed(wanted: TypeOf | None) -> Allowed | None:
    constraint = None if wanted is None else wanted.constraint
    return constraint if isinstance(constraint, Allowed) else None


def _rule(number: int, rule: Element, site: Site) -> TableRule:
    tests = tuple(site.at(entry).tests(entry) for entry in rule.all("inputEntry"))
    outputs = tuple(site.at(entry).expression(entry) or _NULL for entry in rule.all("outputEntry"))
    return TableRule(number, rule.id, tests, outputs, rule.line)
