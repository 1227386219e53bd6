"""Commands for tokens and access roles."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from opsflow.cli.root import app
from opsflow.cli.session import opened
from opsflow.cli.tables import say, table
from opsflow.clock import SystemClock
from opsflow.errors import Invalid

if TYPE_CHECKING:
    from opsflow.access import AccessGrant, Token

By = Annotated[
    str, typer.Option("--by", help="Id of the person who does it; system: who runs the database")
]
PersonArgument = Annotated[str, typer.Argument(metavar="PERSON", help="Id of the person")]
RoleArgument = Annotated[
    str, typer.Argument(metavar="ROLE", help="process_owner, auditor or administrator")
]
PersonOption = Annotated[str | None, typer.Option("--person", help="Of this person only")]

token_commands = typer.Typer(
    help="Tokens, with which programs act as a person.", no_args_is_help=True
)
access_commands = typer.Typer(help="Access roles of people.", no_args_is_help=True)
app.add_typer(token_commands, name="token")
app.add_typer(access_commands, name="access")


@token_commands.command("create")
def create(
    context: typer.Context,
    person: PersonArgument,
    name: Annotated[str, typer.Option(help="What it is for, such as 'ERP import'")],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            metavar="THING:VERB", help="Only this; repeatable. None: all that the person may do"
        ),
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, help="How long it lives; 90 days else")] = None,
    endless: Annotated[
        bool, typer.Option("--endless", help="It never ends, where that is allowed")
    ] = False,
    by: By = "system",
) -> None:
    """Make a token for a person. Its secret is shown once, on a line of its own."""
    with opened(context) as flow:
        issued = flow.access.issue_token(
            person, by=by, name=name, scopes=scope, expires_at=_end(days, endless=endless)
        )
    until = issued.token.expires_at
    lives = "without an end" if until is None else f"until {until:%Y-%m-%d}"
    say(f"Token {issued.token.id} of {person}, {lives}.")
    say("Its secret, which is shown only now:")
    say(issued.secret)


def _end(days: int | None, *, endless: bool) -> datetime | None:
    if days is not None and endless:
        raise Invalid("A token lives for some --days or is --endless, not both.")
    if endless:
        from opsflow.access import NEVER

        return NEVER
    try:
        return None if days is None else SystemClock().now() + timedelta(days=days)
    except OverflowError as error:
        raise Invalid(f"{days} days from now there is no date.") from error


@token_commands.command("list")
def tokens(context: typer.Context, person: PersonOption = None) -> None:
    """List tokens, oldest first; never their secrets."""
    now = SystemClock().now()
    with opened(context) as flow:
        rows = [_token_row(token, now) for token in flow.access.tokens(person)]
    columns = ("id", "person", "name", "begins", "scopes", "state", "until", "last used")
    say(table("Tokens", columns, rows))


def _token_row(token: Token, now: datetime) -> tuple[object, ...]:
    scopes = "all" if token.scopes is None else ", ".join(sorted(token.scopes))
    return (
        token.id,
        token.person,
        token.name,
        f"{token.hint}…",
        scopes,
        token.state(now),
        token.expires_at or "no end",
        token.last_used_at,
    )


@token_commands.command("revoke")
def revoke(
    context: typer.Context,
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="Its id")],
    by: By = "system",
) -> None:
    """Let a token count no more, from now on."""
    with opened(context) as flow:
        revoked = flow.access.revoke_token(token, by=by)
    say(f"Revoked: {revoked.name} of {revoked.person}.")


@access_commands.command("grant")
def grant(
    context: typer.Context, person: PersonArgument, role: RoleArgument, by: By = "system"
) -> None:
    """Give a person an access role."""
    with opened(context) as flow:
        flow.access.grant(person, role, by=by)
    say(f"{person} is {role} now.")


@access_commands.command("withdraw")
def withdraw(
    context: typer.Context, person: PersonArgument, role: RoleArgument, by: By = "system"
) -> None:
    """Take an access role back; the last administrator keeps it."""
    with opened(context) as flow:
        flow.access.withdraw(person, role, by=by)
    say(f"{person} is not {role} any more.")


@access_commands.command("list")
def grants(context: typer.Context, person: PersonOption = None) -> None:
    """List who was granted what. Everybody active is a worker, which is not listed."""
    with opened(context) as flow:
        rows = [_grant_row(grant) for grant in flow.access.grants(person)]
    say(table("Access roles", ("person", "role", "granted", "by"), rows))


def _grant_row(given: AccessGrant) -> tuple[object, ...]:
    return given.person, given.role, given.granted_at, given.granted_by
