"""Tasks: what one may take, what one has, what one task is about."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime

from opsflow.access import Permission
from opsflow.api.attributes import Attributes, read_attributes
from opsflow.api.paging import Paging
from opsflow.api.permitting import Caller
from opsflow.api.routing import Routes
from opsflow.api.schemas.pages import Page
from opsflow.api.schemas.tasks import (
    Counts,
    FormOut,
    RulingOut,
    TaskDetail,
    TaskOut,
    VariablesOut,
)
from opsflow.errors import NotFound
from opsflow.responsibility import Verb
from opsflow.tasks import Order, View

TAGS = ["tasks"]
READ = (Permission.TASKS_WORK, Permission.TASKS_READ)
COUNT_LIMIT = 1000
"""Counts stop there: a list that long is not read to its end."""


def add(routes: Routes) -> None:
    """Register the routes."""
    _own_list(routes)
    _counts(routes)
    _all_tasks(routes)
    _one(routes)


def _own_list(routes: Routes) -> None:
    flow = routes.flow

    @routes.get("/tasks", permission=Permission.TASKS_WORK, tags=TAGS)
    def list_tasks(
        *,
        call: Caller,
        paging: Paging,
        view: Annotated[
            View, Query(description="What one may take, what one has, or both")
        ] = "all",
        order: Annotated[
            Order, Query(description="Oldest first, due first, or most urgent first")
        ] = "opened",
        process: str | None = None,
        node: str | None = None,
        business_key: str | None = None,
        due_before: AwareDatetime | None = None,
        follow_up_before: AwareDatetime | None = None,
        priority_from: Annotated[int | None, Query(ge=0, le=100)] = None,
        attribute: Attributes = None,
    ) -> Page[TaskOut]:
        """What the caller may take, has, or both: an offered one only if no rule refuses it."""
        found = flow.tasks.for_person(
            call.person,
            view=view,
            order=order,
            process=process,
            node=node,
            business_key=business_key,
            due_before=due_before,
            follow_up_before=follow_up_before,
            priority_from=priority_from,
            attributes=read_attributes(attribute),
            limit=paging.limit,
            after=paging.after,
        )
        return paging.page(found, TaskOut.of)


def _counts(routes: Routes) -> None:
    flow = routes.flow

    @routes.get("/tasks/counts", permission=Permission.TASKS_WORK, tags=TAGS)
    def count_tasks(call: Caller) -> Counts:
        """How much waits for the caller."""
        person = call.person
        return Counts(
            offered=flow.tasks.count_for(person, view="offered", limit=COUNT_LIMIT),
            mine=flow.tasks.count_for(person, view="mine", limit=COUNT_LIMIT),
            to_vote=len(flow.approvals.to_vote(person, limit=COUNT_LIMIT)),
            to_answer=len(flow.responsibility.consultations_for(person)),
            deviations=len(flow.sop.deviations_for(person, limit=COUNT_LIMIT)),
            unread=flow.notifications.unread(person),
            limit=COUNT_LIMIT,
        )


def _all_tasks(routes: Routes) -> None:
    flow = routes.flow

    @routes.get("/tasks/all", permission=Permission.TASKS_READ, tags=TAGS)
    def find_tasks(
        *,
        paging: Paging,
        open: bool | None = None,
        process: str | None = None,
        assignee: str | None = None,
        overdue: bool = False,
    ) -> Page[TaskOut]:
        """Tasks whoever they are for: what an operator or an auditor looks through."""
        found = flow.tasks.find(
            open=open,
            process=process,
            assignee=assignee,
            overdue=overdue,
            limit=paging.limit,
            after=paging.after,
        )
        return paging.page(found, TaskOut.of)


def _one(routes: Routes) -> None:
    flow = routes.flow

    @routes.get("/tasks/{task_id}", permission=READ, tags=TAGS)
    def get_task(task_id: str, call: Caller) -> TaskDetail:
        """A task, with what was handed in and saved."""
        call.require_reading(task_id)
        return call.tagged(
            TaskDetail.told(flow.tasks.get(task_id), flow.deadlines.next_rung(task_id))
        )

    @routes.get("/tasks/{task_id}/form", permission=READ, tags=TAGS)
    def get_form(task_id: str, call: Caller) -> FormOut:
        """The JSON Schema that the data of a task has to fit; 404 where any data is taken."""
        call.require_reading(task_id)
        form = flow.tasks.form(task_id)
        if form is None:
            raise NotFound("form of the task", task_id)
        return FormOut(name=form[0], json_schema=dict(form[1]))

    @routes.get("/tasks/{task_id}/variables", permission=READ, tags=TAGS)
    def get_task_variables(task_id: str, call: Caller) -> VariablesOut:
        """The variables that an open task sees."""
        call.require_reading(task_id)
        task = flow.tasks.get(task_id)
        return VariablesOut(variables=flow.instances.variables(task.instance_id, task.step_id))

    @routes.get("/tasks/{task_id}/why", permission=READ, tags=TAGS)
    def why(task_id: str, verb: Verb, call: Caller, person: str | None = None) -> RulingOut:
        """Which rule lets a person (the caller) do something, or not, and who could."""
        call.require_reading(task_id)
        whom = person or call.person
        return RulingOut.of(flow.responsibility.why(task_id, whom, verb), whom, verb)
