"""An opsflow served over HTTP, with people of every access role and a process that gives work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from opsflow.access import AccessRole
from opsflow.api import Settings, application
from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from tests.models import human, simple

ROLES = {"li": "buyer", "wang": "buyer", "chen": "manager", "sun": "clerk", "zhao": "finance"}
ACCESS = {
    "chen": AccessRole.PROCESS_OWNER,
    "otto": AccessRole.AUDITOR,
    "ada": AccessRole.ADMINISTRATOR,
    "robot": AccessRole.MACHINE,
}
API = "/api/v1"
GENEROUS = Settings(rate=1_000_000, burst=1_000_000, failures=1_000_000)


@dataclass
class Service:
    """The service, and how somebody calls it."""

    flow: Opsflow
    clock: ManualClock
    app: FastAPI
    client: TestClient
    tokens: dict[str, str] = field(default_factory=dict)

    def token(self, person: str) -> str:
        """A token of a person, issued once."""
        if person not in self.tokens:
            issued = self.flow.access.issue_token(person, by="system", name="test")
            self.tokens[person] = issued.secret
        return self.tokens[person]

    def headers(self, person: str, **further: str) -> dict[str, str]:
        """The headers of a person's request."""
        return {"Authorization": f"Bearer {self.token(person)}", **further}

    def get(self, person: str, path: str, **options: Any) -> Any:
        return self.client.get(API + path, **self._options(person, options))

    def post(self, person: str, path: str, **options: Any) -> Any:
        return self.client.post(API + path, **self._options(person, options))

    def put(self, person: str, path: str, **options: Any) -> Any:
        return self.client.put(API + path, **self._options(person, options))

    def delete(self, person: str, path: str, **options: Any) -> Any:
        return self.client.delete(API + path, **self._options(person, options))

    def _options(self, person: str, options: dict[str, Any]) -> dict[str, Any]:
        headers = self.headers(person) | options.get("headers", {})
        return {**options, "headers": headers}

    def deploy(self, *tasks: str, process: str = "") -> None:
        """Deploy the process ``order`` of these tasks."""
        self.flow.definitions.deploy(simple(*tasks, process=process), by="chen")

    def start(self, **variables: object) -> str:
        """A new instance of ``order``."""
        return self.flow.instances.start("order", by="chen", variables=variables).id

    def new_task(self, controls: str = "") -> str:
        """The id of the task of a new instance of a process with one task."""
        self.deploy(human("place", controls, "Place the order"))
        return self.flow.tasks.of_instance(self.start())[-1].id


def populate(flow: Opsflow) -> None:
    """People, their roles and their access."""
    with flow.transaction():
        for role in sorted(set(ROLES.values())):
            flow.people.add_role(role)
        for person in sorted({*ROLES, *ACCESS}):
            flow.people.add_person(person, name=person.title())
        for person, role in ROLES.items():
            flow.people.grant(person, role)
        for person, access_role in ACCESS.items():
            flow.access.grant(person, access_role, by="system")


@pytest.fixture
def service(flow: Opsflow, clock: ManualClock) -> Iterator[Service]:
    """The service, with people of every kind."""
    populate(flow)
    app = application(flow, settings=GENEROUS)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Service(flow, clock, app, client)
