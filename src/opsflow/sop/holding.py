"""Take hold of a task for a verb that is not one of its own life."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from opsflow.db import Database, Unit
from opsflow.errors import Refused, WrongState
from opsflow.events import Actor
from opsflow.instances import Instances
from opsflow.tasks import State, Task, TaskRefused, Tasks


class Holding:
    """Locks the instance, then reads the task anew; a refusal is kept as evidence."""

    def __init__(self, database: Database, instances: Instances, tasks: Tasks) -> None:
        self._database = database
        self._instances = instances
        self._tasks = tasks

    @contextmanager
    def hold(
        self, task_id: str, verb: str, states: Collection[State]
    ) -> Iterator[tuple[Unit, Task]]:
        """The task in one of the states that allow the verb.

        Raises NotFound, and WrongState. Refused, raised inside, is recorded after what the
        verb did has been undone.
        """
        try:
            with self._database.unit() as unit:
                task = self._tasks.lock(unit, task_id)
                state = "suspended" if task.suspended else task.state
                if task.suspended or task.state not in states:
                    raise WrongState("task", task.id, state.replace("_", " "), verb)
                yield unit, task
        except Refused as refused:
            self._record(task_id, refused)
            raise

    def _record(self, task_id: str, refused: Refused) -> None:
        with self._database.unit() as unit:
            task = self._tasks.get(task_id)
            unit.announce(
                TaskRefused(
                    actor=Actor(refused.person),
                    instance_id=task.instance_id,
                    task_id=task.id,
                    node_id=task.node_id,
                    verb=refused.verb,
                    rule=refused.rule,
                    reason=refused.reason,
                )
            )
