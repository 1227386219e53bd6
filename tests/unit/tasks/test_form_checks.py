"""Forms at deployment: what validation could not do is a finding."""

from __future__ import annotations

from typing import Any

import pytest

from opsflow.definitions import Draft
from opsflow.engine import Node, NodeKind, Process, TaskControls
from opsflow.tasks import check_form, check_forms, form_of

CLOSED = {"type": "object", "additionalProperties": False}


def rules(schema: dict[str, Any]) -> list[str]:
    return [finding.rule for finding in check_form(schema)]


def errors(schema: dict[str, Any]) -> list[str]:
    return [finding.rule for finding in check_form(schema) if finding.is_error]


def deep(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {"properties": {"x": schema}}
    return schema


def test_a_good_form_has_no_finding() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://example.com/request",
        "title": "Request",
        "properties": {
            "amount": {"type": "number", "x-widget": "money"},
            "on": {"format": "date", "pattern": "^2"},
            "parts": {"items": {"$ref": "#/$defs/part"}},
            "again": {"$ref": "#named"},
            "$schema": {"type": "string"},
        },
        "additionalProperties": False,
        "$defs": {"part": {"properties": {"inner": {"$ref": "#/$defs/part"}}, "$anchor": "named"}},
    }
    assert rules(schema) == []


@pytest.mark.parametrize(
    ("schema", "rule"),
    [
        ({"type": "strang"}, "opsflow.form.schema"),
        ({"properties": {"a": {"minimum": "one"}}}, "opsflow.form.schema"),
        ({"required": "amount"}, "opsflow.form.schema"),
        ({"properties": {"a": {"$ref": "https://example.com/x"}}}, "opsflow.form.reference"),
        ({"properties": {"a": {"$ref": "other.json"}}}, "opsflow.form.reference"),
        ({"properties": {"a": {"$ref": "#/$defs/gone"}}}, "opsflow.form.reference"),
        ({"properties": {"a": {"$ref": "#/title"}}, "title": "x"}, "opsflow.form.reference"),
        ({"properties": {"a": {"$ref": "#gone"}}}, "opsflow.form.reference"),
        ({"properties": {"a": {"$dynamicRef": "#x"}}}, "opsflow.form.reference"),
        ({"properties": {"a": {"$id": "https://example.com/b"}}}, "opsflow.form.reference"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "opsflow.form.dialect"),
        (
            {"properties": {"a": {"$schema": "http://json-schema.org/draft-07/schema#"}}},
            "opsflow.form.dialect",
        ),
        ({"properties": {"a": {"pattern": "(?=x)"}}}, "opsflow.form.pattern"),
        ({"properties": {"a": {"pattern": r"(a)\1"}}}, "opsflow.form.pattern"),
        ({"properties": {"a": {"pattern": "((a{1,900}){1,900}){1,900}"}}}, "opsflow.form.pattern"),
        ({"properties": {"a": {"pattern": "(" * 3000}}}, "opsflow.form.pattern"),
        ({"patternProperties": {"[": {}}}, "opsflow.form.pattern"),
        ({"properties": {"a": {"pattern": "\ud800"}}}, "opsflow.form.pattern"),
        ({"properties": {"a": {"minimum": float("inf")}}}, "opsflow.form.json"),
        (
            {"patternProperties": {"a": {}}, "allOf": [{"unevaluatedProperties": False}]},
            "opsflow.form.unevaluated",
        ),
        ({"$ref": "#"}, "opsflow.form.endless"),
        ({"allOf": [{"anyOf": [{"$ref": "#"}]}]}, "opsflow.form.endless"),
        (
            {"if": {"$ref": "#/$defs/a"}, "$defs": {"a": {"not": {"$ref": "#"}}}},
            "opsflow.form.endless",
        ),
        ({"description": "x" * 300_000}, "opsflow.form.size"),
        (deep(200), "opsflow.form.size"),
    ],
)
def test_a_form_that_cannot_be_validated_is_refused(schema: dict[str, Any], rule: str) -> None:
    assert rule in errors({**CLOSED, **schema})


def test_a_pattern_in_a_place_that_only_a_reference_reaches_is_checked_too() -> None:
    schema = {**CLOSED, "$ref": "#/definitions/a", "definitions": {"a": {"pattern": "(?!x)"}}}
    assert errors(schema) == ["opsflow.form.pattern"]


def test_what_checks_nothing_is_said() -> None:
    schema = {**CLOSED, "properties": {"a": {"requried": True, "format": "iban"}}}
    assert sorted(rules(schema)) == ["opsflow.form.format", "opsflow.form.keyword"]
    assert errors(schema) == []


def test_a_form_open_for_other_fields_is_said() -> None:
    assert rules({"type": "object"}) == ["opsflow.form.open"]


def process(*nodes: Node) -> Process:
    return Process("p", None, 1, True, {node.id: node for node in nodes}, {})


def user_task(**controls: Any) -> Node:
    return Node("work", NodeKind.USER_TASK, "Work", "p", 7, controls=TaskControls(**controls))


def findings(node: Node, forms: dict[str, dict[str, Any]] | None = None) -> list[Any]:
    return check_forms(Draft(process=process(node), forms=forms or {}, mode="open"))


def test_a_form_that_is_not_in_the_package_is_refused() -> None:
    [finding] = findings(user_task(form="forms/request.json"))
    assert (finding.rule, finding.is_error) == ("opsflow.form.missing", True)
    assert (finding.element, finding.name, finding.line) == ("work", "Work", 7)


def test_a_form_key_of_another_tool_is_a_warning() -> None:
    [finding] = findings(user_task(form="embedded:app:request.html"))
    assert (finding.rule, finding.is_error) == ("opsflow.form.missing", False)


def test_a_form_of_the_package_is_checked_under_its_path() -> None:
    [finding] = findings(user_task(), {"forms/a.json": {**CLOSED, "type": 5}})
    assert (finding.rule, finding.file) == ("opsflow.form.schema", "forms/a.json")


@pytest.mark.parametrize("text", ["{", "[]", "[" * 100_000])
def test_a_form_in_the_diagram_that_is_no_schema_is_refused(text: str) -> None:
    [finding] = findings(user_task(form_schema=text))
    assert (finding.rule, finding.element) == ("opsflow.form.json", "work")


@pytest.mark.parametrize("written", ["forms/request.json", "request.json", "request"])
def test_a_form_is_found_by_its_path_or_its_name(written: str) -> None:
    forms: dict[str, dict[str, Any]] = {"forms/request.json": CLOSED}
    assert form_of(user_task(form=written), forms) == ("forms/request.json", CLOSED)
    assert findings(user_task(form=written), forms) == []


def test_a_form_in_the_diagram_is_named_for_its_task() -> None:
    assert form_of(user_task(form_schema='{"title": "x"}'), {}) == ("work", {"title": "x"})


def test_a_task_without_a_form_has_none() -> None:
    assert form_of(user_task(), {}) is None
