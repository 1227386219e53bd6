"""The variables that a process declares: by its forms, mappings, gates, loops and data objects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from opsflow.engine import EventKind, MultiInstance, Node, NodeKind, Process

Forms: TypeAlias = Mapping[str, dict[str, Any]]
Name: TypeAlias = tuple[str, str | None]
"""A variable, and its type as FEEL calls it; None where it may be of any."""

_COUNTERS = (
    "loopCounter",
    "nrOfInstances",
    "nrOfActiveInstances",
    "nrOfCompletedInstances",
    "nrOfTerminatedInstances",
)
_TYPES = {"number": "number", "integer": "number", "string": "string", "boolean": "boolean"}
_FOREIGN = frozenset(
    {
        NodeKind.SERVICE_TASK,
        NodeKind.SEND_TASK,
        NodeKind.RECEIVE_TASK,
        NodeKind.SCRIPT_TASK,
        NodeKind.CALL_ACTIVITY,
    }
)
"""What gives any variables where no mapping says which."""
_BRINGING = frozenset({EventKind.MESSAGE, EventKind.SIGNAL})


@dataclass(frozen=True, slots=True)
class Variables:
    """What a process declares. A name that is declared in two ways may be of any type.

    ``closed``: no other variables can come up but those that somebody gives who starts the
    process, or corrects it by hand.
    """

    types: Mapping[str, str | None]
    closed: bool


def declared_variables(process: Process, forms: Forms) -> Variables:
    """Collect them, whatever scope they belong to."""
    types: dict[str, str | None] = {}
    for name, kind in _names(process, forms):
        types[name] = kind if types.get(name, kind) == kind else None
    for attribute in process.controls.search:
        # It says what to search by, and is no promise of what the variable holds.
        types.setdefault(attribute.name, None)
    opens = any(_is_open(node, forms) for node in process.nodes.values())
    return Variables(types, not opens)


def _names(process: Process, forms: Forms) -> Iterator[Name]:
    for data in process.data_objects:
        yield from ((name, None) for name in (data.id, data.name) if name)
    for node in process.nodes.values():
        yield from _of_node(node)
        yield from _of_form(node, forms)


def _of_node(node: Node) -> Iterator[Name]:
    controls = node.controls
    if isinstance(node.loop, MultiInstance):
        found = (node.loop.element, node.loop.output_collection)
        yield from ((name, None) for name in found if name)
    if node.loop is not None:
        yield from ((name, None) for name in _COUNTERS)
    for mapping in (*controls.inputs, *controls.outputs):
        yield mapping.target, None
    for into in (*node.data_inputs, *node.data_outputs):
        yield into.target, None
    for definition in node.events:
        caught = (definition.code_variable, definition.message_variable)
        yield from ((name, "string") for name in caught if name)
    for gate in controls.gates:
        if gate.outcome:
            yield gate.outcome, "string"
    if controls.decision is not None:
        yield controls.decision.result or controls.decision.key, None


def _of_form(node: Node, forms: Forms) -> Iterator[Name]:
    if not node.is_human or node.controls.outputs:
        return
    properties = (_schema(node, forms) or {}).get("properties")
    if isinstance(properties, dict):
        for name, schema in properties.items():
            yield name, _type(schema)


def _type(schema: object) -> str | None:
    """The type of a field, where its schema leaves no doubt.

    A text with a format is none: it may be given as a date.
    """
    if not isinstance(schema, dict) or "format" in schema:
        return None
    if isinstance(schema.get("type"), str):
        return _TYPES.get(schema["type"])
    listed = schema.get("enum")
    if isinstance(listed, list) and listed and all(isinstance(item, str) for item in listed):
        return "string"
    return None


def _schema(node: Node, forms: Forms) -> dict[str, Any] | None:
    """The schema of a task's form; what is wrong with it, the checks of forms say."""
    controls = node.controls
    if controls.form_schema is not None:
        try:
            schema = json.loads(controls.form_schema)
        except (ValueError, RecursionError):
            return None
        return schema if isinstance(schema, dict) else None
    if controls.form is None:
        return None
    paths = (controls.form, f"forms/{controls.form}", f"forms/{controls.form}.json")
    return next((forms[path] for path in paths if path in forms), None)


def _is_open(node: Node, forms: Forms) -> bool:
    """Whether a node may give variables that nothing names."""
    controls = node.controls
    if controls.outputs:
        return False
    if node.is_human:
        return (_schema(node, forms) or {}).get("additionalProperties") is not False
    if node.kind is NodeKind.BUSINESS_RULE_TASK:
        return controls.decision is None
    return node.kind in _FOREIGN or any(event.kind in _BRINGING for event in node.events)
