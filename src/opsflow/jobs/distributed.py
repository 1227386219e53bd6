"""The engine for many machines: Procrastinate tells the workers, on PostgreSQL.

A job is deferred in the transaction that makes it, through the connection of its session.
Retries, pauses, due dates and incidents stay in the ledger; so do leases, and with them the
proof that an effect happens once.
"""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from opsflow.db import Unit
from opsflow.errors import ConfigurationInvalid, DatabaseUnavailable, OpsflowError
from opsflow.jobs import store
from opsflow.jobs.crew import LOG
from opsflow.jobs.executor import Executor
from opsflow.jobs.models import Job
from opsflow.jobs.pace import Pace
from opsflow.jobs.stopping import Stop
from opsflow.jobs.telling import Told
from opsflow.jobs.workshop import Workshop

if TYPE_CHECKING:
    import procrastinate

TASK = "opsflow.job"
FORGOTTEN_AFTER = timedelta(seconds=30)
"""How long a job may be due before the sweep looks whether a worker was told of it."""
TOLD_AT_ONCE = 500
"""Due jobs that one sweep tells the workers of."""
TOLD_PER_THREAD = 4
"""Jobs that a worker is told of, for each of its threads: those that wait are taken together."""
POLL = 1.0
"""Seconds after which a worker looks for jobs that no notification told it of."""
LOOK_EVERY = 0.05
"""Seconds after which a worker looks whether it is to stop."""


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
        self._defer(unit, [job])

    def cancel(self, unit: Unit, job: Job) -> None:
        """Take back what no worker has begun."""
        if job.engine_ref is not None:
            unit.write_behind(store.forget_told, int(job.engine_ref))

    def run_worker(self, workshop: Workshop, stop: Stop, pace: Pace, name: str) -> None:
        """Do jobs and fire timers until it is told to stop; then finish or hand back."""
        asyncio.run(_Worker(self, workshop, stop, pace, name).run())

    def sweep(self, workshop: Workshop) -> int:
        """Tell the workers of due jobs that they do not know of; give how many there were."""
        with workshop.ledger.unit() as unit:
            forgotten = store.due_and_unknown(
                unit.connection, unit.now, unit.now - FORGOTTEN_AFTER, TOLD_AT_ONCE
            )
            if forgotten:
                self._defer(unit, forgotten)
                store.save_all(unit.connection, forgotten)
            return len(forgotten)

    def _defer(self, unit: Unit, jobs: list[Job]) -> None:
        connection = unit.connection.connection.driver_connection
        told = [_told(self._procrastinate, job) for job in jobs]
        deferred = self._app.job_manager.batch_defer_jobs(told, connection)
        for job, number in zip(jobs, deferred, strict=True):
            job.engine_ref = str(number.id)

    def open_app(self) -> procrastinate.App:
        """An application of Procrastinate with connections of its own."""
        conninfo = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        connector = self._procrastinate.PsycopgConnector(conninfo=conninfo)
        app: procrastinate.App = self._procrastinate.App(connector=connector)
        return app


class _Worker:
    """One worker: Procrastinate's loop is told of jobs, an executor takes and does them."""

    def __init__(
        self, engine: Distributed, workshop: Workshop, stop: Stop, pace: Pace, name: str
    ) -> None:
        self._engine = engine
        self._stop = stop
        self._workshop = workshop
        self._pace = pace
        self._name = name

    async def run(self) -> None:
        """Work until it is told to stop. Raises DatabaseUnavailable where it cannot go on."""
        told = Told(asyncio.get_running_loop())
        app = self._engine.open_app()

        @app.task(name=TASK)
        async def do(job_id: str) -> None:
            await told.wait_for(job_id)

        async with app.open_async():
            executor = Executor(self._workshop, self._pace, self._name, self._stop, told)
            sweeper = Thread(target=self._sweep, daemon=True)
            sweeper.start()
            work = asyncio.create_task(self._listen(app))
            await self._until_stopped(work, app)
            # Those that nobody has begun are handed back while the loop waits for the others.
            work.cancel()
            ended = asyncio.to_thread(executor.stop)
            await asyncio.gather(ended, work, return_exceptions=True)
        await asyncio.to_thread(sweeper.join)
        executor.attempt(partial(self._workshop.ledger.untell, told.left))
        self._require_stopped(work)

    async def _listen(self, app: procrastinate.App) -> None:
        """Be told of jobs until it is to stop; a database that is away for a while ends nothing.

        What the executor has goes on meanwhile.
        """
        while not self._stop.asked.is_set():
            try:
                await self._be_told(app)
            except self._engine.error as error:
                LOG.warning("%s: nobody tells of jobs: %s", self._name, error)
                await asyncio.sleep(POLL)

    async def _be_told(self, app: procrastinate.App) -> None:
        lease = self._pace.lease.total_seconds()
        await app.run_worker_async(
            queues=list(self._workshop.runner.topics()),
            name=self._name,
            concurrency=self._pace.threads * TOLD_PER_THREAD,
            delete_jobs="successful",
            fetch_job_polling_interval=POLL,
            install_signal_handlers=False,
            update_heartbeat_interval=lease / 3,
            stalled_worker_timeout=lease,
        )

    async def _until_stopped(self, work: asyncio.Task[None], app: procrastinate.App) -> None:
        look_at = 0.0
        while not self._stop.asked.is_set() and not work.done():
            await asyncio.sleep(LOOK_EVERY)
            if time.monotonic() > look_at:
                await self._recover(app)
                look_at = time.monotonic() + self._pace.lease.total_seconds()

    def _require_stopped(self, work: asyncio.Task[None]) -> None:
        error = None if work.cancelled() else work.exception()
        if isinstance(error, self._engine.error):
            raise DatabaseUnavailable(f"The worker cannot go on: {error}") from error
        if error is not None:
            raise error

    def _sweep(self) -> None:
        while not self._stop.asked.is_set():
            try:
                self._engine.sweep(self._workshop)
            except (OpsflowError, SQLAlchemyError) as error:
                LOG.warning("%s: %s", self._name, error)
            except Exception:
                # A worker that ended in silence would be worse than one that says this every time.
                LOG.exception("%s: a sweep failed", self._name)
            self._stop.asked.wait(self._pace.poll.total_seconds())

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
