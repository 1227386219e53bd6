"""The least that a step has to do: select for update, two updates, two inserts, commit.

Once by hand on the plain driver, once through SQLAlchemy's ORM. The texts are as long as those of
a purchase that is under way.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from benchmarks.purchase.drivers import driver, durable_engine, new_id, now

INSTANCES = 100
"""Instances that the transactions go round."""
STATE = "s" * 700
"""As long as the stored state of a purchase."""
FACTS = "f" * 300
"""As long as the facts of a step."""


class Base(DeclarativeBase):
    """The tables of the limits."""


class Instance(Base):
    """An instance and its state."""

    __tablename__ = "limit_instance"

    id: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int]
    state: Mapped[str]


class Task(Base):
    """A work item."""

    __tablename__ = "limit_task"

    id: Mapped[str] = mapped_column(primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey(Instance.id), index=True)
    state: Mapped[str]
    person: Mapped[str | None]
    at: Mapped[datetime]


class Event(Base):
    """A record of what happened."""

    __tablename__ = "limit_event"

    id: Mapped[str] = mapped_column(primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey(Instance.id), index=True)
    at: Mapped[datetime]
    facts: Mapped[str]


class Places:
    """The instances and their open tasks, in turns."""

    def __init__(self, engine: Engine) -> None:
        Base.metadata.create_all(engine)
        self._at = 0
        self._open: list[tuple[str, str]] = []
        with Session(engine) as session, session.begin():
            for _ in range(INSTANCES):
                instance, task = new_id(), new_id()
                session.add(Instance(id=instance, revision=1, state=STATE))
                session.flush()
                session.add(_offered(task, instance))
                self._open.append((instance, task))

    def take(self, following: str) -> tuple[str, str]:
        """The next instance with its open task, after which the following one is open."""
        self._at = (self._at + 1) % INSTANCES
        instance, task = self._open[self._at]
        self._open[self._at] = instance, following
        return instance, task


class OrmLimit:
    """The five statements through SQLAlchemy's ORM."""

    def __init__(self, url: str) -> None:
        self._engine = durable_engine(url)
        self._places = Places(self._engine)

    def transaction(self) -> None:
        """One step: the instance and the task change, a task and an event are new."""
        following = new_id()
        instance_id, task_id = self._places.take(following)
        both = (
            select(Instance, Task)
            .join(Task, Task.instance_id == Instance.id)
            .where(Instance.id == instance_id, Task.id == task_id)
            .with_for_update()
        )
        with Session(self._engine) as session, session.begin():
            instance, task = session.execute(both).one()
            instance.revision += 1
            instance.state = _state(instance.revision)
            task.state, task.person, task.at = "completed", "ann", now()
            session.add(_offered(following, instance_id))
            session.add(Event(id=new_id(), instance_id=instance_id, at=now(), facts=FACTS))

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


class SqlLimit:
    """The five statements by hand, on the driver."""

    def __init__(self, url: str) -> None:
        engine = durable_engine(url)
        self._places = Places(engine)
        engine.dispose()
        self._driver = driver(url)
        self._statements = [
            self._driver.sql(statement)
            for statement in (
                "SELECT i.revision, i.state, t.state FROM limit_instance i JOIN limit_task t "
                "ON t.instance_id = i.id WHERE i.id = ? AND t.id = ? FOR UPDATE",
                "UPDATE limit_instance SET revision = ?, state = ? WHERE id = ?",
                "UPDATE limit_task SET state = ?, person = ?, at = ? WHERE id = ?",
                "INSERT INTO limit_task (id, instance_id, state, at) VALUES (?, ?, ?, ?)",
                "INSERT INTO limit_event (id, instance_id, at, facts) VALUES (?, ?, ?, ?)",
            )
        ]

    def transaction(self) -> None:
        """One step: the instance and the task change, a task and an event are new."""
        select_both, update_instance, update_task, insert_task, insert_event = self._statements
        following, at = new_id(), self._driver.moment()
        instance, task = self._places.take(following)
        with self._driver.transaction() as cursor:
            cursor.execute(select_both, (instance, task))
            revision = cursor.fetchone()[0] + 1
            cursor.execute(update_instance, (revision, _state(revision), instance))
            cursor.execute(update_task, ("completed", "ann", at, task))
            cursor.execute(insert_task, (following, instance, "offered", at))
            cursor.execute(insert_event, (new_id(), instance, at, FACTS))

    def close(self) -> None:
        """Give the connection back."""
        self._driver.close()


def _offered(task: str, instance: str) -> Task:
    return Task(id=task, instance_id=instance, state="offered", at=now(), person=None)


def _state(revision: int) -> str:
    """A state of another length than the one before."""
    return STATE[revision % 10 :]
