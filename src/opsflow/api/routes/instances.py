"""Instances: start, find, look at."""

from __future__ import annotations

from typing import Literal

from opsflow.access import Permission
from opsflow.api.attributes import Attributes, read_attributes
from opsflow.api.calling import Call
from opsflow.api.paging import Paging
from opsflow.api.permitting import Caller
from opsflow.api.routing import Routes
from opsflow.api.schemas.base import Listed
from opsflow.api.schemas.instances import InstanceOut, StartIn, StepOut
from opsflow.api.schemas.pages import Page
from opsflow.api.schemas.tasks import TaskOut, VariablesOut
from opsflow.errors import NotFound
from opsflow.instances import Instance

TAGS = ["instances"]
READ = Permission.INSTANCES_READ
OWN = (Permission.INSTANCES_READ, Permission.INSTANCES_START)
"""Whoever has started an instance may look how it goes."""


def add(routes: Routes) -> None:
    """Register the routes."""
    _start(routes)
    _lists(routes)
    _one(routes)


def readable(call: Call, instance_id: str) -> Instance:
    """The instance, where the caller may read it; else as if there were none."""
    instance = call.flow.instances.get(instance_id)
    if not call.may(READ) and instance.started_by != call.person:
        raise NotFound("instance", instance_id)
    return instance


def _start(routes: Routes) -> None:
    instances = routes.flow.instances

    @routes.post("/instances", permission=Permission.INSTANCES_START, tags=TAGS, status_code=201)
    def start_instance(body: StartIn, call: Caller) -> InstanceOut:
        """Start a process, at its published version where none is named."""
        return call.once(
            lambda: InstanceOut.of(
                instances.start(
                    body.process,
                    by=call.person,
                    variables=body.variables,
                    version=body.version,
                    business_key=body.business_key,
                )
            ),
            status=201,
        )


def _lists(routes: Routes) -> None:
    instances = routes.flow.instances

    @routes.get("/instances", permission=READ, tags=TAGS)
    def list_instances(
        *,
        paging: Paging,
        process: str | None = None,
        version: int | None = None,
        status: Literal["running", "completed", "cancelled"] | None = None,
        business_key: str | None = None,
        suspended: bool | None = None,
        attribute: Attributes = None,
    ) -> Page[InstanceOut]:
        """Instances that meet every condition, oldest first."""
        found = instances.find(
            key=process,
            version=version,
            status=status,
            business_key=business_key,
            suspended=suspended,
            attributes=read_attributes(attribute),
            after=paging.after,
            limit=paging.limit,
        )
        return paging.page(found, InstanceOut.of)


def _one(routes: Routes) -> None:
    flow = routes.flow

    @routes.get("/instances/{instance_id}", permission=OWN, tags=TAGS)
    def get_instance(instance_id: str, call: Caller) -> InstanceOut:
        """An instance: any, for who may read them; else one that the caller has started."""
        return call.tagged(InstanceOut.of(readable(call, instance_id)))

    @routes.get("/instances/{instance_id}/variables", permission=READ, tags=TAGS)
    def get_instance_variables(*, instance_id: str, step_id: str | None = None) -> VariablesOut:
        """Its own variables, or all that a step sees; after its end, those it ended with."""
        return VariablesOut(variables=flow.instances.variables(instance_id, step_id))

    @routes.get("/instances/{instance_id}/steps", permission=OWN, tags=TAGS)
    def list_instance_steps(instance_id: str, call: Caller) -> Listed[StepOut]:
        """Where it waits now."""
        readable(call, instance_id)
        return Listed(items=[StepOut.of(step) for step in flow.instances.steps(instance_id)])

    @routes.get("/instances/{instance_id}/tasks", permission=Permission.TASKS_READ, tags=TAGS)
    def list_instance_tasks(instance_id: str) -> Listed[TaskOut]:
        """All tasks of an instance, oldest first."""
        flow.instances.get(instance_id)
        return Listed(items=[TaskOut.of(task) for task in flow.tasks.of_instance(instance_id)])
