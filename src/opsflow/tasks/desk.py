"""What every verb on a task needs: hold it, ask for the right, tell what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias, TypedDict

from opsflow.db import Database, Unit
from opsflow.definitions import Definitions
from opsflow.engine import CalendarPort, Node
from opsflow.errors import NotFound, Refused
from opsflow.events import Actor
from opsflow.instances import Instances
from opsflow.people import Directory
from opsflow.responsibility import Responsibility, Subject, Verb
from opsflow.tasks import store
from opsflow.tasks.events import TaskRefused
from opsflow.tasks.models import Task
from opsflow.tasks.notes import SIZE_LIMIT
from opsflow.tasks.states import State

Guard: TypeAlias = Callable[[Unit, Task], Sequence[str]]
"""What still has to be done before a task can complete, as texts; empty for nothing."""


class About(TypedDict):
    """The fields that every event of a task has."""

    instance_id: str
    task_id: str
    node_id: str


class Desk:
    """The collaborators of the task verbs, and the way each of them begins."""

    def __init__(
        self,
        database: Database,
        instances: Instances,
        definitions: Definitions,
        responsibility: Responsibility,
        directory: Directory,
        calendars: CalendarPort,
        *,
        guards: Sequence[Guard] = (),
        attachment_limit: int = SIZE_LIMIT,
    ) -> None:
        self._database = database
        self._instances = instances
        self._definitions = definitions
        self._responsibility = responsibility
        self._directory = directory
        self._calendars = calendars
        self._guards = tuple(guards)
        self._attachment_limit = attachment_limit

    @contextmanager
    def _hold(
        self,
        task_id: str,
        verb: str,
        revision: int | None = None,
        *,
        by: str | None = None,
        claims: bool = False,
    ) -> Iterator[tuple[Unit, Task]]:
        """The instance and the task, locked and in a state that allows the verb.

        With ``claims`` also an offered task, which is claimed first. What the block does to
        the task is written at its end. A refusal is evidence: it is recorded after what the
        verb did has been undone, as the attempt of ``by`` where that is not the person whom
        the rules refuse.
        """
        try:
            with self._database.unit() as unit:
                task = self.lock(unit, task_id)
                task.expect("claim" if claims and task.state is State.OFFERED else verb, revision)
                yield unit, task
                self._save(unit, task)
        except Refused as refused:
            self._record(task_id, refused, by or refused.person)
            raise

    def lock(self, unit: Unit, task_id: str) -> Task:
        """The task and its instance, held for this transaction. Raises NotFound."""
        held = unit.memory.get(("task", task_id))
        if isinstance(held, Task):
            return held
        found = store.lock_task(unit.connection, task_id)
        if found is None:
            raise NotFound("task", task_id)
        task, instance = found
        self._instances.held(unit, instance)
        _remember(unit, task)
        return task

    def _add(self, unit: Unit, task: Task) -> None:
        """Keep a new task; its instance is held."""
        store.add_task(unit.connection, task)
        _remember(unit, task)

    def _save(self, unit: Unit, task: Task) -> None:
        """Write down what was done to a held task, if anything was."""
        if task.revision != task.written_revision:
            store.save_task(unit.connection, task)

    def _current(self, unit: Unit, task_id: str) -> Task:
        """The task as it is in this transaction. Raises NotFound."""
        held = unit.memory.get(("task", task_id))
        if isinstance(held, Task):
            return held
        task = unit.session.get(Task, task_id, populate_existing=True)
        if task is None:
            raise NotFound("task", task_id)
        return task

    def _record(self, task_id: str, refused: Refused, by: str) -> None:
        with self._database.unit() as unit:
            task = unit.session.get(Task, task_id, populate_existing=True)
            if task is None:
                return
            unit.announce(
                TaskRefused(
                    actor=Actor(by),
                    **about(task),
                    verb=refused.verb,
                    rule=refused.rule,
                    reason=refused.reason,
                )
            )

    def _keep(self, task: Task, actor: Actor, verb: Verb) -> None:
        """Write down who did it, for separation of duties and for the trace."""
        self._responsibility.record(subject_of(task), actor, verb)

    def _require(self, task: Task, person: str, verb: Verb) -> Actor:
        return self._responsibility.require(subject_of(task), person, verb)

    def _node(self, task: Task) -> Node:
        return self._definitions.content(task.release_id).process.nodes[task.node_id]


def about(task: Task) -> About:
    """The fields that every event of the task has."""
    return About(instance_id=task.instance_id, task_id=task.id, node_id=task.node_id)


def subject_of(task: Task) -> Subject:
    """What the rules of responsibility need to know of a task."""
    return Subject(
        task_id=task.id,
        instance_id=task.instance_id,
        release_id=task.release_id,
        process_key=task.process_key,
        node_id=task.node_id,
        state=task.state,
        suspended=task.suspended,
        assignee=task.assignee,
        assignee_role=task.assignee_role,
        assignee_on_behalf_of=task.on_behalf_of,
        candidates=task.candidates,
        candidate_roles=task.candidate_roles,
    )


def _remember(unit: Unit, task: Task) -> None:
    unit.memory["task", task.id] = task
    unit.memory["task of step", task.instance_id, task.step_id] = task
