"""Errors as answers: the one table of statuses, and problem details (RFC 9457)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from opsflow.errors import (
    AlreadyExists,
    ConfigurationInvalid,
    Conflict,
    DatabaseUnavailable,
    EvidenceInvalid,
    FormInvalid,
    HandlerFailed,
    IdempotencyConflict,
    Invalid,
    LeaseLost,
    MessageNotCaught,
    MigrationRefused,
    ModelRejected,
    NotAuthenticated,
    NotFound,
    NotReady,
    OpsflowError,
    Refused,
    RequirementsOpen,
    StaleRevision,
    StateUnreadable,
    VariablesInvalid,
    WrongState,
)

MEDIA_TYPE = "application/problem+json"
PREFIX = "urn:opsflow:problem:"


class TokenInUrl(Invalid):
    """A token stood in the URL, where logs and histories keep it."""


class CursorInvalid(Invalid):
    """A cursor that was not given out for this list."""


class TooManyRequests(OpsflowError):
    """The caller has to wait. ``retry_after`` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"Too many requests: try again in {retry_after} s.")


class Problem(BaseModel):
    """Problem details (RFC 9457). Some types carry further members; their pages say which."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "type": "urn:opsflow:problem:refused",
                "title": "The rules do not allow it",
                "status": 403,
                "detail": "bo may not claim: only buyer may do this [raci.responsible].",
                "rule": "raci.responsible",
                "could": ["jun"],
            }
        },
    )

    type: str = Field(description="Stable name of the kind of problem")
    title: str
    status: int
    detail: str = Field(description="What is wrong here, and how to mend it")
    request_id: str | None = Field(default=None, description="Finds the request in the logs")


@dataclass(frozen=True, slots=True)
class Kind:
    """How an error is answered. ``members`` gives what the answer carries besides."""

    status: int
    name: str
    title: str
    members: Callable[[Any], Mapping[str, object]] = lambda _error: {}
    headers: Callable[[Any], Mapping[str, str]] = lambda _error: {}


def _findings(error: ModelRejected | MigrationRefused) -> Mapping[str, object]:
    return {"findings": [{**asdict(f), "severity": str(f.severity)} for f in error.findings]}


def _failures(error: FormInvalid) -> Mapping[str, object]:
    return {"failures": [{"pointer": at, "message": text} for at, text in error.failures]}


KINDS: Mapping[type[OpsflowError], Kind] = {
    ModelRejected: Kind(422, "model-rejected", "The model has errors", _findings),
    FormInvalid: Kind(422, "form-invalid", "The data does not fit the form", _failures),
    EvidenceInvalid: Kind(422, "evidence-invalid", "The evidence cannot be taken"),
    VariablesInvalid: Kind(422, "variables-invalid", "A variable cannot be stored"),
    ConfigurationInvalid: Kind(500, "configuration-invalid", "The service is set up wrongly"),
    TokenInUrl: Kind(400, "token-in-url", "A token does not belong into a URL"),
    CursorInvalid: Kind(400, "cursor-invalid", "The cursor is not one of this list"),
    Invalid: Kind(422, "invalid", "The request is wrong"),
    NotAuthenticated: Kind(
        401,
        "not-authenticated",
        "Sign in first",
        headers=lambda _error: {"WWW-Authenticate": 'Bearer realm="opsflow"'},
    ),
    Refused: Kind(
        403,
        "refused",
        "The rules do not allow it",
        lambda error: {"rule": error.rule, "verb": error.verb, "could": list(error.could)},
    ),
    NotFound: Kind(404, "not-found", "There is no such thing", lambda error: {"kind": error.kind}),
    MessageNotCaught: Kind(409, "message-not-caught", "Nobody waits for the message"),
    StaleRevision: Kind(
        412,
        "stale-revision",
        "It has changed since it was read",
        lambda error: {"expected": error.expected, "actual": error.actual},
    ),
    RequirementsOpen: Kind(
        409,
        "requirements-open",
        "Something is still missing",
        lambda error: {"missing": list(error.missing)},
    ),
    WrongState: Kind(
        409, "wrong-state", "Not possible in its state", lambda error: {"state": error.state}
    ),
    MigrationRefused: Kind(
        409, "migration-refused", "It cannot go on under the other version", _findings
    ),
    LeaseLost: Kind(409, "lease-lost", "The job is with somebody else now"),
    IdempotencyConflict: Kind(409, "idempotency-conflict", "The idempotency key was used before"),
    AlreadyExists: Kind(409, "already-exists", "There is one already"),
    Conflict: Kind(409, "conflict", "Somebody else was faster"),
    TooManyRequests: Kind(
        429,
        "too-many-requests",
        "Too many requests",
        headers=lambda error: {"Retry-After": str(error.retry_after)},
    ),
    DatabaseUnavailable: Kind(
        503,
        "database-unavailable",
        "The database cannot be reached",
        headers=lambda _error: {"Retry-After": "2"},
    ),
    NotReady: Kind(
        503,
        "not-ready",
        "This process cannot do its work now",
        headers=lambda _error: {"Retry-After": "2"},
    ),
    HandlerFailed: Kind(500, "handler-failed", "Code of the operator's failed"),
    StateUnreadable: Kind(500, "state-unreadable", "A stored state cannot be read"),
    OpsflowError: Kind(500, "error", "It could not be done"),
}
"""The one table of statuses: the nearest class of an error decides."""

PLAIN: Mapping[int, tuple[str, str]] = {
    400: ("unreadable", "The request cannot be read"),
    404: ("not-found", "There is no such thing"),
    405: ("method-not-allowed", "The method is not for this path"),
    413: ("too-large", "The request is too large"),
    500: ("unforeseen", "Something failed that nobody foresaw"),
}
"""Name and title of what no feature has to do with."""


def catalogue() -> list[tuple[int, str, str]]:
    """Status, name and title of every kind of problem, by status and name."""
    features = {(kind.status, kind.name, kind.title) for kind in KINDS.values()}
    server = {(status, name, title) for status, (name, title) in PLAIN.items()}
    # What both have keeps the title of the feature.
    named = {(status, name) for status, name, _title in features}
    return sorted(features | {each for each in server if each[:2] not in named})


def kind_of(error: OpsflowError) -> Kind:
    """How an error is answered."""
    return next(KINDS[each] for each in type(error).__mro__ if each in KINDS)


def told(error: OpsflowError, request_id: str | None = None) -> Problem:
    """An error in problem details."""
    kind = kind_of(error)
    members = kind.members(error)
    return _problem(kind.status, kind.name, kind.title, str(error), request_id, members)


def answer(error: OpsflowError, request_id: str | None = None) -> Response:
    """The answer that tells an error."""
    return _response(told(error, request_id), kind_of(error).headers(error))


def plain_answer(
    status: int, detail: str, request_id: str | None, headers: Mapping[str, str] | None = None
) -> Response:
    """The answer for what the server itself refuses, such as a path that there is not."""
    name, title = PLAIN.get(status, ("http", f"HTTP status {status}"))
    return problem(status, name, title, detail, request_id=request_id, headers=headers or {})


def problem(
    status: int,
    name: str,
    title: str,
    detail: str,
    *,
    request_id: str | None = None,
    members: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer in problem details."""
    made = _problem(status, name, title, detail, request_id, members or {})
    return _response(made, headers or {})


def _problem(
    status: int,
    name: str,
    title: str,
    detail: str,
    request_id: str | None,
    members: Mapping[str, object],
) -> Problem:
    return Problem.model_validate(
        {
            **members,
            "type": PREFIX + name,
            "title": title,
            "status": status,
            "detail": detail,
            "request_id": request_id,
        }
    )


def _response(made: Problem, headers: Mapping[str, str]) -> Response:
    body = made.model_dump_json(exclude_none=True)
    return Response(body, made.status, dict(headers), MEDIA_TYPE)
