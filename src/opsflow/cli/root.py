"""The application that the commands are added to, and how it ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from opsflow.cli.exits import exit_code
from opsflow.cli.session import DEFAULT_DATABASE, Settings
from opsflow.cli.tables import findings_table, say, say_error
from opsflow.errors import ModelRejected, OpsflowError

app = typer.Typer(
    name="opsflow",
    help="Run an organisation's processes under control.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def settings(
    context: typer.Context,
    database: Annotated[
        str,
        typer.Option(
            envvar="OPSFLOW_DATABASE_URL", help="sqlite:///FILE or postgresql://USER@HOST/NAME"
        ),
    ] = DEFAULT_DATABASE,
    setup: Annotated[
        str | None,
        typer.Option(
            envvar="OPSFLOW_SETUP",
            metavar="MODULE:FUNCTION",
            help="Function that is given the Opsflow first, to register handlers",
        ),
    ] = None,
    distributed: Annotated[
        bool,
        typer.Option(
            "--distributed",
            envvar="OPSFLOW_DISTRIBUTED",
            help="Jobs go to workers on many machines, on PostgreSQL",
        ),
    ] = False,
) -> None:
    """Run an organisation's processes under control: BPMN, RACI, SOPs, approvals, evidence."""
    context.obj = Settings(database, setup, distributed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and give its exit code. An error is one line on standard error."""
    try:
        app(list(arguments) if arguments is not None else None, prog_name="opsflow")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    except ModelRejected as error:
        say(findings_table(error.findings))
        say_error(str(error))
        return exit_code(error)
    except OpsflowError as error:
        say_error(str(error))
        return exit_code(error)
    return 0
