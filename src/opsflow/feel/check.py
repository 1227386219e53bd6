"""What an expression needs, told from its syntax tree alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from opsflow.feel import syntax as s
from opsflow.feel.builtins import BUILTINS


@dataclass(slots=True)
class Uses:
    """Names that an expression reads and does not bind itself.

    `possible` are those that may mean something else: inside a filter a member of the elements,
    and a built-in function where it is not called. `functions` are built-in ones that are called.
    """

    variables: set[str] = field(default_factory=set)
    possible: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)


def uses(node: s.Node) -> Uses:
    """Collect what a tree reads. `?` counts as a variable."""
    found = Uses()
    _collect(node, frozenset(), found, filtered=False)
    return found


def reads(node: s.Node, name: str) -> bool:
    """Whether a name occurs free in a tree."""
    found = uses(node)
    return name in found.variables or name in found.possible


def _collect(node: s.Node, bound: frozenset[str], found: Uses, *, filtered: bool) -> None:
    match node:
        case s.Call(s.Name(name), arguments) if name in BUILTINS and name not in bound:
            found.functions.add(name)
            _each(arguments, bound, found, filtered=filtered)
        case s.Name(name):
            _note(name, bound, found, filtered=filtered)
        case s.ContextOf(entries):
            _entries(entries, bound, found, filtered=filtered)
        case s.FunctionOf(parameters, _, body):
            _collect(body, bound.union(parameters), found, filtered=filtered)
        case s.For(iterations, body) | s.Quantified(_, iterations, body):
            inner = _iterations(iterations, bound, found, filtered=filtered)
            own = {"partial"} if isinstance(node, s.For) else set()
            _collect(body, inner | own, found, filtered=filtered)
        case s.Filter(value, condition):
            _collect(value, bound, found, filtered=filtered)
            _collect(condition, bound | {"item"}, found, filtered=True)
        case s.Extension():
            for child, names in node.scoped():
                _collect(child, bound | names, found, filtered=filtered)
        case _:
            _each(s.children(node), bound, found, filtered=filtered)


def _each(nodes: Iterable[s.Node], bound: frozenset[str], found: Uses, *, filtered: bool) -> None:
    for node in nodes:
        _collect(node, bound, found, filtered=filtered)


def _entries(
    entries: tuple[tuple[str, s.Node], ...], bound: frozenset[str], found: Uses, *, filtered: bool
) -> None:
    every_key = bound.union(key for key, _ in entries)
    for key, value in entries:
        # A function is called later, when the entries after it are there too.
        seen = every_key if isinstance(value, s.FunctionOf) else bound
        _collect(value, seen, found, filtered=filtered)
        bound |= {key}


def _note(name: str, bound: Iterable[str], found: Uses, *, filtered: bool) -> None:
    if name in bound:
        return
    if filtered or name in BUILTINS:
        found.possible.add(name)
    else:
        found.variables.add(name)


def _iterations(
    iterations: tuple[s.Iteration, ...], bound: frozenset[str], found: Uses, *, filtered: bool
) -> frozenset[str]:
    for iteration in iterations:
        _collect(iteration.domain, bound, found, filtered=filtered)
        if iteration.end is not None:
            _collect(iteration.end, bound, found, filtered=filtered)
        bound |= {iteration.name}
    return bound
