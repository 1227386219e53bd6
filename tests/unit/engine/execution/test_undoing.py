"""Compensation, transactions and ad-hoc subprocesses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from opsflow.engine.model import MultiInstance, NodeKind

from .conftest import Build, Run, event, feel, literal

Start = Callable[..., Run]
THROW = NodeKind.THROW_EVENT


def undone_by(b: Build, activity: str, source: str | None = None) -> Build:
    """Give an activity a compensation handler."""
    b.boundary("b_" + activity, activity, event("compensation"))
    handler = "undo_" + activity
    if source is None:
        b.user(handler, for_compensation=True)
    else:
        b.script(handler, source, for_compensation=True)
    return b.associate("b_" + activity, handler)


def test_completed_activities_are_undone_in_reverse_order(run: Start) -> None:
    b = Build().start().task("a", "b", "c").user("z").add(THROW, "t", event("compensation"))
    for id in ("a", "b", "c"):
        undone_by(b, id, f"log('{id}')")
    r = run(b.flow("start", "a", "b", "c", "t", "z"))
    assert r.scripts.log == ["c", "b", "a"]
    assert r.waiting == ["z"]


def test_the_thrower_waits_until_all_is_undone_one_at_a_time(run: Start) -> None:
    b = Build().start().task("a", "b").user("z").add(THROW, "t", event("compensation"))
    r = run(undone_by(undone_by(b, "a"), "b").flow("start", "a", "b", "t", "z"))
    assert r.waiting == ["undo_b"]
    assert r.complete("undo_b").waiting == ["undo_a"]
    assert r.complete("undo_a").waiting == ["z"]


def test_what_did_not_complete_is_not_undone(run: Start) -> None:
    b = Build().start().task("a").user("open", "go", "z").add(THROW, "t", event("compensation"))
    undone_by(undone_by(b, "a", "log('a')"), "open", "log('open')")
    r = run(b.flow("start", "a", "go", "t", "z").flow("start", "open")).complete("go")
    assert r.scripts.log == ["a"]
    assert r.waiting == ["open", "z"]


def test_a_named_activity_is_undone_alone_and_only_once(run: Start) -> None:
    b = Build().start().task("a", "b").user("z")
    for id in ("t1", "t2"):
        b.add(THROW, id, event("compensation", activity="a"))
    undone_by(undone_by(b, "a", "log('a')"), "b", "log('b')")
    r = run(b.flow("start", "a", "b", "t1", "t2", "z"))
    assert r.scripts.log == ["a"]


def test_a_subprocess_is_undone_from_inside_over_its_own_variables(run: Start) -> None:
    b = Build().start().add(THROW, "t", event("compensation")).user("z")
    b.inside(
        "sub",
        lambda i: undone_by(i.start("s").script("a", "own = 5"), "a", "log(own)").flow("s", "a"),
    )
    r = run(b.flow("start", "sub", "t", "z"))
    assert r.scripts.log == [5]
    assert r.waiting == ["z"]


def test_every_instance_of_a_multi_instance_is_undone(run: Start) -> None:
    many = MultiInstance(sequential=False, cardinality=literal("3"))
    b = Build().start().add(THROW, "t", event("compensation")).user("z")
    b.inside(
        "sub",
        lambda i: undone_by(i.start("s").task("a"), "a", "log(loopCounter)").flow("s", "a"),
        loop=many,
    )
    assert run(b.flow("start", "sub", "t", "z")).scripts.log == [3, 2, 1]


def test_an_event_subprocess_that_catches_compensation_undoes_its_subprocess(run: Start) -> None:
    def fill(i: Build) -> None:
        undone_by(i.start("s").task("a"), "a", "log('a')").flow("s", "a")
        i.inside(
            "es",
            lambda e: (
                e.start("cs", event("compensation"))
                .script("own", "log('own')")
                .add(THROW, "inner", event("compensation"))
                .flow("cs", "own", "inner")
            ),
            triggered_by_event=True,
        )

    b = Build().start().inside("sub", fill).add(THROW, "t", event("compensation")).user("z")
    r = run(b.flow("start", "sub", "t", "z"))
    assert r.scripts.log == ["own", "a"]
    assert r.waiting == ["z"]


def test_a_cancelled_transaction_is_undone_and_left_at_its_cancel_boundary(run: Start) -> None:
    def fill(i: Build) -> None:
        i.start("s").task("a").user("open", "go").end("c", event("cancel"))
        undone_by(i, "a")
        i.flow("s", "a", "go", "c").flow("s", "open")

    b = Build().start().inside("tx", fill, kind=NodeKind.TRANSACTION).user("ok", "cancelled")
    b.boundary("bc", "tx", event("cancel")).flow("start", "tx", "ok").flow("bc", "cancelled")
    r = run(b).complete("go")
    assert r.waiting == ["undo_a"]
    assert "open" in r.cancelled
    assert r.complete("undo_a").waiting == ["cancelled"]


def test_an_ad_hoc_subprocess_runs_its_activities_together_or_in_turn(run: Start) -> None:
    for ordering, at_first in (("Parallel", ["a", "b"]), ("Sequential", ["a"])):
        b = Build().start().user("z")
        b.inside(
            "ad", lambda i: i.user("a", "b"), kind=NodeKind.AD_HOC_SUB_PROCESS, ordering=ordering
        )
        r = run(b.flow("start", "ad", "z"))
        assert r.waiting == at_first
        assert r.complete("a").waiting == ["b"]
        assert r.complete("b").waiting == ["z"]


def test_an_ad_hoc_subprocess_is_done_when_its_completion_condition_holds(run: Start) -> None:
    for cancel, left in ((True, ["z"]), (False, ["b"])):
        b = Build().start().user("z")
        b.inside(
            "ad",
            lambda i: i.user("a", "b"),
            kind=NodeKind.AD_HOC_SUB_PROCESS,
            completion_condition=feel("enough"),
            cancel_remaining=cancel,
        )
        r = run(b.flow("start", "ad", "z")).complete("a", enough=True)
        assert r.waiting == left


def test_an_ad_hoc_subprocess_whose_condition_never_holds_is_an_incident(run: Start) -> None:
    b = Build().start().user("z")
    b.inside(
        "ad",
        lambda i: i.user("a"),
        kind=NodeKind.AD_HOC_SUB_PROCESS,
        completion_condition=feel("enough"),
    )
    r = run(b.flow("start", "ad", "z")).complete("a")
    assert r.incidents == [("ad", "expression")]
    r.do("set_variables", {"enough": True})
    r.do("retry", r.step("ad"))
    assert r.waiting == ["z"]


def test_a_called_process_is_undone_from_inside(run: Start) -> None:
    called = Build("c").start()
    undone_by(called.script("a", "own = 5"), "a", "log(own)").flow("start", "a")
    b = Build().start().add(NodeKind.CALL_ACTIVITY, "call", called="c").user("z")
    b.add(THROW, "t", event("compensation")).flow("start", "call", "t", "z")
    r = run(b.program({"c": called.program()}))
    assert r.scripts.log == [5]
    assert r.waiting == ["z"]


def test_a_called_process_that_is_gone_stops_its_undoing_until_it_is_back(run: Start) -> None:
    called = Build("c").start()
    undone_by(called.task("a"), "a", "log('a')").flow("start", "a")
    calls = {"c": called.program()}
    b = Build().start().add(NodeKind.CALL_ACTIVITY, "call", called="c").user("go", "z")
    b.add(THROW, "t", event("compensation")).flow("start", "call", "go", "t", "z")
    r = run(b.program(calls))
    there = calls.pop("c")
    r.complete("go")
    assert r.incidents == [("call", "call")]
    calls["c"] = there
    r.do("retry", r.step("call"))
    assert r.scripts.log == ["a"]
    assert r.waiting == ["z"]


def test_nested_scopes_are_undone_innermost_last_first(run: Start) -> None:
    def inner(i: Build) -> None:
        undone_by(undone_by(i.start("s2").task("b", "c"), "b", "log('b')"), "c", "log('c')")
        i.flow("s2", "b", "c")

    def outer(o: Build) -> None:
        undone_by(o.start("s1").task("a"), "a", "log('a')")
        undone_by(o.inside("in", inner).task("d"), "d", "log('d')").flow("s1", "a", "in", "d")

    b = Build().start().inside("out", outer).add(THROW, "t", event("compensation")).user("z")
    r = run(b.flow("start", "out", "t", "z"))
    assert r.scripts.log == ["d", "c", "b", "a"]


@pytest.mark.parametrize("sequential", [False, True])
def test_each_instance_of_an_activity_is_undone_over_its_own_item(
    run: Start, sequential: bool
) -> None:
    many = MultiInstance(sequential=sequential, collection=feel("[5, 6, 7]"), element="item")
    b = Build().start().user("a", loop=many).user("z").add(THROW, "t", event("compensation"))
    undone_by(b, "a", "log((loopCounter, int(item)))")
    r = run(b.flow("start", "a", "t", "z"))
    for _ in range(3):
        r.complete("a", 1)
    assert r.scripts.log == [(3, 7), (2, 6), (1, 5)]
    assert r.waiting == ["z"]


def test_only_the_instances_that_completed_are_undone(run: Start) -> None:
    many = MultiInstance(
        sequential=False, cardinality=literal("3"), completion=feel("nrOfCompletedInstances = 2")
    )
    b = Build().start().user("a", loop=many).user("z").add(THROW, "t", event("compensation"))
    undone_by(b, "a", "log(loopCounter)")
    r = run(b.flow("start", "a", "t", "z")).complete("a", 3).complete("a", 1)
    assert r.scripts.log == [1, 3]
    assert r.waiting == ["z"]


def test_an_event_subprocess_undoes_a_subprocess_in_which_nothing_else_can_be_undone(
    run: Start,
) -> None:
    def fill(i: Build) -> None:
        i.start("s").script("a", "own = 5").flow("s", "a")
        i.inside(
            "es",
            lambda e: (
                e.start("cs", event("compensation")).script("undo", "log(own)").flow("cs", "undo")
            ),
            triggered_by_event=True,
        )

    b = Build().start().inside("sub", fill).add(THROW, "t", event("compensation")).user("z")
    r = run(b.flow("start", "sub", "t", "z"))
    assert r.scripts.log == [5]
    assert r.waiting == ["z"]


def test_a_sequential_ad_hoc_subprocess_follows_its_flows_and_can_be_repeated(run: Start) -> None:
    b = Build().start().user("z")
    b.inside(
        "ad",
        lambda i: i.user("a", "b", "c").flow("a", "b"),
        kind=NodeKind.AD_HOC_SUB_PROCESS,
        ordering="Sequential",
        loop=MultiInstance(sequential=True, cardinality=literal("2")),
    )
    r = run(b.flow("start", "ad", "z"))
    for _ in range(2):
        for id in ("a", "b", "c"):
            assert r.waiting == [id]
            r.complete(id)
    assert r.waiting == ["z"]
