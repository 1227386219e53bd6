"""Webhooks: other systems are told of events, and tell of theirs, by signed requests.

Out: a subscription has each fitting event delivered to its URL. In: an endpoint turns what a
sender signs into a message or the start of a process.
"""

from opsflow.webhooks.delivering import TERMS as DELIVERY_TERMS
from opsflow.webhooks.events import (
    EndpointDefined,
    EndpointRemoved,
    SubscriptionEnded,
    SubscriptionMade,
    SubscriptionPaused,
    SubscriptionResumed,
    WebhookReceived,
)
from opsflow.webhooks.models import Endpoint, Subscription
from opsflow.webhooks.outlets import Outlets, outlets_from, post
from opsflow.webhooks.publishing import DELIVERY, Publisher, subject_of
from opsflow.webhooks.receiving import Received
from opsflow.webhooks.service import Webhooks

__all__ = [
    "DELIVERY",
    "DELIVERY_TERMS",
    "Endpoint",
    "EndpointDefined",
    "EndpointRemoved",
    "Outlets",
    "Publisher",
    "Received",
    "Subscription",
    "SubscriptionEnded",
    "SubscriptionMade",
    "SubscriptionPaused",
    "SubscriptionResumed",
    "WebhookReceived",
    "Webhooks",
    "outlets_from",
    "post",
    "subject_of",
]
