"""Runs a conformance kit while every move of an instance is also made from its stored state.

Before each verb the instance is saved, restored, and told the same; afterwards both must have
reported the same changes and have the same state. Run from the project's root:
``python -m tests.conformance.equivalence FOLDER_OF_THE_KIT``.
"""

from __future__ import annotations

import runpy
import sys
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from opsflow.engine import Execution, Program, Scripts
from opsflow.engine.codec import copy_all
from opsflow.errors import OpsflowError
from opsflow.instances import moves

RUNNERS = ("run_models.py", "run_programs.py")


class Difference(Exception):
    """Going on from the stored state gave something else than going on in memory."""


class Tape:
    """What scripts and the clock gave in memory, to be given to the stored twin again."""

    def __init__(self) -> None:
        self.scripts: deque[tuple[object, object]] = deque()
        self.times: deque[datetime] = deque()


class Recording:
    """Runs scripts and keeps what they were given and gave."""

    def __init__(self, scripts: Scripts, tape: Tape) -> None:
        self._scripts, self._tape = scripts, tape

    def run(self, language: str, source: str, variables: dict[str, object]) -> Mapping[str, object]:
        """Run it."""
        given = (language, source, copy_all(variables))
        try:
            result = dict(self._scripts.run(language, source, variables))
        except Exception as error:
            self._tape.scripts.append((given, error))
            raise
        self._tape.scripts.append((given, copy_all(result)))
        return result


class Replaying:
    """Gives what the scripts gave, for the same scripts over the same variables only."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def run(self, language: str, source: str, variables: dict[str, object]) -> Mapping[str, object]:
        """Look it up."""
        given, result = self._tape.scripts.popleft()
        same("what a script is given", given, (language, source, variables))
        if isinstance(result, Exception):
            raise result
        assert isinstance(result, dict)
        return result


def same(what: str, live: object, stored: object) -> None:
    """Raise Difference unless both are equal."""
    if live != stored:
        raise Difference(f"{what}\n  in memory: {live!r}\n  stored:    {stored!r}")


class Twin(Execution):
    """An execution whose every verb is also told to its stored twin."""

    moves: ClassVar[int] = 0
    program: Program
    options: dict[str, Any]
    tape: Tape

    @classmethod
    def start(cls, program: Program, variables: Mapping[str, object], **options: Any) -> Twin:
        """A new instance."""
        return cls._made(
            program, options, lambda: super(Twin, cls).start(program, variables, **options)
        )

    @classmethod
    def restore(cls, program: Program, state: str, **options: Any) -> Twin:
        """A stored instance."""
        return cls._made(
            program, options, lambda: super(Twin, cls).restore(program, state, **options)
        )

    @classmethod
    def _made(
        cls, program: Program, options: dict[str, Any], make: Callable[[], Execution]
    ) -> Twin:
        tape = Tape()
        scripts, clock = options.get("scripts"), options.get("clock")
        if scripts is not None:
            options["scripts"] = Recording(scripts, tape)
        if clock is not None:
            options["clock"] = lambda: tape.times.append(clock()) or tape.times[-1]
        made = make()
        assert isinstance(made, Twin)
        made.program, made.tape = program, tape
        made.options = {"budget": options["budget"]} if "budget" in options else {}
        return made

    def both(self, verb: str, *args: Any, **options: Any) -> Any:
        """Tell both, and compare."""
        self.tape.scripts.clear()
        self.tape.times.clear()
        stored = Execution.restore(
            self.program,
            self.save(),
            scripts=Replaying(self.tape),
            clock=self.tape.times.popleft if self.options_clock else None,
            **self.options,
        )
        known = len(self._live.changes)
        live_result = _outcome(self, verb, args, options)
        same("the result", _plain(live_result), _plain(_outcome(stored, verb, args, options)))
        same("the changes", self._live.changes[known:], stored.take_changes())
        same("the state", self.save(), stored.save())
        for told in ("status", "steps", "subscriptions", "incidents", "next_due"):
            same(told, _told(self, told), _told(stored, told))
        Twin.moves += 1
        if isinstance(live_result, OpsflowError):
            raise live_result
        return live_result

    @property
    def options_clock(self) -> bool:
        """Whether the host gave a clock."""
        return self._live.clock is not None


def _outcome(execution: Execution, verb: str, args: Any, options: Any) -> Any:
    try:
        return getattr(Execution, verb)(execution, *args, **options)
    except OpsflowError as error:
        return error


def _plain(result: object) -> object:
    return (type(result), str(result)) if isinstance(result, Exception) else result


def _told(execution: Execution, name: str) -> object:
    told = getattr(execution, name)
    return told() if callable(told) else told


def _double(verb: str) -> Callable[..., Any]:
    def told(self: Twin, *args: Any, **options: Any) -> Any:
        return self.both(verb, *args, **options)

    return told


for _verb in (
    "complete",
    "throw_error",
    "throw_escalation",
    "fail",
    "retry",
    "message",
    "signal",
    "fire_due",
    "set_variables",
    "cancel",
):
    setattr(Twin, _verb, _double(_verb))


def main(kit: Path) -> int:
    """Run every runner of the kit with twins; its own scores are printed by it."""
    moves.Execution = Twin  # type: ignore[misc]
    for runner in RUNNERS:
        sys.argv = [runner, "-v"]
        try:
            runpy.run_path(str(kit / runner), run_name="__main__")
        except SystemExit as end:
            if end.code:
                return 1
        print(f"{Twin.moves} moves made in memory and from the stored state, all equal")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
