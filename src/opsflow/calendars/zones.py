"""From what a clock of a zone shows to the moment, also where the clock is changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo:
    """The zone of a name that was checked before."""
    return ZoneInfo(name)


def moment_at(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """When the clock shows so many minutes since midnight (up to 1440), in UTC.

    The first time, where autumn shows it twice; when the clock is put forward, where spring
    leaves it out. So the order of what clocks show is the order of the moments.
    """
    return moment_of(datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes), zone)


def moment_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """When the clock of the zone shows a time without a zone, in UTC."""
    local = wall.replace(tzinfo=zone, fold=0)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None, fold=0) == wall:
        return moment
    return _change_between(local.replace(fold=1).astimezone(UTC), moment, zone)


def _change_between(early: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which the offset changes; zones change it on whole seconds."""
    before = early.astimezone(zone).utcoffset()
    early, late = early.replace(microsecond=0), late.replace(microsecond=0) + _SECOND
    while late - early > _SECOND:
        middle = early + (late - early) // _SECOND // 2 * _SECOND
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late
