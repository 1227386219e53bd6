"""Holidays by country and subdivision, from the ``holidays`` package, a year at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from opsflow.errors import Invalid


@dataclass(frozen=True, slots=True)
class Year:
    """The holidays of one year by date, and the days of weekends that are worked on."""

    holidays: Mapping[date, str]
    worked: frozenset[date]
    """Make-up days (调休), as far as the package knows them: they are decreed year by year."""


def require_country(country: str | None, subdivision: str | None) -> None:
    """Refuse a country or subdivision that nothing is known of. Raises Invalid."""
    if country is None:
        if subdivision is not None:
            raise Invalid("A subdivision belongs to a country: write the country too.")
        return
    known = _countries()
    if country not in known:
        raise Invalid(
            f"There are no holidays of the country {country!r}: write an ISO 3166 code such as CN."
        )
    if subdivision is not None and subdivision not in known[country]:
        listed = ", ".join(known[country][:20]) or "none"
        raise Invalid(f"{country} has no subdivision {subdivision!r}; there are: {listed}.")


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, list[str]]:
    import holidays  # takes a while, and most never ask for it

    return holidays.list_supported_countries(include_aliases=True)


@lru_cache(maxsize=512)
def year_of(country: str, subdivision: str | None, year: int) -> Year:
    """What is known of one year of a country."""
    import holidays  # as above

    found = holidays.country_holidays(country, subdiv=subdivision, years=year)
    worked = frozenset(day for day in found.weekend_workdays if day.year == year)
    return Year({day: name for day, name in found.items() if day.year == year}, worked)
