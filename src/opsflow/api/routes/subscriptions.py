"""Subscriptions: other systems are told of events. Each is a matter of who made it."""

from __future__ import annotations

from opsflow.access import Permission
from opsflow.api.calling import Call
from opsflow.api.paging import Paging
from opsflow.api.permitting import Caller
from opsflow.api.routes.ownership import owns, require_process
from opsflow.api.routing import Routes
from opsflow.api.schemas.base import Listed
from opsflow.api.schemas.instances import WhyIn
from opsflow.api.schemas.jobs import JobOut
from opsflow.api.schemas.pages import Page
from opsflow.api.schemas.webhooks import (
    DiscardIn,
    EndedOut,
    JobTriedOut,
    SubscribeIn,
    SubscriptionOut,
)
from opsflow.errors import NotFound
from opsflow.webhooks import Subscription

TAGS = ["webhooks"]
MANAGE = Permission.WEBHOOKS_MANAGE


def add(routes: Routes) -> None:
    """Register the routes."""
    _make(routes)
    _life(routes)
    _letters(routes)


def require_own(call: Call, subscription_id: str) -> Subscription:
    """The subscription, if the caller made it or owns its process; others have none."""
    found = call.flow.webhooks.get(subscription_id)
    if found.created_by != call.person and not owns(call, found.process_key):
        raise NotFound("subscription", subscription_id)
    return found


def _make(routes: Routes) -> None:
    webhooks = routes.flow.webhooks

    @routes.post("/subscriptions", permission=MANAGE, tags=TAGS, status_code=201)
    def subscribe(body: SubscribeIn, call: Caller) -> SubscriptionOut:
        """Tell a URL of events from now on: signed, once each, again where it fails."""
        if body.process is not None:
            require_process(call, body.process, "subscribe")
        return call.once(
            lambda: SubscriptionOut.of(
                webhooks.subscribe(
                    body.url,
                    by=call.person,
                    events=body.events,
                    secret_from=body.secrets_from,
                    process=body.process,
                )
            ),
            status=201,
        )

    @routes.get("/subscriptions", permission=MANAGE, tags=TAGS)
    def list_subscriptions(call: Caller, paging: Paging) -> Page[SubscriptionOut]:
        """The caller's own subscriptions, oldest first."""
        found = webhooks.subscriptions(made_by=call.person, after=paging.after, limit=paging.limit)
        return paging.page(found, SubscriptionOut.of)

    @routes.get("/subscriptions/{subscription_id}", permission=MANAGE, tags=TAGS)
    def get_subscription(subscription_id: str, call: Caller) -> SubscriptionOut:
        """One subscription, and whether its target takes what it is sent."""
        return SubscriptionOut.of(require_own(call, subscription_id))


def _life(routes: Routes) -> None:
    webhooks = routes.flow.webhooks

    @routes.delete("/subscriptions/{subscription_id}", permission=MANAGE, tags=TAGS)
    def unsubscribe(subscription_id: str, call: Caller) -> EndedOut:
        """Tell it nothing any more; what waits is not delivered."""

        def end() -> EndedOut:
            require_own(call, subscription_id)
            return EndedOut(discarded=webhooks.unsubscribe(subscription_id, by=call.person))

        return call.once(end)

    @routes.post("/subscriptions/{subscription_id}/pause", permission=MANAGE, tags=TAGS)
    def pause_subscription(subscription_id: str, body: WhyIn, call: Caller) -> SubscriptionOut:
        """Deliver nothing until it is resumed; nothing is lost."""
        require_own(call, subscription_id)
        return call.once(
            lambda: SubscriptionOut.of(
                webhooks.pause(subscription_id, by=call.person, reason=body.reason)
            )
        )

    @routes.post("/subscriptions/{subscription_id}/resume", permission=MANAGE, tags=TAGS)
    def resume_subscription(subscription_id: str, call: Caller) -> SubscriptionOut:
        """Deliver again, what has waited too."""
        require_own(call, subscription_id)
        return call.once(
            lambda: SubscriptionOut.of(webhooks.resume(subscription_id, by=call.person))
        )


def _letters(routes: Routes) -> None:
    webhooks = routes.flow.webhooks

    @routes.get("/subscriptions/{subscription_id}/deliveries", permission=MANAGE, tags=TAGS)
    def list_deliveries(
        subscription_id: str, call: Caller, paging: Paging, *, dead: bool = False
    ) -> Page[JobOut]:
        """Deliveries that are not done yet, oldest first; or the dead letters alone."""
        require_own(call, subscription_id)
        found = webhooks.deliveries(
            subscription_id, dead_only=dead, after=paging.after, limit=paging.limit
        )
        return paging.page(found, JobOut.of)

    @routes.post("/subscriptions/{subscription_id}/retry", permission=MANAGE, tags=TAGS)
    def retry_dead_letters(subscription_id: str, call: Caller) -> Listed[JobTriedOut]:
        """Try the dead letters again, the oldest thousand of them."""
        require_own(call, subscription_id)
        return call.once(
            lambda: Listed(
                items=[
                    JobTriedOut.model_validate(each)
                    for each in webhooks.retry_dead(subscription_id, by=call.person)
                ]
            )
        )

    @routes.post("/subscriptions/{subscription_id}/discard", permission=MANAGE, tags=TAGS)
    def discard_dead_letters(subscription_id: str, body: DiscardIn, call: Caller) -> EndedOut:
        """Give up the dead letters: they are never delivered."""
        require_own(call, subscription_id)
        return call.once(
            lambda: EndedOut(
                discarded=webhooks.discard_dead(subscription_id, by=call.person, reason=body.reason)
            )
        )
