"""The same properties over processes that are drawn at random, sound or not."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from opsflow.engine.model import Behavior, ImplicitThrow, MultiInstance, NodeKind, StandardLoop

from .conftest import NOW, Build, event, feel, literal, timer
from .fingerprint import fingerprint
from .stepwise import every_step_is_compared
from .test_properties import QUICK, Pair, choose

KINDS: list[Any] = [
    (NodeKind.USER_TASK, ()),
    (NodeKind.TASK, ()),
    (NodeKind.SERVICE_TASK, ()),
    (NodeKind.SCRIPT_TASK, ()),
    (NodeKind.EXCLUSIVE_GATEWAY, ()),
    (NodeKind.PARALLEL_GATEWAY, ()),
    (NodeKind.INCLUSIVE_GATEWAY, ()),
    (NodeKind.COMPLEX_GATEWAY, ()),
    (NodeKind.CATCH_EVENT, (event("message", "m"),)),
    (NodeKind.CATCH_EVENT, (timer("duration", "PT30M"), event("signal", "s"))),
    (NodeKind.CATCH_EVENT, (event("conditional", expression=feel("n > 1")),)),
    (NodeKind.THROW_EVENT, (event("signal", "s"),)),
    (NodeKind.THROW_EVENT, (event("escalation", "X"),)),
    (NodeKind.THROW_EVENT, (event("compensation"),)),
    (NodeKind.END_EVENT, (event("error", "E"),)),
    (NodeKind.END_EVENT, (event("signal", "s"), event("error", "E"))),
    (NodeKind.END_EVENT, (event("terminate"),)),
    (NodeKind.END_EVENT, (event("compensation"),)),
    (NodeKind.SUB_PROCESS, ()),
    (NodeKind.TRANSACTION, ()),
    (NodeKind.AD_HOC_SUB_PROCESS, ()),
]
CONTAINERS = (NodeKind.SUB_PROCESS, NodeKind.TRANSACTION, NodeKind.AD_HOC_SUB_PROCESS)
HOSTS = (NodeKind.USER_TASK, NodeKind.SERVICE_TASK, NodeKind.SCRIPT_TASK, *CONTAINERS)
BOUNDARIES: list[Any] = [
    event("error", "E"),
    event("error"),
    event("escalation", "X"),
    event("message", "m"),
    event("signal", "s"),
    timer("cycle", "R3/PT15M"),
    event("conditional", expression=feel("n = 2")),
    event("compensation"),
]
ACTIVATIONS = [None, feel("activationCount >= 2"), feel("n > 0"), feel("activationCount >= n")]
WHENS = [None, None, None, "n > 0", "n = 1", "n > 1"]
LOOPS: list[Any] = [
    None,
    None,
    None,
    MultiInstance(sequential=False, cardinality=literal("2"), completion=feel("n > 1")),
    MultiInstance(sequential=True, collection=feel("[0, 1, 2]"), element="n"),
    MultiInstance(
        sequential=False,
        cardinality=literal("2"),
        behavior=Behavior.COMPLEX,
        throws=(
            ImplicitThrow(event("signal", "s"), feel("n > 0")),
            ImplicitThrow(event("escalation", "X"), feel("nrOfCompletedInstances > 1")),
        ),
    ),
    StandardLoop(feel("n > 1"), maximum=3),
]


class Drawer:
    """Draws a scope: nodes, flows among them in any direction, events on the edges."""

    def __init__(self, draw: Any, build: Build) -> None:
        self.draw = draw
        self.build = build
        self.count = 0

    def pick(self, options: list[Any]) -> Any:
        return options[self.draw(st.integers(0, len(options) - 1))]

    def new(self) -> str:
        self.count += 1
        return f"n{self.count}"

    def scope(self, depth: int) -> None:
        ids = [self._node(depth) for _ in range(self.draw(st.integers(1, 6)))]
        start = self.new()
        self.build.start(start).flow(start, self.pick(ids))
        sources = [i for i in ids if self.build.nodes[i].kind is not NodeKind.END_EVENT]
        targets = [i for i in ids if self.build.nodes[i].kind is not NodeKind.BOUNDARY_EVENT]
        for source in sources:
            for _ in range(self.draw(st.integers(0, 2))):
                kind = self.build.nodes[source].kind
                when = None if kind is NodeKind.PARALLEL_GATEWAY else self.pick(WHENS)
                self.build.flow(source, self.pick(targets), when=when)
        if depth and self.draw(st.booleans()):
            self._event_sub()

    def _node(self, depth: int) -> str:
        kind, events = self.pick(KINDS)
        if kind in CONTAINERS and not depth:
            kind, events = NodeKind.USER_TASK, ()
        id = self.new()
        script = {"script": "n = n + 1", "script_language": "python"}
        fields: dict[str, Any] = script if kind is NodeKind.SCRIPT_TASK else {}
        if kind in HOSTS:
            fields["loop"] = self.pick(LOOPS)
            fields["start_quantity"] = self.pick([1, 1, 1, 2])
            fields["completion_quantity"] = self.pick([1, 1, 1, 2])
        if kind is NodeKind.COMPLEX_GATEWAY:
            fields["activation_condition"] = self.pick(ACTIVATIONS)
        self.build.add(kind, id, *events, **fields)
        if kind in CONTAINERS:
            outer, self.build.scope = self.build.scope, id
            self.scope(depth - 1)
            self.build.scope = outer
        if kind in HOSTS and self.draw(st.booleans()):
            self._boundary(id)
        return id

    def _boundary(self, on: str) -> None:
        id, handler = self.new(), self.new()
        definition = self.pick(BOUNDARIES)
        others = [event("signal", "s")] if self.draw(st.integers(0, 3)) == 0 else []
        undoes = definition.kind.value == "compensation"
        if undoes:
            others = []
        self.build.boundary(id, on, definition, *others, interrupting=self.draw(st.booleans()))
        self.build.user(handler, for_compensation=undoes)
        if undoes:
            self.build.associate(id, handler)
        else:
            self.build.flow(id, handler)

    def _event_sub(self) -> None:
        sub, start, work = self.new(), self.new(), self.new()
        self.build.inside(
            sub,
            lambda b: (
                b.start(start, self.pick(BOUNDARIES), interrupting=self.draw(st.booleans()))
                .user(work)
                .flow(start, work)
            ),
            triggered_by_event=True,
        )


@st.composite
def processes(draw: Any) -> Build:
    """A process drawn at random."""
    build = Build()
    Drawer(draw, build).scope(2)
    return build


@QUICK
@given(processes(), st.lists(st.integers(0, 99), max_size=20))
def test_any_process_goes_on_the_same_after_saving_and_restoring(
    build: Build, choices: list[int]
) -> None:
    program = build.program()
    before = fingerprint(program)
    pair = Pair.start(program)
    pair.check_balance()
    now = NOW
    for number in choices:
        if pair.live.status != "running":
            assert pair.live.steps() == []
            break
        if number > 90 and pair.live.incidents():
            pair.do("retry", pair.live.incidents()[0].step, now=now)
        else:
            now = choose(pair, number, now)
        pair.check_balance()
    if pair.live.status == "running":
        pair.do("cancel", now=now, reason="enough")
        pair.check_balance()
        assert pair.live.steps() == []
    assert fingerprint(program) == before


@settings(QUICK, max_examples=100)
@given(processes(), st.lists(st.integers(0, 99), max_size=10))
def test_every_single_step_of_any_process_can_be_stored_and_gone_on_from(
    build: Build, choices: list[int]
) -> None:
    now = NOW
    with every_step_is_compared():
        pair = Pair.start(build.program())
        for number in choices:
            if pair.live.status == "running":
                now = choose(pair, number, now)
