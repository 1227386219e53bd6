"""Commands about the record: why, history, who did what, verify."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from opsflow.cli.exits import FOUND
from opsflow.cli.references import find_instance, find_task
from opsflow.cli.root import app
from opsflow.cli.running import InstanceArgument
from opsflow.cli.session import opened
from opsflow.cli.tables import say, table
from opsflow.cli.work import TaskArgument
from opsflow.errors import Invalid


@app.command()
def why(
    context: typer.Context,
    task: TaskArgument,
    person: Annotated[str, typer.Argument(help="Id of the person")],
    verb: Annotated[str, typer.Argument(help="claim, complete, vote, accept-deviation …")],
) -> None:
    """Say which rule lets a person do something to a task, or does not, and who could."""
    from opsflow.responsibility import Verb

    try:
        meant = Verb[verb.upper().replace("-", "_")]
    except KeyError as error:
        known = ", ".join(each.name.lower().replace("_", "-") for each in Verb)
        raise Invalid(f"{verb!r} is not one of {known}.") from error
    with opened(context) as flow:
        ruling = flow.responsibility.why(find_task(flow, task).id, person, meant)
    may = "may" if ruling.allowed else "may not"
    say(f"{person} {may} {meant} it: {ruling.reason} [{ruling.rule}]")
    if ruling.could:
        say(f"Could: {', '.join(ruling.could)}.")


@app.command()
def history(
    context: typer.Context,
    instance: InstanceArgument,
    full: Annotated[bool, typer.Option("--full", help="With everything each event says")] = False,
) -> None:
    """List everything that happened in an instance, oldest first."""
    with opened(context) as flow:
        entries = flow.history.of_instance(find_instance(flow, instance).id)
    rows = [
        (
            entry.position,
            entry.at,
            entry.type,
            entry.person,
            entry.role,
            entry.on_behalf_of,
            entry.data if full else _brief(entry.data),
            entry.hash[:12],
        )
        for entry in entries
    ]
    columns = ("no.", "at", "what", "who", "as", "on behalf of", "about", "hash")
    say(table("History", columns, rows))


def _brief(data: str) -> str:
    """The few facts that tell events of one type apart."""
    facts = json.loads(data)
    wanted = ("node_id", "gate_id", "choice", "value", "reason", "text", "message")
    return ", ".join(str(facts[name]) for name in wanted if facts.get(name))


@app.command()
def trace(context: typer.Context, instance: InstanceArgument) -> None:
    """List who did what in an instance, in which role and for whom."""
    with opened(context) as flow:
        done = flow.responsibility.trace(find_instance(flow, instance).id)
        rows = [
            (each.at, each.person, each.verb, each.node_id, each.role, each.on_behalf_of)
            for each in done
        ]
    say(table("Who did what", ("at", "who", "did", "task", "as", "on behalf of"), rows))


@app.command()
def verify(context: typer.Context) -> None:
    """Recompute every chain of the history, and name each event that was tampered with."""
    with opened(context) as flow:
        result = flow.history.verify()
    if not result.holds:
        rows = [(each.stream, each.position, each.reason) for each in result.breaks]
        say(table("Breaks", ("chain", "position", "what"), rows))
        say(f"The trail does not hold: {len(result.breaks)} breaks.")
        raise typer.Exit(FOUND)
    say(f"The trail holds: {result.events} events in {result.streams} chains.")
