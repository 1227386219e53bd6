"""Commands for webhooks: who is told of events, and who may send."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from opsflow.cli.exits import FOUND
from opsflow.cli.root import app
from opsflow.cli.running import By, Reason
from opsflow.cli.session import opened
from opsflow.cli.tables import say, table
from opsflow.errors import Invalid

if TYPE_CHECKING:
    from opsflow.webhooks import Subscription

SubscriptionArgument = Annotated[
    str, typer.Argument(metavar="SUBSCRIPTION", help="Id of the subscription")
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="What stands behind /webhooks/")]
Secret = Annotated[
    list[str],
    typer.Option(
        "--secret-from",
        metavar="VARIABLE",
        help="Environment variable, OPSFLOW_SECRET_…; repeatable while a secret is replaced",
    ),
]
YEAR = 366 * 86_400
"""Seconds that a message is kept at the most."""
Expression = Annotated[str | None, typer.Option(metavar="FEEL")]

webhook_commands = typer.Typer(
    help="Webhooks out: other systems are told of events.", no_args_is_help=True
)
endpoint_commands = typer.Typer(
    help="Webhooks in: what senders may post, and what becomes of it.", no_args_is_help=True
)
app.add_typer(webhook_commands, name="webhook")
app.add_typer(endpoint_commands, name="endpoint")


@webhook_commands.command("subscribe")
def subscribe(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="https://HOST/PATH of an allowed host")],
    by: By,
    event: Annotated[list[str], typer.Option(help="TaskCompleted, Task* or *; repeatable")],
    secret_from: Secret,
    process: Annotated[str | None, typer.Option(help="Only what is about this process")] = None,
) -> None:
    """Tell a URL of events from now on. OPSFLOW_WEBHOOK_HOSTS lists the allowed hosts."""
    with opened(context) as flow:
        made = flow.webhooks.subscribe(
            url, by=by, events=event, secret_from=secret_from, process=process
        )
    say(f"Subscription {made.id} tells {made.url}.")


@webhook_commands.command("list")
def subscriptions(context: typer.Context) -> None:
    """List the subscriptions, oldest first."""
    with opened(context) as flow:
        found = flow.webhooks.subscriptions(limit=1000)
        rows = [
            (
                each.id,
                each.url,
                ", ".join(each.events),
                each.process_key,
                _state(each),
                each.sequence,
                flow.webhooks.count_dead(each.id),
            )
            for each in found
        ]
    columns = ("id", "url", "events", "process", "state", "told", "dead letters")
    say(table("Subscriptions", columns, rows))


def _state(subscription: Subscription) -> str:
    if subscription.paused_at is not None:
        return f"paused: {subscription.pause_reason}"
    if subscription.failing_since is not None:
        return f"failing since {subscription.failing_since.astimezone():%Y-%m-%d %H:%M}"
    return "active"


@webhook_commands.command("pause")
def pause(
    context: typer.Context, subscription: SubscriptionArgument, by: By, reason: Reason
) -> None:
    """Deliver nothing until it is resumed; nothing is lost."""
    with opened(context) as flow:
        flow.webhooks.pause(subscription, by=by, reason=reason)
    say("Paused.")


@webhook_commands.command("resume")
def resume(context: typer.Context, subscription: SubscriptionArgument, by: By) -> None:
    """Deliver again, what has waited too."""
    with opened(context) as flow:
        flow.webhooks.resume(subscription, by=by)
    say("Resumed.")


@webhook_commands.command("unsubscribe")
def unsubscribe(context: typer.Context, subscription: SubscriptionArgument, by: By) -> None:
    """Tell it nothing any more; what waits is not delivered."""
    with opened(context) as flow:
        discarded = flow.webhooks.unsubscribe(subscription, by=by)
    say(f"Ended; {discarded} deliveries were waiting, and are not made.")


@webhook_commands.command("retry")
def retry(context: typer.Context, subscription: SubscriptionArgument, by: By) -> None:
    """Try the dead letters of a subscription again."""
    with opened(context) as flow:
        tried = flow.webhooks.retry_dead(subscription, by=by)
    failed = [each for each in tried if each.error]
    say(f"{len(tried) - len(failed)} of {len(tried)} tried again.")
    for each in failed:
        say(f"{each.job_id}: {each.error}")
    if failed:
        raise typer.Exit(FOUND)


@webhook_commands.command("discard")
def discard(
    context: typer.Context, subscription: SubscriptionArgument, by: By, reason: Reason
) -> None:
    """Give up the dead letters of a subscription."""
    with opened(context) as flow:
        count = flow.webhooks.discard_dead(subscription, by=by, reason=reason)
    say(f"{count} discarded.")


@endpoint_commands.command("define")
def define(
    context: typer.Context,
    name: Name,
    by: By,
    secret_from: Secret,
    message: Annotated[str | None, typer.Option(help="The message that it becomes")] = None,
    process: Annotated[str | None, typer.Option(help="Or the process that it starts")] = None,
    when: Expression = None,
    correlation: Expression = None,
    business_key: Expression = None,
    variable: Annotated[
        list[str] | None, typer.Option("--var", metavar="NAME=FEEL", help="Repeatable")
    ] = None,
    keep: Annotated[
        int | None,
        typer.Option(min=1, max=YEAR, help="Seconds that a message waits for its receiver"),
    ] = None,
    scheme: Annotated[
        Literal["standard", "github"], typer.Option(help="How the sender signs")
    ] = "standard",
) -> None:
    """Say what is posted to /webhooks/NAME. Expressions are FEEL over body."""
    with opened(context) as flow:
        flow.webhooks.define(
            name,
            by=by,
            secret_from=secret_from,
            message=message,
            process=process,
            when=when,
            correlation=correlation,
            business_key=business_key,
            variables=_expressions(variable or ()),
            keep=None if keep is None else timedelta(seconds=keep),
            scheme=scheme,
        )
    say(f"Defined: POST /api/v1/webhooks/{name}")


@endpoint_commands.command("list")
def endpoints(context: typer.Context) -> None:
    """List the endpoints, with what they have taken and refused."""
    with opened(context) as flow:
        rows = [
            (
                each.name,
                each.scheme,
                each.message or f"starts {each.process_key}",
                each.accepted,
                each.repeated,
                each.refused,
                each.last_at,
                each.last_error,
            )
            for each in flow.webhooks.endpoints()
        ]
    columns = ("name", "scheme", "message", "taken", "repeated", "refused", "last", "last error")
    say(table("Endpoints", columns, rows))


@endpoint_commands.command("remove")
def remove(context: typer.Context, name: Name, by: By) -> None:
    """Take nothing from its sender any more."""
    with opened(context) as flow:
        flow.webhooks.remove(name, by=by)
    say("Removed.")


def _expressions(given: list[str] | tuple[()]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in given:
        name, equals, text = each.partition("=")
        if not equals or not name.strip() or name.strip() in found:
            raise Invalid(f"{each!r} is not written name=FEEL, once for each name.")
        found[name.strip()] = text.strip()
    return found
