"""Compiled expressions, and the ways to get and evaluate one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from opsflow.feel.builtins import BUILTINS
from opsflow.feel.check import uses
from opsflow.feel.compiler import compile_node
from opsflow.feel.conformance import is_known
from opsflow.feel.environment import Env
from opsflow.feel.errors import FeelLimitError, FeelSyntaxError
from opsflow.feel.inference import clashes
from opsflow.feel.limits import DEFAULT_LIMITS, FeelWarning, Limits, Run
from opsflow.feel.parser import parse, parse_unary
from opsflow.feel.syntax import InstanceOf, Name, Node, TypeOf, children
from opsflow.feel.values import Value

_CACHE_SIZE = 4096
_STRUCTURES = (list, dict)
_BUILTIN_NAMES = tuple(BUILTINS)


@dataclass(frozen=True, slots=True)
class Result:
    """A value, and why parts of the expression became null."""

    value: Value
    warnings: tuple[FeelWarning, ...]


class Expression:
    """A compiled expression: immutable, and safe to share between threads."""

    __slots__ = ("_code", "functions", "names", "possible_names", "text", "tree")

    def __init__(self, text: str, tree: Node) -> None:
        found = uses(tree)
        self.text = text
        self.tree = tree
        self.names = frozenset(found.variables - {"?"})
        self.possible_names = frozenset(found.possible - {"?"})
        self.functions = frozenset(found.functions)
        self._code = compile_node(tree)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def check(self, variables: Mapping[str, str | None]) -> tuple[FeelWarning, ...]:
        """Names that no variable has, and types that clash, without evaluating anything.

        `variables` are those that there will be, with their types as FEEL writes them, such as
        `number`, `list<string>` or `context<a: number>`; None for one of any type. What may be a
        member of an element, in a filter, is not called unknown. Raises FeelSyntaxError for a type
        that is not one.
        """
        types = {name: None if type is None else _type(type) for name, type in variables.items()}
        unknown = sorted(self.names - types.keys())
        found = [
            FeelWarning(f"there is no variable {name!r}", self._place(name)) for name in unknown
        ]
        found += [FeelWarning(clash.message, clash.position) for clash in clashes(self.tree, types)]
        return tuple(sorted(found, key=lambda warning: warning.position))

    def _place(self, name: str) -> int:
        pending = [self.tree]
        places: list[int] = []
        while pending:
            node = pending.pop()
            if isinstance(node, Name) and node.name == name:
                places.append(node.position)
            pending.extend(children(node))
        return min(places, default=0)

    def evaluate(
        self,
        context: Mapping[str, object],
        *,
        now: datetime | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> Value:
        """The value with the context's entries as variables. Raises FeelLimitError only."""
        return self._run(context, Run(limits, now))

    def run(
        self,
        context: Mapping[str, object],
        *,
        now: datetime | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> Result:
        """The same, with the warnings."""
        run = Run(limits, now)
        value = self._run(context, run)
        return Result(value, tuple(run.warnings))

    def _run(self, context: Mapping[str, object], run: Run) -> Value:
        try:
            value = self._code(Env(context, None, run))
        except RecursionError as error:
            raise FeelLimitError("depth", "values or calls are nested too deeply") from error
        if type(value) in _STRUCTURES:
            refuse_excess(value, run.limits)
        return value


@lru_cache(maxsize=_CACHE_SIZE)
def _type(text: str) -> TypeOf:
    tree = parse(f"null instance of {text}")
    if not isinstance(tree, InstanceOf) or not is_known(tree.type):
        raise FeelSyntaxError(f"{text!r} is not a type", text, 0)
    return tree.type


def refuse_excess(value: Value, limits: Limits) -> None:
    """Refuse a result that shares parts so often that to walk it would never end."""
    budget = 10 * limits.list_size
    pending: list[tuple[Value, int]] = [(value, 1)]
    while pending:
        current, depth = pending.pop()
        if isinstance(current, dict):
            inner = list(current.values())
        elif isinstance(current, list):
            inner = current
        else:
            continue
        budget -= len(inner)
        if budget < 0:
            raise FeelLimitError("list_size", "the result is too large")
        if depth > 2 * limits.depth:
            raise FeelLimitError("depth", f"the result is nested deeper than {2 * limits.depth}")
        pending.extend((item, depth + 1) for item in inner)


def compile(text: str, *, names: Iterable[str] = ()) -> Expression:
    """Compile an expression; the same text gives the same Expression.

    `names` are variables in scope; only those with spaces or operators in them matter. Raises
    FeelSyntaxError, and FeelLimitError for a source that is too long or too deep.
    """
    return _compile(text, frozenset(names))


def compile_unary(text: str, *, names: Iterable[str] = ()) -> Expression:
    """Compile unary tests, as a decision table has them; the tested value is the variable `?`."""
    return _compile_unary(text, frozenset(names))


def evaluate(
    text: str, context: Mapping[str, object] | None = None, *, now: datetime | None = None
) -> Value:
    """Compile and evaluate in one go; names with spaces in the context are known."""
    variables = context or {}
    names = [name for name in variables if not name.isidentifier()]
    return compile(text, names=names).evaluate(variables, now=now)


@lru_cache(maxsize=_CACHE_SIZE)
def _compile(text: str, names: frozenset[str]) -> Expression:
    return _checked(text, parse, names)


@lru_cache(maxsize=_CACHE_SIZE)
def _compile_unary(text: str, names: frozenset[str]) -> Expression:
    return _checked(text, parse_unary, names)


def _checked(
    text: str, read: Callable[[str, Iterable[str]], Node], names: frozenset[str]
) -> Expression:
    try:
        tree = read(text, (*_BUILTIN_NAMES, *names))
        return Expression(text, tree)
    except RecursionError as error:
        raise FeelLimitError("depth", "the expression is nested too deeply") from error
