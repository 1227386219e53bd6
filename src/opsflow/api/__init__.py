"""The HTTP API: routes to mount in a host's application, and an application of its own."""

from opsflow.api import logs
from opsflow.api.application import application
from opsflow.api.mounting import router
from opsflow.api.permitting import Bearer, Identify
from opsflow.api.settings import Settings

__all__ = ["Bearer", "Identify", "Settings", "application", "logs", "router"]
