"""The injectable clock: nothing in opsflow asks the operating system for the time elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time, in UTC and timezone-aware."""

    def now(self) -> datetime:
        """The present moment."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is moved: for tests, demonstrations and replays."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """The moment it was set or moved to."""
        return self._at

    def advance(self, by: timedelta) -> datetime:
        """Move forward, and give the new moment."""
        self._at += by
        return self._at

    def move_to(self, at: datetime) -> datetime:
        """Stand at another moment, and give it."""
        self._at = at.astimezone(UTC)
        return self._at
