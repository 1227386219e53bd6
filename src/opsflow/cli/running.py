"""Commands about instances: start, list, cancel, suspend, timers, incidents."""

from __future__ import annotations

from typing import Annotated

import typer

from opsflow.cli.references import find_instance
from opsflow.cli.root import app
from opsflow.cli.session import opened
from opsflow.cli.tables import instances_table, say, table
from opsflow.cli.values import read_assignments

By = Annotated[str, typer.Option("--by", help="Id of the person who does it")]
InstanceArgument = Annotated[str, typer.Argument(metavar="INSTANCE", help="Id or business key")]
Reason = Annotated[str, typer.Option(help="Why; it is kept in the history")]


@app.command()
def start(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="Key of the process")],
    by: By,
    variable: Annotated[
        list[str] | None, typer.Option("--var", help="name=value, JSON or text; repeatable")
    ] = None,
    business_key: Annotated[
        str | None, typer.Option(help="What the business calls it, such as a request number")
    ] = None,
    version: Annotated[int | None, typer.Option(help="Instead of the published one")] = None,
    idempotency_key: Annotated[
        str | None, typer.Option(help="The same key again gives the same instance")
    ] = None,
) -> None:
    """Start an instance of a process."""
    with opened(context) as flow:
        instance = flow.instances.start(
            key,
            by=by,
            variables=read_assignments(variable or ()),
            version=version,
            business_key=business_key,
            idempotency_key=idempotency_key,
        )
    say(f"{instance.id} runs {instance.process_key} version {instance.version}.")


@app.command()
def instances(
    context: typer.Context,
    process: Annotated[str | None, typer.Option(help="Key of the process")] = None,
    status: Annotated[str | None, typer.Option(help="running, completed or cancelled")] = None,
    where: Annotated[
        list[str] | None, typer.Option(help="attribute=value of a search attribute; repeatable")
    ] = None,
    limit: Annotated[int, typer.Option(min=1)] = 100,
) -> None:
    """List instances, oldest first."""
    with opened(context) as flow:
        found = flow.instances.find(
            key=process, status=status, attributes=read_assignments(where or ()), limit=limit
        )
    say(instances_table(found))


@app.command()
def variables(context: typer.Context, instance: InstanceArgument) -> None:
    """Show the variables of an instance."""
    with opened(context) as flow:
        found = flow.instances.variables(find_instance(flow, instance).id)
    say(table("Variables", ("name", "value"), sorted(found.items())))


@app.command()
def cancel(context: typer.Context, instance: InstanceArgument, by: By, reason: Reason) -> None:
    """End an instance now; everything open in it is cancelled."""
    with opened(context) as flow:
        flow.instances.cancel(find_instance(flow, instance).id, by=by, reason=reason)
    say("Cancelled.")


@app.command()
def suspend(context: typer.Context, instance: InstanceArgument, by: By, reason: Reason) -> None:
    """Stop all work on an instance until it is resumed."""
    with opened(context) as flow:
        flow.instances.suspend(find_instance(flow, instance).id, by=by, reason=reason)
    say("Suspended.")


@app.command()
def resume(context: typer.Context, instance: InstanceArgument, by: By) -> None:
    """Let work on an instance go on."""
    with opened(context) as flow:
        flow.instances.resume(find_instance(flow, instance).id, by=by)
    say("Resumed.")
