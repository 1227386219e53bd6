"""The lists of a person: order and pages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from opsflow.errors import Invalid
from opsflow.tasks import Task
from opsflow.tasks.lists import Order
from tests.integration.tasks.conftest import RACI, Office
from tests.models import human, simple


def several(office: Office, count: int) -> list[Task]:
    """Tasks with due dates and priorities in another order than that of their opening."""
    office.deploy(human("place", RACI))
    opened = []
    for number in range(count):
        task = office.task(office.start())
        if number % 3:
            due = office.clock.now() + timedelta(days=10 - number)
            office.flow.tasks.set_due(task.id, due, by="chen")
        opened.append(office.flow.tasks.set_priority(task.id, number * 7 % 5, by="chen"))
        office.clock.advance(timedelta(seconds=1))
    return opened


def in_pages(office: Office, order: Order, limit: int) -> list[str]:
    """Everything offered to Li, read page by page."""
    seen: list[str] = []
    while True:
        after = seen[-1] if seen else None
        page = office.flow.tasks.for_person("li", order=order, limit=limit, after=after)
        seen += [task.id for task in page]
        if len(page) < limit:
            return seen


@pytest.mark.parametrize("order", ["opened", "due", "priority"])
def test_pages_hold_every_task_once_and_in_order(office: Office, order: Order) -> None:
    tasks = several(office, 7)
    never = office.clock.now() + timedelta(days=9999)
    keys = {
        "opened": lambda task: task.id,
        "due": lambda task: (task.due_at or never, task.id),
        "priority": lambda task: (-task.priority, task.id),
    }
    expected = [task.id for task in sorted(tasks, key=keys[order])]
    for limit in (1, 2, 3, 7, 20):
        assert in_pages(office, order, limit) == expected


def test_a_page_is_full_although_rules_hide_tasks_in_between(office: Office) -> None:
    office.deploy(
        human("place", RACI),
        human("check", RACI),
        process='<opsflow:separation tasks="place check"/>',
    )
    hidden_from_li = []
    for number in range(6):
        instance = office.start()
        person = "li" if number % 2 else "wang"
        task = office.task(instance)
        office.flow.tasks.claim(task.id, by=person)
        office.flow.tasks.complete(task.id, by=person)
        if person == "li":
            hidden_from_li.append(office.task(instance, "check").id)
        office.clock.advance(timedelta(seconds=1))
    page = office.flow.tasks.for_person("li", limit=2)
    rest = office.flow.tasks.for_person("li", limit=2, after=page[-1].id)
    assert (len(page), len(rest)) == (2, 1)
    assert not {task.id for task in page + rest} & set(hidden_from_li)


def test_a_list_can_be_of_one_process(office: Office) -> None:
    office.deploy(human("place", RACI))
    office.flow.definitions.deploy(simple(human("other", RACI), key="second"), by="chen")
    first = office.task(office.start())
    office.flow.instances.start("second", by="chen")
    assert len(office.flow.tasks.for_person("li")) == 2
    found = office.flow.tasks.for_person("li", process="order")
    assert [task.id for task in found] == [first.id]


def test_a_page_without_a_sensible_size_is_refused(office: Office) -> None:
    for limit in (0, -1, 1001):
        with pytest.raises(Invalid):
            office.flow.tasks.for_person("li", limit=limit)


def test_all_is_what_one_has_and_what_one_may_take(office: Office) -> None:
    mine = office.claimed()
    office.clock.advance(timedelta(seconds=1))
    offered = office.task(office.start())
    office.flow.tasks.claim(office.task(office.start()).id, by="wang")
    found = office.flow.tasks.for_person("li", view="all")
    assert [task.id for task in found] == [mine.id, offered.id]
