"""The use cases of access: tell who somebody is, issue and revoke tokens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from opsflow.access import store
from opsflow.access.events import TokenIssued, TokenRevoked
from opsflow.access.grants import Grants, hindrance
from opsflow.access.identity import Identity
from opsflow.access.models import Token
from opsflow.access.permissions import AccessRole, Permission
from opsflow.access.secret import digest_of, hint_of, is_secret, new_secret, require_name
from opsflow.db import Database, new_id
from opsflow.errors import Invalid, NotAuthenticated, NotFound, WrongState
from opsflow.events import Actor
from opsflow.people import Directory

DEFAULT_LIFETIME = timedelta(days=90)
"""How long a token lives for which nothing else is said."""
NEVER = datetime.max.replace(tzinfo=UTC)
"""``expires_at`` of a token without an end, where ``longest_lifetime`` allows one."""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token, and its secret: shown this once, and kept nowhere."""

    token: Token
    secret: str = field(repr=False)


class Access(Grants):
    """Who people are to opsflow, and what proves it.

    One's own tokens are one's own business, as long as no token is used for it; those of
    others need ``access:manage``.

    ``longest_lifetime`` is how far away the end of a token may be; None allows tokens that
    never end, for which ``expires_at=NEVER`` is said.
    """

    def __init__(
        self,
        database: Database,
        directory: Directory,
        *,
        longest_lifetime: timedelta | None = DEFAULT_LIFETIME,
    ) -> None:
        super().__init__(database, directory)
        self.longest_lifetime = longest_lifetime

    def authenticate(self, secret: str) -> Identity:
        """Whose token it is. Raises NotAuthenticated.

        Two SQL statements, and a third one in the first request of an hour.
        """
        if not is_secret(secret):
            raise NotAuthenticated("not the shape of a secret")
        with self._database.reading() as unit:
            found = store.token_with_roles(unit.session, digest_of(secret))
            if found is None:
                raise NotAuthenticated("unknown token")
            token, granted = found
            fault = token.fault(unit.now) or hindrance(self._known(token.person))
            if fault is not None:
                raise NotAuthenticated(f"token {token.id}: {fault}")
            needs_note = token.needs_note(unit.now)
        if needs_note:
            with self._database.unit() as unit:
                store.note_use(unit.session, token.id, unit.now)
        return Identity(
            token.person,
            granted | {AccessRole.WORKER},
            scopes=token.scopes,
            token_id=token.id,
            expires_at=token.expires_at,
        )

    def identity(
        self,
        person: str,
        *,
        scopes: Iterable[str] | None = None,
        roles: Iterable[AccessRole] = (),
        expires_at: datetime | None = None,
    ) -> Identity:
        """Somebody whom the host or an issuer vouches for, ``roles`` beside the granted ones.

        Raises NotAuthenticated for a person who is unknown or not active.
        """
        narrowed = None if scopes is None else _permissions(scopes)
        with self._database.reading() as unit:
            known = self._known(person)
            fault = hindrance(known)
            if known is None or fault is not None:
                raise NotAuthenticated(f"{person!r:.80}: {fault}")
            held = store.roles_granted(unit.session, known.id)
        everything = held | set(roles) | {AccessRole.WORKER}
        return Identity(known.id, everything, scopes=narrowed, expires_at=expires_at)

    def issue_token(
        self,
        person: str,
        *,
        by: str | Identity,
        name: str,
        scopes: Iterable[str] | None = None,
        expires_at: datetime | None = None,
    ) -> IssuedToken:
        """Make a token for a person, narrowed to scopes (None: to nothing).

        It lives for DEFAULT_LIFETIME where ``expires_at`` is None. Raises Invalid, NotFound,
        WrongState (an inactive person), and Refused: a token makes no further tokens, unless
        it may manage access.
        """
        secret = new_secret()
        with self._database.unit() as unit:
            asker, whom = self._asker(unit, by), self._id_of(person)
            if asker.person != whom or asker.is_narrowed:
                asker.require(Permission.ACCESS_MANAGE)
            known = self._require_known(whom)
            if not known.active:
                raise WrongState("person", known.id, "inactive", "issue a token")
            token = Token(
                id=new_id(unit.now),
                person=known.id,
                name=require_name(name),
                hint=hint_of(secret),
                sha256=digest_of(secret),
                scope_text=_scope_text(scopes),
                created_at=unit.now,
                created_by=asker.person,
                expires_at=self._end(expires_at, unit.now),
            )
            unit.session.add(token)
            unit.announce(_issued(token))
        return IssuedToken(token, secret)

    def revoke_token(self, token_id: str, *, by: str | Identity) -> Token:
        """Let a token count no more, at once. Raises NotFound, WrongState and Refused.

        A token that is used for it revokes itself, and others only if it may manage access.
        """
        with self._database.unit() as unit:
            asker = self._asker(unit, by)
            token = store.lock_token(unit.session, token_id)
            if token is None:
                raise NotFound("token", token_id)
            own = asker.person == token.person and not asker.is_narrowed
            if not own and asker.token_id != token_id:
                asker.require(Permission.ACCESS_MANAGE)
            token.revoke(asker.person, unit.now)
            unit.announce(
                TokenRevoked(actor=Actor(asker.person), token_id=token.id, person=token.person)
            )
        return token

    def token(self, token_id: str) -> Token:
        """A token. Raises NotFound."""
        with self._database.reading() as unit:
            token = unit.session.get(Token, token_id)
        if token is None:
            raise NotFound("token", token_id)
        return token

    def tokens(self, person: str | None = None) -> list[Token]:
        """The tokens of a person or of everybody, in any state, oldest first."""
        with self._database.reading() as unit:
            return store.tokens_of(unit.session, person)

    def _end(self, wanted: datetime | None, now: datetime) -> datetime | None:
        longest = self.longest_lifetime
        if wanted is None:
            wanted = now + (DEFAULT_LIFETIME if longest is None else min(DEFAULT_LIFETIME, longest))
        if wanted.tzinfo is None:
            raise Invalid(f"The end of a token needs a time zone: {wanted.isoformat()} has none.")
        if wanted <= now:
            raise Invalid(f"A token that ends at {wanted.isoformat()} would never count.")
        if longest is not None and wanted - now > longest:
            raise Invalid(
                f"A token lives for {longest.days} days at most here: let it end earlier, or set "
                "longest_lifetime of access."
            )
        return None if wanted == NEVER else wanted


def _permissions(words: Iterable[str]) -> frozenset[Permission]:
    """Scopes as permissions. Raises Invalid for words that are none."""
    if isinstance(words, str):
        raise Invalid("Scopes are several words: give a list.")
    found = set(words)
    unknown = sorted(found - {permission.value for permission in Permission})
    if unknown:
        raise Invalid(f"{', '.join(unknown)} is no permission. There are: {', '.join(Permission)}.")
    return frozenset(map(Permission, found))


def _scope_text(scopes: Iterable[str] | None) -> str | None:
    if scopes is None:
        return None
    narrowed = _permissions(scopes)
    if not narrowed:
        raise Invalid("A token without any scope is of no use: name one, or leave them out.")
    return " ".join(sorted(narrowed))


def _issued(token: Token) -> TokenIssued:
    scopes = token.scopes
    return TokenIssued(
        actor=Actor(token.created_by),
        token_id=token.id,
        person=token.person,
        name=token.name,
        scopes=None if scopes is None else tuple(sorted(scopes)),
        expires_at=token.expires_at,
    )
