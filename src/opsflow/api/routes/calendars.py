"""Business calendars: what they say, who goes by them, what a duration comes to."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime

from opsflow.access import Permission
from opsflow.api.permitting import Caller
from opsflow.api.routing import Routes
from opsflow.api.schemas.base import Listed
from opsflow.api.schemas.calendars import (
    CalendarChoice,
    CalendarIn,
    CalendarOut,
    PreviewOut,
    UnitCalendarOut,
)
from opsflow.api.schemas.instances import DoneOut

TAGS = ["calendars"]
READ = Permission.PEOPLE_READ
MANAGE = Permission.PEOPLE_MANAGE


def add(routes: Routes) -> None:
    """Register the routes."""
    _calendars(routes)
    _assignments(routes)


def _calendars(routes: Routes) -> None:
    calendars = routes.flow.calendars

    @routes.get("/calendars", permission=READ, tags=TAGS)
    def list_calendars() -> Listed[CalendarOut]:
        """All calendars, by key."""
        return Listed(items=[CalendarOut.of(each) for each in calendars.all()])

    @routes.get("/calendars/{calendar}", permission=READ, tags=TAGS)
    def get_calendar(calendar: str, call: Caller) -> CalendarOut:
        """A calendar."""
        return call.tagged(CalendarOut.of(calendars.get(calendar)))

    @routes.put("/calendars/{calendar}", permission=MANAGE, tags=TAGS, tagged=True)
    def define_calendar(calendar: str, body: CalendarIn, call: Caller) -> CalendarOut:
        """Make a calendar, or let it say something else; what is due already stays."""
        said = body.model_dump()
        return call.once(
            lambda: CalendarOut.of(
                calendars.define(calendar, said, by=call.person, revision=call.revision)
            )
        )

    @routes.get("/calendars/{calendar}/preview", permission=READ, tags=TAGS)
    def preview(
        calendar: str,
        start: AwareDatetime,
        duration: Annotated[str, Query(max_length=100, description="Such as PT8H or P2D")],
    ) -> PreviewOut:
        """What a duration from a moment on comes to, and the holidays that lie between."""
        return PreviewOut.of(calendars.preview(calendar, start, duration))


def _assignments(routes: Routes) -> None:
    calendars = routes.flow.calendars

    def of_unit(unit_id: str) -> UnitCalendarOut:
        return UnitCalendarOut(
            unit=unit_id,
            own=calendars.assignments().get(unit_id),
            calendar=calendars.of_unit(unit_id),
        )

    @routes.get("/units/{unit_id}/calendar", permission=READ, tags=TAGS)
    def get_unit_calendar(unit_id: str) -> UnitCalendarOut:
        """The calendar that a unit goes by; without any, work is done around the clock."""
        calendars.require_unit(unit_id)
        return of_unit(unit_id)

    @routes.put("/units/{unit_id}/calendar", permission=MANAGE, tags=TAGS)
    def assign_calendar(unit_id: str, body: CalendarChoice, call: Caller) -> UnitCalendarOut:
        """Let a unit, and the units below it, go by a calendar."""

        def assign() -> UnitCalendarOut:
            calendars.assign(unit_id, body.calendar, by=call.person)
            return of_unit(unit_id)

        return call.once(assign)

    @routes.put("/default-calendar", permission=MANAGE, tags=TAGS)
    def choose_default(body: CalendarChoice, call: Caller) -> DoneOut:
        """Let everybody without another calendar go by this one; null: around the clock."""

        def choose() -> DoneOut:
            calendars.make_default(body.calendar, by=call.person)
            return DoneOut()

        return call.once(choose)
