"""Commands about incidents: list them, note something, try again, do it by hand."""

from __future__ import annotations

from typing import Annotated

import typer

from opsflow.cli.exits import FOUND
from opsflow.cli.root import app
from opsflow.cli.running import By
from opsflow.cli.session import opened
from opsflow.cli.tables import say, table
from opsflow.cli.values import read_assignments
from opsflow.errors import Invalid

IncidentArgument = Annotated[str, typer.Argument(metavar="INCIDENT", help="Id of the incident")]
Process = Annotated[str | None, typer.Option(help="Only of this process")]
Node = Annotated[str | None, typer.Option(help="Only at this node")]


@app.command()
def incidents(context: typer.Context, process: Process = None, node: Node = None) -> None:
    """List the steps that cannot go on until a human acts."""
    with opened(context) as flow:
        rows = [
            (
                each.id,
                each.instance_id,
                each.node_id,
                each.code,
                each.message,
                each.raised_at,
                each.note,
            )
            for each in flow.instances.incidents(key=process, node_id=node)
        ]
    columns = ("id", "instance", "node", "code", "message", "raised", "note")
    say(table("Incidents", columns, rows))


@app.command()
def retry(
    context: typer.Context,
    by: By,
    incident: Annotated[
        list[str] | None, typer.Argument(metavar="[INCIDENT]...", help="Ids; or name --process")
    ] = None,
    process: Process = None,
    node: Node = None,
) -> None:
    """Try the steps of incidents again: those named, or all of a process."""
    if bool(incident) == bool(process):
        raise Invalid("Name incidents, or a process whose incidents are all retried.")
    with opened(context) as flow:
        found = flow.instances.incidents(key=process, node_id=node) if process else []
        ids = incident or [each.id for each in found]
        if len(ids) == 1:
            flow.instances.retry(ids[0], by=by)
            say("Tried again.")
            return
        failed = [each for each in flow.instances.retry_all(ids, by=by) if each.error]
    say(f"{len(ids) - len(failed)} of {len(ids)} tried again.")
    for each in failed:
        say(f"{each.incident_id}: {each.error}")
    if failed:
        raise typer.Exit(FOUND)


@app.command()
def resolve(
    context: typer.Context,
    incident: IncidentArgument,
    by: By,
    variable: Annotated[
        list[str] | None, typer.Option("--var", help="name=value of the result; repeatable")
    ] = None,
) -> None:
    """The work of the step was done by hand; the instance goes on."""
    with opened(context) as flow:
        flow.instances.resolve(incident, by=by, variables=read_assignments(variable or ()))
    say("Resolved.")


@app.command()
def annotate(
    context: typer.Context,
    incident: IncidentArgument,
    by: By,
    note: Annotated[str, typer.Option(help="What is known of it")],
) -> None:
    """Note something at an incident."""
    with opened(context) as flow:
        flow.instances.annotate(incident, by=by, note=note)
    say("Noted.")
