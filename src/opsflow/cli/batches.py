"""Commands about batches: order one, look at it, steer it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from opsflow.cli.exits import FOUND
from opsflow.cli.following import follow, summary
from opsflow.cli.references import find_instance
from opsflow.cli.root import app
from opsflow.cli.rows import read_rows
from opsflow.cli.running import By
from opsflow.cli.session import opened
from opsflow.cli.tables import say, table
from opsflow.cli.values import read_assignments
from opsflow.errors import Invalid

if TYPE_CHECKING:
    from opsflow.app import Opsflow
    from opsflow.batches import Preview, Progress, Selection

SHOWN = 10
"""Items that failed, of which the errors are told at the end."""

commands = typer.Typer(help="One verb on many instances, with progress.", no_args_is_help=True)
app.add_typer(commands, name="batch")

BatchArgument = Annotated[str, typer.Argument(metavar="BATCH", help="Id of the batch")]
Reason = Annotated[str, typer.Option(help="Why; it is kept in the history")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what it would be about; do nothing")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask first")]
Wait = Annotated[bool, typer.Option("--wait", help="Work on it here too, until it is done")]


@commands.command()
def order(
    context: typer.Context,
    verb: Annotated[str, typer.Argument(help="cancel, suspend, resume, retry, message …")],
    by: By,
    named: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID]...", help="Instances, or incidents to retry; or select"),
    ] = None,
    process: Annotated[str | None, typer.Option(help="Of this process")] = None,
    version: Annotated[int | None, typer.Option(help="Of this version")] = None,
    business_key: Annotated[str | None, typer.Option(help="With this business key")] = None,
    node: Annotated[str | None, typer.Option(help="With an open incident at this node")] = None,
    code: Annotated[str | None, typer.Option(help="With an open incident of this code")] = None,
    where: Annotated[
        list[str] | None, typer.Option(help="attribute=value of a search attribute; repeatable")
    ] = None,
    suspended: Annotated[
        bool | None, typer.Option("--suspended/--active", help="Only those")
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option("--with", help="name=value the verb is told, or name=@FILE with JSON in it"),
    ] = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    wait: Wait = False,
) -> None:
    """Have a verb done to many instances: those named, or all that a selection finds now."""
    chosen = {
        "process": process,
        "version": version,
        "business_key": business_key,
        "suspended": suspended,
        "attributes": read_assignments(where or ()),
        "node": node,
        "code": code,
    }
    parameters = _parameters(given or ())
    with opened(context) as flow:
        selection = _selection(chosen, named)
        ids = _ids(flow, verb, named) if named else None
        seen = flow.batches.preview(verb, selection, ids=ids, parameters=parameters)
        if _is_wanted(seen, verb, dry_run=dry_run, yes=yes):
            made = flow.batches.order(
                verb, selection, ids=ids, by=by, reason=reason, parameters=parameters
            )
            _ordered(flow, made.id, wait=wait)


@commands.command()
def start(
    context: typer.Context,
    process: Annotated[str, typer.Argument(help="Key of the process")],
    rows: Annotated[Path, typer.Option(help="A .jsonl or .csv file: an instance for each row")],
    by: By,
    version: Annotated[int | None, typer.Option(help="Instead of the published one")] = None,
    reason: Reason = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    wait: Wait = False,
) -> None:
    """Start a process once for each row of a file; a column is a variable or business_key."""
    with opened(context) as flow:
        seen = flow.batches.preview_start(process, read_rows(rows), version=version)
        if _is_wanted(seen, "start", dry_run=dry_run, yes=yes):
            made = flow.batches.start(
                process, read_rows(rows), by=by, version=version, reason=reason
            )
            _ordered(flow, made.id, wait=wait)


@commands.command("list")
def list_(
    context: typer.Context,
    state: Annotated[str | None, typer.Option(help="running, paused, done or cancelled")] = None,
    limit: Annotated[int, typer.Option(min=1)] = 50,
) -> None:
    """List batches, the newest first."""
    with opened(context) as flow:
        rows = [_row(each) for each in flow.batches.find(state=state, limit=limit)]
    columns = ("id", "verb", "state", "total", "done", "failed", "waiting", "by", "ordered")
    say(table("Batches", columns, rows))


@commands.command()
def show(
    context: typer.Context,
    batch: BatchArgument,
    watch: Annotated[bool, typer.Option("--watch", help="Follow it to its end")] = False,
) -> None:
    """Show how far a batch is; with --watch, a bar."""
    with opened(context) as flow:
        if watch:
            follow(flow, batch, working=False)
            return
        progress = flow.batches.get(batch)
    say(summary(progress))
    for portion in progress.batch.portions:
        say(f"{portion.process_key} version {portion.version}: {portion.count}")


@commands.command()
def items(
    context: typer.Context,
    batch: BatchArgument,
    state: Annotated[str | None, typer.Option(help="waiting, done, failed or cancelled")] = None,
    after: Annotated[int, typer.Option(min=0, help="From behind this number on")] = 0,
    limit: Annotated[int, typer.Option(min=1)] = 100,
) -> None:
    """List the items of a batch, and what became of each."""
    with opened(context) as flow:
        rows = [
            (each.position, each.state, each.instance_id or each.target, each.ended_at, each.error)
            for each in flow.batches.items(batch, state=state, after=after, limit=limit)
        ]
    say(table("Items", ("number", "state", "instance", "ended", "error"), rows))


@commands.command()
def pause(context: typer.Context, batch: BatchArgument, by: By) -> None:
    """Begin no item of a batch until it is resumed."""
    with opened(context) as flow:
        say(summary(flow.batches.pause(batch, by=by)))


@commands.command()
def resume(context: typer.Context, batch: BatchArgument, by: By, wait: Wait = False) -> None:
    """Let work on a paused batch go on."""
    with opened(context) as flow:
        flow.batches.resume(batch, by=by)
        _told(flow, batch, wait=wait)


@commands.command()
def cancel(context: typer.Context, batch: BatchArgument, by: By) -> None:
    """Do nothing more of a batch; what is done stays done."""
    with opened(context) as flow:
        say(summary(flow.batches.cancel(batch, by=by)))


@commands.command()
def retry(context: typer.Context, batch: BatchArgument, by: By, wait: Wait = False) -> None:
    """Try the items of a batch again that failed."""
    with opened(context) as flow:
        flow.batches.retry(batch, by=by)
        _told(flow, batch, wait=wait)


def _selection(chosen: dict[str, Any], named: list[str] | None) -> Selection | None:
    from opsflow.batches import Selection

    given = {name: value for name, value in chosen.items() if value not in (None, {})}
    if named and given:
        raise Invalid(f"Name instances or select them by {next(iter(given))}, not both.")
    return None if named else Selection(**given)


def _ids(flow: Opsflow, verb: str, named: Iterable[str]) -> list[str]:
    """The ids; instances may be named by their business keys."""
    from opsflow.batches import VERBS, On

    known = VERBS.get(verb)
    if known is not None and known.on is On.INCIDENTS:
        return list(named)
    return [find_instance(flow, each).id for each in named]


def _parameters(given: Iterable[str]) -> dict[str, object]:
    values = read_assignments(given)
    return {name: _of_file(value) for name, value in values.items()}


def _of_file(value: object) -> object:
    if not (isinstance(value, str) and value.startswith("@")):
        return value
    try:
        return json.loads(Path(value[1:]).read_text("utf-8"), parse_float=Decimal)
    except (OSError, ValueError, RecursionError) as error:
        raise Invalid(f"{value[1:]} cannot be read as JSON: {error}") from error


def _is_wanted(seen: Preview, verb: str, *, dry_run: bool, yes: bool) -> bool:
    """Say what it would be about, and whether it is to be ordered. Raises Invalid."""
    say(f"{verb}: {seen.total} items.")
    for portion in seen.portions:
        say(f"  {portion.process_key} version {portion.version}: {portion.count}")
    if dry_run:
        say("  such as " + ", ".join(seen.sample) if seen.sample else "  none")
        return False
    if yes or not seen.total:
        return True
    if not sys.stdin.isatty():
        raise Invalid("Nobody can be asked here: say --yes, or --dry-run first.")
    return typer.confirm("Order it?")


def _ordered(flow: Opsflow, batch_id: str, *, wait: bool) -> None:
    say(f"Batch {batch_id} is ordered.")
    _told(flow, batch_id, wait=wait)


def _told(flow: Opsflow, batch_id: str, *, wait: bool) -> None:
    """Follow it where that is wanted; some failed items make the exit code 1."""
    if not wait:
        say("Workers do it. Follow it with: opsflow batch show --watch " + batch_id)
        return
    if follow(flow, batch_id, working=True).failed:
        for item in flow.batches.items(batch_id, state="failed", limit=SHOWN):
            say(f"{item.position}: {item.error}")
        raise typer.Exit(FOUND)


def _row(progress: Progress) -> tuple[object, ...]:
    batch = progress.batch
    return (
        batch.id,
        batch.verb,
        batch.state,
        batch.total,
        progress.done,
        progress.failed,
        progress.waiting,
        batch.created_by,
        batch.created_at,
    )
