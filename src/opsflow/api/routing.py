"""Routes: each declares its permission, and answers every error as problem details."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from fastapi import APIRouter, Depends, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from opsflow.access import PERMISSIONS, Permission
from opsflow.api.permitting import Gatekeeper
from opsflow.api.problems import MEDIA_TYPE, answer, plain_answer, problem
from opsflow.api.settings import Settings
from opsflow.errors import OpsflowError

if TYPE_CHECKING:
    from opsflow.app import Opsflow

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Handle = Callable[[Request], Coroutine[Any, Any, Response]]

Needed: TypeAlias = Permission | tuple[Permission, ...]
"""The permission of a route; of several, any one is enough."""

SIGNED = "x-signed"
"""Member of an operation that a signature opens, and no token."""
_SIGNATURE = APIKeyHeader(
    name="webhook-signature",
    scheme_name="signature",
    description="Standard Webhooks 1.0, or `X-Hub-Signature-256` as GitHub signs.",
    auto_error=False,
)
PERMISSIONS_OF = "x-permissions"
"""Member of an operation in the OpenAPI document that names its permissions."""

_READING = {
    400: "The request cannot be read",
    401: "Nobody knows who is asking",
    403: "The rules do not allow it",
    404: "There is no such thing, or the caller may not see it",
    413: "The request is too large",
    422: "The request is wrong",
    429: "Too many requests",
    500: "It could not be done, and that is not the caller's fault",
    503: "The database cannot be reached",
}
_CHANGING = {409: "Not possible in its state, or somebody else was faster"}
_COMPARING = {412: "It has changed since it was read"}
_RETRY_AFTER = {
    "Retry-After": {
        "description": "Seconds to wait",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    }
}


class Route(APIRoute):
    """A route whose errors are problem details, also inside an application of a host's."""

    async def recognise(self, request: Request) -> None:
        """Find out who is asking; anybody may use a route that does not ask."""

    def get_route_handler(self) -> Handle:
        """FastAPI's handler, with opsflow's answers to errors."""
        handle = super().get_route_handler()

        async def handle_errors(request: Request) -> Response:
            request_id = request.scope.get("opsflow.request_id")
            try:
                await self.recognise(request)
                return await handle(request)
            except OpsflowError as error:
                return answer(error, request_id)
            except RequestValidationError as error:
                return _invalid(error, request_id)
            except HTTPException as error:
                return plain_answer(error.status_code, str(error.detail), request_id, error.headers)
            except ClientDisconnect:
                return plain_answer(400, "The client went away.", request_id)

        return handle_errors


def _guarded(gatekeeper: Gatekeeper) -> type[Route]:
    """Routes that know who is asking before they read a body."""

    class GuardedRoute(Route):
        async def recognise(self, request: Request) -> None:
            """Ask the gatekeeper, who may have to ask the database."""
            await run_in_threadpool(gatekeeper.recognise, request)

    return GuardedRoute


def _invalid(error: RequestValidationError, request_id: str | None) -> Response:
    """What does not fit the schema, place by place; without the values, which may be secret."""
    failures = [
        {"pointer": "/" + "/".join(str(part) for part in each["loc"]), "message": each["msg"]}
        for each in error.errors()
    ]
    detail = "; ".join(f"{each['pointer']}: {each['message']}" for each in failures)
    return problem(
        422,
        "invalid",
        "The request is wrong",
        detail,
        request_id=request_id,
        members={"failures": failures},
    )


class Routes:
    """Registers routes on one router; each with the permission that it needs."""

    def __init__(self, flow: Opsflow, gatekeeper: Gatekeeper, settings: Settings) -> None:
        self.flow = flow
        self.settings = settings
        self.router = APIRouter(route_class=_guarded(gatekeeper))
        self._gatekeeper = gatekeeper

    def get(
        self, path: str, *, permission: Needed, **options: Any
    ) -> Callable[[Endpoint], Endpoint]:
        """Register a route that reads."""
        return self._add("GET", path, permission, options)

    def post(
        self, path: str, *, permission: Needed, **options: Any
    ) -> Callable[[Endpoint], Endpoint]:
        """Register a route that changes something, or does something of its own."""
        return self._add("POST", path, permission, options)

    def put(
        self, path: str, *, permission: Needed, **options: Any
    ) -> Callable[[Endpoint], Endpoint]:
        """Register a route that puts something in the place of what is there."""
        return self._add("PUT", path, permission, options)

    def delete(
        self, path: str, *, permission: Needed, **options: Any
    ) -> Callable[[Endpoint], Endpoint]:
        """Register a route that takes something away."""
        return self._add("DELETE", path, permission, options)

    def signed(self, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """Register a route to post to that no token opens: its endpoint checks a signature.

        It is asked for no person and has no permission; the document says so (`x-signed`).
        """
        told = _problems(changes=True, tagged=False)
        content = {"application/json": {"schema": {"examples": [{"type": "invoice.paid"}]}}}
        extra = {
            PERMISSIONS_OF: [],
            SIGNED: True,
            "requestBody": {"required": True, "content": content},
        }

        def register(endpoint: Endpoint) -> Endpoint:
            self.router.add_api_route(
                path,
                endpoint,
                methods=["POST"],
                dependencies=[Security(_SIGNATURE), Depends(self._gatekeeper.admit_signed)],
                operation_id=endpoint.__name__,
                openapi_extra=extra,
                description=inspect.cleandoc(endpoint.__doc__ or ""),
                responses={status: told[status] for status in told if status != 403},
                max_body_size=self.settings.body_limit,
                route_class_override=Route,
                **options,
            )
            return endpoint

        return register

    def _add(
        self, method: str, path: str, permission: Needed, options: Mapping[str, Any]
    ) -> Callable[[Endpoint], Endpoint]:
        given = dict(options)
        anyof = (permission,) if isinstance(permission, Permission) else permission
        changes, tagged = method != "GET", given.pop("tagged", False)
        guard = self._gatekeeper.guard(anyof, changes=changes, tagged=tagged)
        limit = (
            self.settings.upload_limit if given.pop("upload", False) else self.settings.body_limit
        )
        told = _problems(changes=changes, tagged=tagged) | given.pop("responses", {})

        def register(endpoint: Endpoint) -> Endpoint:
            self.router.add_api_route(
                path,
                endpoint,
                methods=[method],
                dependencies=[Depends(guard)],
                operation_id=endpoint.__name__,
                openapi_extra={PERMISSIONS_OF: [str(each) for each in anyof]},
                description=_described(endpoint, anyof),
                responses=told,
                max_body_size=limit,
                **given,
            )
            return endpoint

        return register


def _described(endpoint: Callable[..., Any], anyof: Sequence[Permission]) -> str:
    said = inspect.cleandoc(endpoint.__doc__ or "")
    needed = " Or ".join(f"`{each}`: {PERMISSIONS[each].description}" for each in anyof)
    return f"{said}\n\nPermission {needed}"


def _problems(*, changes: bool, tagged: bool) -> dict[int | str, Any]:
    """What every route may answer besides its own."""
    return told_as_problems(
        _READING | (_CHANGING if changes else {}) | (_COMPARING if tagged else {})
    )


def told_as_problems(texts: Mapping[int, str]) -> dict[int | str, Any]:
    """Errors in the document, by their status."""
    return {
        status: {
            "description": text,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            **({"headers": _RETRY_AFTER} if status in (429, 503) else {}),
        }
        for status, text in sorted(texts.items())
    }
