"""Boxed conditionals and filters, which take nothing but a boolean for an answer.

In a FEEL text whatever is not true leads to `else` and leaves an element out; in the boxed form an
answer of another type is an error, and null comes of it (DMN 1.5 §10.2.2.6, §10.2.2.7).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from opsflow.feel import kind
from opsflow.feel.embedding import Code, Env, Extension, Node


@dataclass(frozen=True, slots=True)
class BoxedIf(Extension):
    """`if`, `then` and `else`."""

    condition: Node
    then: Node
    otherwise: Node

    def compile(self, compile_node: Callable[[Node], Code]) -> Code:
        """One of both, or null."""
        condition, then, otherwise = map(compile_node, (self.condition, self.then, self.otherwise))

        def choose(env: Env) -> object:
            answer = condition(env)
            if answer is True:
                return then(env)
            if answer is False or answer is None:
                return otherwise(env)
            env.run.warn(f"the condition is a {kind(answer)}, not a boolean", 0)
            return None

        return choose


@dataclass(frozen=True, slots=True)
class BoxedFilter(Extension):
    """`in` and `match`; in the latter, `item` is an element, and its members are names too."""

    value: Node
    match: Node

    def scoped(self) -> Iterator[tuple[Node, frozenset[str]]]:
        """Both parts; `item` is bound for the second."""
        yield self.value, frozenset()
        yield self.match, frozenset({"item"})

    def compile(self, compile_node: Callable[[Node], Code]) -> Code:
        """The elements that match, or null."""
        value, match = compile_node(self.value), compile_node(self.match)

        def keep(env: Env) -> object:
            found = value(env)
            elements = found if isinstance(found, list) else [] if found is None else [found]
            kept: list[object] = []
            for element in elements:
                env.run.spend()
                answer = match(_element(env, element))
                if answer is True:
                    kept.append(element)
                elif answer is not False and answer is not None:
                    env.run.warn(f"the match is a {kind(answer)}, not a boolean", 0)
                    return None
            return kept

        return keep


def _element(env: Env, element: object) -> Env:
    scope = Env({"item": element}, env, env.run)
    return Env(element, scope, env.run) if isinstance(element, dict) else scope
