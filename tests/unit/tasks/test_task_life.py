"""The life of a task: every edge, and every edge that is not there."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsflow.errors import Invalid, StaleRevision, VariablesInvalid, WrongState
from opsflow.events import Actor
from opsflow.tasks import State, Task
from opsflow.tasks.states import ALLOWED, EDGES, OPEN
from tests.unit.tasks.builders import LATER, LI, NOW, WANG, new_task, task_in

VERBS: dict[str, Callable[[Task], None]] = {
    "unblock": lambda task: task.unblock(LATER),
    "claim": lambda task: task.claim(LI, LATER),
    "release": lambda task: task.release(LATER),
    "assign": lambda task: task.assign(WANG, LATER),
    "delegate": lambda task: task.delegate(WANG, LATER),
    "reassign": lambda task: task.reassign(("deputy",), (), LATER),
    "return": lambda task: task.return_(LATER),
    "submit": lambda task: task.submit({}, LATER),
    "rework": lambda task: task.rework(LATER),
    "complete": lambda task: task.complete({}, LATER),
    "finish": lambda task: task.finish(LATER),
    "cancel": lambda task: task.cancel("reason", LATER),
    "save a draft": lambda task: task.save_draft({"a": 1}),
    "schedule": lambda task: task.set_due(LATER),
    "set a follow-up": lambda task: task.set_follow_up(LATER),
    "attach": lambda task: task.expect("attach"),
    "comment": lambda task: task.expect("comment"),
}
"""Every verb there is, done to a task."""

EVERY = sorted(itertools.product(ALLOWED, State))
PRESENT = [(verb, state) for verb, state in EVERY if state in ALLOWED[verb]]
MISSING = [(verb, state) for verb, state in EVERY if state not in ALLOWED[verb]]


def facts(task: Task) -> dict[str, object]:
    return {name: getattr(task, name) for name in Task.__mapper__.column_attrs.keys()}  # noqa: SIM118


def assert_whole(task: Task) -> None:
    """What the constraints of the table demand."""
    with_somebody = task.state in (State.CLAIMED, State.IN_REVIEW, State.COMPLETED)
    assert not with_somebody or task.assignee is not None
    assert task.state not in (State.BLOCKED, State.OFFERED) or task.assignee is None
    assert task.assignee is None or task.claimed_at is not None
    submitted = task.state in (State.IN_REVIEW, State.COMPLETED)
    assert not submitted or task.submitted_at is not None
    assert (task.state is State.COMPLETED) == (task.completed_at is not None)
    assert (task.state is State.CANCELLED) == (task.cancelled_at is not None)
    assert task.round >= 1
    assert task.revision >= 1


def test_every_verb_is_tried() -> None:
    assert VERBS.keys() == ALLOWED.keys()


@pytest.mark.parametrize(("verb", "state"), PRESENT)
def test_an_edge_leads_where_it_is_drawn(verb: str, state: State) -> None:
    task = task_in(state)
    VERBS[verb](task)
    assert task.state is EDGES.get(verb, {}).get(state, state)
    assert_whole(task)


@pytest.mark.parametrize(("verb", "state"), MISSING)
def test_a_missing_edge_is_refused_and_changes_nothing(verb: str, state: State) -> None:
    task = task_in(state)
    before = facts(task)
    with pytest.raises(WrongState) as raised:
        VERBS[verb](task)
    assert (raised.value.kind, raised.value.id) == ("task", "t1")
    assert facts(task) == before


@pytest.mark.parametrize(("verb", "state"), PRESENT)
def test_a_suspended_task_can_only_be_cancelled(verb: str, state: State) -> None:
    task = task_in(state)
    task.suspend()
    if verb == "cancel":
        VERBS[verb](task)
        assert task.state is State.CANCELLED
        return
    before = facts(task)
    with pytest.raises(WrongState, match="suspended"):
        VERBS[verb](task)
    assert facts(task) == before
    task.resume()
    VERBS[verb](task)


def test_the_drawing_shows_the_edges_and_no_others() -> None:
    drawing = (Path(__file__).parents[3] / "docs" / "states.md").read_text(encoding="utf-8")
    [task_part] = [part for part in drawing.split("```")[1::2] if "offered --> claimed" in part]
    lines = re.findall(r"^ *(\w+) --> (\w+): (.+)$", task_part, re.MULTILINE)
    drawn = {(verb, a, b) for a, b, verbs in lines for verb in verbs.split(", ")}
    known = {(verb, a.value, b.value) for verb, edges in EDGES.items() for a, b in edges.items()}
    assert drawn == known


@settings(max_examples=200, deadline=None)
@given(st.booleans(), st.lists(st.sampled_from(sorted(VERBS)), max_size=12))
def test_whatever_is_tried_the_task_stays_whole(blocked: bool, verbs: list[str]) -> None:
    task = new_task(blocked=blocked)
    for verb in verbs:
        before, was_open, revision = facts(task), task.is_open, task.revision
        try:
            VERBS[verb](task)
        except (WrongState, Invalid):
            assert facts(task) == before
        assert_whole(task)
        assert was_open or not task.is_open
        assert task.revision - revision == (facts(task) != before) or verb == "attach"


def test_a_claim_writes_down_who_in_which_role_and_for_whom() -> None:
    task = task_in(State.OFFERED)
    task.claim(WANG, LATER)
    assert task.performer == Actor("wang", "buyer", "li")
    assert task.claimed_at == LATER


def test_a_released_task_is_with_nobody_and_keeps_its_draft() -> None:
    task = task_in(State.CLAIMED)
    task.save_draft({"amount": Decimal("1.10")})
    task.release(LATER)
    assert task.performer is None
    assert task.offered_at == LATER
    assert task.saved == {"amount": Decimal("1.10")}


def test_a_task_cannot_be_delegated_to_the_one_who_has_it() -> None:
    task = task_in(State.CLAIMED)
    with pytest.raises(Invalid):
        task.delegate(LI, LATER)
    assert task.revision == 2


def test_rework_goes_back_to_the_same_person_in_the_next_round() -> None:
    task = task_in(State.IN_REVIEW)
    task.rework(LATER)
    assert (task.state, task.performer, task.round) == (State.CLAIMED, LI, 2)
    assert task.saved == task.submitted == {"amount": 1}


def test_a_submitted_task_taken_back_begins_its_next_round_with_nobody() -> None:
    task = task_in(State.IN_REVIEW)
    task.return_(LATER)
    assert (task.state, task.performer, task.round) == (State.OFFERED, None, 2)


def test_a_claimed_task_taken_back_stays_in_its_round() -> None:
    task = task_in(State.CLAIMED)
    task.return_(LATER)
    assert (task.state, task.round) == (State.OFFERED, 1)


def test_what_is_handed_in_replaces_the_draft() -> None:
    task = task_in(State.CLAIMED)
    task.save_draft({"amount": 1})
    task.submit({"amount": 2}, LATER)
    assert (task.draft, task.submitted, task.submitted_at) == (None, {"amount": 2}, LATER)


def test_a_cancelled_task_says_who_had_it_and_why_it_went() -> None:
    task = task_in(State.CLAIMED)
    task.suspend()
    task.cancel("the customer withdrew", LATER)
    assert (task.assignee, task.end_reason, task.suspended) == (
        "li",
        "the customer withdrew",
        False,
    )


def test_an_old_revision_is_refused() -> None:
    task = task_in(State.OFFERED)
    task.expect("claim", task.revision)
    with pytest.raises(StaleRevision) as raised:
        task.expect("claim", task.revision - 1)
    assert (raised.value.expected, raised.value.actual) == (0, 1)


@pytest.mark.parametrize("priority", [-1, 101])
def test_a_priority_outside_its_range_is_refused(priority: int) -> None:
    task = task_in(State.OFFERED)
    with pytest.raises(Invalid):
        task.set_priority(priority)
    assert (task.priority, task.revision) == (50, 1)


def test_a_due_date_can_be_set_and_taken_away() -> None:
    task = task_in(State.CLAIMED)
    task.set_due(LATER)
    task.set_follow_up(NOW)
    assert (task.due_at, task.follow_up_at) == (LATER, NOW)
    task.set_due(None)
    task.set_follow_up(None)
    assert (task.due_at, task.follow_up_at) == (None, None)


def test_data_that_cannot_be_stored_is_refused() -> None:
    task = task_in(State.CLAIMED)
    before = facts(task)
    for verb in (task.save_draft, lambda data: task.submit(data, LATER)):
        with pytest.raises(VariablesInvalid):
            verb({"x": object()})
    assert facts(task) == before


def test_the_open_states_are_those_that_can_be_cancelled() -> None:
    assert frozenset(EDGES["cancel"]) == OPEN
