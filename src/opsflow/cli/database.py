"""Commands that make the database and bring it up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from opsflow.cli.root import app
from opsflow.cli.session import connected, opened
from opsflow.cli.tables import say

database_commands = typer.Typer(help="The database.", no_args_is_help=True)
app.add_typer(database_commands, name="db")


@app.command()
def init(
    context: typer.Context,
    organisation: Annotated[
        Path | None,
        typer.Option(
            help="Folder with units.csv, roles.csv, people.csv, memberships.csv, absences.csv"
        ),
    ] = None,
    by: Annotated[str, typer.Option(help="Who loads the organisation")] = "system",
) -> None:
    """Make the database, and load the organisation's people and roles into it."""
    settings = context.obj
    with connected(settings.database, distributed=settings.distributed) as flow:
        flow.migrate()
        say("The database is ready.")
        if organisation is not None:
            loaded = flow.people.load_organisation(organisation, by=by)
            say(
                f"Added {loaded.units} units, {loaded.roles} roles, {loaded.people} people, "
                f"{loaded.memberships} memberships, {loaded.absences} absences."
            )


@database_commands.command("upgrade")
def upgrade(context: typer.Context) -> None:
    """Bring the database to the schema of this version; its data is kept."""
    with opened(context) as flow:
        flow.migrate()
    say("The database is up to date.")
