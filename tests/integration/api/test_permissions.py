"""Every route as every role, as nobody, and with a token that is for something else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from opsflow.access import PERMISSIONS, AccessRole, Permission
from opsflow.api import application
from opsflow.app import Opsflow
from tests.integration.api.conftest import Service

PUBLIC = {("GET", "/health/live"), ("GET", "/health/ready")}
SIGNED = {("POST", "/api/v1/webhooks/{name}")}
"""Opened by the signature of what is sent: nobody's token opens them."""
PEOPLE = {
    "sun": frozenset({AccessRole.WORKER}),
    "chen": frozenset({AccessRole.WORKER, AccessRole.PROCESS_OWNER}),
    "otto": frozenset({AccessRole.WORKER, AccessRole.AUDITOR}),
    "ada": frozenset({AccessRole.WORKER, AccessRole.ADMINISTRATOR}),
    "robot": frozenset({AccessRole.WORKER, AccessRole.MACHINE}),
}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def allowed(operation: dict[str, Any], roles: frozenset[AccessRole]) -> bool:
    needed = [Permission(each) for each in operation["x-permissions"]]
    return any(PERMISSIONS[each].roles & roles for each in needed)


def call(service: Service, method: str, path: str, headers: dict[str, str]) -> Any:
    filled = re.sub(r"\{[^}]*\}", "nothing", path)
    return service.client.request(method, filled, headers=headers)


def test_every_route_declares_a_permission_or_is_known_to_be_public() -> None:
    with Opsflow("sqlite://") as flow:
        document = application(flow).openapi()
    found = list(operations(document))
    assert len(found) > 70
    for method, path, operation in found:
        if (method, path) in PUBLIC:
            assert "x-permissions" not in operation
        elif (method, path) in SIGNED:
            assert (operation["x-permissions"], operation["x-signed"]) == ([], True)
            assert operation["security"] == [{"signature": []}]
        else:
            assert "x-signed" not in operation
            assert operation["x-permissions"], (method, path)
            assert operation["security"] == [{"token": []}], (method, path)


def test_nobody_gets_anywhere(service: Service) -> None:
    for method, path, _operation in operations(service.app.openapi()):
        if (method, path) not in PUBLIC:
            for headers in ({}, {"Authorization": "Bearer opsflow_wrong"}):
                answer = call(service, method, path, headers)
                assert answer.status_code == 401, (method, path, answer.text)
                assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("person", PEOPLE)
def test_each_role_gets_where_the_table_says_and_nowhere_else(
    service: Service, person: str
) -> None:
    for method, path, operation in operations(service.app.openapi()):
        if (method, path) in PUBLIC:
            continue
        answer = call(service, method, path, service.headers(person))
        if (method, path) in SIGNED:
            assert answer.status_code == 401, (method, path, answer.text)
            continue
        refused = answer.status_code == 403 and answer.json()["rule"] == "access.permission"
        assert refused is not allowed(operation, PEOPLE[person]), (method, path, answer.text)
        assert answer.status_code < 500, (method, path, answer.text)


def test_a_token_for_one_thing_opens_nothing_else(service: Service) -> None:
    issued = service.flow.access.issue_token(
        "chen", by="system", name="narrow", scopes=[Permission.DECISIONS_EVALUATE]
    )
    headers = {"Authorization": f"Bearer {issued.secret}"}
    for method, path, operation in operations(service.app.openapi()):
        if (method, path) in PUBLIC | SIGNED or "decisions:evaluate" in operation["x-permissions"]:
            continue
        answer = call(service, method, path, headers)
        assert answer.status_code == 403, (method, path, answer.text)
        assert answer.json()["rule"] == "access.permission"
