"""The elements of a requirements graph (DMN 1.5 §6.3), ready to be evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from opsflow.feel.embedding import Code, Node, TypeOf

Key: TypeAlias = tuple[str, str]
"""The namespace of a model, and the id of an element in it."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """An element that another one needs, and the name, or import and name, it has there."""

    key: Key
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What every element has. `type` is that of its value; None where it says nothing."""

    key: Key
    name: str
    variable: str
    type: TypeOf | None
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class InputData(Item):
    """A value that comes from outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logic(Item):
    """An element with an expression: `tree` is None where it has none."""

    requirements: tuple[Requirement, ...]
    tree: Node | None = field(default=None, compare=False)
    code: Code | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Logic):
    """A decision. An open one draws no requirement for data and reads all inputs by name."""

    is_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge(Logic):
    """A business knowledge model: its value is a function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Item):
    """A decision service (DMN 1.5 §10.4): outputs of decisions, as a function of its parameters.

    The parameters are its input data, and after them its input decisions.
    """

    outputs: tuple[Requirement, ...]
    parameters: tuple[Requirement, ...]


DrgElement: TypeAlias = InputData | Decision | Knowledge | Service


@dataclass(frozen=True, slots=True)
class Elements:
    """All elements that a model can reach: its own, and those of its imports."""

    by_key: Mapping[Key, DrgElement]

    def find(self, key: Key) -> DrgElement | None:
        """The element with a key."""
        return self.by_key.get(key)
