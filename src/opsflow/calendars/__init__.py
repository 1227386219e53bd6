"""Business calendars: when work is done, and working time counted in them."""

from opsflow.calendars.checks import RULES, check_calendars
from opsflow.calendars.definition import Definition
from opsflow.calendars.events import CalendarAssigned, CalendarDefined, DefaultCalendarChosen
from opsflow.calendars.files import read_csv, read_file, read_json
from opsflow.calendars.models import Calendar
from opsflow.calendars.service import ALWAYS, DEFAULT, UNIT, Calendars, Preview
from opsflow.calendars.working import BusinessCalendar

__all__ = [
    "ALWAYS",
    "DEFAULT",
    "RULES",
    "UNIT",
    "BusinessCalendar",
    "Calendar",
    "CalendarAssigned",
    "CalendarDefined",
    "Calendars",
    "DefaultCalendarChosen",
    "Definition",
    "Preview",
    "check_calendars",
    "read_csv",
    "read_file",
    "read_json",
]
