"""A fingerprint of a compiled process, down to every attribute of every spec."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum

from opsflow.engine.program import Program


def fingerprint(program: Program) -> str:
    """Text that differs as soon as anything of the program differs."""
    seen: dict[int, tuple[int, object]] = {}
    return _print(program.spec, seen)


def _print(value: object, seen: dict[int, tuple[int, object]]) -> str:
    if value is None or isinstance(value, str | int | float | bool | Enum | type):
        return repr(value)
    if id(value) in seen:
        return f"@{seen[id(value)][0]}"
    seen[id(value)] = (len(seen), value)  # kept, so that no id is used twice
    if isinstance(value, Mapping) and type(value).__name__ != "_Specs":
        return "{" + ",".join(f"{k}:{_print(v, seen)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return "[" + ",".join(_print(item, seen) for item in items) + "]"
    if is_dataclass(value):
        parts = {f.name: getattr(value, f.name) for f in fields(value)}
        return type(value).__name__ + _print(parts, seen)
    state = getattr(value, "__dict__", {})
    return type(value).__name__ + _print(dict(state), seen)
