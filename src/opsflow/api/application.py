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
from opsflow.api.problems import PREFIX as KIND
from opsflow.api.problems import catalogue, plain_answer
from opsflow.api.settings import Settings

if TYPE_CHECKING:
    from opsflow.app import Opsflow

PREFIX = "/api/v1"
"""Where the routes are."""

_DESCRIPTION = """\
Run an organisation's processes under control: BPMN, executable RACI, SOPs, approvals, evidence.

* **Who** is asking, the token in the `Authorization` header says: one of opsflow's own, or a JWT.
* **Permissions**: each operation names the ones that open it (`x-permissions`; any one of them is
  enough). What somebody may do with a task then, the matrix of its process decides.
* **Lists** come in pages: send `next` of a page as `cursor` for the one behind it.
* **Revisions**: what has one carries it as its `ETag`; the verbs of a task take it as `If-Match`.
* **Sending again**: a request with an `Idempotency-Key` is done once, however often it is sent.
* **Errors** are problem details (RFC 9457, `application/problem+json`). Their `type` is stable:

| `type` | status | |
|---|---|---|
"""

_TAGS = {
    "processes": "Check, deploy, publish and share processes; what their releases hold.",
    "decisions": "Decision tables: which there are, and what they decide.",
    "instances": "Start processes, find and look at their instances.",
    "operations": "Suspend, resume, cancel, correct; messages and signals. For owners.",
    "migrations": "Move running instances to another version of their process. For owners.",
    "incidents": "Steps that wait for a human. For owners.",
    "batches": "One verb on many instances, with progress. For owners.",
    "jobs": "Background work: looked at by operators, done by programs.",
    "watching": "Metrics, and how the background work is doing. For monitoring.",
    "tasks": "What one may take and has, and what one task is about.",
    "work": "The verbs of a task: claim, hand in, hand over, plan.",
    "procedures": "The steps of a task, their evidence, deviations.",
    "approvals": "Gates and votes.",
    "consultations": "Questions to consulted roles.",
    "conversation": "Comments and attached files.",
    "inbox": "What one was told.",
    "history": "What happened, and whether nobody changed it.",
    "people": "Persons, units, roles, absences, substitutes.",
    "access": "Who one is, tokens, access roles.",
    "health": "For load balancers.",
}
"""What the groups of operations are about, in the order of the document."""


def _described() -> str:
    rows = (f"| `{KIND}{name}` | {status} | {title} |" for status, name, title in catalogue())
    return _DESCRIPTION + "\n".join(rows) + "\n"


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
        description=_described(),
        openapi_tags=[{"name": name, "description": told} for name, told in _TAGS.items()],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        # Its spans show what is searched for; ours come from the envelope.
        telemetry={"tracing": False},
    )
    flow.measure()
    app.include_router(router(flow, identify=identify, settings=chosen), prefix=PREFIX)
    app.include_router(health.router(flow))
    app.add_exception_handler(HTTPException, _plain)
    app.add_middleware(Envelope, flow=flow, prefix=PREFIX)
    return app


async def _plain(request: Request, error: Any) -> Response:
    request_id = request.scope.get("opsflow.request_id")
    return plain_answer(error.status_code, str(error.detail), request_id, error.headers)
