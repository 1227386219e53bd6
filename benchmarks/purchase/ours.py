"""Purchases through opsflow's facade: matrix, events and hash chain on, as everybody has them."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.purchase.workload import AMOUNTS, HANDED_IN, MODEL, PERSONS, ROLES, Task, timed
from opsflow import Opsflow, WrongState

BATCH = 100
"""Instances that are made in one transaction where nothing is timed."""


class Ours:
    """One client of opsflow."""

    def __init__(self, url: str) -> None:
        self.flow = Opsflow(url)
        self._is_one_click = True

    @classmethod
    def set_up(cls, url: str) -> Ours:
        """Make the tables, name the people, deploy the process."""
        ours = cls(url)
        ours.flow.migrate()
        people = ours.flow.people
        for person, role in ROLES.items():
            people.add_role(role)
            people.add_person(person, name=person.title())
            people.grant(person, role)
        ours.flow.definitions.deploy(MODEL, by="eve")
        return ours

    def start(self, amount: int) -> str:
        """Start an instance; its id."""
        started = self.flow.instances.start("purchase", by="ann", variables={"amount": amount})
        return started.id

    def open_tasks(self, instance: str) -> Sequence[Task]:
        """The open tasks of an instance."""
        tasks = self.flow.tasks.of_instance(instance)
        return [Task(task.id, task.node_id) for task in tasks if task.is_open]

    def complete(self, _instance: str, task: Task) -> None:
        """One click, where completing an offered task claims it; else both in one transaction."""
        if self._is_one_click:
            try:
                self.hand_in(task)
            except WrongState:
                self._is_one_click = False
            else:
                return
        with self.flow.transaction():
            self.claim(task)
            self.hand_in(task)

    def claim(self, task: Task) -> None:
        """Take a task as the person whose it is."""
        self.flow.tasks.claim(task.id, by=PERSONS[task.node])

    def hand_in(self, task: Task) -> None:
        """Complete a task, claimed or, where that claims it, offered."""
        person = PERSONS[task.node]
        self.flow.tasks.complete(task.id, by=person, data=HANDED_IN[task.node])

    def close(self) -> None:
        """Give the connections back."""
        self.flow.close()


def fill(ours: Ours, instances: int) -> None:
    """So many open instances at A; two of a hundred are a step further: at C and D, and at B."""
    for begun in range(0, instances, BATCH):
        with ours.flow.transaction():
            for number in range(min(BATCH, instances - begun)):
                instance = ours.start(AMOUNTS[number % len(AMOUNTS)])
                if number < len(AMOUNTS):
                    ours.complete(instance, ours.open_tasks(instance)[0])


def list_tasks(ours: Ours, person: str, page: int, times: int) -> list[float]:
    """How long it takes each time to read the first page of what a person may claim or has."""
    seconds: list[float] = []
    for _ in range(times):
        found = timed(lambda: ours.flow.tasks.for_person(person, view="all", limit=page), seconds)
        assert found, f"{person} has no tasks"
    return seconds


def require_sound(ours: Ours) -> None:
    """What was done is what should be: the totals of ended instances, and the hash chain."""
    flow = ours.flow
    ended = flow.instances.find(status="completed", limit=len(AMOUNTS))
    totals = {flow.instances.variables(instance.id)["total"] for instance in ended}
    assert totals == {amount * 40 for amount in AMOUNTS}, f"wrong totals: {totals}"
    assert flow.history.verify().holds, "the hash chain is broken"
