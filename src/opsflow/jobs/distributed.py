"""The engine for many machines: Procrastinate tells the workers, on PostgreSQL.

A job is deferred in the transaction that makes it, through the connection of its session.
Retries, pauses, due dates and incidents stay in the ledger; so do leases, and with them the
proof that an effect happens once.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from opsflow.db import Unit
from opsflow.errors import ConfigurationInvalid, DatabaseUnavailable
from opsflow.jobs import store
from opsflow.jobs.crew import LOG, Crew, Piece
from opsflow.jobs.leases import Lease
from opsflow.jobs.models import Job
from opsflow.jobs.pace import Pace
from opsflow.jobs.pulse import Pulse
from opsflow.jobs.stopping import Stop
from opsflow.jobs.upkeep import Upkeep
from opsflow.jobs.workshop import Workshop

if TYPE_CHECKING:
    import procrastinate

TASK = "opsflow.job"
FORGOTTEN_AFTER = timedelta(seconds=30)
"""How long a job may be due before the sweep looks whether a worker was told of it."""
TOLD_AT_ONCE = 500
"""Due jobs that one sweep tells the workers of."""
POLL = 1.0
"""Seconds after which a worker looks for jobs that no notification told it of."""
LOOK_EVERY = 0.05
"""Seconds after which a worker looks whether it is to stop."""


@dataclass(slots=True)
class _Running:
    """The leases that the threads of this worker have, and since when."""

    since: dict[str, tuple[Lease, float]] = field(default_factory=dict)
    """By token."""
    lock: Lock = field(default_factory=Lock)


class Distributed:
    """Jobs go to workers on any number of machines. Raises ConfigurationInvalid for SQLite."""

    def __init__(self, engine: Engine) -> None:
        if engine.dialect.name != "postgresql":
            raise ConfigurationInvalid("Jobs are distributed on PostgreSQL only.")
        self._procrastinate = _package()
        self.error: type[Exception] = self._procrastinate.exceptions.ProcrastinateException
        self._url = engine.url
        # It is never opened: what is deferred goes through the connection of a transaction.
        self._app = self._procrastinate.App(connector=self._procrastinate.PsycopgConnector())

    def install(self, engine: Engine) -> None:
        """Make the tables of Procrastinate, unless they are there."""
        with engine.begin() as connection:
            found = connection.scalar(text("SELECT to_regclass('procrastinate_jobs')"))
            if found is None:
                driver: Any = connection.connection.driver_connection
                driver.execute(self._procrastinate.schema.SchemaManager.get_schema())

    def dispatch(self, unit: Unit, job: Job) -> None:
        """Defer a job that is due now, in this transaction; a sweep does it for later ones."""
        if job.due_at is None or job.due_at > unit.now or job.held_at is not None:
            return
        connection = unit.connection.connection.driver_connection
        deferred = self._app.job_manager.defer_job(_told(self._procrastinate, job), connection)
        job.engine_ref = str(deferred.id)

    def cancel(self, unit: Unit, job: Job) -> None:
        """Take back what no worker has begun."""
        if job.engine_ref is not None:
            connection = unit.connection.connection.driver_connection
            self._app.job_manager.cancel_job_by_id(
                int(job.engine_ref), delete_job=True, connection=connection
            )

    def run_worker(self, workshop: Workshop, stop: Stop, pace: Pace, name: str) -> None:
        """Do jobs and fire timers until it is told to stop; then finish or hand back."""
        worker = _Worker(self, workshop, stop, pace, name)
        with workshop.pulses.felt(worker.pulse):
            asyncio.run(worker.run())

    def sweep(self, workshop: Workshop) -> int:
        """Tell the workers of due jobs that they do not know of; give how many there were."""
        with workshop.ledger.unit() as unit:
            forgotten = store.due_and_unknown(
                unit.connection, unit.now, unit.now - FORGOTTEN_AFTER, TOLD_AT_ONCE
            )
            for job in forgotten:
                self.dispatch(unit, job)
            store.save_all(unit.connection, forgotten)
            return len(forgotten)

    def open_app(self) -> procrastinate.App:
        """An application of Procrastinate with connections of its own."""
        conninfo = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        connector = self._procrastinate.PsycopgConnector(conninfo=conninfo)
        app: procrastinate.App = self._procrastinate.App(connector=connector)
        return app


class _Worker:
    """One worker: Procrastinate's loop takes numbers of jobs, threads do them."""

    def __init__(
        self, engine: Distributed, workshop: Workshop, stop: Stop, pace: Pace, name: str
    ) -> None:
        self.pulse = Pulse(name, pace, stop)
        self._engine = engine
        self._stop = stop
        self._workshop = workshop
        self._pace = pace
        self._name = name
        self._running = _Running()
        self._waiting: set[asyncio.Event] = set()
        self._ended = Event()
        self._crew = Crew(f"{name} jobs", pace.threads, lambda: None)
        self._upkeep = Upkeep(workshop, pace, name, self._leases)

    async def run(self) -> None:
        """Work until it is told to stop. Raises DatabaseUnavailable where it cannot go on."""
        app = self._engine.open_app()
        app.task(name=TASK)(self._do)
        sweeper = Thread(target=self._sweep, daemon=True)
        async with app.open_async():
            sweeper.start()
            work = asyncio.create_task(
                app.run_worker_async(
                    queues=list(self._workshop.runner.topics()),
                    name=self._name,
                    concurrency=self._pace.threads,
                    delete_jobs="successful",
                    fetch_job_polling_interval=POLL,
                    install_signal_handlers=False,
                    update_heartbeat_interval=self._pace.lease.total_seconds() / 3,
                    stalled_worker_timeout=self._pace.lease.total_seconds(),
                )
            )
            look_at, lease = 0.0, self._pace.lease.total_seconds()
            while not self._stop.asked.is_set() and not work.done():
                await asyncio.sleep(LOOK_EVERY)
                if time.monotonic() > look_at:
                    await self._recover(app)
                    look_at = time.monotonic() + lease
            await self._finish(work)
        self._ended.set()
        await asyncio.to_thread(sweeper.join)
        self._upkeep.attempt(partial(self._workshop.ledger.hand_back, self._leases()))
        self._crew.close()
        self._upkeep.end(1)
        self._require_stopped(work)

    async def _finish(self, work: asyncio.Task[None]) -> None:
        """Wait for what runs, within the grace; then nobody waits for it any more."""
        work.cancel()
        until = time.monotonic() + self._pace.grace.total_seconds()
        while not work.done():
            if time.monotonic() >= until or self._stop.at_once.is_set():
                for waiting in self._waiting:
                    waiting.set()
            await asyncio.sleep(LOOK_EVERY)

    def _require_stopped(self, work: asyncio.Task[None]) -> None:
        error = None if work.cancelled() else work.exception()
        if isinstance(error, self._engine.error):
            raise DatabaseUnavailable(f"The worker cannot go on: {error}") from error
        if error is not None:
            raise error

    async def _do(self, job_id: str) -> None:
        """Have a thread do a job that the engine told of.

        Where it takes longer than this worker is to live, the engine is told that it is done: the
        ledger has it still, and it is handed back.
        """
        loop, waiting = asyncio.get_running_loop(), asyncio.Event()

        def work() -> None:
            try:
                self._work(job_id)
            finally:
                with suppress(RuntimeError):  # The loop has ended, and nobody waits.
                    loop.call_soon_threadsafe(waiting.set)

        if self._crew.submit(Piece(waiting, work)):
            self._waiting.add(waiting)
            try:
                await waiting.wait()
            finally:
                self._waiting.discard(waiting)

    def _work(self, job_id: str) -> None:
        """Do a job, if it is still to be done."""
        ledger, runner = self._workshop.ledger, self._workshop.runner
        lease = ledger.take_one(self._name, job_id, lambda _: self._pace.lease)
        if lease is None:
            return
        with self._running.lock:
            self._running.since[lease.token] = (lease, time.monotonic())
        try:
            runner.run(lease)
        finally:
            with self._running.lock:
                self._running.since.pop(lease.token, None)

    def _leases(self) -> list[Lease]:
        """Those that are worked on and have not taken too long."""
        now = time.monotonic()
        with self._running.lock:
            running = list(self._running.since.values())
        timeout = self._workshop.runner.timeout
        return [lease for lease, at in running if now - at <= timeout(lease.topic).total_seconds()]

    def _sweep(self) -> None:
        while not self._stop.asked.is_set():
            self.pulse.beat()
            self._upkeep.attempt(lambda: self._engine.sweep(self._workshop))
            self._stop.asked.wait(self._upkeep.round())
        while not self._ended.wait(LOOK_EVERY):
            self._upkeep.keep_leases()

    async def _recover(self, app: procrastinate.App) -> None:
        """What dead workers had is given out again; the ledger knows whether it is still to do.

        What they had taken from the ledger too is known by its lease; this is for the rest.
        """
        lease = self._pace.lease.total_seconds()
        try:
            for stalled in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=lease):
                await app.job_manager.retry_job(stalled)
        except (self._engine.error, DBAPIError) as error:
            LOG.warning("%s: %s", self._name, error)


def _told(package: Any, job: Job) -> Any:
    return package.jobs.Job(
        id=None,
        queue=job.topic,
        lock=None,
        queueing_lock=None,
        task_name=TASK,
        task_kwargs={"job_id": job.id},
    )


def _package() -> Any:
    try:
        import procrastinate
        import procrastinate.jobs
        import procrastinate.schema
    except ImportError as error:
        raise ConfigurationInvalid(
            "Distributed jobs need Procrastinate: install opsflow[procrastinate]."
        ) from error
    return procrastinate
