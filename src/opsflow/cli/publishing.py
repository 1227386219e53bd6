"""Commands about publishing: which version is used, and who may change that."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from opsflow.cli.root import app
from opsflow.cli.session import opened
from opsflow.cli.tables import say, table


class Kind(StrEnum):
    """What a key is the key of."""

    PROCESS = "process"
    DECISION = "decision"


KeyArgument = Annotated[str, typer.Argument(help="Key of the process or decision")]
KindOption = Annotated[Kind, typer.Option("--kind", help="What the key is the key of")]
AdministratorOption = Annotated[
    bool, typer.Option("--as-administrator", help="Also where it belongs to others; it is recorded")
]
PersonArgument = Annotated[str, typer.Argument(metavar="PERSON", help="Id of the person")]


@app.command()
def publish(
    context: typer.Context,
    key: KeyArgument,
    version: Annotated[int, typer.Option(help="The version, also an older one: the way back")],
    by: Annotated[str, typer.Option(help="Who publishes it")],
    kind: KindOption = Kind.PROCESS,
    as_administrator: AdministratorOption = False,
) -> None:
    """Use a version from now on: new instances run it, or new questions ask it."""
    with opened(context) as flow:
        if kind is Kind.PROCESS:
            release = flow.definitions.release(key, version)
            flow.definitions.publish(release.id, by=by, as_administrator=as_administrator)
        else:
            decision = flow.decisions.release(key, version)
            flow.definitions.publish_decision(decision.id, by=by, as_administrator=as_administrator)
    say(f"{key} version {version}: published.")


@app.command("releases")
def list_releases(
    context: typer.Context, key: KeyArgument, kind: KindOption = Kind.PROCESS
) -> None:
    """List every version of a process or decision, and which one is published."""
    with opened(context) as flow:
        found = (
            flow.definitions.releases(key) if kind is Kind.PROCESS else flow.decisions.releases(key)
        )
        rows = [
            (
                each.version,
                "published" if each.is_published else "",
                each.name,
                each.deployed_by,
                each.deployed_at,
                each.published_by,
                each.published_at,
            )
            for each in found
        ]
    columns = ("version", "", "name", "deployed by", "at", "published by", "at")
    say(table("Releases", columns, rows))


@app.command("owners")
def list_owners(context: typer.Context, key: KeyArgument, kind: KindOption = Kind.PROCESS) -> None:
    """List who may deploy, publish and share a process or decision."""
    with opened(context) as flow:
        rows = [
            (each.person, each.added_by, each.added_at)
            for each in flow.definitions.owners(key, kind=kind.value)
        ]
    say(table("Owners", ("person", "added by", "at"), rows))


@app.command()
def share(
    context: typer.Context,
    key: KeyArgument,
    person: PersonArgument,
    by: Annotated[str, typer.Option(help="Who shares it")],
    kind: KindOption = Kind.PROCESS,
    as_administrator: AdministratorOption = False,
) -> None:
    """Make a person an owner too."""
    with opened(context) as flow:
        flow.definitions.share(
            key, person=person, by=by, kind=kind.value, as_administrator=as_administrator
        )
    say(f"{key}: {person} is an owner.")


@app.command()
def unshare(
    context: typer.Context,
    key: KeyArgument,
    person: PersonArgument,
    by: Annotated[str, typer.Option(help="Who takes the owner away")],
    kind: KindOption = Kind.PROCESS,
    as_administrator: AdministratorOption = False,
) -> None:
    """Take an owner away; the last one stays."""
    with opened(context) as flow:
        flow.definitions.unshare(
            key, person=person, by=by, kind=kind.value, as_administrator=as_administrator
        )
    say(f"{key}: {person} is no owner.")
