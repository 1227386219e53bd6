"""The work that every contender does, and what is measured while it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from time import perf_counter, process_time
from typing import Protocol, TypeVar

MODEL = Path(__file__).with_name("purchase.bpmn")
STEPS = 4.5
"""Durable commits of an instance on average: start, A, B of every second one, C and D."""
AMOUNTS = (500, 1500)
"""Taken in turns: the second one needs B."""

PERSONS: Mapping[str, str] = {"A": "ann", "B": "bea", "C": "cem", "D": "dan"}
"""Who does which task."""
ROLES: Mapping[str, str] = {
    "ann": "requester",
    "bea": "approver",
    "cem": "bookkeeper",
    "dan": "storekeeper",
    "eve": "manager",
}
"""Who holds which role; eve answers for everything."""
HANDED_IN: Mapping[str, Mapping[str, object]] = {
    "A": {"item": "Printer paper", "quantity": 40},
    "B": {"approved": True},
    "C": {"invoice": "R-2026-0815"},
    "D": {"received": 40},
}
"""What is handed in with each task."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Task:
    """An open task: its id and the node that it stands at."""

    id: str
    node: str


class Desk(Protocol):
    """Something that runs purchases; each call commits durably or only reads."""

    def start(self, amount: int) -> str:
        """Start an instance; its id."""

    def open_tasks(self, instance: str) -> Sequence[Task]:
        """The open tasks of an instance."""

    def complete(self, instance: str, task: Task) -> None:
        """Do a task as the person whose it is, with what is handed in there."""


class Limit(Protocol):
    """One transaction that a step cannot be cheaper than."""

    def transaction(self) -> None:
        """Select for update, two updates, two inserts, commit."""


@dataclass(slots=True)
class Played:
    """What a round gave: ``done`` instances, or transactions of a limit; times in seconds."""

    done: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    """Processor time of the client's process."""
    starts: list[float] = field(default_factory=list)
    completions: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Done per second."""
        return self.done / self.seconds


def timed(action: Callable[[], Result], times: list[float]) -> Result:
    """Do it, and note how long it took."""
    before = perf_counter()
    result = action()
    times.append(perf_counter() - before)
    return result


def play(desk: Desk, seconds: float) -> Played:
    """Instances one after the other for about as long, as many large as small ones."""
    played = Played()
    with clocked(played) as passed:
        for amount in cycle(AMOUNTS):
            run(desk, amount, played)
            if amount == AMOUNTS[-1] and passed() >= seconds:
                break
    return played


def play_count(desk: Desk, instances: int) -> Played:
    """So many instances one after the other."""
    played = Played()
    with clocked(played):
        for _, amount in zip(range(instances), cycle(AMOUNTS), strict=False):
            run(desk, amount, played)
    return played


def run(desk: Desk, amount: int, played: Played) -> None:
    """One instance from start to end; the open tasks are read again after each step."""
    instance = timed(lambda: desk.start(amount), played.starts)
    tasks = desk.open_tasks(instance)
    while tasks:
        task = tasks[0]
        timed(lambda task=task: desk.complete(instance, task), played.completions)  # type: ignore[misc]
        tasks = desk.open_tasks(instance)
    played.done += 1


def repeat(limit: Limit, seconds: float) -> Played:
    """The transaction of a limit again and again for about as long."""
    played = Played()
    with clocked(played) as passed:
        while passed() < seconds:
            timed(limit.transaction, played.completions)
            played.done += 1
    return played


@contextmanager
def clocked(played: Played) -> Iterator[Callable[[], float]]:
    """Note the time that the block takes; gives how much has passed."""
    began, cpu = perf_counter(), process_time()
    yield lambda: perf_counter() - began
    played.seconds, played.cpu = perf_counter() - began, process_time() - cpu
