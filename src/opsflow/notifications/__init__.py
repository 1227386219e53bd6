"""Notifications: what people are told, and their inbox."""

from opsflow.notifications.models import Notice
from opsflow.notifications.service import Notifications

__all__ = ["Notice", "Notifications"]
