"""A small purchasing department, and processes that give it work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.tasks import Task
from tests.models import human, simple

ROLES = {
    "li": "buyer",
    "wang": "buyer",
    "chen": "manager",
    "sun": "clerk",
    "zhao": "finance",
}
RACI = '<opsflow:responsibility responsible="buyer" accountable="manager" informed="finance"/>'
FORM = """<opsflow:form>{
  "required": ["amount"], "additionalProperties": false,
  "properties": {"amount": {"type": "number", "minimum": 0},
                 "supplier": {"type": "string", "pattern": "^[A-Z]"}}
}</opsflow:form>"""
EXIT = '<opsflow:gate id="release" at="exit" rule="all" voters="finance" onReject="rework"/>'
ENTRY = '<opsflow:gate id="budget" at="entry" rule="all" voters="finance"/>'


@dataclass
class Office:
    """An opsflow with people in it, and shorthands for what the tests do all the time."""

    flow: Opsflow
    clock: ManualClock

    def deploy(self, *tasks: str, process: str = "", **options: Any) -> None:
        source = simple(*tasks, process=process)
        self.flow.definitions.deploy(source, by="chen", **options)

    def start(self, **variables: object) -> str:
        return self.flow.instances.start("order", by="chen", variables=variables).id

    def task(self, instance_id: str, node_id: str = "place") -> Task:
        """The newest task of a node."""
        tasks = self.flow.tasks.of_instance(instance_id)
        return [task for task in tasks if task.node_id == node_id][-1]

    def new_task(self, controls: str = RACI, **variables: object) -> Task:
        """Deploy a process with one task, start it, give the task."""
        self.deploy(human("place", controls, "Place the order"))
        return self.task(self.start(**variables))

    def claimed(self, controls: str = RACI, **variables: object) -> Task:
        return self.flow.tasks.claim(self.new_task(controls, **variables).id, by="li")

    def events(self, instance_id: str) -> list[str]:
        return [entry.type for entry in self.flow.history.of_instance(instance_id)]


@pytest.fixture
def office(flow: Opsflow, clock: ManualClock) -> Office:
    for role in dict.fromkeys(ROLES.values()):
        flow.people.add_role(role)
    for person, role in ROLES.items():
        flow.people.add_person(person, name=person.title())
        flow.people.grant(person, role)
    return Office(flow, clock)
