"""What a task is opened with."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from opsflow.engine import (
    Assignment,
    Expression,
    Node,
    NodeKind,
    Process,
    Responsibility,
    TaskControls,
)
from opsflow.feel import FeelError, YearsMonthsDuration
from opsflow.responsibility import matrix_of
from opsflow.tasks import moment_of
from opsflow.tasks.opening import Opening, opening_of

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
VARIABLES = {
    "days": 3,
    "requester": "zhao",
    "team": ["buyers", "planners"],
    "nothing": None,
    "deadline": date(2026, 3, 10),
}


def feel(text: str) -> Expression:
    return Expression(text)


def literal(text: str) -> Expression:
    return Expression(text, literal=True)


def opened(responsible: tuple[str, ...] = (), **assignment: Any) -> Opening:
    controls = TaskControls(
        responsibility=Responsibility(responsible=responsible) if responsible else None,
        assignment=Assignment(**assignment),
    )
    node = Node("work", NodeKind.USER_TASK, None, "p", 1, controls=controls)
    row = matrix_of(Process("p", None, 1, True, {"work": node}, {})).row("work")
    return opening_of(node, row, VARIABLES, NOW)


def test_a_task_without_an_assignment_is_offered_to_the_responsible_roles() -> None:
    opening = opened(("buyer", "planner"))
    assert (opening.roles, opening.candidates) == (("buyer", "planner"), ())
    assert (opening.due_at, opening.follow_up_at, opening.priority) == (None, None, 50)


def test_a_task_that_names_nobody_says_so() -> None:
    assert (opened().roles, opened().candidates) == ((), ())


def test_the_matrix_decides_over_the_groups_of_another_tool() -> None:
    opening = opened(("buyer",), candidate_groups=(literal("everyone"),))
    assert opening.roles == ("buyer",)


def test_groups_and_users_of_another_tool_count_where_the_matrix_says_nothing() -> None:
    opening = opened(
        candidate_groups=(literal("sales, support"), feel("team")),
        candidate_users=(literal("li,wang"),),
        assignee=feel("requester"),
    )
    assert opening.roles == ("sales", "support", "buyers", "planners")
    assert opening.candidates == ("zhao", "li", "wang")


def test_dates_and_urgency_are_worked_out_over_the_variables() -> None:
    opening = opened(
        ("buyer",),
        due=feel('duration("P" + string(days) + "D")'),
        follow_up=feel("deadline"),
        priority=feel("days * 20"),
    )
    assert opening.due_at == NOW + timedelta(days=3)
    assert opening.follow_up_at == datetime(2026, 3, 11, tzinfo=UTC)
    assert opening.priority == 60
    assert opening.unreadable == []


@pytest.mark.parametrize(
    ("what", "assignment"),
    [
        ("due", {"due": literal("tomorrow")}),
        ("due", {"due": feel("nothing")}),
        ("due", {"due": feel("days")}),
        ("follow-up", {"follow_up": literal("2026-02-30")}),
        ("priority", {"priority": feel("1 / 3")}),
        ("priority", {"priority": literal("urgent")}),
        ("priority", {"priority": literal("1000")}),
        ("assignee", {"assignee": feel("nothing")}),
        ("candidate", {"candidate_users": (feel("missing"),)}),
        ("candidate group", {"candidate_groups": (feel("nothing"),)}),
    ],
)
def test_a_value_that_cannot_be_used_is_left_out_and_told(
    what: str, assignment: dict[str, Any]
) -> None:
    opening = opened(("buyer",), **assignment)
    assert [unread.what for unread in opening.unreadable] == [what]
    assert (opening.due_at, opening.follow_up_at, opening.priority) == (None, None, 50)
    assert (opening.roles, opening.candidates) == (("buyer",), ())


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("PT4H", NOW + timedelta(hours=4)),
        ("P1W", NOW + timedelta(weeks=1)),
        ("P1M", datetime(2026, 4, 2, 9, tzinfo=UTC)),
        (YearsMonthsDuration(12), datetime(2027, 3, 2, 9, tzinfo=UTC)),
        ("2026-03-05T12:00:00+08:00", datetime(2026, 3, 5, 4, tzinfo=UTC)),
        ("2026-03-05T12:00:00", datetime(2026, 3, 5, 12, tzinfo=UTC)),
        ("2026-03-05", datetime(2026, 3, 6, tzinfo=UTC)),
        (timedelta(minutes=1), NOW + timedelta(minutes=1)),
    ],
)
def test_a_moment_is_a_date_a_time_or_a_duration_from_now(value: object, moment: datetime) -> None:
    assert moment_of(value, NOW) == moment


@pytest.mark.parametrize("value", ["", "soon", "P1X", "2026-13-01", 5, Decimal(1), None, ["P1D"]])
def test_anything_else_is_no_moment(value: object) -> None:
    with pytest.raises((ValueError, FeelError)):
        moment_of(value, NOW)
