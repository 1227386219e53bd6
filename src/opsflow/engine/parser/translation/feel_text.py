"""Pieces of FEEL text that know how tightly they bind, so that parentheses come out right."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Binding(IntEnum):
    """How tightly an expression's outermost operator binds (DMN 1.5 §10.3.1.2)."""

    CHOICE = 0
    OR = 1
    AND = 2
    COMPARISON = 3
    SUM = 4
    PRODUCT = 5
    POWER = 6
    NEGATION = 7
    ATOM = 8


@dataclass(frozen=True, slots=True)
class Feel:
    """FEEL text and its binding.

    ``is_path``: a name, or what it leads to; ``is_list``: a list literal.
    """

    text: str
    binding: Binding = Binding.ATOM
    is_path: bool = False
    is_list: bool = False

    def at(self, binding: Binding) -> str:
        """The text, in parentheses where it binds less tightly than needed."""
        return self.text if self.binding >= binding else f"({self.text})"


def quoted(value: str) -> str:
    """A FEEL string literal."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    for character, escape in (("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        escaped = escaped.replace(character, escape)
    return f'"{escaped}"'


def joined(left: Feel, sign: str, right: Feel, binding: Binding) -> Feel:
    """A left-associative binary operation."""
    return Feel(f"{left.at(binding)} {sign} {right.at(Binding(binding + 1))}", binding)


def call(function: str, *arguments: Feel) -> Feel:
    """A call of a built-in function."""
    return Feel(f"{function}({', '.join(argument.text for argument in arguments)})")


def is_empty(value: Feel) -> Feel:
    """JUEL's ``empty``. Comparing values of two types gives null, which `= true` makes false."""
    operand = value.at(Binding.SUM)
    tests = f'{operand} = null or {operand} = "" or {operand} = []'
    return Feel(f"(({tests}) = true)")


def is_in(item: Feel, container: Feel) -> Feel:
    """Python's ``in``, for lists and texts."""
    among = call("list contains", container, item)
    if container.is_list:
        return among
    inside = call("contains", container, item)
    test = f"if {container.at(Binding.SUM)} instance of string"
    return Feel(f"({test} then {inside.text} else {among.text})")
