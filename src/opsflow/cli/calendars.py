"""Commands about business calendars."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from opsflow.cli.root import app
from opsflow.cli.session import opened
from opsflow.cli.tables import say, table
from opsflow.errors import Invalid

By = Annotated[
    str, typer.Option("--by", help="Id of the person who does it; system: who runs the database")
]
KeyArgument = Annotated[str, typer.Argument(metavar="CALENDAR", help="Key of the calendar")]

calendar_commands = typer.Typer(help="Business calendars.", no_args_is_help=True)
app.add_typer(calendar_commands, name="calendar")


@calendar_commands.command("set")
def define(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .json or .csv file")],
    key: Annotated[str | None, typer.Option(help="Its key; else the name of the file")] = None,
    default: Annotated[
        bool, typer.Option("--default", help="Everybody without another calendar goes by it")
    ] = False,
    by: By = "system",
) -> None:
    """Make a calendar of a file, or let it say something else; what is due already stays."""
    from opsflow.calendars import read_file

    said = read_file(file)
    with opened(context) as flow, flow.transaction():
        made = flow.calendars.define(key or file.stem, said, by=by)
        if default:
            flow.calendars.make_default(made.key, by=by)
    say(f"Calendar {made.key}, revision {made.revision}.")


@calendar_commands.command("list")
def calendars(context: typer.Context) -> None:
    """List the calendars, and the units that go by each."""
    with opened(context) as flow:
        units = flow.calendars.assignments()
        rows = [
            (
                each.key,
                each.definition.zone,
                each.definition.country,
                "default" if each.is_default else "",
                ", ".join(unit for unit, key in units.items() if key == each.key),
            )
            for each in flow.calendars.all()
        ]
    say(table("Calendars", ("key", "zone", "country", "", "units"), rows))


@calendar_commands.command("show")
def show(context: typer.Context, key: KeyArgument) -> None:
    """Show what a calendar says."""
    with opened(context) as flow:
        calendar = flow.calendars.get(key)
    said = calendar.definition.as_dict()
    hours, holidays, days = said.pop("hours"), said.pop("holidays"), said.pop("working_days")
    assert isinstance(hours, dict)
    assert isinstance(holidays, dict)
    assert isinstance(days, dict)
    rows = [(name, "", value) for name, value in said.items() if value is not None]
    rows += [("hours", day, " ".join(spans)) for day, spans in hours.items() if spans]
    rows += [("holiday", day, name) for day, name in holidays.items()]
    rows += [("working_day", day, " ".join(spans)) for day, spans in days.items()]
    say(table(f"{key}, revision {calendar.revision}", ("what", "on", "value"), rows))


@calendar_commands.command("preview")
def preview(
    context: typer.Context,
    key: KeyArgument,
    start: Annotated[str, typer.Argument(help="A date or moment; in the calendar's zone")],
    duration: Annotated[str, typer.Argument(help="ISO 8601, such as PT8H or P2D")],
) -> None:
    """Say when a duration from a moment on ends, and which holidays lie between."""
    with opened(context) as flow:
        zone = flow.calendars.business(key).zone
        found = flow.calendars.preview(key, _moment(start).replace(tzinfo=zone), duration)
    say(f"{duration} ends {found.due_at.astimezone(zone):%a %Y-%m-%d %H:%M %Z}.")
    if not found.is_open:
        opens = found.next_open.astimezone(zone)
        say(f"The start is outside of work, which begins {opens:%a %Y-%m-%d %H:%M}.")
    for day, name in found.holidays:
        say(f"{day}: {name}")


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"{text!r} is no date or moment such as 2026-05-01T09:00.") from error
    if found.tzinfo is not None:
        raise Invalid("Write the moment without a zone: it is read in that of the calendar.")
    return found


@calendar_commands.command("assign")
def assign(
    context: typer.Context,
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="Id of the unit")],
    key: Annotated[
        str | None, typer.Argument(metavar="CALENDAR", help="None: that of the unit above")
    ] = None,
    by: By = "system",
) -> None:
    """Let a unit, and the units below it, go by a calendar."""
    with opened(context) as flow:
        flow.calendars.assign(unit, key, by=by)
        now = flow.calendars.of_unit(unit)
    say(f"{unit} goes by {now or 'no calendar: around the clock'}.")
