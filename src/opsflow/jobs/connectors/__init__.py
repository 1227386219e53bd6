"""Connectors: handlers that come with opsflow, set up by whoever runs it, never by a model."""

from opsflow.jobs.connectors.http import HttpConnector
from opsflow.jobs.connectors.mail import MailConnector

__all__ = ["HttpConnector", "MailConnector"]
