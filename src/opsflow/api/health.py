"""Is the process alive, and can it serve? For load balancers; nobody has to sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter
from pydantic import BaseModel

from opsflow.api.routing import Route, told_as_problems

if TYPE_CHECKING:
    from opsflow.app import Opsflow

_NOT_READY = {
    500: "The database has the schema of another version",
    503: "The database cannot be reached, or the executor has not turned lately",
}


class Health(BaseModel):
    """The state of the service."""

    status: Literal["ok"] = "ok"


def router(flow: Opsflow) -> APIRouter:
    """``/health/live``: the process answers. ``/health/ready``: it can serve."""
    made = APIRouter(route_class=Route, tags=["health"])

    @made.get("/health/live", operation_id="live")
    def live() -> Health:
        """The process is alive."""
        return Health()

    @made.get("/health/ready", operation_id="ready", responses=told_as_problems(_NOT_READY))
    def ready() -> Health:
        """The database answers and has the schema of this version, and the executor works."""
        flow.require_ready()
        return Health()

    return made
