"""Who one is, one's tokens, and the access roles of everybody."""

from __future__ import annotations

from opsflow.access import AccessRole, Permission
from opsflow.api.calling import Call
from opsflow.api.permitting import Caller
from opsflow.api.routing import Routes
from opsflow.api.schemas.base import Listed
from opsflow.api.schemas.people import AccessOut, IssuedOut, MeOut, TokenIn, TokenOut
from opsflow.errors import Invalid, NotFound

TAGS = ["access"]
MANAGE = Permission.ACCESS_MANAGE
OWN = (Permission.TASKS_WORK, Permission.ACCESS_MANAGE)
"""One's own tokens are everybody's business; those of others need ``access:manage``."""


def add(routes: Routes) -> None:
    """Register the routes."""
    _me(routes)
    _tokens(routes)
    _roles(routes)


def _me(routes: Routes) -> None:
    flow = routes.flow

    @routes.get("/me", permission=tuple(Permission), tags=TAGS)
    def who_am_i(call: Caller) -> MeOut:
        """Who the caller is, and what the caller may do."""
        known = flow.directory.person(call.person)
        held = flow.directory.acting_roles(call.person, flow.now())
        return MeOut(
            person=call.person,
            name=known.name if known else None,
            access_roles=sorted(call.identity.roles),
            permissions=[each for each in Permission if call.may(each)],
            roles=sorted({acting.role for acting in held}),
        )


def _tokens(routes: Routes) -> None:
    access = routes.flow.access

    @routes.get("/tokens", permission=OWN, tags=TAGS)
    def list_tokens(call: Caller, person: str | None = None) -> Listed[TokenOut]:
        """The caller's own tokens; for an administrator, those of any person."""
        whom = person if person is not None and call.may(MANAGE) else call.person
        if person not in (None, whom):
            raise NotFound("person", str(person))
        return Listed(items=[TokenOut.of(token) for token in access.tokens(whom)])

    @routes.post("/tokens", permission=OWN, tags=TAGS, status_code=201)
    def issue_token(body: TokenIn, call: Caller) -> IssuedOut:
        """Make a token. Its secret is shown this once."""
        _refuse_keeping(call)
        issued = access.issue_token(
            body.person or call.person,
            by=call.identity,
            name=body.name,
            scopes=body.scopes,
            expires_at=body.expires_at,
        )
        return IssuedOut.of_issued(issued)

    @routes.delete("/tokens/{token_id}", permission=OWN, tags=TAGS)
    def revoke_token(token_id: str, call: Caller) -> TokenOut:
        """Let a token count no more, at once."""
        token = access.token(token_id)
        if token.person != call.person and not call.may(MANAGE):
            raise NotFound("token", token_id)
        return call.once(lambda: TokenOut.of(access.revoke_token(token_id, by=call.identity)))


def _roles(routes: Routes) -> None:
    access = routes.flow.access

    @routes.get("/people/{person_id}/access", permission=MANAGE, tags=TAGS)
    def get_access(person_id: str) -> AccessOut:
        """The access roles of a person."""
        return AccessOut(person=person_id, access_roles=sorted(access.roles_of(person_id)))

    @routes.put("/people/{person_id}/access/{role}", permission=MANAGE, tags=TAGS)
    def grant_access(person_id: str, role: AccessRole, call: Caller) -> AccessOut:
        """Grant an access role."""

        def grant() -> AccessOut:
            access.grant(person_id, role, by=call.identity)
            return AccessOut(person=person_id, access_roles=sorted(access.roles_of(person_id)))

        return call.once(grant)

    @routes.delete("/people/{person_id}/access/{role}", permission=MANAGE, tags=TAGS)
    def withdraw_access(person_id: str, role: AccessRole, call: Caller) -> AccessOut:
        """Withdraw an access role; the last administrator stays one."""

        def withdraw() -> AccessOut:
            access.withdraw(person_id, role, by=call.identity)
            return AccessOut(person=person_id, access_roles=sorted(access.roles_of(person_id)))

        return call.once(withdraw)


def _refuse_keeping(call: Call) -> None:
    if call.key is not None:
        raise Invalid("An answer with a secret is never kept: send it without an Idempotency-Key.")
