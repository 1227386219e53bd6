"""The unit of work: one transaction, and the events announced in it."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session, configure_mappers

from opsflow.clock import Clock
from opsflow.db.conflicts import translated
from opsflow.db.engine import reading_engine, snapshot_engine
from opsflow.db.joining import after_commit_of, connection_of, set_savepoint
from opsflow.errors import Invalid
from opsflow.events import Event
from opsflow.telemetry import SILENT, Observer

LOG = logging.getLogger("opsflow.db")

Recorder: TypeAlias = Callable[["Unit", Event], None]
"""Takes an announced event into the history, at once."""
Router: TypeAlias = Callable[["Unit", Event], None]
"""Takes an announced event to the features that react, after the use case is done."""
Writer: TypeAlias = Callable[["Unit", Sequence[Any]], None]
"""Writes everything that was left to it, in one go."""
RowWriter: TypeAlias = Callable[[Connection, Sequence[Any]], None]
"""The same for rows that are written before anything else is asked."""


class Unit:
    """What one transaction works with. ``now`` stands still for its whole length.

    ``memory`` is for what features keep for the length of the transaction; it is emptied
    when a part of the transaction is rolled back. ``busy`` marks what is in the middle of
    something; whoever puts a mark there takes it away. ``reads``: nothing can be changed.
    """

    def __init__(
        self,
        bind: Session | Connection,
        now: datetime,
        record: Recorder,
        route: Router,
        *,
        reads: bool = False,
    ) -> None:
        self._session = bind if isinstance(bind, Session) else None
        self._connection = bind if isinstance(bind, Connection) else None
        self.now = now
        self.reads = reads
        self.memory: dict[object, object] = {}
        self.busy: set[object] = set()
        self._record = record
        self._route = route
        self._announced: deque[Event] = deque()
        self._left: list[tuple[Writer, object]] = []
        self._behind: list[tuple[RowWriter, object]] = []
        self._after_commit: list[Callable[[], None]] = []
        self._inside = False
        self._visited = False
        self.gathers = False
        """Rows that a use case leaves to be written wait for those of the next ones."""

    @property
    def session(self) -> Session:
        """The session; what only reads has none before it is asked for."""
        if self._behind:
            self._catch_up()
        if self._session is None:
            self._session = Session(self._connection, expire_on_commit=False, autoflush=False)
        return self._session

    @property
    def connection(self) -> Connection:
        """For the statements that need nothing of a session's: it costs as much as they do.

        Ask for it again for each of them.
        """
        if self._behind:
            self._catch_up()
        if self._connection is None:
            self._connection = self.session.connection()
        return self._connection

    def announce(self, event: Event) -> None:
        """Record the event now; whoever reacts does so when the running use case has ended."""
        if self.reads:
            raise AssertionError(f"{type(event).__name__} is announced where nothing changes")
        self._record(self, event)
        self._announced.append(event)

    def after_commit(self, action: Callable[[], None]) -> None:
        """Do something once the transaction is durable, and never if it is rolled back."""
        self._after_commit.append(action)

    def write_last(self, writer: Writer, item: object) -> None:
        """Leave something to be written, together with its like, when the transaction ends."""
        self._left.append((writer, item))

    def write_behind(self, writer: RowWriter, row: object) -> None:
        """Leave a row to be written, together with its like, before the next statement here.

        Whoever asks for the session or the connection sees it written.
        """
        self._behind.append((writer, row))

    def _catch_up(self) -> None:
        behind, self._behind = self._behind, []
        rows: dict[RowWriter, list[object]] = {}
        for writer, row in behind:
            rows.setdefault(writer, []).append(row)
        for writer, of_writer in rows.items():
            writer(self.connection, of_writer)

    def write_now(self) -> None:
        """Write what was left to the end: for the end, and for who reads before it."""
        if self._behind:
            self._catch_up()
        left, self._left = self._left, []
        items: dict[Writer, list[object]] = {}
        for writer, item in left:
            items.setdefault(writer, []).append(item)
        for writer, of_writer in items.items():
            writer(self, of_writer)

    @property
    def is_called(self) -> bool:
        """Whether a use case is running that calls the next one, and answers for it."""
        return self._inside and not self._visited

    @contextmanager
    def use_case(self, *, savepoint: bool = True) -> Iterator[None]:
        """Run one use case: its own changes, then the reactions to what it announced.

        Reactions run one after the other, never inside each other: a use case that is
        called by a reaction leaves its announcements to the outer one.
        """
        if self.is_called:
            yield
            return
        if self._inside:
            self._visited = False
            try:
                with self.part():
                    yield
            finally:
                self._visited = True
            return
        self._inside = True
        waiting, left = len(self._after_commit), self._left_now()
        try:
            if savepoint:
                with self._savepoint():
                    yield
                    self._settle()
            else:
                yield
                self._settle()
        except BaseException:
            self._announced.clear()
            self._behind.clear()
            self.memory.clear()
            del self._after_commit[waiting:]
            self._leave_only(left)
            raise
        finally:
            self._inside = False

    @contextmanager
    def visit(self) -> Iterator[None]:
        """Let foreign code run in the middle of a use case; all it did is undone if it raises.

        It may call use cases and go on after one of them has raised.
        """
        before, self._visited = self._visited, True
        try:
            with self.part():
                yield
        finally:
            self._visited = before

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part of the transaction of which nothing is kept when it raises."""
        announced, waiting = len(self._announced), len(self._after_commit)
        left = self._left_now()
        try:
            with self._savepoint():
                yield
        except BaseException:
            while len(self._announced) > announced:
                self._announced.pop()
            self._behind.clear()
            self.memory.clear()
            del self._after_commit[waiting:]
            self._leave_only(left)
            raise

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        """What is done from here on can be undone, also what the session does not do itself."""
        with self.session.begin_nested():
            # Only a session that asks for its connection makes the savepoint there.
            self.session.connection()
            yield

    def close(self) -> None:
        """Let go of the objects of a session that was asked for."""
        if self._session is not None:
            self._session.close()

    def committed(self) -> None:
        """Run what waited for the commit; whatever one of them raises, nothing is undone by it."""
        actions, self._after_commit = self._after_commit, []
        for action in actions:
            try:
                action()
            except Exception:
                # An observer is foreign code. Whoever called must not take for undone what is
                # durable, and do it again.
                LOG.exception("something failed behind the commit")

    def _left_now(self) -> tuple[list[tuple[Writer, object]], int]:
        """What waits to be written: a list that only grows, and how long it is now."""
        return self._left, len(self._left)

    def _leave_only(self, left: tuple[list[tuple[Writer, object]], int]) -> None:
        """Let the same wait again as then: what was written of it since is undone."""
        self._left, length = left
        del self._left[length:]

    def _settle(self) -> None:
        while self._announced:
            self._route(self, self._announced.popleft())
        if self._behind and not self.gathers:
            self._catch_up()
        session = self._session
        if session is not None and (session.new or session.dirty or session.deleted):
            self.session.flush()


class Database:
    """Opens units of work on one database; only it commits."""

    def __init__(self, engine: Engine, clock: Clock, *, record: Recorder, route: Router) -> None:
        # Rows are made without the session, which would have done this before the first one.
        configure_mappers()
        self.engine = engine
        self._reader = reading_engine(engine)
        self._snapshots = snapshot_engine(engine)
        self.clock = clock
        self.observer: Observer = SILENT
        self._record = record
        self._route = route
        self._current: ContextVar[Unit | None] = ContextVar(
            f"opsflow-unit-{id(self)}", default=None
        )

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open here."""
        return self._current.get() is not None

    def unit(self) -> AbstractContextManager[Unit]:
        """One use case, in the transaction that is open here or in one of its own.

        Nothing of the block is kept when it raises, also inside a larger transaction.
        """
        current = self._writing()
        if current is not None and current.is_called:
            return nullcontext(current)
        return self._use_case(current)

    @contextmanager
    def _use_case(self, current: Unit | None) -> Iterator[Unit]:
        if current is not None:
            with current.use_case():
                yield current
            return
        with self.transaction() as fresh, fresh.use_case(savepoint=False):
            yield fresh

    def reading(self) -> AbstractContextManager[Unit]:
        """What only reads: in the transaction that is open here, or beside all of them.

        It never waits for who writes.
        """
        return self._open_here() or self._viewing(self._reader)

    def snapshot(self) -> AbstractContextManager[Unit]:
        """The same for several statements that have to see one and the same state."""
        return self._open_here() or self._viewing(self._snapshots)

    def _open_here(self) -> AbstractContextManager[Unit] | None:
        current = self._current.get()
        return None if current is None else nullcontext(current)

    @contextmanager
    def _viewing(self, engine: Engine) -> Iterator[Unit]:
        with (
            translated(),
            engine.connect() as connection,
            self._as_current(connection, reads=True) as unit,
        ):
            try:
                yield unit
                unit.committed()
            finally:
                unit.close()

    @contextmanager
    def transaction(self) -> Iterator[Unit]:
        """Several use cases that commit together or not at all.

        Inside a transaction it is a part of that one, which decides. Raises Conflict when
        another transaction held what this one needed.
        """
        current = self._writing()
        if current is not None:
            with current.part():
                yield current
            return
        with Session(self.engine, expire_on_commit=False) as session:
            with translated(), self._as_current(session) as unit, session.begin():
                yield unit
                unit.write_now()
            unit.committed()

    @contextmanager
    def join(self, host: Session | Connection) -> Iterator[Unit]:
        """Several use cases inside a transaction of the host's, which decides over both.

        Nothing is committed here. What a block that raises has changed is undone up to a
        savepoint; the host may go on.
        """
        if self._current.get() is not None:
            raise Invalid(
                "A transaction of opsflow is open here already, and cannot join another one: "
                "begin with the host's session, or leave it out here."
            )
        connection = connection_of(host)
        session = Session(
            connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        )
        event.listen(session, "after_transaction_create", set_savepoint)
        with session, self._as_current(session) as unit:
            with session.begin():
                yield unit
                unit.write_now()
            after_commit_of(host, unit.committed)

    def current(self) -> Unit | None:
        """The unit of work that is open here."""
        return self._current.get()

    def _writing(self) -> Unit | None:
        current = self._current.get()
        if current is not None and current.reads:
            raise Invalid("Something is being read here, and nothing can be changed until the end.")
        return current

    @contextmanager
    def _as_current(self, bind: Session | Connection, *, reads: bool = False) -> Iterator[Unit]:
        unit = Unit(bind, self.clock.now(), self._record, self._route, reads=reads)
        token = self._current.set(unit)
        try:
            yield unit
        finally:
            self._current.reset(token)
