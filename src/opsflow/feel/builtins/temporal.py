"""Functions of the calendar and the clock (DMN 1.5 §10.3.4.6, §10.3.4.9)."""

from __future__ import annotations

import calendar
from datetime import date
from decimal import Decimal

from opsflow.feel.builtins.registry import Library
from opsflow.feel.far import AnyDate, AnyDatetime, FarDate, FarDatetime, day_of
from opsflow.feel.limits import Run
from opsflow.feel.values import Value

LIBRARY: Library = Library()
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _near(day: AnyDate | AnyDatetime) -> date:
    """The day itself, or its twin in a year that the calendar of Python has."""
    return day.twin() if isinstance(day, FarDate | FarDatetime) else day


@LIBRARY.pure("day of year", "date: date")
def day_of_year(given: AnyDate | AnyDatetime) -> Value:
    """The number of a day in its year."""
    day = _near(given)
    return Decimal(day.toordinal() - date(day.year, 1, 1).toordinal() + 1)


@LIBRARY.pure("day of week", "date: date")
def day_of_week(given: AnyDate | AnyDatetime) -> Value:
    """The English name of a weekday."""
    return _DAYS[_near(given).weekday()]


@LIBRARY.pure("month of year", "date: date")
def month_of_year(day: AnyDate | AnyDatetime) -> Value:
    """The English name of a month."""
    return _MONTHS[day.month - 1]


@LIBRARY.pure("week of year", "date: date")
def week_of_year(given: AnyDate | AnyDatetime) -> Value:
    """The number of a week after ISO 8601."""
    return Decimal(_near(given).isocalendar().week)


@LIBRARY.pure("last day of month", "date: date")
def last_day_of_month(day: AnyDate | AnyDatetime) -> Value:
    """The date of the last day of a month."""
    near = _near(day)
    return day_of(day.year, day.month, calendar.monthrange(near.year, near.month)[1])


@LIBRARY.charged("now")
def now(run: Run) -> Value:
    """The moment of the evaluation."""
    return run.now


@LIBRARY.charged("today")
def today(run: Run) -> Value:
    """The day of the evaluation."""
    return run.now.date()
