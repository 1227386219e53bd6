"""Commands that migrate running instances to another version of their process."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from opsflow.cli.exits import FOUND
from opsflow.cli.references import find_instance
from opsflow.cli.root import app
from opsflow.cli.running import By, InstanceArgument, Reason
from opsflow.cli.session import opened
from opsflow.cli.tables import findings_table, say, table
from opsflow.errors import Invalid, OpsflowError

if TYPE_CHECKING:
    from opsflow.engine import MigrationPlan
    from opsflow.instances import MigrationForecast

PlanFile = Annotated[
    Path, typer.Option("--plan", exists=True, dir_okay=False, help="File of plan-migration")
]


@app.command("plan-migration")
def plan_migration(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="Key of the process")],
    source: Annotated[int, typer.Option("--from", min=1, help="The version they are on")],
    target: Annotated[int, typer.Option("--to", min=1, help="The version they go to")],
    mapped: Annotated[
        list[str] | None,
        typer.Option("--map", help="old=new, or process:old=new of a called one; repeatable"),
    ] = None,
    unmapped: Annotated[
        list[str] | None, typer.Option("--unmap", help="Node that goes on as nothing; repeatable")
    ] = None,
    timers: Annotated[str, typer.Option(help="keep or restart the running timers")] = "keep",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", dir_okay=False, help="Write the plan here")
    ] = None,
) -> None:
    """Make a plan, say what is wrong with it, and try it on every running instance."""
    with opened(context) as flow:
        plan = flow.instances.plan_migration(
            key, source=source, target=target, timers=timers, **_mapped(mapped or (), key)
        )
        for name in unmapped or ():
            process, colon, node = name.rpartition(":")
            plan = plan.unmap(node, process=process if colon else None)
        forecast = flow.instances.check_migrations(plan)
    _say_forecast(forecast)
    if output is not None:
        _write(output, plan)
        say(f"The plan is in {output}.")
    if forecast.refused or any(each.is_error for each in forecast.review):
        raise typer.Exit(FOUND)


@app.command("migrate-instance")
def migrate_instance(
    context: typer.Context,
    instance: Annotated[
        list[str], typer.Argument(metavar="INSTANCE...", help="Ids or business keys")
    ],
    by: By,
    plan: PlanFile,
    reason: Annotated[str | None, typer.Option(help="Why; it is kept in the history")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing")] = False,
) -> None:
    """Let instances go on under another version, each for itself."""
    read = _read(plan)
    failed = 0
    with opened(context) as flow:
        for name in instance:
            try:
                found = find_instance(flow, name)
                if dry_run:
                    report = flow.instances.check_migration(found.id, read)
                    say(f"{name}: {'possible' if report.possible else 'not possible'}.")
                    if report.findings:
                        say(findings_table(report.findings))
                    failed += not report.possible
                else:
                    moved = flow.instances.migrate(found.id, read, by=by, reason=reason)
                    say(f"{name} is on version {moved.version}.")
            except OpsflowError as error:
                failed += 1
                say(f"{name}: {error}")
    if failed:
        raise typer.Exit(FOUND)


@app.command("revert-migration")
def revert_migration(
    context: typer.Context, instance: InstanceArgument, by: By, reason: Reason
) -> None:
    """Bring an instance back to the version that it was migrated from last."""
    with opened(context) as flow:
        found = find_instance(flow, instance)
        back = flow.instances.revert_migration(found.id, by=by, reason=reason)
    say(f"{instance} is on version {back.version} again.")


class _Mapped(TypedDict):
    nodes: dict[str, str]
    called: dict[str, dict[str, str]]


def _mapped(pairs: Sequence[str], key: str) -> _Mapped:
    """The nodes that the options map; ids of nodes hold no colon."""
    found: dict[str, dict[str, str]] = {key: {}}
    for pair in pairs:
        old, equals, new = pair.partition("=")
        if not (old and equals and new):
            raise Invalid(f"--map is written old=new or process:old=new, not {pair!r}.")
        process, _, node = old.rpartition(":")
        found.setdefault(process or key, {})[node] = new
    return _Mapped(nodes=found.pop(key), called=found)


def _read(path: Path) -> MigrationPlan:
    # Imported late: the help and a wrong option need no engine.
    from opsflow.engine import MigrationPlan

    try:
        return MigrationPlan.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, OSError, RecursionError) as error:
        raise Invalid(f"{path} holds no plan: {error}") from error


def _write(path: Path, plan: MigrationPlan) -> None:
    try:
        path.write_text(json.dumps(plan.as_dict(), indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error.strerror}.") from error


def _say_forecast(forecast: MigrationForecast) -> None:
    if forecast.review:
        say(findings_table(forecast.review))
    rows = [
        (
            each.count,
            each.finding.severity,
            each.finding.rule,
            each.finding.element,
            each.finding.message,
            ", ".join(each.examples),
        )
        for each in forecast.findings
    ]
    if rows:
        columns = ("instances", "severity", "rule", "node", "what", "such as")
        say(table("Dry run", columns, rows))
    say(f"{forecast.possible} of {forecast.total} running instances can be migrated.")
