"""People, and tasks behind gates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from opsflow.app import Opsflow
from opsflow.approvals import GateStatus
from opsflow.tasks import Task
from tests.models import human, simple

PEOPLE = {
    "ann": ["buyer"],
    "bob": ["buyer"],
    "mia": ["manager"],
    "fay": ["finance"],
    "fox": ["finance"],
    "leo": ["legal"],
    "cid": ["cfo"],
    "two": ["finance", "legal"],
    "all": ["buyer", "finance", "legal"],
    **{f"b{number}": ["board"] for number in range(1, 6)},
}


@dataclass
class Work:
    """One task behind gates, and short words for what is done with it."""

    flow: Opsflow
    id: str
    instance_id: str

    @property
    def task(self) -> Task:
        return self.flow.tasks.get(self.id)

    def gate(self, gate_id: str = "g") -> GateStatus:
        found = self.flow.approvals.gates(self.id)
        return next(status for status in found if status.gate.gate_id == gate_id)

    def state(self, gate_id: str = "g") -> str:
        return self.gate(gate_id).gate.state

    def submit(self, by: str = "ann", /, **data: object) -> Work:
        if self.task.state == "offered":
            self.flow.tasks.claim(self.id, by=by)
        self.flow.tasks.complete(self.id, by=by, data=data)
        return self

    def vote(self, by: str, choice: str = "approve", reason: str = "", **more: str) -> GateStatus:
        open_gates = [s for s in self.flow.approvals.gates(self.id) if s.gate.state == "open"]
        gate = more.pop("gate", None) or open_gates[0].gate.id
        said = reason or ("not good" if choice == "reject" else "")
        return self.flow.approvals.vote(gate, by=by, choice=choice, reason=said, **more)

    def reject(self, by: str, reason: str = "not good") -> GateStatus:
        return self.vote(by, "reject", reason)

    def live(self, gate_id: str = "g") -> list[str]:
        return sorted(vote.person for vote in self.gate(gate_id).votes if vote.is_live)

    def events(self, *types: str) -> list[str]:
        entries = self.flow.history.of_instance(self.instance_id)
        return [entry.type for entry in entries if not types or entry.type in types]


@pytest.fixture
def people(flow: Opsflow) -> None:
    for person, roles in PEOPLE.items():
        flow.people.add_person(person, name=person.title())
        for role in roles:
            if not flow.people.role_exists(role):
                flow.people.add_role(role)
            flow.people.grant(person, role)


Start = Callable[..., Work]


@pytest.fixture
def behind(flow: Opsflow, people: None) -> Start:
    """Starts a process with one task that has the gates (and other controls) given."""

    def start(
        controls: str, variables: Mapping[str, object] | None = None, process: str = ""
    ) -> Work:
        flow.definitions.deploy(simple(human("do", controls), process=process), by="mia")
        instance = flow.instances.start("order", by="mia", variables=variables or {})
        (task,) = flow.tasks.of_instance(instance.id)
        return Work(flow, task.id, instance.id)

    return start


def gate(voters: str = "finance legal", rule: str = "all", **given: str) -> str:
    """The XML of an exit gate ``g``; attributes override. ``tiers`` is its content."""
    tiers = given.pop("tiers", "")
    attributes = {
        "id": "g",
        "at": "exit",
        "rule": rule,
        "voters": ",".join(voters.split()),
        **given,
    }
    written = " ".join(f'{name}="{value}"' for name, value in attributes.items() if value)
    return f"<opsflow:gate {written}>{tiers}</opsflow:gate>"
