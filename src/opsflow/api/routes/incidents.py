"""Incidents: steps that wait for a human. Those who own the process mend them."""

from __future__ import annotations

from opsflow.access import Permission
from opsflow.api.permitting import Caller
from opsflow.api.routes.operations import OPERATE, require_owner
from opsflow.api.routing import Routes
from opsflow.api.schemas.base import Listed
from opsflow.api.schemas.instances import DoneOut, IncidentOut
from opsflow.api.schemas.jobs import ByHandIn, IncidentsIn, NoteTextIn, RetriedOut

TAGS = ["incidents"]


def add(routes: Routes) -> None:
    """Register the routes."""
    _look(routes)
    _retry(routes)
    _mend(routes)


def _look(routes: Routes) -> None:
    instances = routes.flow.instances

    @routes.get("/incidents", permission=Permission.INSTANCES_READ, tags=TAGS)
    def list_incidents(
        *,
        instance_id: str | None = None,
        process: str | None = None,
        node: str | None = None,
        code: str | None = None,
    ) -> Listed[IncidentOut]:
        """Open incidents, oldest first."""
        found = instances.incidents(instance_id, key=process, node_id=node, code=code)
        return Listed(items=[IncidentOut.of(each) for each in found])


def _retry(routes: Routes) -> None:
    instances = routes.flow.instances

    @routes.post("/incidents/{incident_id}/retry", permission=OPERATE, tags=TAGS)
    def retry_incident(incident_id: str, call: Caller) -> DoneOut:
        """Try the step of an incident again."""
        require_owner(call, instances.incident(incident_id).instance_id, "retry")

        def retry() -> DoneOut:
            instances.retry(incident_id, by=call.person)
            return DoneOut()

        return call.once(retry)

    @routes.post("/incidents/retry", permission=OPERATE, tags=TAGS)
    def retry_incidents(body: IncidentsIn, call: Caller) -> Listed[RetriedOut]:
        """Try the steps of many incidents again; one that cannot be retried holds up no other."""
        for incident_id in body.ids:
            require_owner(call, instances.incident(incident_id).instance_id, "retry")
        return call.once(
            lambda: Listed(
                items=[
                    RetriedOut.model_validate(each)
                    for each in instances.retry_all(body.ids, by=call.person)
                ]
            )
        )


def _mend(routes: Routes) -> None:
    instances = routes.flow.instances

    @routes.post("/incidents/{incident_id}/resolve", permission=OPERATE, tags=TAGS)
    def resolve_incident(incident_id: str, body: ByHandIn, call: Caller) -> DoneOut:
        """The work of the step was done by hand; the instance goes on."""
        require_owner(call, instances.incident(incident_id).instance_id, "resolve")

        def resolve() -> DoneOut:
            instances.resolve(incident_id, by=call.person, variables=body.variables)
            return DoneOut()

        return call.once(resolve)

    @routes.post("/incidents/{incident_id}/note", permission=OPERATE, tags=TAGS)
    def annotate_incident(incident_id: str, body: NoteTextIn, call: Caller) -> IncidentOut:
        """Note at an incident what is known of it."""
        require_owner(call, instances.incident(incident_id).instance_id, "annotate")
        return call.once(
            lambda: IncidentOut.of(instances.annotate(incident_id, by=call.person, note=body.note))
        )
