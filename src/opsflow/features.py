"""The features of opsflow, put together: who needs whom, and which event goes to whom."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import sqlalchemy

from opsflow import approvals, deadlines, history, instances, responsibility, sop, tasks, webhooks
from opsflow.access import Access
from opsflow.approvals import Approvals, check_gates, check_tiers
from opsflow.batches import TERMS as BATCH_TERMS
from opsflow.batches import TOPIC as BATCHES
from opsflow.batches import Batches
from opsflow.calendars import Calendars, check_calendars
from opsflow.clock import Clock
from opsflow.db import Base, Database, Unit
from opsflow.deadlines import TOPIC as DEADLINES
from opsflow.deadlines import Deadlines, check_service_levels
from opsflow.definitions import Check, Decisions, Definitions, ReleasePublished, check_dataflow
from opsflow.engine import Scripts
from opsflow.events import Event
from opsflow.history import History
from opsflow.instances import (
    Handlers,
    Instances,
    Terms,
    check_handlers,
)
from opsflow.jobs import (
    Bell,
    Distributed,
    Embedded,
    Engine,
    Jobs,
)
from opsflow.notifications import NOTIFY, NOTIFY_TERMS, Notifications
from opsflow.people import Directory, People
from opsflow.replies import Replies
from opsflow.responsibility import Responsibility, check_matrix, check_roles, matrix_of
from opsflow.sop import Procedures, check_procedures
from opsflow.tasks import Tasks, check_forms
from opsflow.telemetry import SILENT
from opsflow.webhooks import DELIVERY, DELIVERY_TERMS, Publisher, Webhooks

METADATA = Base.metadata
"""Every table of opsflow; the migrations are held against it."""

Reaction: TypeAlias = Callable[[Any], object]
"""What a feature does when an event of a type was announced."""


class Features:
    """Every feature of one opsflow, and the one place where events are routed."""

    def __init__(
        self,
        engine: sqlalchemy.Engine,
        *,
        clock: Clock,
        directory: Directory | None,
        scripts: Scripts | None,
        distributed: bool,
    ) -> None:
        self.engine = engine
        database = self._database = Database(
            engine, clock, record=history.append, route=self._route
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
        self.calendars = Calendars(database)
        self.instances = Instances(
            database,
            self.definitions,
            self.decisions,
            self._handlers,
            scripts,
            self.calendars,
            migration_checks=(lambda unit, moving: self.tasks.migration_findings(unit, moving),),
        )
        self._assemble_background(database, distributed=distributed)
        self._assemble_work(database)
        self._assemble_telling(database)
        self._reactions = self._routes()

    def _assemble_background(self, database: Database, *, distributed: bool) -> None:
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
        self._handlers.register(BATCHES, self.batches.handle, BATCH_TERMS)
        self._publisher = Publisher(database, self.instances, self.jobs)
        self.webhooks = Webhooks(database, self.instances, self.jobs, self._publisher)
        self._handlers.register(DELIVERY, self.webhooks.deliver, DELIVERY_TERMS)

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
            self.calendars,
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

    def _assemble_telling(self, database: Database) -> None:
        self.notifications = Notifications(
            database,
            self.instances,
            self.definitions,
            self.tasks,
            self.responsibility,
            self.directory,
            self.jobs,
            lambda: self.webhooks.outlets,
        )
        self._handlers.register(NOTIFY, self.notifications.sender, NOTIFY_TERMS)
        self.deadlines = Deadlines(
            database,
            self.definitions,
            self.tasks,
            self.responsibility,
            self.directory,
            self.jobs,
            self.calendars,
        )
        self._handlers.register(DEADLINES, self.deadlines.do, Terms(transactional=True))

    def _route(self, unit: Unit, event: Event) -> None:
        self._publisher.publish(unit, event)
        for react in self._reactions.get(type(event), ()):
            react(event)

    def _routes(self) -> dict[type[Event], tuple[Reaction, ...]]:
        """Which feature reacts to which event: the only place where events are routed."""
        return {**self._routes_of_instances(), **self._routes_of_tasks(), **self._routes_of_rules()}

    def _routes_of_instances(self) -> dict[type[Event], tuple[Reaction, ...]]:
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
            instances.EscalationUncaught: (self.notifications.escalated,),
            instances.VariablesChanged: (self.approvals.revise,),
        }

    def _routes_of_tasks(self) -> dict[type[Event], tuple[Reaction, ...]]:
        told = self.notifications
        return {
            tasks.TaskOffered: (self.deadlines.arm, self._ask_consulted),
            tasks.TaskBlocked: (self.deadlines.arm, self.approvals.open_entry),
            tasks.TaskSubmitted: (self.approvals.open_exit,),
            tasks.TaskReturned: (self.approvals.recall,),
            tasks.TaskReworked: (told.reworked,),
            tasks.TaskAssigned: (told.assigned,),
            tasks.TaskDelegated: (told.assigned,),
            tasks.TaskMigrated: (
                lambda event: self.responsibility.follow(self.tasks.subject_of(event.task_id)),
                self.sop.follow,
                self.approvals.follow,
                self.deadlines.follow,
            ),
            tasks.TaskPlanned: (self.deadlines.replan,),
            tasks.TaskReassigned: (told.reassigned,),
            tasks.TaskCancelled: (
                self.deadlines.take_down,
                self.approvals.withdraw,
                self._close_consultations,
            ),
            tasks.TaskCompleted: (
                self.deadlines.take_down,
                self._close_consultations,
                told.completed,
            ),
            deadlines.TaskReminded: (told.reminded,),
            deadlines.TaskEscalated: (told.overdue,),
            deadlines.TaskFollowUpDue: (told.follow_up,),
        }

    def _routes_of_rules(self) -> dict[type[Event], tuple[Reaction, ...]]:
        told = self.notifications
        return {
            tasks.AttachmentAdded: (self.approvals.revise,),
            responsibility.ConsultationAsked: (told.consulted,),
            sop.DeviationRaised: (told.deviated,),
            sop.DeviationAccepted: (told.deviation_decided,),
            sop.DeviationSentBack: (told.deviation_decided,),
            approvals.GateOpened: (told.vote_asked,),
            approvals.TurnPassed: (told.vote_asked,),
            webhooks.SubscriptionPaused: (told.paused,),
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
            lambda draft: check_service_levels(draft.process),
            lambda draft: check_calendars(draft.process, self.calendars.keys),
            lambda draft: check_dataflow(draft, partial(self.decisions.of_draft, draft)),
            check_forms,
            lambda draft: check_handlers(draft, self._handlers.find),
        )

    def _count_incident(self, event: instances.IncidentRaised) -> None:
        unit = self._database.current()
        if unit is not None and self._database.observer is not SILENT:
            key = self.instances.get(event.instance_id).process_key
            unit.after_commit(partial(self._database.observer.incident_raised, key, event.code))

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
