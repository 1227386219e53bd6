"""Opsflow: the facade."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from opsflow.clock import Clock, SystemClock
from opsflow.db import open_engine
from opsflow.db.migrations import upgrade
from opsflow.db.readiness import require_current
from opsflow.engine import Scripts
from opsflow.errors import ConfigurationInvalid, Invalid, NotReady
from opsflow.features import METADATA, Features
from opsflow.instances import (
    Handler,
    Shape,
    Terms,
    contract_of,
)
from opsflow.jobs import (
    Executor,
    Health,
    Pace,
    Stop,
    own_name,
)
from opsflow.people import Directory
from opsflow.telemetry import Observer

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from opsflow.metrics import Metrics

__all__ = ["METADATA", "Opsflow"]


class Opsflow(Features):
    """One opsflow on one database.

    ``url`` is ``sqlite:///…`` or ``postgresql://…``. ``directory`` replaces opsflow's own
    people by the host's; ``scripts`` runs the script tasks of trusted models. With
    ``distributed`` jobs go to workers on any number of machines, through Procrastinate, on
    PostgreSQL.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Clock | None = None,
        directory: Directory | None = None,
        scripts: Scripts | None = None,
        distributed: bool = False,
    ) -> None:
        super().__init__(
            open_engine(url),
            clock=clock or SystemClock(),
            directory=directory,
            scripts=scripts,
            distributed=distributed,
        )
        self._executors: list[Executor] = []
        self._metrics: Metrics | None = None

    def migrate(self) -> None:
        """Bring the database to the newest schema; on an empty one, make it."""
        upgrade(self.engine)
        self._jobs_engine.install(self.engine)

    def handler(
        self,
        topic: str,
        *,
        retries: int = 3,
        backoff: timedelta = timedelta(seconds=10),
        timeout: timedelta = timedelta(minutes=5),
        transactional: bool = False,
        inputs: Shape | None = None,
        outputs: Shape | None = None,
        errors: tuple[str, ...] | None = None,
    ) -> Callable[[Handler], Handler]:
        """Let the decorated function do the service tasks of a topic.

        It works as a job: after the commit, in no transaction, in whichever process runs an
        executor and has registered it. A failed attempt is repeated ``retries`` times, with a
        pause that doubles from ``backoff`` on; then it is an incident. An attempt that takes
        longer than ``timeout`` has failed.

        With ``transactional`` it works inside the transaction that reaches its step, the host's
        too: it is undone with it, and is not repeated.

        ``inputs`` and ``outputs`` declare variables: a dataclass, a TypedDict, names with their
        types or a JSON Schema; ``errors`` the codes of BPMN errors. What breaks them is an
        incident, and what cannot fit is a finding when a process is checked.
        """
        contract = contract_of(inputs, outputs, errors)
        terms = Terms(
            retries=retries, backoff=backoff, timeout=timeout, transactional=transactional
        )

        def register(function: Handler) -> Handler:
            self._handlers.register(topic, function, terms, contract)
            return function

        return register

    def now(self) -> datetime:
        """The moment by the clock of this opsflow."""
        return self._database.clock.now()

    def require_ready(self) -> None:
        """Raise DatabaseUnavailable, ConfigurationInvalid for another version's schema, and
        NotReady where an executor or worker of this process has not turned lately.
        """
        require_current(self.engine)

        stalled = [each.name for each in self.jobs.workshop.pulses.all() if not each.is_alive]
        if stalled:
            raise NotReady(f"{', '.join(stalled)}: no job was looked for lately.")

    def health(self) -> Health:
        """What there is to do, how late it is, and whether the workers of this process work."""
        return self.jobs.health()

    def measure(self, registry: CollectorRegistry | None = None) -> Metrics:
        """The metrics of this process, which are counted from the first call on.

        ``registry`` is a host's own registry of prometheus_client's, at the first call. Raises
        ConfigurationInvalid without ``opsflow[metrics]``.
        """
        if self._metrics is None:
            try:
                from opsflow.metrics import Metrics
            except ImportError as error:
                raise ConfigurationInvalid(
                    "Metrics need prometheus_client: install opsflow[metrics]."
                ) from error
            self._metrics = Metrics(self.jobs, self.instances, self.now, registry)
            self.observer = self._metrics.observer
        return self._metrics

    @property
    def observer(self) -> Observer:
        """Is told of the work of this process, as it happens; set one of your own to be told."""
        return self._database.observer

    @observer.setter
    def observer(self, observer: Observer) -> None:
        self._database.observer = observer

    def start_executor(self, *, pace: Pace | None = None) -> Executor:
        """Do jobs and fire timers in threads of this process from now on.

        It stops with ``stop()``, at the end of a ``with`` block, or when this opsflow is closed.
        """
        executor = Executor(self.jobs.workshop, pace or Pace(), own_name())
        self._executors.append(executor)
        return executor

    def run_worker(
        self, stop: threading.Event | Stop, *, threads: int = 4, pace: Pace | None = None
    ) -> None:
        """Do jobs and fire timers here until it is told to stop.

        Then it finishes what it has begun, within the grace of its ``pace``, and hands back the
        rest. ``pace`` says how many ``threads`` too.
        """
        told = stop if isinstance(stop, Stop) else Stop(stop)
        chosen = pace or Pace(threads=threads)
        self._jobs_engine.run_worker(self.jobs.workshop, told, chosen, own_name())

    @contextmanager
    def transaction(self, host: Session | Connection | None = None) -> Iterator[Self]:
        """Everything inside commits together or not at all.

        With a SQLAlchemy session or connection of the host's it takes part in the host's
        transaction, which the host commits: its rows and the step of the process are one.
        """
        opened = self._database.transaction() if host is None else self._database.join(host)
        with opened:
            yield self

    @property
    def connection(self) -> Connection:
        """The connection of the transaction that is open here, for rows of the host's.

        In a handler: what it writes there is kept or undone together with the step. Raises
        Invalid outside of transactions.
        """
        unit = self._database.current()
        if unit is None:
            raise Invalid("No transaction is open here: begin one with flow.transaction().")
        # Of the session, which sets the savepoint of the part that it is used in.
        return unit.session.connection()

    def close(self) -> None:
        """Stop the executors, and give the connections back."""
        while self._executors:
            self._executors.pop().stop()
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
