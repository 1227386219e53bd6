"""The places of a schema document that hold schemas, and which of them refer to which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any, TypeAlias
from urllib.parse import unquote

from opsflow.tasks.forms.data import Path, pointer

Schema: TypeAlias = "Mapping[str, Any] | bool"

_ONE = ("not", "if", "then", "else", "items", "contains", "additionalProperties")
_ONE_MORE = ("propertyNames", "unevaluatedItems", "unevaluatedProperties", "contentSchema")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_NAMED = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")
_IN_PLACE = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"})
"""Applicators that look at the same value again (JSON Schema Core 2020-12 §10.2)."""


@dataclass(frozen=True)
class SchemaTree:
    """Every schema of a document by its place (a JSON pointer; empty for the root)."""

    schemas: Mapping[str, Schema]
    anchors: Mapping[str, str]
    """Place by plain-name fragment."""
    in_place: Mapping[str, tuple[str, ...]]
    """Places that look at the same value, references left out."""

    def target(self, reference: str) -> str | None:
        """The place a ``$ref`` names; None where it is outside the document or no schema."""
        if not reference.startswith("#"):
            return None
        fragment = unquote(reference[1:])
        place = fragment if not fragment or fragment.startswith("/") else self.anchors.get(fragment)
        return place if place in self.schemas else None

    def references(self) -> Iterator[tuple[str, str]]:
        """Each place with a ``$ref``, and the reference."""
        for place, schema in self.schemas.items():
            if isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str):
                yield place, schema["$ref"]

    def endless(self) -> str | None:
        """A place whose validation never ends, because it looks at the same value for ever."""
        edges = {place: list(places) for place, places in self.in_place.items()}
        for place, reference in self.references():
            target = self.target(reference)
            if target is not None:
                edges.setdefault(place, []).append(target)
        return _cycle(edges)


def tree_of(document: Mapping[str, Any]) -> SchemaTree:
    """Find the schemas of a document. A place that holds no schema is left out."""
    schemas: dict[str, Schema] = {}
    anchors: dict[str, str] = {}
    in_place: dict[str, tuple[str, ...]] = {}
    waiting: list[tuple[Path, Any]] = [((), document)]
    while waiting:
        path, schema = waiting.pop()
        place = pointer(path)
        if isinstance(schema, bool):
            schemas[place] = schema
        if not isinstance(schema, Mapping):
            continue
        schemas[place] = schema
        if isinstance(schema.get("$anchor"), str):
            anchors[schema["$anchor"]] = place
        inner = list(_inner(schema))
        in_place[place] = tuple(pointer(path + step) for step, _ in inner if step[0] in _IN_PLACE)
        waiting.extend((path + step, part) for step, part in inner)
    return SchemaTree(schemas, anchors, in_place)


def _inner(schema: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    for name in (*_ONE, *_ONE_MORE):
        if name in schema:
            yield (name,), schema[name]
    for name in _LISTS:
        if isinstance(schema.get(name), list):
            yield from (((name, at), part) for at, part in enumerate(schema[name]))
    for name in _NAMED:
        if isinstance(schema.get(name), Mapping):
            yield from (((name, key), part) for key, part in schema[name].items())


def _cycle(edges: Mapping[str, Iterable[str]]) -> str | None:
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        cycle: list[str] = error.args[1]
        return cycle[0]
    return None
