"""A department whose tasks have service levels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pytest

from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.tasks import Task
from tests.models import human, simple

OFFICE_HOURS = {"zone": "UTC", "hours": {"mon-fri": ["09:00-17:00"]}}
ROLES = {"li": "buyer", "wang": "buyer", "dong": "deputy", "chen": "manager"}
RACI = '<opsflow:responsibility responsible="buyer,deputy" accountable="manager"/>'


def level(*rungs: str, said: str = 'due="PT16H" calendar="office"') -> str:
    inside = "".join(f"<opsflow:rung {rung}/>" for rung in rungs)
    return f"{RACI}<opsflow:serviceLevel {said}>{inside}</opsflow:serviceLevel>"


@dataclass
class Office:
    """An opsflow with people in it, and shorthands."""

    flow: Opsflow
    clock: ManualClock

    def deploy(self, controls: str, *, process: str = "", more: str = "") -> None:
        source = simple(human("place", controls, "Place the order"), process=process)
        if more:
            source = source.replace(
                b'<userTask id="place"', f'<userTask id="place" {more}'.encode()
            )
        self.flow.definitions.deploy(source, by="chen")

    def open(self, controls: str, *, process: str = "", more: str = "") -> Task:
        """Deploy a process with one task, start it, give the task."""
        self.deploy(controls, process=process, more=more)
        return self.start()

    def start(self) -> Task:
        run = self.flow.instances.start("order", by="chen")
        return self.flow.tasks.of_instance(run.id)[-1]

    def at(self, moment: datetime) -> None:
        """Let time pass, and do what is due."""
        self.clock.move_to(moment)
        self.flow.jobs.run_until_idle()

    def told(self, person: str) -> list[str]:
        return [notice.kind for notice in reversed(self.flow.notifications.inbox(person))]

    def events(self, task: Task) -> list[str]:
        entries = self.flow.history.of_instance(task.instance_id)
        return [entry.type for entry in entries]


@pytest.fixture
def office(flow: Opsflow, clock: ManualClock) -> Office:
    for role in dict.fromkeys(ROLES.values()):
        flow.people.add_role(role)
    for person, role in ROLES.items():
        flow.people.add_person(person, name=person.title())
        flow.people.grant(person, role)
    flow.calendars.define("office", OFFICE_HOURS)
    return Office(flow, clock)
