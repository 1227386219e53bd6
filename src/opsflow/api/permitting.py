"""Who is asking, and whether they may: asked before every route."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from fastapi import Depends, Header, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from opsflow.access import Admission, Identity, Permission
from opsflow.api.calling import Call
from opsflow.api.problems import TokenInUrl
from opsflow.api.settings import Settings
from opsflow.api.throttling import Throttle
from opsflow.errors import Invalid, NotAuthenticated

if TYPE_CHECKING:
    from opsflow.app import Opsflow

Identify: TypeAlias = Callable[[Request], Identity | str]
"""Who sends a request: an identity, or the id of a person whom the host vouches for.

Raises NotAuthenticated where it is nobody.
"""

_SECRET_PARAMETERS = frozenset({"access_token", "token", "api_key", "secret"})
_SCHEME = HTTPBearer(
    scheme_name="token",
    description="A token of `opsflow token create`, or a JWT.",
    auto_error=False,
)
_Shown: TypeAlias = Annotated[HTTPAuthorizationCredentials | None, Security(_SCHEME)]
_Key: TypeAlias = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Sent again with the same key within a day, the request is not done again: "
        "the first answer comes again.",
        examples=["order-4711"],
    ),
]
_Tag: TypeAlias = Annotated[
    str | None,
    Header(
        alias="If-Match",
        pattern=r'^"[0-9]{1,18}"$',
        description="The ETag it was read with; if it has changed since, 412.",
        examples=['"3"'],
    ),
]


class Bearer:
    """Identifies by the bearer token of a request: opsflow's own, or a JWT of an issuer's."""

    def __init__(self, flow: Opsflow, admissions: Sequence[Admission] = ()) -> None:
        self._flow = flow
        self._admissions = tuple(admissions)

    def __call__(self, request: Request) -> Identity:
        """Whose token it is. Raises NotAuthenticated."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise NotAuthenticated("no bearer token")
        token = token.strip()
        for admission in self._admissions:
            if admission.recognises(token):
                return admission.verify(token)
        return self._flow.access.authenticate(token)


class Gatekeeper:
    """Lets a request through to its route, as somebody with the permission of the route."""

    def __init__(self, flow: Opsflow, identify: Identify, settings: Settings) -> None:
        self._flow = flow
        self._identify = identify
        self._calls = Throttle(settings.rate, settings.burst)
        self._failures = Throttle(settings.failures / 60, settings.failures)

    def recognise(self, request: Request) -> None:
        """Find out who is asking, before anything of the body is read.

        Raises NotAuthenticated, TokenInUrl and TooManyRequests.
        """
        identity = self._recognise(request)
        request.scope["opsflow.person"] = identity.person
        self._calls.take(identity.token_id or identity.person)
        request.state.identity = identity

    async def admit_signed(self, request: Request) -> None:
        """Let somebody through whom the route itself knows by a signature, not too often."""
        address = request.client.host if request.client else ""
        self._calls.take(f"address {address}")
        request.state.failures = self._failures

    def guard(
        self, anyof: Sequence[Permission], *, changes: bool, tagged: bool
    ) -> Callable[..., Coroutine[Any, Any, None]]:
        """The dependency of a route that any of the permissions opens.

        A route that changes something can be sent twice safely; one that is ``tagged``
        compares the revision it is sent. The guard waits for nothing.
        """

        async def reading(request: Request, response: Response, _shown: _Shown = None) -> None:
            self._admit(request, response, anyof)

        async def changing(
            request: Request,
            response: Response,
            idempotency_key: _Key = None,
            _shown: _Shown = None,
        ) -> None:
            if "if-match" in request.headers:
                raise Invalid("This route compares no revisions: leave If-Match out.")
            self._admit(request, response, anyof, idempotency_key)

        async def comparing(
            request: Request,
            response: Response,
            idempotency_key: _Key = None,
            if_match: _Tag = None,
            _shown: _Shown = None,
        ) -> None:
            self._admit(request, response, anyof, idempotency_key, if_match)

        if not changes:
            return reading
        return comparing if tagged else changing

    def _admit(
        self,
        request: Request,
        response: Response,
        anyof: Sequence[Permission],
        key: str | None = None,
        tag: str | None = None,
    ) -> None:
        identity: Identity = request.state.identity
        if not any(identity.may(permission) for permission in anyof):
            identity.require(anyof[0])
        request.state.call = Call(
            flow=self._flow,
            identity=identity,
            request=request,
            response=response,
            key=key,
            revision=None if tag is None else int(tag.strip('"')),
        )

    def _recognise(self, request: Request) -> Identity:
        if not _SECRET_PARAMETERS.isdisjoint(name.lower() for name in request.query_params):
            raise TokenInUrl("Send the token in the Authorization header, never in the URL.")
        try:
            found = self._identify(request)
            return self._flow.access.identity(found) if isinstance(found, str) else found
        except NotAuthenticated:
            # Those who sign in are not held up by others of their address who fail to.
            self._failures.take(request.client.host if request.client else "")
            raise


async def the_call(request: Request) -> Call:
    """The call that the guard of the route has admitted."""
    call = getattr(request.state, "call", None)
    if not isinstance(call, Call):
        raise Invalid("The route has no guard.")
    return call


Caller: TypeAlias = Annotated[Call, Depends(the_call)]
"""Parameter of a route: who calls, and with what."""
