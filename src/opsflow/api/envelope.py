"""What is around every answer: a request id, security headers, one line in the log."""

from __future__ import annotations

import re
from time import perf_counter
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from opsflow.api.problems import plain_answer
from opsflow.telemetry import Attributes, Kind, Span, received, span

if TYPE_CHECKING:
    from opsflow.app import Opsflow

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SECURITY = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NO_ROUTE = "(none)"
"""Stands for the route of a request that none takes."""
_log = structlog.get_logger("opsflow.api")


class Envelope:
    """ASGI middleware. The log has the path, never the query, a header or a body."""

    def __init__(self, app: ASGIApp, flow: Opsflow, prefix: str) -> None:
        self._app = app
        self._flow = flow
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope["opsflow.request_id"] = request_id
        about: Attributes = {"http.request.method": _method(scope)}
        context = received(scope["headers"])
        with span(_method(scope), about, kind=Kind.SERVER, context=context) as opened:
            await self._seal(scope, receive, send, opened)

    async def _seal(self, scope: Scope, receive: Receive, send: Send, opened: Span) -> None:
        request_id = scope["opsflow.request_id"]
        began = perf_counter()
        status, is_too_large = 0, False

        async def send_sealed(message: Message) -> None:
            nonlocal status, is_too_large
            if is_too_large:
                return
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                if status == 413 and headers.get("content-type", "").startswith("text/plain"):
                    # Refused before any route was asked, in plain text.
                    is_too_large = True
                    return
                headers["X-Request-ID"] = request_id
                for name, value in _SECURITY.items():
                    headers.setdefault(name, value)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_sealed)
                if is_too_large:
                    is_too_large = False
                    text = "The request is larger than this route takes."
                    await plain_answer(413, text, request_id)(scope, receive, send_sealed)
            except Exception:
                # The outermost boundary: what nobody foresaw is logged, and told without detail.
                _log.exception("failed", **_told(scope))
                if status:
                    raise
                text = "Something failed that nobody foresaw. The request id finds it in the logs."
                await plain_answer(500, text, request_id)(scope, receive, send_sealed)
            finally:
                self._tell(scope, status, perf_counter() - began, opened)

    def _tell(self, scope: Scope, status: int, seconds: float, opened: Span) -> None:
        """The log, the span and the metrics: whoever answered."""
        _log.info("request", **_told(scope), status=status, ms=round(seconds * 1000, 2))
        method = _method(scope)
        route = self._route(scope)
        opened.name(f"{method} {route or NO_ROUTE}")
        opened.set(http__route=route, http__response__status_code=status)
        if status >= 500:
            opened.fail(str(status))
        self._flow.observer.request_answered(method, route or NO_ROUTE, status, seconds)

    def _route(self, scope: Scope) -> str | None:
        """The template of the route that took the request, from the root on."""
        path: str | None = getattr(scope.get("route"), "path", None)
        if path is None or path.startswith(self._prefix):
            return path
        return self._prefix + path if scope["path"].startswith(self._prefix) else path


def _method(scope: Scope) -> str:
    """As it is counted: a client may write anything there."""
    return scope["method"] if scope["method"] in _METHODS else "OTHER"


def _request_id(scope: Scope) -> str:
    """The client's own, where it is one; else a new one."""
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex


def _told(scope: Scope) -> dict[str, object]:
    route = scope.get("route")
    return {
        "method": scope["method"],
        "path": scope["path"],
        "route": getattr(route, "path", None),
        "person": scope.get("opsflow.person"),
    }
