"""Who is told what, when something happens."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from opsflow.approvals import GateOpened, NobodyNamed, TurnPassed
from opsflow.db import Database
from opsflow.deadlines import TaskEscalated, TaskFollowUpDue, TaskReminded
from opsflow.definitions import Definitions
from opsflow.events import InstanceEvent
from opsflow.instances import EscalationUncaught, Instances
from opsflow.notifications.models import Notice
from opsflow.people import Directory
from opsflow.responsibility import ConsultationAsked, Responsibility, Row, matrix_of
from opsflow.sop import DeviationAccepted, DeviationRaised, DeviationSentBack
from opsflow.tasks import (
    TaskAssigned,
    TaskCompleted,
    TaskDelegated,
    TaskReassigned,
    TaskReworked,
    Tasks,
)
from opsflow.webhooks import SubscriptionPaused


class Reactions(ABC):
    """One reaction per event; whoever caused an event is not told of it."""

    def __init__(
        self,
        database: Database,
        instances: Instances,
        definitions: Definitions,
        tasks: Tasks,
        responsibility: Responsibility,
        directory: Directory,
    ) -> None:
        self._database = database
        self._instances = instances
        self._definitions = definitions
        self._tasks = tasks
        self._responsibility = responsibility
        self._directory = directory

    @abstractmethod
    def tell(
        self,
        people: Iterable[str],
        kind: str,
        text: str,
        *,
        instance_id: str | None = None,
        task_id: str | None = None,
    ) -> list[Notice]:
        """Write a notice to each of the people."""

    def completed(self, done: TaskCompleted) -> None:
        """The informed roles are told that a task is done."""
        informed = self._responsibility.matrix(done.release_id).row(done.node_id).informed
        if informed:
            text = f"{self._name(done.task_id)} is done, by {done.performer}."
            self._tell_roles(informed, done, "task.completed", text)

    def reminded(self, reminded: TaskReminded) -> None:
        """Whose turn it is are reminded of a task."""
        text = f"{self._name(reminded.task_id)} waits for you{self._due(reminded.task_id)}."
        self._tell_people(reminded.people, reminded, "task.reminded", text)

    def overdue(self, escalated: TaskEscalated) -> None:
        """The accountable role is told of a task that is not done."""
        task = self._tasks.get(escalated.task_id)
        whose = f"{task.assignee} has it" if task.assignee else "nobody has it"
        text = f"{task.name} is not done{self._due(task.id)}; {whose}."
        kind = "task.overdue" if escalated.is_overdue else "task.escalated"
        self._tell_roles(escalated.roles, escalated, kind, text)

    def reassigned(self, taken: TaskReassigned) -> None:
        """Whoever had a task too long is told that it went to others."""
        if taken.previous is not None:
            roles = ", ".join(taken.roles) or "others"
            text = f"{self._name(taken.task_id)} was taken from you and offered to {roles}."
            self._tell_people((taken.previous,), taken, "task.reassigned", text)
        text = f"{self._name(taken.task_id)} is offered to you{self._due(taken.task_id)}."
        self._tell_roles(taken.roles, taken, "task.reassigned", text)

    def follow_up(self, due: TaskFollowUpDue) -> None:
        """The assignee of a task wanted to see it again now."""
        text = f"{self._name(due.task_id)}: you wanted to see it again."
        self._tell_people((due.assignee,), due, "task.follow_up", text)

    def consulted(self, asked: ConsultationAsked) -> None:
        """A consulted role is asked for its advice."""
        question = asked.question or "Your advice is asked for."
        text = f"{self._name(asked.task_id)}: {question}"
        self._tell_roles((asked.role,), asked, "consultation.asked", text)

    def assigned(self, given: TaskAssigned | TaskDelegated) -> None:
        """Somebody was given a task."""
        text = f"{self._name(given.task_id)} was given to you by {given.actor.person}."
        self._tell_people((given.to,), given, "task.assigned", text)

    def reworked(self, back: TaskReworked) -> None:
        """The performer is told why the work came back."""
        reasons = "; ".join(back.reasons) or "no reason was given"
        text = f"{self._name(back.task_id)} was sent back to you: {reasons}"
        self._tell_people((back.assignee,), back, "task.reworked", text)

    def deviated(self, raised: DeviationRaised) -> None:
        """The accountable role has a deviation to decide about."""
        text = f"{self._name(raised.task_id)}, deviation: {raised.detail}. Reason: {raised.reason}"
        self._tell_roles(self._row(raised.task_id).accountable, raised, "deviation.raised", text)

    def deviation_decided(self, decided: DeviationAccepted | DeviationSentBack) -> None:
        """The performer is told what became of a deviation."""
        was_accepted = isinstance(decided, DeviationAccepted)
        word, kind = ("accepted", "accepted") if was_accepted else ("sent back", "sent_back")
        comment = f": {decided.comment}" if decided.comment else "."
        name = self._name(decided.task_id)
        text = f"{name}, step {decided.step_id}: the deviation was {word}{comment}"
        assignee = self._tasks.get(decided.task_id).assignee
        if assignee is not None:
            self._tell_people((assignee,), decided, f"deviation.{kind}", text)

    def vote_asked(self, opened: GateOpened | TurnPassed) -> None:
        """The voters are told that a gate waits for them."""
        text = f"{self._name(opened.task_id)} waits for your vote ({opened.gate_id})."
        self._tell_roles(opened.roles, opened, "gate.opened", text)

    def nobody_named(self, undecided: NobodyNamed) -> None:
        """The accountable role is told that a decision did not say who votes."""
        asked = ", ".join(undecided.roles)
        text = (
            f"{self._name(undecided.task_id)}: the decision {undecided.decision} does not say who "
            f"votes at {undecided.gate_id} ({undecided.reason}). Asked instead: {asked}."
        )
        accountable = self._row(undecided.task_id).accountable
        self._tell_roles(accountable, undecided, "gate.nobody-named", text)

    def escalated(self, escalation: EscalationUncaught) -> None:
        """The accountable roles of the process are told of an escalation that nobody caught."""
        instance = self._instances.get(escalation.instance_id)
        process = self._definitions.content(instance.release_id).process
        defaults = process.controls.responsibility
        rows = matrix_of(process).rows.values()
        roles = (defaults.accountable if defaults else ()) or tuple(
            role for row in rows for role in row.accountable
        )
        code = f" {escalation.code}" if escalation.code else ""
        text = f"Escalation{code} in {instance.business_key or instance.id} ({process.id})."
        self._tell_roles(roles, escalation, "escalation", text)

    def paused(self, paused: SubscriptionPaused) -> None:
        """Who made a subscription is told that nothing is delivered any more."""
        if paused.created_by != paused.actor.person:
            text = f"The subscription {paused.subscription_id} is paused: {paused.reason}."
            self.tell((paused.created_by,), "subscription.paused", text)

    def _tell_roles(self, roles: Iterable[str], event: InstanceEvent, kind: str, text: str) -> None:
        with self._database.unit() as unit:
            holders = [h for role in roles for h in self._directory.holders(role, unit.now)]
        self._tell_people([holder.person for holder in holders], event, kind, text)

    def _tell_people(
        self, people: Iterable[str], event: InstanceEvent, kind: str, text: str
    ) -> None:
        self.tell(
            [person for person in people if person != event.actor.person],
            kind,
            text,
            instance_id=event.instance_id,
            task_id=getattr(event, "task_id", None),
        )

    def _row(self, task_id: str) -> Row:
        return self._responsibility.row(self._tasks.subject_of(task_id))

    def _due(self, task_id: str) -> str:
        due_at = self._tasks.get(task_id).due_at
        return "" if due_at is None else f", due {due_at:%Y-%m-%d %H:%M} UTC"

    def _name(self, task_id: str) -> str:
        return self._tasks.get(task_id).name
