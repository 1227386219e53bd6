"""Commands about background work: do what is due, see what waits."""

from __future__ import annotations

from typing import Annotated

import typer

from opsflow.cli.exits import FOUND
from opsflow.cli.references import find_instance
from opsflow.cli.root import app
from opsflow.cli.running import By, Reason
from opsflow.cli.session import opened
from opsflow.cli.tables import say, table


@app.command("run-due")
def run_due(context: typer.Context) -> None:
    """Fire what is due and do the jobs that have a handler, until nothing is left for now.

    Without a worker, run it every minute.
    """
    with opened(context) as flow:
        done = flow.jobs.run_until_idle()
        following = flow.jobs.next_due()
    say(f"{done} done.")
    if following is not None:
        say(f"The next one is due at {following.astimezone():%Y-%m-%d %H:%M}.")


@app.command()
def jobs(
    context: typer.Context,
    state: Annotated[str | None, typer.Option(help="timer, queued, running or incident")] = None,
    topic: Annotated[str | None, typer.Option(help="What they need done")] = None,
    instance: Annotated[str | None, typer.Option(help="Id or business key")] = None,
    kind: Annotated[
        str | None, typer.Option(help="service or call; incidents of calls are dead letters")
    ] = None,
    limit: Annotated[int, typer.Option(min=1)] = 100,
) -> None:
    """List background work that is not done yet, oldest first."""
    with opened(context) as flow:
        found = flow.jobs.find(
            state=state,
            topic=topic,
            instance_id=find_instance(flow, instance).id if instance else None,
            kind=kind,
            limit=limit,
        )
        rows = [
            (
                each.id,
                each.topic,
                "held back" if each.held_at else each.state,
                each.business_key or each.instance_id or each.subject or "",
                each.attempt,
                each.due_at or each.lease_until or "",
                each.last_error or "",
            )
            for each in found
        ]
    columns = ("id", "topic", "state", "instance", "attempts", "due or until", "last error")
    say(table("Jobs", columns, rows))


job_commands = typer.Typer(
    help="Single jobs: dead letters are retried or discarded.", no_args_is_help=True
)
app.add_typer(job_commands, name="job")
JobArgument = Annotated[list[str], typer.Argument(metavar="JOB...", help="Their ids")]


@job_commands.command("retry")
def retry_jobs(context: typer.Context, job: JobArgument, by: By) -> None:
    """Do calls again that have become dead letters, or that wait for their time."""
    with opened(context) as flow:
        tried = flow.jobs.retry_all(job, by=by)
    failed = [each for each in tried if each.error]
    say(f"{len(tried) - len(failed)} of {len(tried)} are done again.")
    for each in failed:
        say(f"{each.job_id}: {each.error}")
    if failed:
        raise typer.Exit(FOUND)


@job_commands.command("discard")
def discard_jobs(context: typer.Context, job: JobArgument, by: By, reason: Reason) -> None:
    """Give up calls: they are never done."""
    with opened(context) as flow, flow.transaction():
        for each in dict.fromkeys(job):
            flow.jobs.discard(each, by=by, reason=reason)
    say("Discarded.")
