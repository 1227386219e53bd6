"""The application that ``opsflow serve`` runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from opsflow.api import health
from opsflow.api.envelope import Envelope
from opsflow.api.mounting import router
from opsflow.api.permitting import Identify
from opsflow.api.problems import plain_answer
from opsflow.api.settings import Settings

if TYPE_CHECKING:
    from opsflow.app import Opsflow

PREFIX = "/api/v1"
"""Where the routes are."""

_DESCRIPTION = """\
Run an organisation's processes under control: BPMN, executable RACI, SOPs, approvals, evidence.

Errors are problem details (RFC 9457) with a stable `type`. Lists come in pages: send `next` of a
page as `cursor` for the one behind it. What has a revision carries it as its ETag. A request with
an `Idempotency-Key` can be sent again safely.
"""


def application(
    flow: Opsflow, *, identify: Identify | None = None, settings: Settings | None = None
) -> FastAPI:
    """An ASGI application with every route, and the health of the service."""
    chosen = settings or Settings()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        flow.close()

    app = FastAPI(
        title="opsflow",
        version=version("opsflow"),
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.include_router(router(flow, identify=identify, settings=chosen), prefix=PREFIX)
    app.include_router(health.router(flow))
    app.add_exception_handler(HTTPException, _plain)
    app.add_middleware(Envelope)
    return app


async def _plain(request: Request, error: Any) -> Response:
    request_id = request.scope.get("opsflow.request_id")
    return plain_answer(error.status_code, str(error.detail), request_id, error.headers)
