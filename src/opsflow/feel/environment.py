"""Where names find their values while an expression runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time
from decimal import Decimal
from typing import TypeAlias

from opsflow.feel.builtins import BUILTINS
from opsflow.feel.errors import FeelTypeError
from opsflow.feel.limits import Run
from opsflow.feel.members import MISSING, Missing
from opsflow.feel.values import NUMBERS, SCALARS, Range, Value, to_feel

_AS_THEY_ARE = SCALARS - {Decimal, datetime, time, Range}


class Env:
    """A scope. The outermost one, without a parent, holds the caller's values untranslated."""

    __slots__ = ("parent", "run", "vars")

    def __init__(self, vars: Mapping[str, object], parent: Env | None, run: Run) -> None:
        self.vars = vars
        self.parent = parent
        self.run = run


Code: TypeAlias = Callable[[Env], Value]


def translation_failed(env: Env, name: str, error: Exception, position: int) -> None:
    """Note that a caller's value has no counterpart in FEEL."""
    reason = error if isinstance(error, FeelTypeError) else "the number is out of range"
    env.run.warn(f"{name}: {reason}", position)


def find(env: Env, name: str) -> Value | Missing:
    """The value of a variable, in the nearest scope that has it. Raises FeelTypeError."""
    scope: Env | None = env
    while scope is not None:
        value = scope.vars.get(name, MISSING)
        if value is not MISSING:
            return value if scope.parent is not None else translated(env.run, value)
        scope = scope.parent
    return MISSING


def locate(env: Env, name: str) -> tuple[object, bool]:
    """The same without translating it, and whether it needs that."""
    scope: Env | None = env
    while scope is not None:
        value = scope.vars.get(name, MISSING)
        if value is not MISSING:
            return value, scope.parent is None
        scope = scope.parent
    return MISSING, False


def translated(run: Run, value: object) -> Value:
    """A caller's value as a FEEL value; a list or context is translated once per evaluation."""
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if kind is int:
        return NUMBERS.create_decimal(value)  # type: ignore[arg-type]
    if not isinstance(value, Mapping | list | tuple):
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
        try:
            value = find(env, name)
        except (FeelTypeError, ArithmeticError) as error:
            translation_failed(env, name, error, position)
            return None
        if value is not MISSING:
            return value
        if builtin is None:
            env.run.warn(f"there is no variable {name!r}", position)
        return builtin

    return variable
