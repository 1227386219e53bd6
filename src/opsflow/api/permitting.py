"""Who is asking, and whether they may: asked before every route."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, TypeAlias

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

    def guard(self, anyof: Sequence[Permission], *, changes: bool) -> Callable[..., None]:
        """The dependency of a route that any of the permissions opens.

        A route that changes something can be sent twice safely.
        """

        def reading(
            request: Request,
            response: Response,
            _shown: Annotated[HTTPAuthorizationCredentials | None, Security(_SCHEME)] = None,
        ) -> None:
            self._admit(request, response, anyof, None, None)

        def changing(
            request: Request,
            response: Response,
            idempotency_key: Annotated[
                str | None,
                Header(
                    min_length=1,
                    max_length=200,
                    description="Sent again with the same key within a day, the request is not "
                    "done again: the first answer comes again.",
                ),
            ] = None,
            if_match: Annotated[
                str | None,
                Header(
                    pattern=r'^"[0-9]{1,18}"$',
                    description="The ETag it was read with; if it has changed since, 412.",
                ),
            ] = None,
            _shown: Annotated[HTTPAuthorizationCredentials | None, Security(_SCHEME)] = None,
        ) -> None:
            self._admit(request, response, anyof, idempotency_key, if_match)

        return changing if changes else reading

    def _admit(
        self,
        request: Request,
        response: Response,
        anyof: Sequence[Permission],
        key: str | None,
        if_match: str | None,
    ) -> None:
        identity = self._recognise(request)
        request.scope["opsflow.person"] = identity.person
        self._calls.take(identity.token_id or identity.person)
        if not any(identity.may(permission) for permission in anyof):
            identity.require(anyof[0])
        request.state.call = Call(
            flow=self._flow,
            identity=identity,
            request=request,
            response=response,
            key=key,
            revision=None if if_match is None else int(if_match.strip('"')),
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


def the_call(request: Request) -> Call:
    """The call that the guard of the route has admitted."""
    call = getattr(request.state, "call", None)
    if not isinstance(call, Call):
        raise Invalid("The route has no guard.")
    return call


Caller: TypeAlias = Annotated[Call, Depends(the_call)]
"""Parameter of a route: who calls, and with what."""
