"""Endpoints: what senders may post to, and the one route that their signature opens."""

from __future__ import annotations

from datetime import timedelta

from opsflow.access import Permission
from opsflow.api.calling import Call
from opsflow.api.permitting import Caller
from opsflow.api.routes.ownership import owns, require_process
from opsflow.api.routing import Routes
from opsflow.api.schemas.base import Listed
from opsflow.api.schemas.instances import DoneOut
from opsflow.api.schemas.webhooks import EndpointIn, EndpointOut, ReceivedOut
from opsflow.api.signing import Content, Delivery
from opsflow.errors import NotFound
from opsflow.webhooks import Endpoint

TAGS = ["webhooks"]
MANAGE = Permission.WEBHOOKS_MANAGE


def add(routes: Routes) -> None:
    """Register the routes."""
    _receive(routes)
    _manage(routes)


def _receive(routes: Routes) -> None:
    webhooks = routes.flow.webhooks

    @routes.signed("/webhooks/{name}", tags=TAGS)
    def receive_webhook(name: str, delivery: Delivery, content: Content) -> ReceivedOut:
        """Take a delivery, once: a message, or the start of a process.

        Signed as Standard Webhooks describes (`webhook-id`, `webhook-timestamp`,
        `webhook-signature`), or as GitHub does (`X-Hub-Signature-256`). A signature that does not
        fit, one of another time, and an endpoint that there is not are all 401. A repetition is
        answered as the first was, and has no effect. Where nobody waits for the message, 409: send
        it again.
        """
        return delivery.checked(lambda headers: webhooks.receive(name, headers, content))


def require_own(call: Call, name: str) -> Endpoint:
    """The endpoint, if the caller defined it or owns its process; others have none."""
    found = call.flow.webhooks.endpoint(name)
    _require_own(call, found)
    return found


def _require_own(call: Call, found: Endpoint) -> None:
    if found.defined_by != call.person and not owns(call, found.process_key):
        raise NotFound("endpoint", found.name)


def _manage(routes: Routes) -> None:
    webhooks = routes.flow.webhooks

    @routes.get("/endpoints", permission=MANAGE, tags=TAGS)
    def list_endpoints(call: Caller) -> Listed[EndpointOut]:
        """The caller's endpoints, with what they have taken and refused."""
        found = [
            each
            for each in webhooks.endpoints()
            if each.defined_by == call.person or owns(call, each.process_key)
        ]
        return Listed(items=[EndpointOut.of(each) for each in found])

    @routes.get("/endpoints/{name}", permission=MANAGE, tags=TAGS)
    def get_endpoint(name: str, call: Caller) -> EndpointOut:
        """One endpoint, with what it has taken and refused."""
        return EndpointOut.of(require_own(call, name))

    @routes.put("/endpoints/{name}", permission=MANAGE, tags=TAGS)
    def define_endpoint(name: str, body: EndpointIn, call: Caller) -> EndpointOut:
        """Define what is posted to `/webhooks/{name}`. One of the caller's is replaced."""
        if body.process is not None:
            require_process(call, body.process, "define an endpoint")
        return call.once(lambda: EndpointOut.of(_define(call, name, body)))

    @routes.delete("/endpoints/{name}", permission=MANAGE, tags=TAGS)
    def remove_endpoint(name: str, call: Caller) -> DoneOut:
        """Take nothing from its sender any more."""

        def remove() -> DoneOut:
            require_own(call, name)
            webhooks.remove(name, by=call.person)
            return DoneOut()

        return call.once(remove)


def _define(call: Call, name: str, body: EndpointIn) -> Endpoint:
    return call.flow.webhooks.define(
        name,
        by=call.person,
        secret_from=body.secrets_from,
        message=body.message,
        process=body.process,
        when=body.when,
        correlation=body.correlation,
        business_key=body.business_key,
        variables=body.variables,
        keep=None if body.keep_seconds is None else timedelta(seconds=body.keep_seconds),
        body_limit=body.body_limit,
        scheme=body.scheme,
        replacing=lambda there: _require_own(call, there),
    )
