"""Tables of the tasks, and the rules of a task's life."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db import PREFIX, Base, Id
from opsflow.definitions import Release
from opsflow.engine import decode, encode
from opsflow.errors import Invalid, StaleRevision, WrongState
from opsflow.events import Actor
from opsflow.instances import Instance
from opsflow.tasks.names import Names
from opsflow.tasks.states import ALLOWED, EDGES, OPEN, WHILE_SUSPENDED, State

PRIORITY = 50
"""The priority of a task that names none."""
PRIORITIES = range(101)

ANYBODY = "*"
"""Stands for everybody among those whom a task is offered to."""

IS_OPEN = text("state NOT IN ('completed', 'cancelled')")
"""Written out, as every condition of an index: with parameters it would not be used."""
_OFFERED_SQL = text("offered_to IS NOT NULL")
IS_HELD = text("state IN ('claimed', 'in_review')")
_STATES_SQL = ", ".join(f"'{state}'" for state in State)


class Task(Base):
    """A work item for a person: one step of an instance that waits for work.

    ``round`` counts submissions that were sent back; ``revision`` every change.
    ``data`` and ``draft`` are the engine's texts of the submitted and the saved form data.
    """

    __tablename__ = PREFIX + "task"
    __table_args__ = (
        CheckConstraint(f"state IN ({_STATES_SQL})", name="state"),
        CheckConstraint(
            "(state NOT IN ('claimed', 'in_review', 'completed') OR assignee IS NOT NULL)"
            " AND (state NOT IN ('blocked', 'offered') OR assignee IS NULL)",
            name="assignee",
        ),
        CheckConstraint("assignee IS NULL OR claimed_at IS NOT NULL", name="claimed"),
        CheckConstraint(
            "state NOT IN ('in_review', 'completed') OR submitted_at IS NOT NULL",
            name="submitted",
        ),
        CheckConstraint("(state = 'completed') = (completed_at IS NOT NULL)", name="completed"),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled"),
        CheckConstraint("round >= 1 AND revision >= 1", name="counters"),
        CheckConstraint("priority BETWEEN 0 AND 100", name="priority"),
        Index(
            f"uq_{PREFIX}task_open_step",
            "instance_id",
            "step_id",
            unique=True,
            sqlite_where=IS_OPEN,
            postgresql_where=IS_OPEN,
        ),
        CheckConstraint("offered_to IS NULL OR state = 'offered'", name="offered"),
        Index(None, "instance_id"),
        Index(f"ix_{PREFIX}task_open", "id", sqlite_where=IS_OPEN, postgresql_where=IS_OPEN),
        Index(
            f"ix_{PREFIX}task_offered",
            "offered_to",
            "id",
            sqlite_where=_OFFERED_SQL,
            postgresql_where=_OFFERED_SQL,
        ),
        Index(
            f"ix_{PREFIX}task_held",
            "assignee",
            "id",
            sqlite_where=IS_HELD,
            postgresql_where=IS_HELD,
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey(Instance.id))
    release_id: Mapped[str] = mapped_column(ForeignKey(Release.id))
    """Of the process the node belongs to: a called process has its own."""
    process_key: Mapped[str]
    step_id: Mapped[str]
    node_id: Mapped[str]
    name: Mapped[str]
    state: Mapped[State] = mapped_column(
        Enum(State, native_enum=False, length=20, values_callable=lambda states: list(states))
    )
    suspended: Mapped[bool] = mapped_column(default=False)
    candidate_roles: Mapped[tuple[str, ...]] = mapped_column(Names, nullable=True)
    """The roles that it is meant for, in order."""
    candidates: Mapped[tuple[str, ...]] = mapped_column(Names, nullable=True)
    """The persons that it is meant for by name, in order."""
    offered_to: Mapped[str | None]
    """The one addressee of its offer; of several, each has a TaskOffer instead."""
    assignee: Mapped[str | None]
    assignee_role: Mapped[str | None]
    on_behalf_of: Mapped[str | None]
    offered_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    due_at: Mapped[datetime | None]
    follow_up_at: Mapped[datetime | None]
    priority: Mapped[int] = mapped_column(default=PRIORITY)
    data: Mapped[str | None]
    draft: Mapped[str | None]
    round: Mapped[int] = mapped_column(default=1)
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    written_revision = 0
    """The revision that the database has, of a task that is held to be changed."""
    was_offered = False
    """Whether the database has it offered."""

    @property
    def is_open(self) -> bool:
        """Whether it is not over."""
        return self.state in OPEN

    @property
    def performer(self) -> Actor | None:
        """Who works or worked on it, in which role and for whom."""
        if self.assignee is None:
            return None
        return Actor(self.assignee, self.assignee_role, self.on_behalf_of)

    @property
    def submitted(self) -> dict[str, object]:
        """The form data as last submitted; empty before."""
        return _data(self.data)

    @property
    def saved(self) -> dict[str, object]:
        """The draft, or what was submitted last where none was saved since."""
        return _data(self.draft if self.draft is not None else self.data)

    @property
    def addressees(self) -> tuple[str, ...]:
        """Whose lists it is in while it is offered: roles, persons, or everybody."""
        roles = tuple(map(addressee_of_role, self.candidate_roles))
        return (*roles, *map(addressee_of_person, self.candidates)) or (ANYBODY,)

    def expect(self, verb: str, revision: int | None = None) -> None:
        """Raise StaleRevision or WrongState where the verb is not possible now."""
        if revision is not None and revision != self.revision:
            raise StaleRevision("task", self.id, revision, self.revision)
        if self.suspended and verb not in WHILE_SUSPENDED:
            raise WrongState("task", self.id, "suspended", verb)
        if self.state not in ALLOWED[verb]:
            raise WrongState("task", self.id, self.state.replace("_", " "), verb)

    def unblock(self, now: datetime) -> None:
        """Its entry gates let it through: offer it."""
        self._move("unblock")
        self.offered_at = now

    def claim(self, performer: Actor, now: datetime) -> None:
        """Somebody takes it."""
        self._move("claim")
        self._give_to(performer, now)

    def release(self, now: datetime) -> None:
        """Its assignee puts it back; the draft stays for whoever takes it next."""
        self._move("release")
        self._take_back(now)

    def assign(self, performer: Actor, now: datetime) -> None:
        """Somebody is given it by the accountable role."""
        self._move("assign")
        self._give_to(performer, now)

    def delegate(self, performer: Actor, now: datetime) -> None:
        """Its assignee hands it to somebody else."""
        self.expect("delegate")
        if performer.person == self.assignee:
            raise Invalid(f"The task is with {performer.person} already.")
        self._move("delegate")
        self._give_to(performer, now)

    def return_(self, now: datetime) -> None:
        """The accountable role takes it back and offers it anew."""
        was_handed_in = self.state is State.IN_REVIEW
        self._move("return")
        self.round += was_handed_in
        self._take_back(now)

    def submit(self, data: Mapping[str, object], now: datetime) -> None:
        """Its work is done, and waits for the exit gates."""
        text = encode(dict(data))
        self._move("submit")
        self._hand_in(text, now)

    def rework(self, now: datetime) -> None:
        """A gate sends it back to its assignee."""
        self._move("rework")
        self.claimed_at = now
        self.round += 1

    def complete(self, data: Mapping[str, object], now: datetime) -> None:
        """Its work is done and nothing has to be approved."""
        text = encode(dict(data))
        self._move("complete")
        self._hand_in(text, now)
        self.completed_at = now

    def finish(self, now: datetime) -> None:
        """Its exit gates are through."""
        self._move("finish")
        self.completed_at = now

    def cancel(self, reason: str, now: datetime) -> None:
        """The process needs it no more. Its assignee stays written down."""
        self._move("cancel")
        self.suspended = False
        self.cancelled_at, self.end_reason = now, reason

    def save_draft(self, data: Mapping[str, object]) -> None:
        """Keep unfinished form data."""
        text = encode(dict(data))
        self._change("save a draft")
        self.draft = text

    def set_due(self, moment: datetime | None) -> None:
        """Set when it is due; None for never."""
        self._change("schedule")
        self.due_at = _in_utc(moment)

    def set_follow_up(self, moment: datetime | None) -> None:
        """Set when its assignee wants to see it again."""
        self._change("set a follow-up")
        self.follow_up_at = _in_utc(moment)

    def set_priority(self, priority: int) -> None:
        """Set how urgent it is, from 0 to 100. Raises Invalid."""
        require_priority(priority)
        self._change("schedule")
        self.priority = priority

    def go_on_as(
        self,
        release_id: str,
        node_id: str,
        name: str,
        roles: tuple[str, ...],
        candidates: tuple[str, ...],
    ) -> None:
        """It is the task of this node of this release from now on, whatever its state."""
        self.release_id, self.node_id, self.name = release_id, node_id, name
        self.candidate_roles, self.candidates = roles, candidates
        self.revision += 1
        self.offer()

    def lose(self, now: datetime) -> None:
        """Its assignee may not go on with it: it is on offer again, suspended or not."""
        self.state = EDGES["release"][self.state]
        self._take_back(now)
        self.offer()

    def suspend(self) -> None:
        """Its instance stops."""
        self.suspended = True

    def resume(self) -> None:
        """Its instance goes on."""
        self.suspended = False

    def _change(self, verb: str) -> None:
        self.expect(verb)
        self.revision += 1

    def _move(self, verb: str) -> None:
        self._change(verb)
        self.state = EDGES[verb][self.state]
        self.offer()

    def offer(self) -> None:
        """Show it to its one addressee, or to nobody; several are written beside it."""
        only = self.state is State.OFFERED and len(self.addressees) == 1
        self.offered_to = self.addressees[0] if only else None

    def _give_to(self, performer: Actor, now: datetime) -> None:
        self.assignee, self.assignee_role = performer.person, performer.role
        self.on_behalf_of, self.claimed_at = performer.on_behalf_of, now

    def _take_back(self, now: datetime) -> None:
        self.assignee = self.assignee_role = self.on_behalf_of = self.claimed_at = None
        self.offered_at = now

    def _hand_in(self, data: str, now: datetime) -> None:
        self.data, self.draft, self.submitted_at = data, None, now


class TaskOffer(Base):
    """One of several addressees of a task's offer; there while the task is offered."""

    __tablename__ = PREFIX + "task_offer"

    addressee: Mapped[str] = mapped_column(primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey(Task.id), primary_key=True, index=True)


def addressee_of_role(role: str) -> str:
    """How a role is written among the addressees of an offer."""
    return f"r:{role}"


def addressee_of_person(person: str) -> str:
    """How a person is written among the addressees of an offer."""
    return f"p:{person}"


def _in_utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


def require_priority(priority: int) -> int:
    """The priority, if there is such a one. Raises Invalid."""
    if priority not in PRIORITIES:
        raise Invalid(f"A priority is a whole number from 0 to 100, not {priority}.")
    return priority


def _data(text: str | None) -> dict[str, object]:
    if text is None:
        return {}
    return cast("dict[str, object]", decode(text))
