"""Opsflow: the facade, and the one place where the features are put together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from opsflow import approvals, history, instances, responsibility, sop, tasks
from opsflow.access import Access
from opsflow.approvals import Approvals, check_gates, check_tiers
from opsflow.batches import TERMS, TOPIC, Batches
from opsflow.clock import Clock, SystemClock
from opsflow.db import Base, Database, Unit, open_engine
from opsflow.db.migrations import upgrade
from opsflow.db.readiness import require_current
from opsflow.definitions import Check, Decisions, Definitions, ReleasePublished, check_dataflow
from opsflow.engine import Scripts
from opsflow.errors import ConfigurationInvalid, Invalid, NotReady
from opsflow.events import Event
from opsflow.history import History
from opsflow.instances import Handler, Handlers, Instances, Terms
from opsflow.jobs import (
    Bell,
    Distributed,
    Embedded,
    Engine,
    Executor,
    Health,
    Jobs,
    Pace,
    Stop,
    own_name,
)
from opsflow.notifications import Notifications
from opsflow.people import Directory, People
from opsflow.replies import Replies
from opsflow.responsibility import Responsibility, check_matrix, check_roles, matrix_of
from opsflow.sop import Procedures, check_procedures
from opsflow.tasks import Tasks, check_forms
from opsflow.telemetry import SILENT, Observer

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from opsflow.metrics import Metrics

METADATA = Base.metadata
"""Every table of opsflow; the migrations are held against it."""

Reaction: TypeAlias = Callable[[Any], object]
"""What a feature does when an event of a type was announced."""


class Opsflow:
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
        self.engine = open_engine(url)
        database = self._database = Database(
            self.engine, clock or SystemClock(), record=history.append, route=self._route
        )
        self._handlers = Handlers()
        self.history = History(database)
        self.people = People(database)
        self.directory: Directory = directory or self.people
        self.access = Access(database, self.directory)
        self.replies = Replies(database)
        self.definitions = Definitions(
            database,
            checks=self._checks(),
            trusted_scripts=scripts is not None,
            knows=lambda person: self.directory.person(person) is not None,
        )
        self.decisions = Decisions(database)
        self.instances = Instances(
            database,
            self.definitions,
            self.decisions,
            self._handlers,
            scripts,
            migration_checks=(lambda unit, moving: self.tasks.migration_findings(unit, moving),),
        )
        self._bell = Bell()
        self._jobs_engine: Engine = (
            Distributed(self.engine) if distributed else Embedded(self._bell)
        )
        self.jobs = Jobs(
            database,
            self.instances,
            self.definitions,
            self._handlers,
            self._jobs_engine,
            self._bell,
        )
        self.batches = Batches(database, self.instances, self.definitions, self.jobs)
        self._handlers.register(TOPIC, self.batches.handle, TERMS)
        self._executors: list[Executor] = []
        self._metrics: Metrics | None = None
        self._assemble_work(database)
        self._reactions = self._routes()

    def _assemble_work(self, database: Database) -> None:
        self.responsibility = Responsibility(
            database,
            self.directory,
            matrix_of_release=lambda release: matrix_of(self.definitions.content(release).process),
            subject_of=lambda task: self.tasks.subject_of(task),
            lock=self.instances.lock,
        )
        self.tasks = Tasks(
            database,
            self.instances,
            self.definitions,
            self.responsibility,
            self.directory,
            guards=(
                lambda unit, task: self.sop.open_items(unit, task),
                lambda _unit, task: self._unanswered(task),
            ),
        )
        self.sop = Procedures(
            database,
            self.instances,
            self.definitions,
            self.tasks,
            self.responsibility,
            self.directory,
        )
        self.approvals = Approvals(
            database,
            self.instances,
            self.definitions,
            self.tasks,
            self.sop,
            self.responsibility,
            self.directory,
            self.decisions,
        )
        self.notifications = Notifications(
            database,
            self.instances,
            self.definitions,
            self.tasks,
            self.responsibility,
            self.directory,
        )

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
    ) -> Callable[[Handler], Handler]:
        """Let the decorated function do the service tasks of a topic.

        It works as a job: after the commit, in no transaction, in whichever process runs an
        executor and has registered it. A failed attempt is repeated ``retries`` times, with a
        pause that doubles from ``backoff`` on; then it is an incident. An attempt that takes
        longer than ``timeout`` has failed.

        With ``transactional`` it works inside the transaction that reaches its step, the host's
        too: it is undone with it, and is not repeated.
        """
        terms = Terms(
            retries=retries, backoff=backoff, timeout=timeout, transactional=transactional
        )

        def register(function: Handler) -> Handler:
            self._handlers.register(topic, function, terms)
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

    def _route(self, _unit: Unit, event: Event) -> None:
        for react in self._reactions.get(type(event), ()):
            react(event)

    def _routes(self) -> dict[type[Event], tuple[Reaction, ...]]:
        """Which feature reacts to which event: the only place where events are routed."""
        told = self.notifications
        return {
            ReleasePublished: (lambda event: self.instances.watch_starts(event.release_id),),
            instances.StepReached: (self.tasks.open, self.jobs.open),
            instances.StepCompleted: (self.tasks.settle, self.jobs.drop),
            instances.StepCancelled: (
                self.tasks.cancel,
                self.instances.withdraw_incidents,
                self.jobs.drop,
            ),
            instances.IncidentRaised: (self.jobs.stop, self._count_incident),
            instances.IncidentResolved: (self.tasks.reopen, self.jobs.renew),
            instances.InstanceSuspended: (self.tasks.suspend, self.jobs.hold),
            instances.InstanceResumed: (self.tasks.resume, self.jobs.release),
            instances.InstanceMigrated: (
                lambda event: self.responsibility.rename(event.instance_id, event.renamed),
                self.tasks.follow,
                self.jobs.follow,
            ),
            instances.MessageSent: (self.instances.deliver_message,),
            instances.EarlyMessageFound: (self.instances.deliver_early,),
            instances.SignalSent: (self.instances.deliver_signal,),
            instances.EscalationUncaught: (told.escalated,),
            instances.VariablesChanged: (self.approvals.revise,),
            tasks.TaskOffered: (self._ask_consulted,),
            tasks.TaskBlocked: (self.approvals.open_entry,),
            tasks.TaskSubmitted: (self.approvals.open_exit,),
            tasks.TaskReturned: (self.approvals.recall,),
            tasks.TaskReworked: (told.reworked,),
            tasks.TaskAssigned: (told.assigned,),
            tasks.TaskDelegated: (told.assigned,),
            tasks.TaskMigrated: (
                lambda event: self.responsibility.follow(self.tasks.subject_of(event.task_id)),
                self.sop.follow,
                self.approvals.follow,
            ),
            tasks.TaskCancelled: (self.approvals.withdraw, self._close_consultations),
            tasks.TaskCompleted: (self._close_consultations, told.completed),
            tasks.AttachmentAdded: (self.approvals.revise,),
            responsibility.ConsultationAsked: (told.consulted,),
            sop.DeviationRaised: (told.deviated,),
            sop.DeviationAccepted: (told.deviation_decided,),
            sop.DeviationSentBack: (told.deviation_decided,),
            approvals.GateOpened: (told.vote_asked,),
            approvals.TurnPassed: (told.vote_asked,),
            approvals.NobodyNamed: (told.nobody_named,),
        }

    def _checks(self) -> tuple[Check, ...]:
        """What the features have to say about a process before it is deployed."""
        return (
            lambda draft: check_matrix(draft.process, mode=draft.mode),
            lambda draft: check_roles(draft.process, self.directory),
            lambda draft: check_procedures(draft.process),
            lambda draft: check_gates(draft.process),
            lambda draft: check_tiers(
                draft, partial(self.decisions.of_draft, draft), self.directory.role_exists
            ),
            lambda draft: check_dataflow(draft, partial(self.decisions.of_draft, draft)),
            check_forms,
        )

    def _count_incident(self, event: instances.IncidentRaised) -> None:
        unit = self._database.current()
        if unit is not None and self.observer is not SILENT:
            key = self.instances.get(event.instance_id).process_key
            unit.after_commit(partial(self.observer.incident_raised, key, event.code))

    def _ask_consulted(self, event: tasks.TaskOffered) -> None:
        if self.responsibility.consults(event.release_id, event.node_id):
            self.responsibility.open_consultations(self.tasks.subject_of(event.task_id))

    def _unanswered(self, task: tasks.Task) -> list[str]:
        if self.responsibility.consults(task.release_id, task.node_id):
            return self.responsibility.open_items(task.id)
        return []

    def _close_consultations(self, event: tasks.TaskCancelled | tasks.TaskCompleted) -> None:
        if isinstance(event, tasks.TaskCancelled) or self.responsibility.consults(
            event.release_id, event.node_id
        ):
            self.responsibility.close_consultations(event.task_id)
