"""What a language that is built on FEEL needs: trees, types, scopes, and one account for many.

An `Expression` is all that a user of FEEL needs. DMN composes larger programs of it: several trees
are compiled together with parts of its own (`Extension`), run in one scope and are charged to one
`Run`, so that the limits hold for the whole of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from opsflow.feel import syntax
from opsflow.feel.builtins import BUILTINS
from opsflow.feel.check import Uses, uses
from opsflow.feel.compiler import compile_node
from opsflow.feel.conformance import Unfit, coerce, conforms, is_known
from opsflow.feel.environment import Code, Env
from opsflow.feel.errors import FeelLimitError
from opsflow.feel.expression import refuse_excess
from opsflow.feel.inference import Clash, clashes, name_of
from opsflow.feel.limits import DEFAULT_LIMITS, Run
from opsflow.feel.operators import equal, order
from opsflow.feel.parser import parse, parse_unary
from opsflow.feel.syntax import Extension, Infer, Node, TypeOf, Types

__all__ = [
    "BUILTINS",
    "Clash",
    "Code",
    "Env",
    "Extension",
    "Infer",
    "Node",
    "Run",
    "TypeOf",
    "Types",
    "Unfit",
    "Uses",
    "Vocabulary",
    "clashes",
    "coerce",
    "compile_node",
    "conforms",
    "equal",
    "is_known",
    "name_of",
    "order",
    "refuse_excess",
    "syntax",
    "uses",
]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a source may mention: variables, members after a dot, and types by their names."""

    names: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    types: Mapping[str, TypeOf] = field(default_factory=dict)

    def extended(self, names: Iterable[str]) -> Vocabulary:
        """The same with more variables."""
        return Vocabulary(self.names.union(names), self.members, self.types)

    def expression(self, text: str) -> Node:
        """The tree of an expression. Raises FeelSyntaxError and FeelLimitError."""
        return self._parse(parse, text)

    def tests(self, text: str) -> Node:
        """The tree of unary tests. Raises FeelSyntaxError and FeelLimitError."""
        return self._parse(parse_unary, text)

    def _parse(self, read: Callable[..., Node], text: str) -> Node:
        try:
            return read(text, (*BUILTINS, *self.names), DEFAULT_LIMITS, self.types, self.members)
        except RecursionError as error:
            raise FeelLimitError("depth", "the expression is nested too deeply") from error
