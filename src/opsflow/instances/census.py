"""How many there are: counts for whoever watches, never what is in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from opsflow.db import Database
from opsflow.instances import store


@dataclass(frozen=True, slots=True)
class Population:
    """How many instances of a process run."""

    process_key: str
    running: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many incidents of a kind wait for a human in a process."""

    process_key: str
    code: str
    count: int


@dataclass(frozen=True, slots=True)
class Overdue:
    """How many timers are due and have not fired yet, and since when the first of them is."""

    count: int
    since: datetime | None


class Census:
    """Counts instances, incidents and timers. It reads indexes, and no content of an instance."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def running(self) -> list[Population]:
        """How many instances run, for every process that was ever deployed."""
        with self._database.reading() as unit:
            return [Population(*row) for row in store.count_running(unit.session)]

    def incidents(self) -> list[Waiting]:
        """How many steps wait for a human, by process and kind of incident."""
        with self._database.reading() as unit:
            return [Waiting(*row) for row in store.count_incidents(unit.session)]

    def overdue(self) -> Overdue:
        """The timers of instances and processes that should have fired; not of suspended ones."""
        with self._database.reading() as unit:
            return Overdue(*store.count_overdue(unit.session, unit.now))
