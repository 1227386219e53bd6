"""Tables of the people: persons, units, roles, who holds which, and who is away."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from opsflow.db import PREFIX, Base, Id, require_key
from opsflow.errors import Invalid, WrongState
from opsflow.people.directory import PersonInfo

RESERVED = "system"
"""The person of events that happen by themselves; nobody else may be called so."""


class Person(Base):
    """Somebody who works. The id is the caller's choice, such as a sign-in name."""

    __tablename__ = PREFIX + "person"
    __table_args__ = (
        CheckConstraint("id <> ''", name="id"),
        CheckConstraint(f"id <> '{RESERVED}'", name="reserved"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)

    @property
    def info(self) -> PersonInfo:
        """The person as the directory gives it out."""
        return PersonInfo(self.id, self.name, self.email, self.active)

    def deactivate(self) -> None:
        """Take every role out of effect. Raises WrongState when that was done before."""
        if not self.active:
            raise WrongState("person", self.id, "inactive", "deactivate")
        self.active = False

    def reactivate(self) -> None:
        """Let the roles count again. Raises WrongState for somebody who is active."""
        if self.active:
            raise WrongState("person", self.id, "active", "reactivate")
        self.active = True


class OrganisationUnit(Base):
    """A department, team or site; units form a tree."""

    __tablename__ = PREFIX + "unit"
    __table_args__ = (CheckConstraint("parent_id <> id", name="parent"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    parent_id: Mapped[str | None] = mapped_column(ForeignKey(f"{PREFIX}unit.id"), index=True)


class Role(Base):
    """What people act as; the matrix of a process names roles by their id."""

    __tablename__ = PREFIX + "role"
    __table_args__ = (CheckConstraint("id <> ''", name="id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    unit_id: Mapped[str | None] = mapped_column(ForeignKey(OrganisationUnit.id), index=True)


class Membership(Base):
    """A person holds a role from one moment until, and not including, another."""

    __tablename__ = PREFIX + "membership"
    __table_args__ = (
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="span"),
        Index(
            f"uq_{PREFIX}membership_unending",
            "person_id",
            "role_id",
            unique=True,
            sqlite_where=text("valid_until IS NULL"),
            postgresql_where=text("valid_until IS NULL"),
        ),
        Index(None, "role_id", "person_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey(Person.id), index=True)
    role_id: Mapped[str] = mapped_column(ForeignKey(Role.id))
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]

    def overlaps(self, start: datetime, end: datetime | None) -> bool:
        """Whether there is a moment in both spans; an emptied membership has none."""
        if self.valid_until is not None and self.valid_until <= max(self.valid_from, start):
            return False
        return end is None or self.valid_from < end

    def covers(self, start: datetime, end: datetime | None) -> bool:
        """Whether it is in effect during the whole span."""
        if self.valid_from > start:
            return False
        return self.valid_until is None or (end is not None and end <= self.valid_until)

    def end(self, at: datetime) -> bool:
        """End it at that moment; False when it had ended by then.

        One that has not begun by then becomes empty: it never was in effect.
        """
        if self.valid_until is not None and self.valid_until <= max(at, self.valid_from):
            return False
        self.valid_until = max(at, self.valid_from)
        return True


class Absence(Base):
    """A person is away from one moment until, and not including, another."""

    __tablename__ = PREFIX + "absence"
    __table_args__ = (
        CheckConstraint("ends_at >= starts_at", name="span"),
        Index(None, "person_id", "starts_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey(Person.id))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str | None]

    def end(self, at: datetime) -> None:
        """The person is back earlier than planned, or does not go at all.

        Raises WrongState when the absence is over already.
        """
        if self.ends_at <= at:
            raise WrongState("absence", self.id, "over", "end")
        self.ends_at = max(at, self.starts_at)


class Substitution(Base):
    """Somebody stands in for a person, in one role or (``role_id`` None) in all of them.

    It has effect only while that person is absent as well.
    """

    __tablename__ = PREFIX + "substitution"
    __table_args__ = (
        CheckConstraint("ends_at >= starts_at", name="span"),
        CheckConstraint("substitute_id <> person_id", name="other"),
        Index(None, "person_id", "starts_at"),
        Index(None, "substitute_id", "starts_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey(Person.id))
    substitute_id: Mapped[str] = mapped_column(ForeignKey(Person.id))
    role_id: Mapped[str | None] = mapped_column(ForeignKey(Role.id))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


def require_text(what: str, value: str) -> str:
    """The text, if it says something and has no blanks around it. Raises Invalid."""
    if not value or value != value.strip():
        raise Invalid(f"{what} must not be empty or begin or end with a blank, as {value!r} does.")
    return require_key(what, value)


def require_moment(what: str, moment: datetime) -> datetime:
    """Refuse a moment without a time zone. Raises Invalid."""
    if moment.tzinfo is None:
        raise Invalid(f"{what} needs a moment with a time zone, not {moment.isoformat()}.")
    return moment


def require_span(what: str, start: datetime, end: datetime | None) -> None:
    """Refuse a span that is empty, runs backwards or has no time zone. Raises Invalid."""
    if start.tzinfo is None or (end is not None and end.tzinfo is None):
        raise Invalid(f"{what} needs moments with a time zone.")
    if end is not None and end <= start:
        raise Invalid(f"{what} ends at {end.isoformat()}, which is not after its beginning.")
