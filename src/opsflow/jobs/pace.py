"""How a worker works: how many threads, how often it looks, how long it waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from opsflow.errors import ConfigurationInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a worker works. Times are on the machine's own clock, except ``lease``.

    ``poll`` is how often it looks for what another process has made and for due timers;
    ``lease`` how long a job stays with a worker that has died; ``grace`` how long it waits
    for running handlers when it is stopped.
    """

    threads: int = 4
    poll: timedelta = timedelta(seconds=0.5)
    lease: timedelta = timedelta(seconds=30)
    grace: timedelta = timedelta(seconds=30)

    def __post_init__(self) -> None:
        if (
            self.threads < 1
            or min(self.poll, self.lease) <= timedelta()
            or self.grace < timedelta()
        ):
            raise ConfigurationInvalid(
                "A worker has 1 or more threads, a poll, a lease, and a grace that is not negative."
            )
