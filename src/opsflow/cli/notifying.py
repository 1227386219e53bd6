"""Commands about how people are told besides their inbox."""

from __future__ import annotations

from typing import Annotated

import typer

from opsflow.cli.root import app
from opsflow.cli.session import opened
from opsflow.cli.tables import say, table

Person = Annotated[str, typer.Option(help="Id of the person")]
Kind = Annotated[str, typer.Option(help="Such as task.assigned; all: every other kind")]

notify_commands = typer.Typer(
    help="E-mail and chat besides the inbox, as each person chooses.", no_args_is_help=True
)
app.add_typer(notify_commands, name="notify")


@notify_commands.command("prefer")
def prefer(
    context: typer.Context,
    person: Person,
    channel: Annotated[
        list[str] | None, typer.Option(help="mail or chat; repeatable. None: the inbox alone")
    ] = None,
    kind: Kind = "all",
    chat_url: Annotated[str | None, typer.Option(help="Where the chat takes posts")] = None,
) -> None:
    """Tell a person of notices by these channels too. OPSFLOW_MAIL_HOST names the mail server."""
    with opened(context) as flow:
        flow.notifications.prefer(person, channel or (), kind=kind, chat_url=chat_url)
    say(f"{person}, {kind}: {', '.join(['inbox', *(channel or ())])}.")


@notify_commands.command("list")
def preferences(context: typer.Context, person: Person) -> None:
    """List what a person has chosen."""
    with opened(context) as flow:
        rows = [
            (each.kind, ", ".join(["inbox", *each.channels]))
            for each in flow.notifications.preferences(person)
        ]
    say(table("Notifications", ("kind", "channels"), rows))


@notify_commands.command("forget")
def forget(context: typer.Context, person: Person, kind: Kind = "all") -> None:
    """Take a choice back."""
    with opened(context) as flow:
        flow.notifications.forget(kind, by=person)
    say("Forgotten.")
