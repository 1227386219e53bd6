"""The routes of opsflow, for an application of a host's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

from opsflow.api import routes
from opsflow.api.permitting import Bearer, Gatekeeper, Identify
from opsflow.api.routing import Routes
from opsflow.api.settings import Settings

if TYPE_CHECKING:
    from opsflow.app import Opsflow


def router(
    flow: Opsflow, *, identify: Identify | None = None, settings: Settings | None = None
) -> APIRouter:
    """Every route of opsflow: ``app.include_router(router(flow, identify=…), prefix="/flow")``.

    ``identify`` takes the host's own identity; without it, opsflow's bearer tokens count.
    """
    chosen = settings or Settings()
    registered = Routes(flow, Gatekeeper(flow, identify or Bearer(flow), chosen), chosen)
    for add in routes.ALL:
        add(registered)
    return registered.router
