"""Properties over generated processes: stored equals live, nothing is lost, specs never change."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsflow.engine.changes import Change, StepCancelled, StepCompleted, StepReached, Waiting
from opsflow.engine.execution import Execution
from opsflow.engine.model import MultiInstance, NodeKind, StandardLoop
from opsflow.engine.program import Program

from .conftest import NOW, Build, PythonScripts, event, feel, literal, timer
from .fingerprint import fingerprint
from .stepwise import every_step_is_compared

QUICK = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

BLOCKS = st.recursive(
    st.sampled_from(["user", "pass", "script", "service", "receive", "catch", "throw"]).map(
        lambda kind: (kind,)
    ),
    lambda inner: st.one_of(
        st.tuples(st.just("seq"), st.lists(inner, min_size=0, max_size=3)),
        st.tuples(
            st.sampled_from(["xor", "and", "or", "race"]), st.lists(inner, min_size=1, max_size=3)
        ),
        st.tuples(
            st.sampled_from(["sub", "parallel", "sequential", "loop", "while", "call"]), inner
        ),
        st.tuples(st.sampled_from(["guarded", "watched", "handled"]), inner),
    ),
    max_leaves=8,
)


@dataclass
class Sketch:
    """Turns a block into nodes; each block has one way in and one way out."""

    build: Build
    calls: dict[str, Program] = field(default_factory=dict)
    count: int = 0

    def new(self, kind: NodeKind, *events: Any, **fields: Any) -> str:
        self.count += 1
        id = f"n{self.count}"
        self.build.add(kind, id, *events, **fields)
        return id

    def block(self, block: Any) -> tuple[str, str]:
        ways: tuple[str, str] = getattr(self, "_" + block[0])(*block[1:])
        return ways

    def _user(self) -> tuple[str, str]:
        id = self.new(NodeKind.USER_TASK)
        return id, id

    def _pass(self) -> tuple[str, str]:
        id = self.new(NodeKind.TASK)
        return id, id

    def _script(self) -> tuple[str, str]:
        id = self.new(NodeKind.SCRIPT_TASK, script="n = n + 1", script_language="python")
        return id, id

    def _service(self) -> tuple[str, str]:
        id = self.new(NodeKind.SERVICE_TASK)
        return id, id

    def _receive(self) -> tuple[str, str]:
        id = self.new(NodeKind.RECEIVE_TASK, message="m")
        return id, id

    def _catch(self) -> tuple[str, str]:
        id = self.new(NodeKind.CATCH_EVENT, timer("duration", "PT1H"))
        return id, id

    def _throw(self) -> tuple[str, str]:
        id = self.new(NodeKind.THROW_EVENT, event("signal", "s"))
        return id, id

    def _seq(self, blocks: list[Any]) -> tuple[str, str]:
        first = last = self.new(NodeKind.TASK)
        for block in blocks:
            head, tail = self.block(block)
            self.build.flow(last, head)
            last = tail
        return first, last

    def _fork(self, kind: NodeKind, blocks: list[Any], whens: list[str | None]) -> tuple[str, str]:
        split, join = self.new(kind), self.new(kind)
        for index, block in enumerate(blocks):
            head, tail = self.block(block)
            when = whens[index % len(whens)]
            self.build.flow(split, head, when=when)
            self.build.flow(tail, join)
        if any(whens):
            self.build.flow(split, join, default=True)
        return split, join

    def _xor(self, blocks: list[Any]) -> tuple[str, str]:
        return self._fork(NodeKind.EXCLUSIVE_GATEWAY, blocks, ["n = 1", "n > 1", "n < 0"])

    def _and(self, blocks: list[Any]) -> tuple[str, str]:
        return self._fork(NodeKind.PARALLEL_GATEWAY, blocks, [None])

    def _or(self, blocks: list[Any]) -> tuple[str, str]:
        return self._fork(NodeKind.INCLUSIVE_GATEWAY, blocks, ["n >= 0", "n > 1", "n < 0"])

    def _race(self, blocks: list[Any]) -> tuple[str, str]:
        split = self.new(NodeKind.EVENT_BASED_GATEWAY)
        join = self.new(NodeKind.EXCLUSIVE_GATEWAY)
        events = [event("message", "m"), timer("duration", "PT2H"), event("signal", "s")]
        for index, block in enumerate(blocks):
            catch = self.new(NodeKind.CATCH_EVENT, events[index % 3])
            head, tail = self.block(block)
            self.build.flow(split, catch, head)
            self.build.flow(tail, join)
        return split, join

    def _inner(self, block: Any, kind: NodeKind = NodeKind.SUB_PROCESS, **fields: Any) -> str:
        id = self.new(kind, **fields)
        outer, self.build.scope = self.build.scope, id
        self._whole(block)
        self.build.scope = outer
        return id

    def _whole(self, block: Any) -> None:
        start, end = self.new(NodeKind.START_EVENT), self.new(NodeKind.END_EVENT)
        head, tail = self.block(block)
        self.build.flow(start, head)
        self.build.flow(tail, end)

    def _sub(self, block: Any) -> tuple[str, str]:
        id = self._inner(block)
        return id, id

    def _parallel(self, block: Any) -> tuple[str, str]:
        loop = MultiInstance(sequential=False, collection=feel("[1, 2]"), element="n")
        id = self._inner(block, loop=loop)
        return id, id

    def _sequential(self, block: Any) -> tuple[str, str]:
        loop = MultiInstance(sequential=True, cardinality=literal("2"))
        id = self._inner(block, loop=loop)
        return id, id

    def _loop(self, block: Any) -> tuple[str, str]:
        id = self._inner(block, loop=StandardLoop(feel("loopCounter < 2")))
        return id, id

    def _while(self, block: Any) -> tuple[str, str]:
        gate = self.new(NodeKind.EXCLUSIVE_GATEWAY)
        count = self.new(
            NodeKind.SCRIPT_TASK,
            script=f"i{gate} = i{gate} + 1 if 'i{gate}' in vars() else 1",
            script_language="python",
        )
        test = self.new(NodeKind.EXCLUSIVE_GATEWAY)
        head, tail = self.block(block)
        self.build.flow(gate, count, head)
        self.build.flow(tail, test)
        self.build.flow(test, gate, when=f"i{gate} < 2")
        after = self.new(NodeKind.TASK)
        self.build.flow(test, after, default=True)
        return gate, after

    def _call(self, block: Any) -> tuple[str, str]:
        key = f"called{self.count}"
        other = Sketch(Build(key), self.calls, self.count)
        other._whole(block)
        self.count = other.count
        self.calls[key] = other.build.program(self.calls)
        id = self.new(NodeKind.CALL_ACTIVITY, called=key)
        return id, id

    def _guarded(self, block: Any) -> tuple[str, str]:
        """A subprocess that a timer interrupts."""
        id = self._inner(block)
        join = self.new(NodeKind.EXCLUSIVE_GATEWAY)
        self.count += 1
        boundary = f"n{self.count}"
        self.build.boundary(boundary, id, timer("duration", "PT90M"))
        self.build.flow(id, join).flow(boundary, join)
        return id, join

    def _watched(self, block: Any) -> tuple[str, str]:
        """A subprocess with a cycle and a message beside it that do not interrupt."""
        id = self._inner(block)
        for definition in (timer("cycle", "R2/PT20M"), event("message", "m")):
            self.count += 1
            boundary = f"n{self.count}"
            self.build.boundary(boundary, id, definition, interrupting=False)
            self.build.flow(boundary, self.new(NodeKind.TASK))
        return id, id

    def _handled(self, block: Any) -> tuple[str, str]:
        """A subprocess with an event subprocess that a signal starts."""
        id = self._inner(block)
        outer, self.build.scope = self.build.scope, id
        sub = self.new(NodeKind.SUB_PROCESS, triggered_by_event=True)
        self.build.scope = sub
        start = self.new(
            NodeKind.START_EVENT, event("signal", "s"), interrupting=self.count % 2 == 0
        )
        self.build.flow(start, self.new(NodeKind.USER_TASK))
        self.build.scope = outer
        return id, id


def program_of(block: Any) -> Program:
    sketch = Sketch(Build())
    sketch._whole(block)
    return sketch.build.program(sketch.calls)


@dataclass
class Pair:
    """One instance kept in memory and its twin that is saved and restored after every verb."""

    program: Program
    live: Execution
    stored: Execution
    changes: list[Change] = field(default_factory=list)

    @classmethod
    def start(cls, program: Program) -> Pair:
        def one() -> Execution:
            return Execution.start(
                program,
                {"n": 1, "deep": {"list": [1]}},
                now=NOW,
                scripts=PythonScripts(),
                budget=100,
            )

        pair = cls(program, one(), one())
        pair.compare()
        return pair

    def compare(self) -> None:
        changes = self.live.take_changes()
        assert changes == self.stored.take_changes()
        self.changes += changes
        text = self.live.save()
        assert text == self.stored.save()
        self.stored = Execution.restore(self.program, text, scripts=PythonScripts(), budget=100)
        assert self.stored.save() == text
        assert self.stored.steps() == self.live.steps()
        assert self.stored.subscriptions() == self.live.subscriptions()
        assert self.stored.next_due() == self.live.next_due()

    def do(self, verb: str, *args: Any, **options: Any) -> None:
        results = [
            getattr(execution, verb)(*args, **options) for execution in (self.live, self.stored)
        ]
        assert results[0] == results[1]
        self.compare()

    def check_balance(self) -> None:
        """Every step that was reached completed, was cancelled, or is still there; once."""
        reached = [c.step for c in self.changes if isinstance(c, StepReached)]
        gone = [c.step for c in self.changes if isinstance(c, StepCompleted | StepCancelled)]
        here = [step.id for step in self.live.steps()]
        assert len(gone) == len(set(gone))
        assert set(reached) <= set(gone) | set(here)
        if not any(incident.code == "budget" for incident in self.live.incidents()):
            assert set(reached) == set(gone) | set(here)
        assert not set(gone) & set(here)


def choose(pair: Pair, number: int, now: Any) -> Any:
    """Do one of the things that can be done; gives the time after it."""
    work = [
        step.id
        for step in pair.live.steps()
        if step.waiting in (Waiting.WORK, Waiting.SERVICE)
        or step.node.kind is NodeKind.RECEIVE_TASK
    ]
    messages = [s.step for s in pair.live.subscriptions() if s.kind is Waiting.MESSAGE]
    kind, index = number % 5, number // 5
    if kind <= 1 and work:
        pair.do("complete", work[index % len(work)], {"n": index % 3}, now=now)
    elif kind == 2 and messages:
        pair.do("message", messages[index % len(messages)], {"m": index}, now=now)
    elif kind == 3:
        pair.do("signal", "s", {}, now=now)
    else:
        now += timedelta(minutes=15 * (index % 7))
        pair.do("fire_due", now, 20)
    return now


@QUICK
@given(BLOCKS, st.lists(st.integers(0, 99), max_size=25))
def test_going_on_in_memory_equals_saving_restoring_and_going_on(
    block: Any, choices: list[int]
) -> None:
    program = program_of(block)
    before = fingerprint(program)
    pair = Pair.start(program)
    now = NOW
    for number in choices:
        if pair.live.status != "running":
            break
        now = choose(pair, number, now)
        pair.check_balance()
    assert fingerprint(program) == before


@settings(QUICK, max_examples=100)
@given(BLOCKS, st.lists(st.integers(0, 99), max_size=15))
def test_every_single_step_can_be_stored_and_gone_on_from(block: Any, choices: list[int]) -> None:
    now = NOW
    with every_step_is_compared() as count:
        pair = Pair.start(program_of(block))
        for number in choices:
            if pair.live.status == "running":
                now = choose(pair, number, now)
    assert count.steps


@QUICK
@given(BLOCKS)
def test_a_block_structured_process_comes_to_its_end(block: Any) -> None:
    execution = Execution.start(program_of(block), {"n": 1}, now=NOW, scripts=PythonScripts())
    now = NOW
    for _ in range(400):
        if execution.status == "completed":
            break
        assert execution.incidents() == []
        steps = execution.steps()
        work = [s for s in steps if s.waiting in (Waiting.WORK, Waiting.SERVICE)]
        messages = [s for s in execution.subscriptions() if s.kind is Waiting.MESSAGE]
        tasks = [s for s in steps if s.node.kind is NodeKind.RECEIVE_TASK]
        if work or tasks:
            execution.complete((work or tasks)[0].id, now=now)
        elif execution.next_due() is not None:
            now = max(now, execution.next_due() or now)
            assert execution.fire_due(now) > 0
        elif messages:
            execution.message(messages[-1].step, now=now)
        else:
            assert execution.signal("s", now=now) > 0
    assert execution.status == "completed"
    assert execution.steps() == []
    assert execution.subscriptions() == []
