"""The OpenAPI document, as somebody reads it who is new."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator

from opsflow.api import application, router
from opsflow.api.problems import MEDIA_TYPE, catalogue
from opsflow.app import Opsflow
from tests.integration.api.test_permissions import operations


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    with Opsflow("sqlite://") as flow:
        return application(flow).openapi()


def bodies(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The schema of each JSON body, by its operation."""
    for method, path, operation in operations(document):
        for media_type, body in operation.get("requestBody", {}).get("content", {}).items():
            if media_type == "application/json" and "$ref" in body["schema"]:
                name = body["schema"]["$ref"].rpartition("/")[2]
                yield f"{method} {path}", document["components"]["schemas"][name]


def test_every_operation_is_described_and_belongs_to_a_group(document: dict[str, Any]) -> None:
    groups = {tag["name"] for tag in document["tags"] if tag["description"]}
    used = set()
    for method, path, operation in operations(document):
        assert operation["summary"], (method, path)
        assert operation["description"], (method, path)
        assert len(operation["tags"]) == 1, (method, path)
        used.update(operation["tags"])
    assert used == groups


def test_every_body_has_an_example_that_fits_it(document: dict[str, Any]) -> None:
    found = list(bodies(document))
    assert len(found) > 30
    for where, schema in found:
        whole = {**schema, "components": document["components"]}
        assert schema.get("examples"), where
        for example in schema["examples"]:
            Draft202012Validator(whole).validate(example)


def test_every_kind_of_problem_is_in_the_description(document: dict[str, Any]) -> None:
    for status, name, _title in catalogue():
        assert f"| `urn:opsflow:problem:{name}` | {status} |" in document["info"]["description"]


def test_errors_are_problems_and_nothing_else(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        for status, response in operation["responses"].items():
            if status >= "400":
                assert response["content"].keys() == {MEDIA_TYPE}, (method, path, status)


def test_what_the_document_refers_to_is_in_it() -> None:
    with Opsflow("sqlite://") as flow:
        host = FastAPI()
        host.include_router(router(flow), prefix="/flow")
        document = host.openapi()
    schemas = document["components"]["schemas"].keys()
    text = str(document)
    wanted = {part.partition("'")[0] for part in text.split("#/components/schemas/")[1:]}
    assert wanted <= schemas


def test_only_what_is_changed_by_two_at_once_compares_revisions(document: dict[str, Any]) -> None:
    comparing = {
        path
        for _method, path, operation in operations(document)
        if any(each["name"] == "If-Match" for each in operation.get("parameters", ()))
    }
    calendar = {path for path in comparing if path.endswith("/calendars/{calendar}")}
    assert (len(comparing), len(calendar)) == (11, 1)
    assert all("/tasks/{task_id}/" in path for path in comparing - calendar)
