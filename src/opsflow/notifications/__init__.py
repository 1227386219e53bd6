"""Notifications: what people are told, their inbox, and e-mail and chat besides, on jobs."""

from opsflow.notifications.models import EVERY_KIND, Channel, Notice, Preference
from opsflow.notifications.sending import NOTIFY, Sending
from opsflow.notifications.sending import TERMS as NOTIFY_TERMS
from opsflow.notifications.service import Notifications

__all__ = [
    "EVERY_KIND",
    "NOTIFY",
    "NOTIFY_TERMS",
    "Channel",
    "Notice",
    "Notifications",
    "Preference",
    "Sending",
]
