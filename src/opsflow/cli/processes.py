"""Commands about definitions: check a file, deploy it, list what is deployed."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from opsflow.cli.exits import FOUND
from opsflow.cli.publishing import AdministratorOption
from opsflow.cli.root import app
from opsflow.cli.session import IN_MEMORY, connected, exists, opened
from opsflow.cli.tables import findings_table, say, table

if TYPE_CHECKING:
    from opsflow.app import Opsflow
    from opsflow.definitions import DecisionRelease, ProcessSummary, Release


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
SourceArgument = Annotated[
    list[str], typer.Argument(help="A .bpmn or .dmn file, several of them, or a .zip package")
]


@app.command()
def check(
    context: typer.Context, files: SourceArgument, responsibility: ModeOption = Mode.MATRIX
) -> None:
    """Say everything there is to say about files, and store nothing.

    Works without a database; with one, the processes it calls are looked up there.
    """
    url = context.obj.database
    there = exists(url)
    with connected(url if there else IN_MEMORY) as flow:
        if not there:
            flow.migrate()
        findings = flow.definitions.check(files, responsibility=responsibility.value)
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
    files: SourceArgument,
    by: Annotated[str, typer.Option(help="Who deploys it")],
    responsibility: ModeOption = Mode.MATRIX,
    publish: Annotated[
        bool, typer.Option("--publish/--no-publish", help="Use it at once, or only store it")
    ] = True,
    as_administrator: AdministratorOption = False,
) -> None:
    """Store files as the next version of their processes and decisions, and publish it.

    Several files are one package: a process stays with the tables it was deployed with.

    The same content again is the same version. Nothing is stored when a finding is an error.
    """
    with opened(context) as flow:
        deployment = flow.definitions.deploy(
            files,
            by=by,
            responsibility=responsibility.value,
            publish=publish,
            as_administrator=as_administrator,
        )
    if deployment.findings:
        say(findings_table(deployment.findings))
    state = "deployed" if deployment.created else "was deployed before"
    for release in deployment.releases:
        say(f"{release.process_key} version {release.version}: {state}, {_use(release)}.")
    for decision in deployment.decisions:
        said = f"decision {decision.decision_key} version {decision.version}"
        say(f"{said}: {state}, {_use(decision)}.")


@app.command("processes")
def list_processes(context: typer.Context) -> None:
    """List every process: which version is published, which is the latest, and who owns it."""
    with opened(context) as flow:
        rows = [
            (
                each.key,
                each.published_version,
                each.latest_version,
                each.name,
                ", ".join(each.owners),
            )
            for each in _every_process(flow)
        ]
    say(table("Processes", ("key", "published", "latest", "name", "owners"), rows))


def _every_process(flow: Opsflow) -> Iterator[ProcessSummary]:
    page = flow.definitions.find()
    while page:
        yield from page
        page = flow.definitions.find(after=page[-1].key)


def _use(release: Release | DecisionRelease) -> str:
    return "published" if release.is_published else "not published"
