"""Properties over generated processes: a migrated instance goes on as the one that stayed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsflow.engine import Execution, Program, Waiting
from opsflow.engine.changes import IncidentRaised
from opsflow.engine.migration import MigrationPlan, generate, migrate, review
from opsflow.engine.model import NodeKind

from .conftest import NOW, PythonScripts
from .test_properties import BLOCKS, program_of
from .versions import next_version, renamed, widened

QUICK = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
CHOICES = st.lists(st.integers(0, 99), max_size=12)


@dataclass
class Walk:
    """An instance that is led by numbers, and what was seen on the way."""

    execution: Execution
    now: datetime = NOW
    seen: list[Any] = field(default_factory=list)

    @classmethod
    def of(cls, program: Program) -> Walk:
        variables = {"n": 1, "deep": {"list": [1]}}
        return cls(
            Execution.start(program, variables, now=NOW, scripts=PythonScripts(), budget=100)
        )

    def go(self, choices: list[int]) -> Walk:
        for number in choices:
            if self.execution.status == "running":
                self._choose(number % 5, number // 5)
        return self

    def _choose(self, kind: int, index: int) -> None:
        execution = self.execution
        work = [
            step.id
            for step in execution.steps()
            if step.waiting in (Waiting.WORK, Waiting.SERVICE)
            or step.node.kind is NodeKind.RECEIVE_TASK
        ]
        messages = [s.step for s in execution.subscriptions() if s.kind is Waiting.MESSAGE]
        if kind <= 1 and work:
            execution.complete(work[index % len(work)], {"n": index % 3}, now=self.now)
        elif kind == 2 and messages:
            execution.message(messages[index % len(messages)], {"m": index}, now=self.now)
        elif kind == 3:
            execution.signal("s", {}, now=self.now)
        else:
            self.now += timedelta(minutes=15 * (index % 7))
            execution.fire_due(self.now, 20)
        self.seen += execution.take_changes()

    def trace(self, name: Any) -> list[Any]:
        """What was seen, nodes by the names that they have in the newer version."""
        told: list[tuple[object, ...]] = []
        for change in self.seen:
            if isinstance(change, IncidentRaised):
                told.append((type(change), name(change.node.id), change.code))
            elif hasattr(change, "node"):
                kind = getattr(change, "waiting", None)
                told.append((type(change), name(change.node.id), kind))
            elif hasattr(change, "values"):
                told.append((type(change), repr(change.values)))
            else:
                told.append((type(change),))
        return told


def same(id: str) -> str:
    return id


def plan_for(old: Program, new: Program, rename: Any) -> MigrationPlan:
    plan = generate(old, new, source=1, target=2)
    for program in {old, *old.calls.values()}:
        for node in program.process.nodes:
            plan = plan.map(node, rename(node), process=program.key)
    return plan


def moved(state: str, plan: MigrationPlan, old: Program, new: Program, now: datetime) -> Execution:
    came = migrate(state, plan, old, new, now=now, scripts=PythonScripts())
    assert came.findings == ()
    assert came.execution is not None
    return came.execution


@QUICK
@given(BLOCKS, CHOICES)
def test_to_a_version_that_is_the_same_and_back_changes_no_byte(
    block: Any, choices: list[int]
) -> None:
    old = program_of(block)
    new = next_version(old, lambda process: process)
    walk = Walk.of(old).go(choices)
    if walk.execution.status != "running":
        return
    text = walk.execution.save()
    plan = generate(old, new, source=1, target=2)
    assert review(plan, old, new) == []
    there = moved(text, plan, old, new, walk.now).save()
    assert there == text
    assert moved(there, plan.inverse(), new, old, walk.now).save() == text


@QUICK
@given(BLOCKS, CHOICES, CHOICES)
def test_with_other_ids_everything_goes_on_as_if_it_had_stayed(
    block: Any, choices: list[int], later: list[int]
) -> None:
    def rename(id: str) -> str:
        return f"new {id}"

    old = program_of(block)
    new = next_version(old, lambda process: renamed(process, rename))
    stays, goes = Walk.of(old).go(choices), Walk.of(old).go(choices)
    if stays.execution.status != "running":
        return
    text = goes.execution.save()
    plan = plan_for(old, new, rename)
    goes.execution = Execution.restore(
        new,
        moved(text, plan, old, new, goes.now).save(),
        scripts=PythonScripts(),
        budget=100,
    )
    back = moved(goes.execution.save(), plan.inverse(), new, old, goes.now)
    assert back.save() == text
    stays.seen, goes.seen = [], []
    stays.execution = Execution.restore(old, text, scripts=PythonScripts(), budget=100)
    stays.go(later)
    goes.go(later)
    assert goes.trace(same) == stays.trace(rename)
    assert goes.execution.status == stays.execution.status
    assert goes.execution.variables() == stays.execution.variables()


@QUICK
@given(BLOCKS, CHOICES, CHOICES, st.booleans())
def test_nodes_that_come_or_go_in_between_change_nothing_else(
    block: Any, choices: list[int], later: list[int], comes: bool
) -> None:
    narrow = program_of(block)
    wide = next_version(narrow, widened)
    old, new = (narrow, wide) if comes else (wide, narrow)
    stays, goes = Walk.of(old).go(choices), Walk.of(old).go(choices)
    if stays.execution.status != "running" or stays.execution.incidents():
        return
    text = goes.execution.save()
    plan = generate(old, new, source=1, target=2)
    came = moved(text, plan, old, new, goes.now).save()
    goes.execution = Execution.restore(new, came, scripts=PythonScripts(), budget=100_000)
    stays.execution = Execution.restore(old, text, scripts=PythonScripts(), budget=100_000)
    stays.seen, goes.seen = [], []
    stays.go(later)
    goes.go(later)
    assert without_passed(goes) == without_passed(stays)
    assert goes.execution.variables() == stays.execution.variables()


def without_passed(walk: Walk) -> list[str]:
    """What was seen besides the nodes that are only passed, in any order."""
    return sorted(str(each) for each in walk.trace(same) if "between " not in str(each[1:2]))
