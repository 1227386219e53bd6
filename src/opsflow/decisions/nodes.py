"""What DMN adds to the syntax of FEEL: typed values, boxed contexts, and where a text stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from opsflow.decisions.audit import audit_of
from opsflow.feel import kind
from opsflow.feel.embedding import (
    Code,
    Env,
    Extension,
    Infer,
    Node,
    TypeOf,
    Types,
    Unfit,
    coerce,
    syntax,
)


@dataclass(frozen=True, slots=True)
class Typed(Extension):
    """A value that is made to be of a type, or else null (DMN 1.5 §10.3.2.9.4)."""

    value: Node
    type: TypeOf
    subject: str

    def infer(self, infer: Infer, types: Types) -> TypeOf | None:
        """The type that the value is made to be of."""
        infer(self.value, types)
        return self.type

    def compile(self, compile_node: Callable[[Node], Code]) -> Code:
        """The value's code, and the coercion after it."""
        code, wanted, subject = compile_node(self.value), self.type, self.subject

        def typed(env: Env) -> object:
            return coerced(env, code(env), wanted, subject)

        return typed


def coerced(env: Env, value: object, wanted: TypeOf, subject: str) -> object:
    """The value as one of the type; null with a warning where that can not be."""
    result = coerce(env.run, value, wanted)
    if isinstance(result, Unfit):
        shown = kind(value) if kind(value) != wanted.name else "value outside the allowed ones"
        env.run.warn(f"{subject} can not be a {shown}", 0)
        return None
    return result


@dataclass(frozen=True, slots=True)
class Block(Extension):
    """A boxed context: entries that see the ones before them, and perhaps a result of its own."""

    entries: tuple[tuple[str, Node], ...]
    result: Node | None

    def scoped(self) -> Iterator[tuple[Node, frozenset[str]]]:
        """Each entry with the names before it; a function may call those after it, too."""
        every = frozenset(name for name, _ in self.entries)
        bound: frozenset[str] = frozenset()
        for name, node in self.entries:
            yield node, every if is_function(node) else bound
            bound |= {name}
        if self.result is not None:
            yield self.result, bound

    def infer(self, infer: Infer, types: Types) -> TypeOf | None:
        """The type of the result, or else a context of the entries' types."""
        inner = dict(types)
        for name, node in self.entries:
            inner[name] = infer(node, inner)
        if self.result is not None:
            return infer(self.result, inner)
        keys = tuple(name for name, _ in self.entries)
        members = tuple(inner[key] or TypeOf("Any") for key in keys)
        return TypeOf("context", members, keys, open=False)

    def compile(self, compile_node: Callable[[Node], Code]) -> Code:
        """The context, or the result entry's value."""
        entries = [(name, compile_node(node)) for name, node in self.entries]
        result = None if self.result is None else compile_node(self.result)

        def block(env: Env) -> object:
            values: dict[str, object] = {}
            inner = Env(values, env, env.run)
            for name, code in entries:
                values[name] = code(inner)
            return values if result is None else result(inner)

        return block


def is_function(node: Node) -> bool:
    """Whether a node defines a function, whatever it is wrapped in."""
    while isinstance(node, Typed | Source):
        node = node.value
    return isinstance(node, syntax.FunctionOf)


@dataclass(frozen=True, slots=True)
class Source(Extension):
    """A text of the model, and the element that holds it: warnings name both."""

    value: Node
    text: str
    element: str
    line: int

    def infer(self, infer: Infer, types: Types) -> TypeOf | None:
        """The value's type."""
        return infer(self.value, types)

    def compile(self, compile_node: Callable[[Node], Code]) -> Code:
        """The value's code; warnings that it leaves are given their place."""
        code, text, element = compile_node(self.value), self.text, self.element

        def source(env: Env) -> object:
            noted = len(env.run.warnings)
            value = code(env)
            if len(env.run.warnings) > noted:
                audit_of(env).place(noted, element, text)
            return value

        return source


@dataclass(frozen=True, slots=True)
class Broken(Extension):
    """What could not be read: always null, and a warning says why."""

    reason: str

    def compile(self, compile_node: Callable[[Node], Code]) -> Code:  # noqa: ARG002 the contract's
        """Null."""
        reason = self.reason

        def broken(env: Env) -> object:
            env.run.warn(reason, 0)
            return None

        return broken
