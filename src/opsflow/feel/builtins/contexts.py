"""Context functions (DMN 1.5 §10.3.4.10)."""

from __future__ import annotations

from opsflow.feel.builtins.registry import Library
from opsflow.feel.errors import FeelTypeError
from opsflow.feel.limits import Run
from opsflow.feel.values import Context, Value, kind

LIBRARY: Library = Library()


@LIBRARY.pure("get value", "m: context, key: string")
def get_value(m: Context, key: str) -> Value:
    """The value under a key."""
    if key not in m:
        raise FeelTypeError(f"the context has no key {key!r}")
    return m[key]


@LIBRARY.charged("get entries", "m: context")
def get_entries(run: Run, m: Context) -> Value:
    """The entries as contexts with `key` and `value`."""
    run.check_size(len(m))
    return [{"key": key, "value": value} for key, value in m.items()]


@LIBRARY.charged("context", "entries: list")
def context(run: Run, entries: list[Value]) -> Value:
    """The context that has these entries."""
    run.scan(len(entries))
    built: Context = {}
    for entry in entries:
        if not isinstance(entry, dict) or not {"key", "value"} <= entry.keys():
            raise FeelTypeError("an entry must have a key and a value")
        key = _key(entry["key"])
        if key in built:
            raise FeelTypeError(f"the key {key!r} stands twice")
        built[key] = entry["value"]
    return built


def _key(key: Value) -> str:
    if not isinstance(key, str):
        raise FeelTypeError(f"a key must be a string, not {kind(key)}")
    return key


@LIBRARY.charged("context put", "context: context, key: string, value: any")
def context_put(run: Run, context: Context, key: str, value: Value) -> Value:
    """The context with one entry more, or another value under a key."""
    run.check_size(len(context) + 1)
    return {**context, key: value}


@LIBRARY.charged("context put", "context: context, keys: list, value: any")
def context_put_nested(run: Run, context: Context, keys: list[Value], value: Value) -> Value:
    """The same within nested contexts."""
    if not keys:
        raise FeelTypeError("keys is empty")
    key = _key(keys[0])
    if len(keys) > 1:
        inner = context.get(key)
        if not isinstance(inner, dict):
            raise FeelTypeError(f"there is no context under {key!r}")
        value = context_put_nested(run, inner, keys[1:], value)
    return context_put(run, context, key, value)


@LIBRARY.charged("context merge", "contexts: list")
def context_merge(run: Run, contexts: list[Value]) -> Value:
    """One context of all entries; a later one replaces an earlier one of its key."""
    merged: Context = {}
    for part in contexts:
        if not isinstance(part, dict):
            raise FeelTypeError(f"contexts must hold contexts, not {kind(part)}")
        run.check_size(len(merged) + len(part))
        merged.update(part)
    return merged
