"""The command that plays the procurement cases, and tells them from the record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opsflow.cli import serving
from opsflow.cli.exits import FOUND
from opsflow.cli.inviting import invite
from opsflow.cli.narration import Narrator
from opsflow.cli.overview import matrix_table, people_table
from opsflow.cli.root import app
from opsflow.cli.session import DEFAULT_DATABASE, connected, sqlite_file
from opsflow.cli.shipped import shipped
from opsflow.cli.stage import Stage
from opsflow.cli.story import Story
from opsflow.cli.tables import findings_table, say
from opsflow.clock import ManualClock
from opsflow.errors import Invalid, NotFound

if TYPE_CHECKING:
    from opsflow.app import Opsflow

DEMO_DATABASE = "sqlite:///opsflow-demo.db"
"""Where the demonstration runs unless a database is named: never on the everyday one."""


@app.command()
def demo(
    context: typer.Context,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Remove the database of the last demonstration first")
    ] = False,
    case: Annotated[
        list[str] | None, typer.Option(help="Only this case, such as PR-2026-006; repeatable")
    ] = None,
    serve: Annotated[
        bool, typer.Option("--serve", help="Then start one more case, and serve the HTTP API")
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="To serve on")] = serving.PORT,
    story: Annotated[
        Path | None, typer.Option(help="Folder with cases.csv, actions.csv and organisation/")
    ] = None,
) -> None:
    """Play purchases from request to payment: who may do what, what is refused, and why.

    The people and their acts come from CSV files; what is told is read from the history.
    """
    named = context.obj.database
    url = DEMO_DATABASE if named == DEFAULT_DATABASE else named
    if fresh:
        _remove(url)
    told = Story(story or shipped("examples") / "procurement")
    cases = [each for each in told.cases if not case or each.number in case]
    if not cases:
        raise NotFound("case", ", ".join(case or ()))
    clock = ManualClock(told.deploying.at)
    with connected(url, clock=clock) as flow:
        process = _prepare(flow, told)
        narrator = Narrator(Stage(flow, clock, told, process))
        for each in cases:
            narrator.play(each)
        holds = narrator.sum_up(cases)
    say(f"Look around: opsflow --database {url} instances")
    if not holds:
        raise typer.Exit(FOUND)
    if serve:
        with connected(url) as flow:
            invite(flow, process, port)
            serving.run(flow, serving.HOST, port)


def _remove(url: str) -> None:
    """Only the demonstration's own file is ever removed."""
    file = sqlite_file(url)
    if url != DEMO_DATABASE or file is None:
        raise Invalid("--fresh removes the demonstration's own database only, not the one named.")
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def _prepare(flow: Opsflow, story: Story) -> str:
    """Make the database with people and process, and give the key of the process."""
    flow.migrate()
    flow.people.load_organisation(story.folder / "organisation")
    _define_calendar(flow, story)
    say(people_table(flow))
    deploying = story.deploying
    files = [_file(story, name) for name in deploying.task.split()]
    findings = flow.definitions.check(files)
    if findings:
        say(findings_table(findings))
    release = flow.definitions.deploy(files, by=deploying.person).release
    say(
        f"{deploying.person} deploys {release.name}, version {release.version}: "
        f"content {release.content_hash[:12]}…, {len(findings)} findings."
    )
    say(matrix_table(flow, release.id))
    return release.process_key


def _define_calendar(flow: Opsflow, story: Story) -> None:
    """The working hours of everybody in the story, where it has any."""
    from opsflow.calendars import read_file

    file = story.folder / "calendar.csv"
    if file.exists():
        flow.calendars.define("company", read_file(file))
        flow.calendars.make_default("company")


def _file(story: Story, name: str) -> Path:
    """A file of the story's own folder, else a shipped one."""
    own = story.folder / name
    return own if own.exists() else shipped("bpmn") / name
