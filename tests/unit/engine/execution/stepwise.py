"""The property that proves the engine, at every single step.

Wherever a run could be stored, going on from the stored state gives the same changes and the
same state as going on in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from unittest.mock import patch

from opsflow.engine.codec import copy_all
from opsflow.engine.semantics.live import LiveWorkflow
from opsflow.engine.semantics.scripts import Scripts
from opsflow.engine.state import read_state, write_state

MOST = 40
"""Of a long run the first so many steps are compared."""


class Difference(AssertionError):
    """Going on from the stored state gave something else than going on in memory."""


@dataclass
class Tape:
    """What scripts and the clock gave in memory, to be given to the stored twins again."""

    scripts: list[tuple[object, object]] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)

    def listen_to(self, clock: Callable[[], datetime]) -> Callable[[], datetime]:
        """The clock, with what it says kept."""

        def told() -> datetime:
            self.times.append(clock())
            return self.times[-1]

        return told


@dataclass
class Recording:
    """Runs scripts and keeps what they were given and gave."""

    inner: Scripts
    tape: Tape

    def run(self, language: str, source: str, variables: dict[str, object]) -> Mapping[str, object]:
        """Run it."""
        given = (language, source, copy_all(variables))
        try:
            result = dict(self.inner.run(language, source, variables))
        except Exception as error:
            self.tape.scripts.append((given, error))
            raise
        self.tape.scripts.append((given, copy_all(result)))
        return result


@dataclass
class Replaying:
    """Gives what the scripts gave, for the same scripts over the same variables only."""

    tape: Tape
    next: int

    def run(self, language: str, source: str, variables: dict[str, object]) -> Mapping[str, object]:
        """Look it up."""
        if self.next >= len(self.tape.scripts):
            raise Difference(f"a script runs that did not run in memory: {source!r}")
        given, result = self.tape.scripts[self.next]
        self.next += 1
        same("what a script is given", given, (language, source, variables))
        if isinstance(result, Exception):
            raise result
        assert isinstance(result, dict)
        return copy_all(result)


@dataclass(frozen=True)
class Moment:
    """A place in a run where it could be stored."""

    state: str
    now: datetime
    changes: int
    scripts: int
    times: int


def same(what: str, live: object, stored: object) -> None:
    """Raise Difference unless both are equal."""
    if live != stored:
        raise Difference(f"{what}\n  in memory: {live!r}\n  stored:    {stored!r}")


@dataclass
class Count:
    """How many steps were compared."""

    steps: int = 0


@contextmanager
def every_step_is_compared() -> Iterator[Count]:
    """Within it every run to rest is checked; raises Difference out of the verb that ran."""
    count, whole = Count(), LiveWorkflow.run_to_rest

    def run_to_rest(live: LiveWorkflow) -> None:
        tape, moments = Tape(), list[Moment]()
        scripts, clock = live.scripts, live.clock
        if scripts is not None:
            live.scripts = Recording(scripts, tape)
        if clock is not None:
            live.clock = tape.listen_to(clock)
        live._steps = 0
        while live.status == "running":
            if live.is_settled and len(moments) < MOST:
                moments.append(_moment(live, tape))
            if not live.take_step():
                break
        live.scripts, live.clock = scripts, clock
        if not any(task.incident and task.incident[0] == "budget" for task in live.tasks.values()):
            for moment in moments:
                _compare(live, moment, tape, whole)
            count.steps += len(moments)

    with patch.object(LiveWorkflow, "run_to_rest", run_to_rest):
        yield count


def _moment(live: LiveWorkflow, tape: Tape) -> Moment:
    return Moment(
        write_state(live), live.now, len(live.changes), len(tape.scripts), len(tape.times)
    )


def _compare(live: LiveWorkflow, moment: Moment, tape: Tape, whole: object) -> None:
    times = iter(tape.times[moment.times :])
    twin = read_state(
        live.spec,
        moment.state,
        Replaying(tape, moment.scripts) if live.scripts is not None else None,
        live.budget,
        (lambda: next(times)) if live.clock is not None else None,
        live.limit,
    )
    twin.now = moment.now
    assert callable(whole)
    whole(twin)
    same("the changes", live.changes[moment.changes :], twin.changes)
    same("the state", write_state(live), write_state(twin))
