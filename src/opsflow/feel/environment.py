"""Where names find their values while an expression runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from opsflow.feel.builtins import BUILTINS
from opsflow.feel.errors import FeelTypeError
from opsflow.feel.limits import Run
from opsflow.feel.members import MISSING
from opsflow.feel.syntax import Name, Node, Path
from opsflow.feel.values import AS_THEY_ARE, Value, number_from, to_feel

_CONTEXTS = (dict, Mapping)
_STRUCTURES = (list, dict, tuple, Mapping)


class Env:
    """A scope. A `foreign` one, as the outermost is, holds a caller's values untranslated."""

    __slots__ = ("foreign", "parent", "run", "vars")

    def __init__(
        self, vars: Mapping[str, object], parent: Env | None, run: Run, *, foreign: bool = False
    ) -> None:
        self.vars = vars
        self.parent = parent
        self.run = run
        self.foreign = foreign or parent is None


Code: TypeAlias = Callable[[Env], Value]


def locate(env: Env, name: str) -> tuple[object, bool]:
    """The value of a variable in the nearest scope that has it, and whether it is untranslated."""
    scope: Env | None = env
    while scope is not None:
        value = scope.vars.get(name, MISSING)
        if value is not MISSING:
            return value, scope.foreign
        scope = scope.parent
    return MISSING, False


@dataclass(frozen=True, slots=True)
class Way:
    """A variable, and members on the way from it."""

    name: str
    members: tuple[str, ...]

    def follow(self, env: Env) -> tuple[object, bool, tuple[str, ...]]:
        """Where it leads through contexts, whether that is untranslated, and what is left of it."""
        value, foreign = locate(env, self.name)
        for place, member in enumerate(self.members):
            found = value.get(member, MISSING) if isinstance(value, _CONTEXTS) else MISSING
            if found is MISSING:
                return value, foreign, self.members[place:]
            value = found
        return value, foreign, ()


def way_of(node: Node) -> Way | None:
    """The way that a name or a path from one goes; None for any other node."""
    start, members = unrolled(node)
    return Way(start.name, members) if isinstance(start, Name) else None


def unrolled(node: Node) -> tuple[Node, tuple[str, ...]]:
    """Where a path starts, and its members."""
    members: list[str] = []
    while isinstance(node, Path):
        members.insert(0, node.member)
        node = node.value
    return node, tuple(members)


def translated(env: Env, value: object, name: str, position: int) -> Value:
    """A caller's value as a FEEL value; null, with a warning, where it has no counterpart."""
    kind = type(value)
    if kind in AS_THEY_ARE:
        return value
    try:
        if kind is Decimal or kind is int:
            return number_from(value)  # type: ignore[arg-type]
        return _translated_once(env.run, value)
    except FeelTypeError as error:
        env.run.warn(f"{name}: {error}", position)
        return None


def _translated_once(run: Run, value: object) -> Value:
    """A list or context is translated once per evaluation."""
    if not isinstance(value, _STRUCTURES):
        return to_feel(value)
    known = run.converted.get(id(value))
    if known is None:
        # The value is kept beside its translation, so that its id can not come to mean another.
        known = run.converted[id(value)] = (value, to_feel(value))
    return known[1]


def look_up(name: str, position: int) -> Code:
    """Code that reads a variable, or else a built-in function; neither gives null."""
    builtin = BUILTINS.get(name)

    def variable(env: Env) -> Value:
        value, foreign = env.vars.get(name, MISSING), env.foreign
        if value is MISSING:
            value, foreign = locate(env, name)
        if value is not MISSING:
            return translated(env, value, name, position) if foreign else value
        if builtin is None:
            env.run.warn(f"there is no variable {name!r}", position)
        return builtin

    return variable
