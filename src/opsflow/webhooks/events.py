"""What the webhooks announce. That a delivery failed, the job tells that makes it."""

from __future__ import annotations

from dataclasses import dataclass

from opsflow.events import Event


@dataclass(frozen=True, kw_only=True)
class WebhookEvent(Event):
    """Something about webhooks; no subscription is ever told of it."""


@dataclass(frozen=True, kw_only=True)
class SubscriptionEvent(WebhookEvent):
    """Something about one subscription."""

    subscription_id: str

    @property
    def stream(self) -> str:
        """One chain for each subscription."""
        return f"subscription:{self.subscription_id}"


@dataclass(frozen=True, kw_only=True)
class SubscriptionMade(SubscriptionEvent):
    """A URL is told of events from now on."""

    url: str
    events: tuple[str, ...]
    process_key: str | None
    secrets_from: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SubscriptionPaused(SubscriptionEvent):
    """Nothing is delivered until it is resumed."""

    reason: str
    created_by: str


@dataclass(frozen=True, kw_only=True)
class SubscriptionResumed(SubscriptionEvent):
    """It is delivered again."""


@dataclass(frozen=True, kw_only=True)
class SubscriptionEnded(SubscriptionEvent):
    """The URL is told of nothing any more; ``discarded`` deliveries were not made."""

    discarded: int


@dataclass(frozen=True, kw_only=True)
class EndpointEvent(WebhookEvent):
    """Something about one endpoint."""

    endpoint: str

    @property
    def stream(self) -> str:
        """One chain for each endpoint."""
        return f"endpoint:{self.endpoint}"


@dataclass(frozen=True, kw_only=True)
class EndpointDefined(EndpointEvent):
    """What a sender may post to it, and what becomes of that."""

    scheme: str
    secrets_from: tuple[str, ...]
    message: str | None
    process_key: str | None
    condition: str | None
    correlation: str | None
    business_key: str | None
    variables: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class EndpointRemoved(EndpointEvent):
    """Nothing is taken from its sender any more."""


@dataclass(frozen=True, kw_only=True)
class WebhookReceived(EndpointEvent):
    """A delivery was genuine and new. ``outcome`` is what became of it."""

    delivery: str
    outcome: str
    receiver_id: str | None
    """The instance that took it or was started."""
