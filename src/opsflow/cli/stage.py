"""Plays the acts of a story on an opsflow: each verb is one call of the facade."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from opsflow.cli.references import (
    find_consultation,
    find_deviation,
    find_gate,
    find_instance,
    find_task,
)
from opsflow.cli.story import Act, Case, Story
from opsflow.clock import ManualClock
from opsflow.errors import Invalid

if TYPE_CHECKING:
    from opsflow.app import Opsflow
    from opsflow.tasks import Task

VOTES = ("approve", "reject", "abstain")
"""The verbs that are votes, named as the choices are."""


class Stage:
    """Where a story is played: an opsflow, its clock, and the process that the cases run."""

    def __init__(self, flow: Opsflow, clock: ManualClock, story: Story, process: str) -> None:
        self.flow = flow
        self.clock = clock
        self.story = story
        self.process = process

    def move_to(self, act: Act) -> int:
        """Let the time of an act come, and give how many timers and jobs were due by then."""
        self.clock.move_to(act.at)
        return self.flow.jobs.run_until_idle()

    def play(self, case: Case, act: Act) -> None:
        """Do what the act says. Raises whatever the facade raises."""
        verb = _VERBS.get(act.verb)
        if verb is None:
            raise Invalid(f"{act.verb!r} is not one of {', '.join(_VERBS)}.")
        verb(self, case, act)

    def instance_of(self, case: Case) -> str:
        """The id of the instance of a case."""
        return find_instance(self.flow, case.number).id

    def task(self, act: Act) -> Task:
        """The task that an act is about."""
        return find_task(self.flow, f"{act.case}/{act.task}")


def _wait(_stage: Stage, _case: Case, _act: Act) -> None:
    """Only time passes."""


def _start(stage: Stage, case: Case, act: Act) -> None:
    stage.flow.instances.start(stage.process, by=act.person, business_key=case.number)


def _claim(stage: Stage, _case: Case, act: Act) -> None:
    stage.flow.tasks.claim(stage.task(act).id, by=act.person)


def _complete(stage: Stage, case: Case, act: Act) -> None:
    data = stage.story.form_data(case, act)
    stage.flow.tasks.complete(stage.task(act).id, by=act.person, data=data)


def _record(stage: Stage, _case: Case, act: Act) -> None:
    value, file = stage.story.entry(act)
    stage.flow.sop.record(
        stage.task(act).id,
        act.item,
        by=act.person,
        value=value,
        file=file,
        reason=act.reason or None,
    )


def _skip(stage: Stage, _case: Case, act: Act) -> None:
    stage.flow.sop.skip(stage.task(act).id, act.item, by=act.person, reason=act.reason)


def _accept(stage: Stage, _case: Case, act: Act) -> None:
    deviation = find_deviation(stage.flow, stage.task(act), act.item)
    stage.flow.sop.accept(deviation, by=act.person, comment=act.reason)


def _send_back(stage: Stage, _case: Case, act: Act) -> None:
    deviation = find_deviation(stage.flow, stage.task(act), act.item)
    stage.flow.sop.send_back(deviation, by=act.person, comment=act.reason)


def _vote(stage: Stage, _case: Case, act: Act) -> None:
    gate = find_gate(stage.flow, stage.task(act), act.item)
    stage.flow.approvals.vote(gate, by=act.person, choice=act.verb, reason=act.reason)


def _answer(stage: Stage, _case: Case, act: Act) -> None:
    consultation = find_consultation(stage.flow, stage.task(act), act.person)
    stage.flow.responsibility.answer(consultation, by=act.person, text=act.reason)


_VERBS: Mapping[str, Callable[[Stage, Case, Act], None]] = {
    "wait": _wait,
    "start": _start,
    "claim": _claim,
    "complete": _complete,
    "record": _record,
    "skip": _skip,
    "accept": _accept,
    "send_back": _send_back,
    **dict.fromkeys(VOTES, _vote),
    "answer": _answer,
}
