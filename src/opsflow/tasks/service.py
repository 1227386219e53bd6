"""The use cases of tasks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Any, get_args

from opsflow.errors import Invalid
from opsflow.responsibility import Subject
from opsflow.tasks import store
from opsflow.tasks.conversation import Conversation
from opsflow.tasks.desk import subject_of
from opsflow.tasks.forms import form_of
from opsflow.tasks.lists import Order, Sieve, View, pages_for
from opsflow.tasks.migrating import Migrating
from opsflow.tasks.models import Task
from opsflow.tasks.states import State
from opsflow.tasks.steering import Steering

PAGE_LIMIT = 1000
"""Tasks that one page may have."""


class Tasks(Migrating, Steering, Conversation):
    """The work items of this opsflow: find them, work on them, steer them."""

    def get(self, task_id: str) -> Task:
        """One task. Raises NotFound."""
        with self._database.reading() as unit:
            return self._current(unit, task_id)

    def form(self, task_id: str) -> tuple[str, Mapping[str, Any]] | None:
        """The name and JSON Schema of a task's form; None where any data is taken."""
        task = self.get(task_id)
        content = self._definitions.content(task.release_id)
        return form_of(content.process.nodes[task.node_id], content.forms)

    def of_instance(self, instance_id: str) -> list[Task]:
        """All tasks of an instance, oldest first."""
        with self._database.reading() as unit:
            return store.tasks_of_instance(unit.connection, instance_id)

    def find(
        self,
        *,
        open: bool | None = None,
        process: str | None = None,
        assignee: str | None = None,
        limit: int = 100,
        after: str | None = None,
    ) -> list[Task]:
        """Tasks whoever they are for, oldest first: what an operator looks through.

        ``open`` leaves out those that are over, or keeps only them.
        """
        with self._database.reading() as unit:
            return store.find_tasks(
                unit.session,
                is_open=open,
                process=process,
                assignee=assignee,
                limit=_page(limit),
                after=after,
            )

    def for_person(
        self,
        person: str,
        *,
        view: View = "offered",
        process: str | None = None,
        node: str | None = None,
        business_key: str | None = None,
        due_before: datetime | None = None,
        follow_up_before: datetime | None = None,
        priority_from: int | None = None,
        attributes: Mapping[str, object] | None = None,
        order: Order = "opened",
        limit: int = 100,
        after: str | None = None,
    ) -> list[Task]:
        """What a person may claim, has claimed or submitted, or both.

        An offered task is there only if no rule would refuse the claim. ``attributes`` are
        declared search attributes of the instance with the value wanted. ``after`` is the
        id of the last task of the page before.
        """
        sieve = Sieve(
            process=process,
            node=node,
            business_key=business_key,
            due_before=due_before,
            follow_up_before=follow_up_before,
            priority_from=priority_from,
            attributes=attributes or {},
        )
        return self._listed(person, view, order, sieve, _page(limit), after)

    def count_for(self, person: str, *, view: View = "offered", limit: int = 1000) -> int:
        """How many tasks ``for_person`` would list; ``limit`` where there are as many or more."""
        return len(self._listed(person, view, "opened", Sieve(), _page(limit), None))

    def _listed(
        self, person: str, view: View, order: Order, sieve: Sieve, limit: int, after: str | None
    ) -> list[Task]:
        if view not in get_args(View) or order not in get_args(Order):
            known = ", ".join(get_args(View) + get_args(Order))
            raise Invalid(f"{view!r} ordered by {order!r} is no list of tasks: take of {known}.")
        with self._database.reading() as unit:
            acting = self._directory.acting_roles(person, unit.now)
            pages = pages_for(
                unit.connection,
                person,
                {each.role for each in acting},
                view=view,
                order=order,
                sieve=sieve,
                after=after,
                batch=limit,
            )
            shown = (task for page in pages for task in self._shown(page, person))
            return list(islice(shown, limit))

    def _shown(self, tasks: list[Task], person: str) -> list[Task]:
        offered = [task for task in tasks if task.state is State.OFFERED]
        if not offered:
            return tasks
        subjects = [subject_of(task) for task in offered]
        allowed = {each.task_id for each in self._responsibility.offered(subjects, person)}
        return [task for task in tasks if task.state is not State.OFFERED or task.id in allowed]

    def subject_of(self, task_id: str) -> Subject:
        """What the rules of responsibility need to know about a task. Raises NotFound."""
        with self._database.reading() as unit:
            return subject_of(self._current(unit, task_id))


def _page(limit: int) -> int:
    if not 1 <= limit <= PAGE_LIMIT:
        raise Invalid(f"A page has 1 to {PAGE_LIMIT} tasks, not {limit}.")
    return limit
