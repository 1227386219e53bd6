"""Connectors: handlers that come with opsflow, set up by whoever runs it, never by a model."""

from opsflow.jobs.connectors.hosts import is_among
from opsflow.jobs.connectors.http import HttpConnector, Request
from opsflow.jobs.connectors.mail import MailConnector
from opsflow.jobs.connectors.webhooks import (
    SignatureInvalid,
    WebhookConnector,
    sign,
    signed_headers,
    verify,
)

__all__ = [
    "HttpConnector",
    "MailConnector",
    "Request",
    "SignatureInvalid",
    "WebhookConnector",
    "is_among",
    "sign",
    "signed_headers",
    "verify",
]
