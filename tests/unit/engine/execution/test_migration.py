"""What hinders an instance from going on under another version, and what goes along."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsflow.engine import Execution, MigrationPlan, Program, compile_process
from opsflow.engine.migration import Migrated, generate, migrate, review
from opsflow.engine.model import MultiInstance, NodeKind, StandardLoop
from opsflow.errors import Invalid

from .conftest import NOW, Build, Run, event, feel, timer

Fill = Callable[[Build], object]


def version(fill: Fill, number: int = 1, calls: dict[str, Program] | None = None) -> Program:
    build = Build()
    fill(build)
    return compile_process(build.process(), ref=f"v{number}", calls=calls or {})


def line(*ids: str) -> Fill:
    """Human tasks one after the other."""

    def fill(build: Build) -> None:
        build.start().user(*ids).end()
        build.flow("start", *ids, "end")

    return fill


class Move:
    """A run of one version, a plan to another, and what came of it."""

    def __init__(self, old: Fill, new: Fill, **variables: object) -> None:
        self.old, self.new = version(old), version(new, 2)
        self.run = Run(self.old, variables)
        self.plan = generate(self.old, self.new, source=1, target=2)

    def map(self, **pairs: str) -> Move:
        for old, new in pairs.items():
            self.plan = self.plan.map(old, new)
        return self

    def tried(self) -> Migrated:
        state = self.run.execution.save()
        return migrate(state, self.plan, self.old, self.new, now=self.run.now)

    def errors(self) -> list[tuple[str, str | None]]:
        return [(each.rule, each.element) for each in self.tried().findings if each.is_error]

    def done(self) -> Run:
        came = self.tried()
        assert not [each for each in came.findings if each.is_error]
        assert came.execution is not None
        self.run.execution = came.execution
        self.run.program = self.new
        self.run.execution.proceed(now=self.run.now)
        self.run._after()
        return self.run


def rules(findings: Any) -> set[tuple[str, str | None]]:
    return {(each.rule, each.element) for each in findings}


# Plans


def test_a_generated_plan_maps_each_node_to_the_one_with_its_id() -> None:
    old, new = version(line("a", "b")), version(line("b", "c"), 2)
    plan = generate(old, new, source=1, target=2)
    assert plan.nodes == {"start": "start", "b": "b", "end": "end"}
    assert rules(review(plan, old, new)) == {("migration.unmapped", "a")}


def test_what_is_attached_to_a_node_or_lies_in_it_follows_it() -> None:
    def nested(sub: str, task: str) -> Fill:
        def fill(build: Build) -> None:
            build.start().end()
            build.inside(sub, lambda b: b.start("in").user(task).flow("in", task))
            build.boundary("edge", sub, timer("duration", "PT1H"))
            build.flow("start", sub, "end").flow("edge", "end")

        return fill

    old, new = version(nested("a", "t")), version(nested("b", "t"), 2)
    assert generate(old, new, source=1, target=2).nodes.keys() == {"start", "end"}
    plan = generate(old, new, source=1, target=2, said={"p": {"a": "b"}})
    assert plan.nodes == {"start": "start", "end": "end", "a": "b", "edge": "edge"} | {
        "in": "in",
        "t": "t",
    }
    assert review(plan, old, new) == []


def test_a_plan_is_the_same_after_it_was_kept_as_json() -> None:
    plan = MigrationPlan(
        process="p", source=1, target=2, nodes={"a": "b"}, called={"q": {"x": "y"}}
    )
    assert MigrationPlan.from_dict(plan.as_dict()) == plan
    assert plan.inverse().inverse() == plan
    assert plan.unmap("a").nodes == {}
    assert plan.map("z", "w", process="q").called == {"q": {"x": "y", "z": "w"}}


def test_what_two_nodes_go_on_as_has_no_way_back() -> None:
    plan = MigrationPlan(process="p", source=1, target=2, nodes={"a": "c", "b": "c", "d": "e"})
    assert plan.inverse().nodes == {"e": "d"}


GOOD = {"process": "p", "from": 1, "to": 2, "nodes": {"a": "b"}}


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        "plan",
        {},
        {**GOOD, "more": 1},
        {**GOOD, "from": "1"},
        {**GOOD, "from": True},
        {**GOOD, "to": 0},
        {**GOOD, "nodes": ["a"]},
        {**GOOD, "nodes": {"a": None}},
        {**GOOD, "nodes": {"a": ""}},
        {**GOOD, "called": []},
        {**GOOD, "called": {"q": 1}},
        {**GOOD, "timers": "never"},
        {**GOOD, "process": 7},
    ],
)
def test_what_is_no_plan_is_refused(wrong: object) -> None:
    with pytest.raises(Invalid):
        MigrationPlan.from_dict(wrong)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(list(GOOD)), inner)
        ),
    )
)
def test_anything_is_a_plan_or_invalid(said: object) -> None:
    try:
        plan = MigrationPlan.from_dict(said)
    except Invalid:
        return
    assert MigrationPlan.from_dict(plan.as_dict()) == plan


# What hinders


def test_a_node_that_is_gone_while_the_instance_is_there_needs_a_mapping() -> None:
    move = Move(line("a"), line("b"))
    assert move.errors() == [("migration.removed", "a")]
    assert move.map(a="b").done().waiting == ["b"]


def test_a_node_that_is_gone_and_passed_hinders_nothing() -> None:
    move = Move(line("a", "b"), line("b"))
    move.run.complete("a")
    assert move.done().waiting == ["b"]


def service(build: Build) -> None:
    build.start().add(NodeKind.SERVICE_TASK, "a").end().flow("start", "a", "end")


def looped(loop: Any) -> Fill:
    def fill(build: Build) -> None:
        build.start().user("a", loop=loop).end().flow("start", "a", "end")

    return fill


def inside(build: Build) -> None:
    build.start().end()
    build.inside("sub", lambda b: b.start("in").user("a").end("out").flow("in", "a", "out"))
    build.flow("start", "sub", "end")


def guarded(*events: Any, **fields: Any) -> Fill:
    def fill(build: Build) -> None:
        line("a")(build)
        build.boundary("edge", "a", *events, **fields)
        build.end("late").flow("edge", "late")

    return fill


def caught(*events: Any) -> Fill:
    def fill(build: Build) -> None:
        build.start().add(NodeKind.CATCH_EVENT, "a", *events).end().flow("start", "a", "end")

    return fill


EACH = MultiInstance(sequential=False, collection=feel("[1, 2]"), element="n")


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (line("a"), service, "kind"),
        (line("a"), looped(EACH), "kind"),
        (line("a"), inside, "scope"),
        (caught(event("message", "m")), caught(event("signal", "m")), "event"),
        (caught(timer("duration", "PT1H")), caught(event("message", "m")), "event"),
        (
            looped(EACH),
            looped(MultiInstance(sequential=True, collection=feel("[1, 2]"), element="n")),
            "loop",
        ),
        (
            looped(EACH),
            looped(MultiInstance(sequential=False, collection=feel("[1, 2]"), element="m")),
            "loop",
        ),
        (looped(EACH), looped(StandardLoop(feel("loopCounter < 2"))), "kind"),
    ],
)
def test_a_node_goes_on_only_as_one_of_its_kind_at_its_place(
    old: Fill, new: Fill, rule: str
) -> None:
    move = Move(old, new)
    assert "a" not in move.plan.nodes
    assert move.errors()[0][0] == "migration.removed"
    move.map(a="a")
    assert move.errors()[0][0] == f"migration.{rule}"
    assert (f"migration.{rule}", "a") in rules(review(move.plan, move.old, move.new))


def test_of_a_subprocess_that_is_gone_only_the_outermost_is_told() -> None:
    move = Move(inside, line("a")).map(a="a")
    assert move.errors() == [("migration.removed", "sub")]
    assert ("migration.scope", "a") in rules(review(move.plan, move.old, move.new))


def test_a_boundary_event_stays_at_its_activity() -> None:
    def elsewhere(build: Build) -> None:
        line("a", "b")(build)
        build.boundary("edge", "b", timer("duration", "PT1H"))
        build.end("late").flow("edge", "late")

    move = Move(guarded(timer("duration", "PT1H")), elsewhere)
    assert "edge" not in move.plan.nodes
    assert move.map(edge="edge").errors() == [("migration.attachment", "edge")]


def test_a_call_goes_on_as_a_call_of_the_same_process() -> None:
    called = version(line("x"))

    def calling(key: str) -> Fill:
        def fill(build: Build) -> None:
            build.start().add(NodeKind.CALL_ACTIVITY, "a", called=key).end()
            build.flow("start", "a", "end")

        return fill

    calls = {"one": called, "two": called}
    old, new = version(calling("one"), 1, calls), version(calling("two"), 2, calls)
    plan = generate(old, new, source=1, target=2).map("a", "a")
    came = migrate(Run(old).execution.save(), plan, old, new, now=NOW)
    assert rules(came.findings) == {("migration.call", "a")}


# In the middle of things


def forked(*branches: str) -> Fill:
    def fill(build: Build) -> None:
        build.start().add(NodeKind.PARALLEL_GATEWAY, "split").end()
        build.add(NodeKind.PARALLEL_GATEWAY, "join").user(*branches).flow("start", "split")
        for branch in branches:
            build.flow("split", branch, "join")
        build.flow("join", "end")

    return fill


def test_tokens_that_wait_at_a_join_are_counted_on_by_the_nodes_they_come_from() -> None:
    move = Move(forked("a", "b"), forked("c", "d"))
    move.run.complete("a")
    run = move.map(a="c", b="d").done()
    assert run.waiting == ["d"]
    assert run.complete("d").status == "completed"


def test_tokens_at_a_join_with_other_flows_are_not_guessed_about() -> None:
    move = Move(forked("a", "b"), forked("a", "b", "c"))
    assert move.errors() == []
    move.run.complete("a")
    assert move.errors() == [("migration.join", "join")]


def test_a_join_that_would_wait_for_a_branch_before_the_instance_is_told() -> None:
    move = Move(forked("a", "b"), forked("a", "b", "c"))
    found = move.tried().findings
    assert [(each.rule, each.element, each.severity.value) for each in found] == [
        ("migration.stranded", "join", "warning")
    ]
    assert "'c'" in found[0].message
    assert Move(forked("a", "b"), forked("a", "b")).tried().findings == ()


def test_a_start_quantity_that_has_changed_does_not_strand_its_tokens() -> None:
    def needing(number: int) -> Fill:
        def fill(build: Build) -> None:
            build.start().user("x", "y").user("a", start_quantity=number).end()
            build.add(NodeKind.PARALLEL_GATEWAY, "split").flow("start", "split")
            build.flow("split", "x", "a").flow("split", "y", "a").flow("a", "end")

        return fill

    move = Move(needing(2), needing(1))
    move.run.complete("x")
    assert move.errors() == [("migration.join", "a")]


def test_the_instances_of_a_multi_instance_are_counted_on() -> None:
    def each(id: str) -> Fill:
        def fill(build: Build) -> None:
            loop = MultiInstance(
                sequential=True,
                collection=feel("[1, 2, 3]"),
                element="n",
                output_collection="all",
                output_element=feel("n * 10"),
            )
            build.start().user(id, loop=loop).end().flow("start", id, "end")

        return fill

    move = Move(each("a"), each("b"))
    move.run.complete("a", index=1)
    run = move.map(a="b").done()
    run.complete("b", index=1).complete("b", index=1)
    assert run.status == "completed"
    assert run.execution.variables()["all"] == [10, 20, 30]


def race(**targets: Any) -> Fill:
    def fill(build: Build) -> None:
        build.start().add(NodeKind.EVENT_BASED_GATEWAY, "race").flow("start", "race")
        for id, definition in targets.items():
            build.add(NodeKind.CATCH_EVENT, id, definition).end(f"end_{id}")
            build.flow("race", id, f"end_{id}")

    return fill


def test_a_race_goes_on_between_the_events_of_the_new_version() -> None:
    move = Move(
        race(m=event("message", "m"), t=timer("duration", "PT1H")),
        race(other=event("message", "n"), s=event("signal", "s")),
    )
    run = move.map(m="other").done()
    heard = [(item.node, str(item.kind), item.name) for item in run.execution.subscriptions()]
    assert heard == [("other", "message", "n"), ("s", "signal", "s")]
    run.do("signal", "s")
    assert run.completed[-2:] == ["s", "end_s"]
    assert run.status == "completed"


def served(id: str, *events: Any, interrupting: bool = True) -> Fill:
    """A task, and an event subprocess with a task in it."""

    def fill(build: Build) -> None:
        line("a")(build)
        build.inside(
            id,
            lambda b: (
                b.start(f"{id}_in", *events, interrupting=interrupting)
                .user(f"{id}_work")
                .flow(f"{id}_in", f"{id}_work")
            ),
            triggered_by_event=True,
        )

    return fill


def test_an_event_subprocess_that_is_new_begins_to_listen() -> None:
    run = Move(line("a"), served("sub", event("signal", "s"))).done()
    run.do("signal", "s")
    assert run.waiting == ["sub_work"]


def test_an_event_subprocess_that_runs_goes_on_under_another_id() -> None:
    old, new = served("sub", event("signal", "s")), served("other", event("signal", "s"))
    move = Move(old, new).map(sub="other", sub_in="other_in", sub_work="other_work")
    move.run.do("signal", "s")
    run = move.done()
    assert run.waiting == ["other_work"]
    assert run.execution.subscriptions() == []
    assert run.complete("other_work").status == "completed"


def test_nothing_new_listens_in_a_scope_that_an_event_subprocess_has_taken_over() -> None:
    def both(build: Build) -> None:
        served("sub", event("signal", "s"))(build)
        build.inside(
            "second",
            lambda b: b.start("second_in", event("message", "m")).user("w").flow("second_in", "w"),
            triggered_by_event=True,
        )

    move = Move(served("sub", event("signal", "s")), both)
    move.run.do("signal", "s")
    assert move.done().execution.subscriptions() == []


def test_a_timer_that_has_fired_is_not_fired_again() -> None:
    old = guarded(timer("duration", "PT1H"), interrupting=False)
    move = Move(old, old)
    move.run.advance(hours=2)
    assert move.run.execution.subscriptions() == []
    assert move.done().execution.subscriptions() == []


def test_a_cycle_goes_on_with_the_times_that_are_left() -> None:
    old = guarded(timer("cycle", "R3/PT1H"), interrupting=False)
    move = Move(old, old)
    move.run.advance(minutes=61)
    run = move.done()
    due = run.execution.next_due()
    assert due == NOW + timedelta(hours=2)
    run.advance(hours=1).advance(hours=1).advance(hours=1)
    assert run.completed.count("edge") == 3
    assert run.execution.next_due() is None


def test_a_new_condition_that_holds_catches_at_once() -> None:
    new = guarded(event("conditional", expression=feel("n > 1")))
    run = Move(line("a"), new, n=2).done()
    assert run.status == "completed"
    assert run.completed[-2:] == ["edge", "late"]


def test_a_new_timer_that_cannot_be_told_is_a_warning_and_then_an_incident() -> None:
    move = Move(line("a"), guarded(timer("duration", "=nothing")))
    came = move.tried()
    assert [(each.rule, each.severity.value) for each in came.findings] == [
        ("migration.incident", "warning")
    ]
    run = move.done()
    assert run.incidents == [("edge", "expression")]
    assert run.waiting == ["a"]


def test_a_listener_with_an_incident_goes_with_its_event() -> None:
    move = Move(guarded(timer("duration", "=nothing")), line("a"))
    assert move.run.incidents == [("edge", "expression")]
    run = move.done()
    assert run.incidents == []
    assert run.complete("a").status == "completed"


def test_several_events_at_once_are_gathered_on() -> None:
    both = (event("message", "m"), event("signal", "s"))

    def parallel(id: str) -> Fill:
        def fill(build: Build) -> None:
            build.start().end()
            build.add(NodeKind.CATCH_EVENT, id, *both, parallel_multiple=True)
            build.flow("start", id, "end")

        return fill

    move = Move(parallel("a"), parallel("b"))
    move.run.do("signal", "s")
    run = move.map(a="b").done()
    run.message("b", got=1)
    assert run.status == "completed"
    assert run.execution.variables() == {"got": 1}


def compensated(task: str, handler: str | None) -> Fill:
    """A task that can be undone, a decision about that, and the undoing."""

    def fill(build: Build) -> None:
        build.start().user(task, "decide").add(NodeKind.EXCLUSIVE_GATEWAY, "gate").end("well")
        build.end("end", event("compensation"))
        build.flow("start", task, "decide", "gate")
        build.flow("gate", "end", when="undo").flow("gate", "well", default=True)
        if handler is not None:
            build.boundary(f"{task}_edge", task, event("compensation"))
            build.user(handler, for_compensation=True).associate(f"{task}_edge", handler)

    return fill


def test_what_is_done_can_be_undone_under_another_id() -> None:
    move = Move(compensated("a", "undo"), compensated("b", "revoke"))
    move.run.complete("a")
    run = move.map(a="b", undo="revoke", a_edge="b_edge").done()
    run.complete("decide", undo=True)
    assert run.waiting == ["revoke"]
    assert run.complete("revoke").status == "completed"


def test_what_cannot_be_undone_any_more_is_not_forgotten() -> None:
    move = Move(compensated("a", "undo"), compensated("a", None))
    move.run.complete("a")
    assert move.errors() == [("migration.compensation", "a")]
    renamed = Move(compensated("a", "undo"), compensated("b", "undo"))
    renamed.run.complete("a")
    assert renamed.errors() == [("migration.compensation", "a")]


def test_the_rest_of_an_ad_hoc_subprocess_is_done_under_other_ids() -> None:
    def adhoc(*ids: str) -> Fill:
        def fill(build: Build) -> None:
            build.start().end()
            build.inside(
                "sub",
                lambda b: b.user(*ids),
                NodeKind.AD_HOC_SUB_PROCESS,
                ordering="Sequential",
            )
            build.flow("start", "sub", "end")

        return fill

    move = Move(adhoc("a", "b", "c"), adhoc("a", "x", "y"))
    assert move.errors() == [("migration.removed", "b")]
    run = move.map(b="x", c="y").done()
    assert run.complete("a").complete("x").complete("y").status == "completed"


def test_what_waits_for_a_turn_goes_on() -> None:
    def long(build: Build) -> None:
        ids = [f"t{number}" for number in range(6)]
        build.start().task(*ids).end().flow("start", *ids, "end")

    old, new = version(long), version(long, 2)
    execution = Execution.start(old, {}, now=NOW, budget=3)
    assert [each.code for each in execution.incidents()] == ["budget"]
    plan = generate(old, new, source=1, target=2)
    came = migrate(execution.save(), plan, old, new, now=NOW)
    assert came.execution is not None
    came.execution.retry(came.execution.incidents()[0].step, now=NOW)
    assert came.execution.status == "completed"


def test_two_events_at_one_activity_do_not_become_one() -> None:
    def twice(build: Build) -> None:
        guarded(timer("duration", "PT1H"))(build)
        build.boundary("other", "a", timer("duration", "PT2H")).flow("other", "late")

    move = Move(twice, guarded(timer("duration", "PT1H"))).map(other="edge")
    assert move.errors() == [("migration.merge", "other")]


def test_tokens_of_two_joins_do_not_become_those_of_one() -> None:
    def joins(*names: str) -> Fill:
        def fill(build: Build) -> None:
            build.start().add(NodeKind.PARALLEL_GATEWAY, "split").end().flow("start", "split")
            for index, name in enumerate(names):
                build.add(NodeKind.PARALLEL_GATEWAY, name).flow(name, "end")
                for branch in (f"x{index}", f"y{index}"):
                    build.user(branch).flow("split", branch, name)

        return fill

    move = Move(joins("one", "two"), joins("one", "two")).map(two="one")
    move.run.complete("x0").complete("x1")
    assert move.errors() == [("migration.merge", "two")]


def test_two_tasks_may_become_one() -> None:
    def both(build: Build) -> None:
        build.start().user("a", "b").end().flow("start", "a", "end").flow("start", "b", "end")

    run = Move(both, line("a")).map(b="a").done()
    assert run.waiting == ["a", "a"]
    assert run.complete("a").complete("a").status == "completed"
