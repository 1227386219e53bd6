"""The command that tells how the background work is doing, for people and for probes."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from opsflow.cli.exits import FOUND
from opsflow.cli.root import app
from opsflow.cli.session import opened
from opsflow.cli.tables import say, table

if TYPE_CHECKING:
    from opsflow.jobs import Health

_Seconds = typer.Option(min=0, max=1e9, help="Seconds; more of it is a fault")


@app.command()
def health(
    context: typer.Context,
    oldest_due: Annotated[float | None, _Seconds] = None,
    timers_late: Annotated[float | None, _Seconds] = None,
    incidents: Annotated[
        int | None, typer.Option(min=0, help="How many may wait for a human")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON")] = False,
) -> None:
    """Tell what there is to do and how late it is; exit with 1 where a limit is exceeded.

    Without limits it only tells.
    """
    with opened(context) as flow:
        flow.require_ready()
        found = flow.health()
    faults = found.faults(
        oldest_due=_span(oldest_due), timers_late=_span(timers_late), incidents=incidents
    )
    if as_json:
        typer.echo(json.dumps(_facts(found, faults)))
    else:
        rows = [(each.topic, each.state, each.count, each.due_since or "") for each in found.depths]
        say(table("Jobs", ("topic", "state", "jobs", "due since"), rows))
        say(
            f"Oldest due job: {_told(found.oldest_due)}. Incidents: {found.incidents}. "
            f"Overdue timers: {found.timers_overdue}, the oldest {_told(found.timers_late)}."
        )
        for fault in faults:
            say(fault)
    if faults:
        raise typer.Exit(FOUND)


def _facts(found: Health, faults: list[str]) -> dict[str, object]:
    oldest, late = found.oldest_due, found.timers_late
    return {
        "at": found.at.isoformat(),
        "queued": found.queued,
        "running": found.running,
        "oldest_due_seconds": None if oldest is None else oldest.total_seconds(),
        "incidents": found.incidents,
        "timers_overdue": found.timers_overdue,
        "timers_late_seconds": None if late is None else late.total_seconds(),
        "faults": faults,
    }


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def _told(span: timedelta | None) -> str:
    return "none" if span is None else f"{span.total_seconds():.0f} s"
