"""Connectors: handlers that come with opsflow, set up by whoever runs it, never by a model."""

from opsflow.jobs.connectors.http import HttpConnector
from opsflow.jobs.connectors.mail import MailConnector
from opsflow.jobs.connectors.webhooks import SignatureInvalid, WebhookConnector, sign, verify

__all__ = [
    "HttpConnector",
    "MailConnector",
    "SignatureInvalid",
    "WebhookConnector",
    "sign",
    "verify",
]
