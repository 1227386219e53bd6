"""The syntax tree of FEEL (DMN 1.5 §10.3.1.2). Nodes are immutable; `position` is an offset."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from opsflow.feel.environment import Code
    from opsflow.feel.limits import Run

Constraint: TypeAlias = "Callable[[Run, object], bool]"
Types: TypeAlias = "Mapping[str, TypeOf | None]"
Infer: TypeAlias = "Callable[[Node, Types], TypeOf | None]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A part of an expression. Two nodes are equal wherever they stand."""

    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """null, a boolean, a number or a string."""

    value: bool | Decimal | str | None


@dataclass(frozen=True, slots=True)
class AtLiteral(Node):
    """`@"2024-01-31"`: a temporal value."""

    text: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable or function; the words of its name are joined by single spaces."""

    name: str


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """`[a, b]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextOf(Node):
    """`{key: value}`; later entries see earlier ones."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class RangeOf(Node):
    """`[a..b)`."""

    low: Node
    high: Node
    low_included: bool
    high_included: bool


@dataclass(frozen=True, slots=True)
class Compared(Node):
    """`< a`: a range on its own, a test on the right of `in`."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Negative(Node):
    """`-a`."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """`a + b`, and so on for `- * / **`."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """`a < b`, and so on for `<= > >= = !=`."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """`a and b and c`, or the same with `or`."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Between(Node):
    """`a between low and high`, both included."""

    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class In(Node):
    """`a in (test, test)`."""

    value: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class UnaryTests(Node):
    """Tests of `?`, negated by `not(…)`; without tests (`-`) everything passes."""

    tests: tuple[Node, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class If(Node):
    """`if a then b else c`."""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Iteration(Node):
    """`name in domain`; the domain is a list, or what `low..high` counts through."""

    name: str
    domain: Node
    end: Node | None = None


@dataclass(frozen=True, slots=True)
class For(Node):
    """`for a in list, b in list return body`."""

    iterations: tuple[Iteration, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """`some a in list satisfies body`, or `every`."""

    quantifier: str
    iterations: tuple[Iteration, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Path(Node):
    """`a.member`."""

    value: Node
    member: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """`a[b]`."""

    value: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`f(a, b)`, or `f(x: a, y: b)` with `names`."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TypeOf(Node):
    """A type: its name and, for list, range, context and function, what it is made of.

    `members` are the element of a list or range, the entries of a context, or the parameters of a
    function followed by its result. `constraint` tells which of the values the type admits.
    """

    name: str
    members: tuple[TypeOf, ...] = ()
    keys: tuple[str, ...] = ()
    open: bool = True
    constraint: Constraint | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    """`a instance of type`."""

    value: Node
    type: TypeOf


@dataclass(frozen=True, slots=True)
class FunctionOf(Node):
    """`function(a: type, b) body`."""

    parameters: tuple[str, ...]
    types: tuple[TypeOf | None, ...]
    body: Node
    external: bool = False


@dataclass(frozen=True, slots=True)
class Extension(Node):
    """A part that a language built on FEEL adds. It is compiled by the `compile` it defines."""

    def scoped(self) -> Iterator[tuple[Node, frozenset[str]]]:
        """The nodes directly below, each with the names that are bound for it."""
        for child in children(self):
            yield child, frozenset()

    def infer(self, infer: Infer, types: Types) -> TypeOf | None:
        """The type of this part's value, if it can be seen, after `infer` went through its parts.

        `types` are those of the variables, None where unknown.
        """
        for child, names in self.scoped():
            infer(child, {**types, **dict.fromkeys(names)})
        return None

    def compile(self, compile_node: Callable[[Node], Code]) -> Code:
        """The code of this part, made with `compile_node` from that of the parts below."""
        raise NotImplementedError


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below one."""
    for part in fields(node):
        yield from _nodes(getattr(node, part.name))


def _nodes(part: object) -> Iterator[Node]:
    if isinstance(part, Node):
        yield part
    elif isinstance(part, tuple):
        for item in part:
            yield from _nodes(item)


def height(node: Node) -> int:
    """How many nodes the longest way down passes, without recursing."""
    deepest = 0
    pending = [(node, 1)]
    while pending:
        current, depth = pending.pop()
        deepest = max(deepest, depth)
        pending.extend((child, depth + 1) for child in children(current))
    return deepest
