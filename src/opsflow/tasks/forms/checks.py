"""Checks of forms at deployment: what validation could not do, or not in bounded time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, SchemaError

from opsflow.definitions import Draft
from opsflow.engine import Node
from opsflow.findings import Finding, Severity
from opsflow.tasks.forms.formats import ASSERTED
from opsflow.tasks.forms.patterns import PatternError, check_pattern
from opsflow.tasks.forms.schema_tree import SchemaTree, tree_of

SCHEMA_LIMIT = 200_000
"""Characters of JSON text that a schema may have."""
SCHEMA_DEPTH = 64
"""How deep a schema may be nested."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def check_forms(draft: Draft) -> list[Finding]:
    """Every form of a draft, and every task that names one."""
    findings: list[Finding] = []
    for path, schema in draft.forms.items():
        findings += [replace(found, file=path) for found in check_form(schema)]
    for node in draft.process.nodes.values():
        findings += [
            replace(found, element=node.id, name=node.name, line=found.line or node.line)
            for found in _check_node(node, draft.forms)
        ]
    return findings


def form_of(node: Node, forms: Mapping[str, dict[str, Any]]) -> tuple[str, dict[str, Any]] | None:
    """The name and schema of a task's form: written in the diagram, or a file of the package.

    A file is named by its path, or by its bare name: ``request`` is ``forms/request.json``.
    """
    controls = node.controls
    if controls.form_schema is not None:
        schema: dict[str, Any] = json.loads(controls.form_schema)
        return node.id, schema
    if controls.form is None:
        return None
    paths = (controls.form, f"forms/{controls.form}", f"forms/{controls.form}.json")
    return next(((path, forms[path]) for path in paths if path in forms), None)


def _check_node(node: Node, forms: Mapping[str, dict[str, Any]]) -> Iterator[Finding]:
    if node.controls.form_schema is not None:
        yield from _check_inline(node.controls.form_schema)
    elif node.controls.form is not None and form_of(node, forms) is None:
        yield _missing(node.controls.form)


def _missing(reference: str) -> Finding:
    is_file = reference.endswith(".json")
    return _finding(
        "opsflow.form.missing",
        f"there is no form {reference!r} in the package",
        "Put the JSON Schema into the package under forms/; until then any data is taken.",
        Severity.ERROR if is_file else Severity.WARNING,
    )


def _check_inline(text: str) -> list[Finding]:
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError) as error:
        return [_finding("opsflow.form.json", f"the form is not JSON: {error}", "Mend the text.")]
    if not isinstance(schema, dict):
        return [_finding("opsflow.form.json", "a schema is a JSON object", "Write { … }.")]
    return check_form(schema)


def check_form(schema: Mapping[str, Any]) -> list[Finding]:
    """What is wrong with one schema; ``validate`` may be trusted with one without errors."""
    findings = list(_bounds(schema))
    if findings:
        return findings
    findings += _by_metaschema(schema)
    if findings:
        return findings
    tree = tree_of(schema)
    for check in (_dialect, _references, _endless, _patterns, _formats, _keywords, _openness):
        findings += check(tree)
    return findings


def _bounds(schema: Mapping[str, Any]) -> Iterator[Finding]:
    level: list[Any] = [schema]
    depth = 0
    while level and depth <= SCHEMA_DEPTH:
        depth += 1
        level = [inner for part in level for inner in _parts(part)]
    if depth > SCHEMA_DEPTH:
        message = f"the schema is nested deeper than {SCHEMA_DEPTH}"
        yield _finding("opsflow.form.size", message, "Split it with $defs and $ref.")
        return
    try:
        length = len(json.dumps(schema, allow_nan=False))
    except ValueError as error:
        # Python reads NaN, Infinity and 1e999, which are no JSON.
        yield _finding("opsflow.form.json", f"the form is not JSON: {error}", "Mend the number.")
        return
    if length > SCHEMA_LIMIT:
        message = f"the schema is longer than {SCHEMA_LIMIT} characters"
        yield _finding("opsflow.form.size", message, "Ask for less in one form.")


def _parts(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list) else []


def _by_metaschema(schema: Mapping[str, Any]) -> Iterator[Finding]:
    plain = {key: value for key, value in schema.items() if key != "$schema"}
    try:
        Draft202012Validator.check_schema(plain, format_checker=FormatChecker(formats=()))
    except SchemaError as error:
        place = "/".join(map(str, error.absolute_path)) or "the schema"
        message = f"{place}: {error.message[:300]}"
        yield _finding("opsflow.form.schema", message, f"Write it as {DIALECT} says.")


def _dialect(tree: SchemaTree) -> Iterator[Finding]:
    for place, schema in _objects(tree):
        written = str(schema.get("$schema", DIALECT))
        if written.rstrip("#") != DIALECT or (place and "$schema" in schema):
            message = f"{place or 'the schema'} is written in {written}"
            hint = f"Write the whole schema in {DIALECT}."
            yield _finding("opsflow.form.dialect", message, hint)


def _references(tree: SchemaTree) -> Iterator[Finding]:
    for place, reference in tree.references():
        if tree.target(reference) is None:
            yield _reference(f"{place or 'the schema'} refers to {reference!r}")
    for place, schema in _objects(tree):
        if "$dynamicRef" in schema:
            yield _reference(f"{place or 'the schema'} has a $dynamicRef")
        if place and "$id" in schema:
            yield _reference(f"{place} has an $id of its own, which would move its references")


def _reference(message: str) -> Finding:
    hint = "Refer to a schema of this document by #/$defs/name; nothing is fetched from elsewhere."
    return _finding("opsflow.form.reference", message, hint)


def _endless(tree: SchemaTree) -> Iterator[Finding]:
    place = tree.endless()
    if place is not None:
        message = f"{place or 'the schema'} refers to itself for the same value, without an end"
        yield _finding("opsflow.form.endless", message, "Let it refer to itself below a property.")


def _patterns(tree: SchemaTree) -> Iterator[Finding]:
    for place, schema in _objects(tree):
        named = schema.get("patternProperties", {})
        for pattern in [*named, *([schema["pattern"]] if "pattern" in schema else [])]:
            try:
                check_pattern(pattern)
            except PatternError as refused:
                message = f"{place or 'the schema'}: pattern {pattern[:100]!r}: {refused}"
                hint = "Write it without look-around and back references, and repeat at most 1000."
                yield _finding("opsflow.form.pattern", message, hint)
    keywords = {keyword for _, schema in _objects(tree) for keyword in schema}
    if {"patternProperties", "unevaluatedProperties"} <= keywords:
        # jsonschema matches these two together with Python's backtracking patterns.
        message = "patternProperties and unevaluatedProperties are both used"
        yield _finding("opsflow.form.unevaluated", message, "Use additionalProperties instead.")


def _formats(tree: SchemaTree) -> Iterator[Finding]:
    for place, schema in _objects(tree):
        written = schema.get("format")
        if written is not None and written not in ASSERTED:
            message = f"{place or 'the schema'}: the format {written!r} is not checked"
            hint = f"Checked are {', '.join(sorted(ASSERTED))}; for others write a pattern."
            yield _finding("opsflow.form.format", message, hint, Severity.INFORMATION)


def _keywords(tree: SchemaTree) -> Iterator[Finding]:
    for place, schema in _objects(tree):
        for keyword in schema.keys() - KEYWORDS:
            if not keyword.startswith("x-"):
                message = f"{place or 'the schema'}: {keyword!r} is no keyword and checks nothing"
                hint = "Mend its spelling, or begin it with x- when it is for your own use."
                yield _finding("opsflow.form.keyword", message, hint, Severity.WARNING)


def _openness(tree: SchemaTree) -> Iterator[Finding]:
    root = tree.schemas[""]
    if isinstance(root, Mapping) and not root.keys() & _CLOSING:
        message = "the form takes fields that it does not name, as variables of the process"
        hint = 'Add "additionalProperties": false to take the named fields only.'
        yield _finding("opsflow.form.open", message, hint, Severity.INFORMATION)


def _objects(tree: SchemaTree) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for place, schema in tree.schemas.items():
        if isinstance(schema, Mapping):
            yield place, schema


def _finding(rule: str, message: str, hint: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(severity=severity, rule=rule, message=message, hint=hint)


_CLOSING = frozenset({"additionalProperties", "unevaluatedProperties"})
KEYWORDS = frozenset(Draft202012Validator.VALIDATORS) | {
    "$anchor", "$comment", "$defs", "$dynamicAnchor", "$id", "$schema", "$vocabulary",
    "contentEncoding", "contentMediaType", "contentSchema", "default", "definitions",
    "deprecated", "description", "else", "examples", "maxContains", "minContains",
    "readOnly", "then", "title", "writeOnly",
}  # fmt: skip
"""The keywords of JSON Schema 2020-12, and ``definitions``, which references still reach."""
