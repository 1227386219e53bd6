"""What every verb on a task needs: hold it, ask for the right, tell what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias, TypedDict

from opsflow.db import Database, Unit
from opsflow.definitions import Definitions
from opsflow.engine import Node
from opsflow.errors import NotFound, Refused
from opsflow.events import Actor
from opsflow.instances import Instances
from opsflow.people import Directory
from opsflow.responsibility import Responsibility, Subject, Verb
from opsflow.tasks import store
from opsflow.tasks.events import TaskRefused
from opsflow.tasks.models import Task
from opsflow.tasks.notes import SIZE_LIMIT

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
        *,
        guards: Sequence[Guard] = (),
        attachment_limit: int = SIZE_LIMIT,
    ) -> None:
        self._database = database
        self._instances = instances
        self._definitions = definitions
        self._responsibility = responsibility
        self._directory = directory
        self._guards = tuple(guards)
        self._attachment_limit = attachment_limit

    @contextmanager
    def _hold(
        self, task_id: str, verb: str, revision: int | None = None, *, by: str | None = None
    ) -> Iterator[tuple[Unit, Task]]:
        """The instance, then the task, locked and in a state that allows the verb.

        A refusal is evidence: it is recorded after what the verb did has been undone, as the
        attempt of ``by`` where that is not the person whom the rules refuse.
        """
        try:
            with self._database.unit() as unit:
                task = self._lock(unit, task_id)
                task.expect(verb, revision)
                yield unit, task
        except Refused as refused:
            self._record(task_id, refused, by or refused.person)
            raise

    def _lock(self, unit: Unit, task_id: str) -> Task:
        instance_id = store.instance_of_task(unit.session, task_id)
        if instance_id is None:
            raise NotFound("task", task_id)
        self._instances.lock(unit, instance_id)
        task = store.lock_task(unit.session, task_id)
        if task is None:
            raise NotFound("task", task_id)
        return task

    def _record(self, task_id: str, refused: Refused, by: str) -> None:
        with self._database.unit() as unit:
            task = unit.session.get(Task, task_id)
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

    def _keep(self, unit: Unit, task: Task, actor: Actor, verb: Verb) -> None:
        """Write down who did it, for separation of duties and for the trace."""
        self._responsibility.record(self._subject(unit, task), actor, verb)

    def _require(self, unit: Unit, task: Task, person: str, verb: Verb) -> Actor:
        return self._responsibility.require(self._subject(unit, task), person, verb)

    def _subject(self, unit: Unit, task: Task) -> Subject:
        return self._subjects(unit, [task])[0]

    def _subjects(self, unit: Unit, tasks: Sequence[Task]) -> list[Subject]:
        ids = [task.id for task in tasks]
        candidates = store.candidates(unit.session, ids)
        roles = store.roles_offered(unit.session, ids)
        return [
            Subject(
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
                candidates=candidates.get(task.id, ()),
                candidate_roles=roles.get(task.id, ()),
            )
            for task in tasks
        ]

    def _node(self, task: Task) -> Node:
        return self._definitions.content(task.release_id).process.nodes[task.node_id]


def about(task: Task) -> About:
    """The fields that every event of the task has."""
    return About(instance_id=task.instance_id, task_id=task.id, node_id=task.node_id)
