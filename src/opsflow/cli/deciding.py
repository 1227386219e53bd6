"""Commands about decisions: ask one, list what is deployed."""

from __future__ import annotations

from typing import Annotated

import typer

from opsflow.cli.root import app
from opsflow.cli.session import opened
from opsflow.cli.tables import say, table
from opsflow.cli.values import read_assignments


@app.command()
def decide(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="Key of the decision: the id in its DMN file")],
    by: Annotated[str, typer.Option("--by", help="Id of the person who asks")],
    variable: Annotated[
        list[str] | None, typer.Option("--var", help="name=value, JSON or text; repeatable")
    ] = None,
    version: Annotated[int | None, typer.Option(help="Instead of the published one")] = None,
) -> None:
    """Ask a decision, and tell which rules gave the answer; it is kept on record."""
    with opened(context) as flow:
        asked = flow.decisions.evaluate(
            key, read_assignments(variable or ()), by=by, version=version
        )
    say(f"{asked.decision}: {asked.value}")
    for hit in asked.matched:
        rules = ", ".join(f"{number} ({id})" if id else str(number) for number, id in hit.rules)
        say(f"  {hit.decision}: rules {rules or 'none'}")
    for warning in asked.warnings:
        say(f"  warning: {warning.message}")


@app.command("decisions")
def list_decisions(context: typer.Context) -> None:
    """List every version of every decision."""
    with opened(context) as flow:
        releases = flow.decisions.releases()
    say(
        table(
            "Decisions",
            ("key", "version", "name", "deployed by"),
            [
                (each.decision_key, str(each.version), each.name, each.deployed_by)
                for each in releases
            ],
        )
    )
