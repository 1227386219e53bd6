"""What is counted instead of timed: statements, row writes, bytes of the log, bytes stored."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

import psycopg
from sqlalchemy import Engine, event, make_url

from benchmarks.purchase.ours import Ours, fill
from benchmarks.purchase.places import Place, path_of
from benchmarks.purchase.workload import AMOUNTS, play_count

CONTROL = ("BEGIN", "PRAGMA")
"""Statements that are not counted: one database needs them as a text of their own, one does not."""
WARMING = 20
"""Instances before something is counted: the first rows of a table take a whole page."""
PARTS = 5
"""Parts in which the log of PostgreSQL is read; the median part counts."""
VACUUM_EVERY = 100
"""Instances between two rounds of what autovacuum does after a while."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Per instance, unless said otherwise."""

    statements: float
    reading_again: float
    """Statements of the reads after each step, which are among ``statements``."""
    start_statements: float
    completion_statements: float
    """The most of one completion."""
    row_writes: float
    wal: float
    completed: float
    """Bytes stored."""


class Statements:
    """Counts what an engine sends."""

    def __init__(self, engine: Engine) -> None:
        self.sent: list[str] = []
        event.listen(engine, "before_cursor_execute", self._note)

    def _note(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(CONTROL):
            self.sent.append(statement)

    def take(self) -> list[str]:
        """What was sent since the last time."""
        taken, self.sent = self.sent, []
        return taken


def measure(place: Place, instances: int) -> Sizes:
    """Run instances on a new database, and count."""
    url = place.fresh()
    ours = Ours.set_up(url)
    play_count(ours, WARMING)
    starts, completions, reads = _statements(ours)
    ours.close()
    rows, wal = _writes(place, url, instances)
    completed = _stored(place, url, instances)
    count = len(AMOUNTS)
    return Sizes(
        statements=(sum(starts) + sum(completions) + reads) / count,
        reading_again=reads / count,
        start_statements=sum(starts) / count,
        completion_statements=max(completions),
        row_writes=rows / instances,
        wal=wal / instances,
        completed=completed / instances,
    )


def stored_open(place: Place, url: str, instances: int) -> float:
    """Fill a database with open instances; the bytes that each of them takes."""
    ours = Ours(url)
    fill(ours, WARMING)
    before = place.stored(url)
    fill(ours, instances - WARMING)
    ours.close()
    return (place.stored(url) - before) / (instances - WARMING)


def _statements(ours: Ours) -> tuple[list[int], list[int], int]:
    counted = Statements(ours.flow.engine)
    starts, completions, reads = [], [], 0
    for amount in AMOUNTS:
        instance = ours.start(amount)
        starts.append(len(counted.take()))
        tasks = ours.open_tasks(instance)
        while tasks:
            reads += len(counted.take())
            ours.complete(instance, tasks[0])
            completions.append(len(counted.take()))
            tasks = ours.open_tasks(instance)
        reads += len(counted.take())
    return starts, completions, reads


def _writes(place: Place, url: str, instances: int) -> tuple[int, float]:
    """Rows written, and bytes of the log."""
    if place.name == "SQLite":
        return _sqlite_writes(url, instances)
    written = [_postgres_written(url)]
    for _ in range(PARTS):
        ours = Ours(url)
        play_count(ours, instances // PARTS)
        ours.close()
        written.append(_postgres_written(url))
    rows = written[-1][0] - written[0][0]
    # A checkpoint makes the log longer for a while: the pages touched next are in it whole.
    return rows, PARTS * median(after[1] - before[1] for before, after in pairwise(written))


def _postgres_written(url: str) -> tuple[int, int]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("SELECT pg_stat_force_next_flush()")
        row = connection.execute(
            "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0), "
            "pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') FROM pg_stat_user_tables"
        ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def _sqlite_writes(url: str, instances: int) -> tuple[int, int]:
    ours = Ours(url)
    connections: list[sqlite3.Connection] = []

    def keep(connection: Any, _record: object) -> None:
        # The log is read by its length, so it must not begin anew.
        connection.execute("PRAGMA wal_autocheckpoint=0")
        connections.append(connection)

    event.listen(ours.flow.engine, "connect", keep)
    log = path_of(url).with_name(path_of(url).name + "-wal")
    play_count(ours, 2)
    rows, size = sum(each.total_changes for each in connections), log.stat().st_size
    play_count(ours, instances)
    written = sum(each.total_changes for each in connections) - rows, log.stat().st_size - size
    ours.close()
    return written


def _stored(place: Place, url: str, instances: int) -> int:
    before = place.stored(url)
    ours = Ours(url)
    for done in range(0, instances, VACUUM_EVERY):
        play_count(ours, min(VACUUM_EVERY, instances - done))
        place.stored(url)
    ours.close()
    return place.stored(url) - before
