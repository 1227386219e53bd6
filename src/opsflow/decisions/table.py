"""A decision table as a part of an expression (DMN 1.5 chapter 8, and §10.3.2.10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from opsflow.decisions.audit import MatchedRules, audit_of
from opsflow.decisions.nodes import coerced
from opsflow.decisions.policies import Hit, Outcome, Policy
from opsflow.decisions.types import Allowed
from opsflow.feel import kind
from opsflow.feel.embedding import Code, Env, Extension, Infer, Node, TypeOf, Types


@dataclass(frozen=True, slots=True)
class InputClause(Node):
    """A column that is tested."""

    expression: Node
    label: str
    type: TypeOf | None
    allowed: Allowed | None = field(compare=False)


@dataclass(frozen=True, slots=True)
class OutputClause(Node):
    """A column that gives a value. Values are ranked by the order of the allowed ones."""

    name: str
    type: TypeOf | None
    default: Node | None
    allowed: Allowed | None = field(compare=False)
    ranking: Allowed | None = field(compare=False)


@dataclass(frozen=True, slots=True)
class TableRule(Node):
    """A row. `number` counts from 1."""

    number: int
    id: str
    tests: tuple[Node, ...]
    outputs: tuple[Node, ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Table(Extension):
    """A decision table. `owner` is the name of the element that holds it."""

    owner: str
    id: str
    policy: Policy
    inputs: tuple[InputClause, ...]
    outputs: tuple[OutputClause, ...]
    rules: tuple[TableRule, ...]
    line: int = 0

    def infer(self, infer: Infer, types: Types) -> TypeOf | None:
        """Nothing is said of the value, but each column's tests are of the column's type."""
        tested: list[TypeOf | None] = []
        for clause in self.inputs:
            seen = infer(clause.expression, types)
            tested.append(clause.type or seen)
        for rule in self.rules:
            for test, column in zip(rule.tests, tested, strict=True):
                infer(test, {**types, "?": column})
            for output in rule.outputs:
                infer(output, types)
        return None

    def compile(self, compile_node: Callable[[Node], Code]) -> Code:
        """Test the rules, and let the hit policy make one value of those that match."""
        return _Program(self, compile_node).run


class _Program:
    """A compiled table."""

    def __init__(self, table: Table, compile_node: Callable[[Node], Code]) -> None:
        self._table = table
        self._inputs = [(clause, compile_node(clause.expression)) for clause in table.inputs]
        self._rules = [
            (
                rule,
                [compile_node(test) for test in rule.tests],
                list(map(compile_node, rule.outputs)),
            )
            for rule in table.rules
        ]
        self._defaults = [
            None if clause.default is None else compile_node(clause.default)
            for clause in table.outputs
        ]

    def run(self, env: Env) -> object:
        """The table's value in a scope."""
        tested: list[object] = []
        for clause, code in self._inputs:
            value = code(env)
            if clause.type is not None:
                value = coerced(env, value, clause.type, f"the input {clause.label!r}")
            if not _is_allowed(env, clause, value):
                return None
            tested.append(value)
        hits = self._hits(env, tested)
        rules = tuple((hit.number, hit.id) for hit in hits)
        audit_of(env).matched(MatchedRules(self._table.owner, self._table.id, rules, tuple(tested)))
        outcome = Outcome(self._table.owner, tuple(o.name for o in self._table.outputs))
        if not hits:
            return self._default(env, outcome)
        return self._table.policy.decide(env.run, outcome, hits)

    def _hits(self, env: Env, tested: list[object]) -> list[Hit]:
        scopes = [Env({"?": value}, env, env.run) for value in tested]
        hits: list[Hit] = []
        for rule, tests, outputs in self._rules:
            env.run.spend()
            if all(test(scope) is True for test, scope in zip(tests, scopes, strict=True)):
                hits.append(self._hit(env, rule, outputs))
                if self._table.policy.stops_at_first:
                    break
        return hits

    def _hit(self, env: Env, rule: TableRule, outputs: list[Code]) -> Hit:
        values: list[object] = []
        ranks: list[int] = []
        for clause, code in zip(self._table.outputs, outputs, strict=True):
            value = _output(env, clause, code(env))
            values.append(value)
            ranks.append(clause.ranking.rank(env.run, value) if clause.ranking else 0)
        return Hit(rule.number, rule.id, tuple(values), tuple(ranks))

    def _default(self, env: Env, outcome: Outcome) -> object:
        if all(code is None for code in self._defaults):
            return self._table.policy.nothing()
        values = [None if code is None else code(env) for code in self._defaults]
        typed = [
            _output(env, clause, value)
            for clause, value in zip(self._table.outputs, values, strict=True)
        ]
        return outcome.of(tuple(typed))


def _is_allowed(env: Env, clause: InputClause, value: object) -> bool:
    if clause.allowed is None or value is None or clause.allowed(env.run, value):
        return True
    env.run.warn(f"the input {clause.label!r} must be one of {clause.allowed.text}", 0)
    return False


def _output(env: Env, clause: OutputClause, value: object) -> object:
    subject = f"the output {clause.name!r}" if clause.name else "the output"
    if clause.type is not None:
        value = coerced(env, value, clause.type, subject)
    if clause.allowed is None or value is None or clause.allowed(env.run, value):
        return value
    env.run.warn(f"{subject} must be one of {clause.allowed.text}, not {kind(value)}", 0)
    return None
