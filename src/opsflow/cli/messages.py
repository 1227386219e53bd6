"""The command that hands a message to whoever waits for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from opsflow.cli.root import app
from opsflow.cli.running import By
from opsflow.cli.session import opened
from opsflow.cli.tables import say
from opsflow.cli.values import read_assignments, read_value


@app.command()
def message(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the message")],
    by: By,
    correlation: Annotated[
        str | None, typer.Option(help="Value of the receiver's correlation key, JSON or text")
    ] = None,
    variable: Annotated[
        list[str] | None, typer.Option("--var", help="name=value, JSON or text; repeatable")
    ] = None,
    keep: Annotated[
        int | None, typer.Option(min=1, help="Seconds that it waits for its receiver")
    ] = None,
) -> None:
    """Hand a message to the one step that waits for it, or start a process on it."""
    with opened(context) as flow:
        delivered = flow.instances.message(
            name,
            by=by,
            correlation=None if correlation is None else read_value(correlation),
            variables=read_assignments(variable or ()),
            keep=None if keep is None else timedelta(seconds=keep),
        )
    if delivered.instance_id is None:
        say("Kept until somebody waits for it.")
    else:
        say(f"{'Started' if delivered.started else 'Taken by'} {delivered.instance_id}.")
