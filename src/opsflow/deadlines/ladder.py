"""When the rungs of a ladder are due: pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from opsflow.engine import Anchor, Interval, Rung, ServiceLevel, parse_interval
from opsflow.tasks import Reckoning, Task

_LEAST = timedelta(minutes=1)
"""A rung that repeats waits at least so long, whatever its calendar says."""


def due_of(
    level: ServiceLevel, rung: Rung, task: Task, count: Reckoning, *, moved: bool
) -> datetime | None:
    """When a rung is due; None where it is counted from a due date that there is not.

    ``moved``: the due date is not that of the service level any more. Rungs that are counted
    from the opening keep their distance to it then. Raises TimerInvalid.
    """
    time = parse_interval(rung.time)
    if rung.anchor is Anchor.OPENED and (not moved or level.due is None):
        return count(task.created_at, time)
    if task.due_at is None:
        return None
    match rung.anchor:
        case Anchor.OPENED:
            assert level.due is not None
            return count(task.due_at, time.minus(parse_interval(level.due)))
        case Anchor.BEFORE_DUE:
            return count(task.due_at, Interval().minus(time))
        case Anchor.AFTER_DUE:
            return count(task.due_at, time)


def again_at(
    rung: Rung, done: int, last: datetime, now: datetime, count: Reckoning
) -> datetime | None:
    """When a rung is done once more, later than now: missed times are passed over.

    None where it does not repeat, or was done as often as it says. Raises TimerInvalid.
    """
    if rung.every is None or (rung.times is not None and done >= rung.times):
        return None
    every = parse_interval(rung.every)
    following = count(last, every)
    if following <= now:
        # What was missed while nothing ran is done once; from now on it has a new rhythm.
        following = count(now, every)
    return max(following, now + _LEAST)
