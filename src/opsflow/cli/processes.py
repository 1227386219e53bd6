"""Commands about definitions: check a file, deploy it, list what is deployed."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from opsflow.cli.exits import FOUND
from opsflow.cli.root import app
from opsflow.cli.session import IN_MEMORY, connected, exists, opened
from opsflow.cli.tables import findings_table, say, table


class Mode(StrEnum):
    """Whether every human task needs its roles."""

    MATRIX = "matrix"
    OPEN = "open"


ModeOption = Annotated[
    Mode,
    typer.Option(
        "--responsibility", help="matrix: every human task needs its roles; open: it may have none"
    ),
]
SourceArgument = Annotated[str, typer.Argument(help="A .bpmn or .dmn file, or a .zip package")]


@app.command()
def check(
    context: typer.Context, source: SourceArgument, responsibility: ModeOption = Mode.MATRIX
) -> None:
    """Say everything there is to say about a file, and store nothing.

    Works without a database; with one, the processes it calls are looked up there.
    """
    url = context.obj.database
    there = exists(url)
    with connected(url if there else IN_MEMORY) as flow:
        if not there:
            flow.migrate()
        findings = flow.definitions.check(source, responsibility=responsibility.value)
    if not there:
        # Without a database there is nobody, so that every role would be unknown.
        findings = [each for each in findings if each.rule != "opsflow.matrix.unknown-role"]
    if findings:
        say(findings_table(findings))
    errors = sum(finding.is_error for finding in findings)
    say(f"{errors} errors, {len(findings) - errors} other findings.")
    if errors:
        raise typer.Exit(FOUND)


@app.command()
def deploy(
    context: typer.Context,
    source: SourceArgument,
    by: Annotated[str, typer.Option(help="Who deploys it")],
    responsibility: ModeOption = Mode.MATRIX,
) -> None:
    """Store a file as the next version of each of its processes.

    The same content again is the same version. Nothing is stored when a finding is an error.
    """
    with opened(context) as flow:
        deployment = flow.definitions.deploy(source, by=by, responsibility=responsibility.value)
    if deployment.findings:
        say(findings_table(deployment.findings))
    state = "deployed" if deployment.created else "was deployed before"
    for release in deployment.releases:
        say(f"{release.process_key} version {release.version}: {state}.")
    for decision in deployment.decisions:
        say(f"decision {decision.decision_key} version {decision.version}: {state}.")


@app.command("processes")
def list_processes(context: typer.Context) -> None:
    """List the latest version of every process."""
    with opened(context) as flow:
        rows = [
            (each.process_key, each.version, each.name, each.deployed_by, each.deployed_at)
            for each in flow.definitions.processes()
        ]
    say(table("Processes", ("key", "version", "name", "deployed by", "at"), rows))
