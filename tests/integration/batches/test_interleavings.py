"""Whatever happens between and inside the items, each has one effect or none, and says which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsflow.app import Opsflow
from opsflow.batches import BatchItemDone, working
from opsflow.batches.working import TOPIC, Lane
from opsflow.db import Unit
from opsflow.errors import WrongState
from opsflow.events import Event
from opsflow.instances import ServiceCall
from tests.models import human, simple

STEPS = st.one_of(
    st.sampled_from(["pause", "resume", "cancel", "retry", "free one", "jobs", "work"]),
    st.tuples(st.just("lane"), st.integers(1, 3), st.integers(0, 9)),
    st.tuples(st.just("crash"), st.integers(1, 4)),
)


class Killed(BaseException):
    """The end of a worker."""


@pytest.fixture
def flow(flow: Opsflow, monkeypatch: pytest.MonkeyPatch) -> Opsflow:
    monkeypatch.setattr(working, "CHUNK", 2)
    flow.definitions.deploy(simple(human("place")), by="ann", responsibility="open")
    return flow


@contextmanager
def dying(flow: Opsflow, items: int) -> Iterator[None]:
    """Whoever works here dies in the transaction of an item, with its effect written."""
    route, left = flow._database._route, [items]

    def routed(unit: Unit, event: Event) -> None:
        if isinstance(event, BatchItemDone):
            left[0] -= 1
            if not left[0]:
                raise Killed
        route(unit, event)

    flow._database._route = routed
    try:
        yield
    except Killed:
        pass
    finally:
        flow._database._route = route


def lane(batch: str, run: int, after: int) -> ServiceCall:
    """What a lane was given once; an old one, or one that is worked on twice."""
    return ServiceCall(TOPIC, Lane(batch, run, after).payload, "", "", "", None)


def do(flow: Opsflow, batch: str, held: list[str], step: str | tuple[object, ...]) -> None:
    steering = {"pause", "resume", "cancel", "retry"}
    match step:
        case ("lane", int(run), int(after)):
            flow.batches.handle(lane(batch, run, after))
        case ("crash", int(items)):
            with dying(flow, items):
                while flow.batches.work(batch):
                    pass
        case "jobs":
            flow.jobs.run_due(limit=2)
        case "work":
            flow.batches.work(batch)
        case "free one" if held:
            flow.instances.resume(held.pop(), by="ann")
        case str() if step in steering:
            with suppress(WrongState):
                getattr(flow.batches, step)(batch, by="eve")


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    count=st.integers(1, 8),
    failing=st.sets(st.integers(0, 7)),
    steps=st.lists(STEPS, max_size=14),
)
def test_every_item_has_exactly_the_effect_that_it_says(
    flow: Opsflow, count: int, failing: set[int], steps: list[str | tuple[object, ...]]
) -> None:
    runs = [flow.instances.start("order", by="ann").id for _ in range(count)]
    held = [run for index, run in enumerate(runs) if index in failing]
    for run in held:
        flow.instances.suspend(run, by="ann", reason="mine")
    batch = flow.batches.order("suspend", ids=runs, by="max", reason="audit").id
    for step in steps:
        do(flow, batch, held, step)
    if flow.batches.get(batch).state == "paused":
        flow.batches.resume(batch, by="eve")
    flow.jobs.run_until_idle()
    progress = flow.batches.get(batch)
    assert progress.is_over
    assert flow.jobs.find() == []
    items = flow.batches.items(batch)
    assert Counter(str(item.state) for item in items) == +Counter(
        done=progress.done, failed=progress.failed, cancelled=progress.cancelled
    )
    for item in items:
        told = flow.history.of_instance(str(item.target))
        effects = sum(e.type == "InstanceSuspended" and e.person == "max" for e in told)
        marks = sum(each.type == "BatchItemDone" for each in told)
        assert (effects, marks) == ((1, 1) if item.state == "done" else (0, 0))
    assert flow.history.verify().holds
