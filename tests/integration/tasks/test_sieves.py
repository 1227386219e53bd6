"""The lists of a person, narrowed and counted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from opsflow.tasks import Task
from tests.integration.tasks.conftest import RACI, Office
from tests.models import human

SEARCH = '<opsflow:search name="region" type="text"/><opsflow:search name="amount" type="number"/>'


def ids(tasks: list[Task]) -> list[str]:
    return [task.id for task in tasks]


def opened(office: Office, business_key: str | None = None, **variables: object) -> Task:
    office.clock.advance(timedelta(seconds=1))
    instance = office.flow.instances.start(
        "order", by="chen", variables=variables, business_key=business_key
    )
    return office.task(instance.id)


@pytest.fixture
def three(office: Office) -> list[Task]:
    """Tasks that differ in everything a list can be narrowed by; Li has claimed the last."""
    office.deploy(human("place", RACI), human("check", RACI), process=SEARCH)
    first = opened(office, "PO-1", region="north", amount=10)
    second = opened(office, "PO-2", region="south", amount=20)
    third = opened(office, "PO-3", region="north", amount=20)
    office.flow.tasks.set_due(second.id, office.clock.now() + timedelta(days=1), by="chen")
    office.flow.tasks.set_due(third.id, office.clock.now() + timedelta(days=3), by="chen")
    office.flow.tasks.set_priority(second.id, 90, by="chen")
    office.flow.tasks.claim(third.id, by="li")
    office.flow.tasks.set_follow_up(third.id, office.clock.now() + timedelta(days=1), by="li")
    return [first, second, third]


@pytest.mark.parametrize(
    ("sieve", "expected"),
    [
        ({}, [0, 1, 2]),
        ({"view": "offered"}, [0, 1]),
        ({"view": "mine"}, [2]),
        ({"process": "order"}, [0, 1, 2]),
        ({"process": "other"}, []),
        ({"node": "place"}, [0, 1, 2]),
        ({"node": "check"}, []),
        ({"business_key": "PO-2"}, [1]),
        ({"priority_from": 60}, [1]),
        ({"attributes": {"region": "north"}}, [0, 2]),
        ({"attributes": {"region": "north", "amount": 20}}, [2]),
        ({"attributes": {"region": "east"}}, []),
        ({"process": "order", "priority_from": 60, "attributes": {"amount": 20}}, [1]),
    ],
)
def test_a_list_holds_what_meets_every_condition(
    office: Office, three: list[Task], sieve: dict[str, Any], expected: list[int]
) -> None:
    found = office.flow.tasks.for_person("li", **{"view": "all", **sieve})
    assert ids(found) == [three[number].id for number in expected]


def test_a_list_is_narrowed_by_moments(office: Office, three: list[Task]) -> None:
    def found(**sieve: Any) -> list[str]:
        return ids(office.flow.tasks.for_person("li", view="all", **sieve))

    now = office.clock.now()
    assert found(due_before=now + timedelta(days=1)) == []
    assert found(due_before=now + timedelta(days=2)) == [three[1].id]
    assert found(due_before=now + timedelta(days=4)) == ids(three[1:])
    assert found(follow_up_before=now + timedelta(days=2)) == [three[2].id]


def test_pages_of_a_narrowed_list_hold_everything_once(office: Office, three: list[Task]) -> None:
    north = {"attributes": {"region": "north"}, "view": "all", "order": "due"}
    first = office.flow.tasks.for_person("li", limit=1, **north)
    second = office.flow.tasks.for_person("li", limit=1, after=first[-1].id, **north)
    third = office.flow.tasks.for_person("li", limit=1, after=second[-1].id, **north)
    assert ids(first + second + third) == [three[2].id, three[0].id]


def test_a_list_is_counted_exactly_up_to_the_limit(office: Office, three: list[Task]) -> None:
    count = office.flow.tasks.count_for
    assert (count("li"), count("li", view="mine"), count("li", view="all")) == (2, 1, 3)
    assert (count("li", view="all", limit=3), count("li", view="all", limit=2)) == (3, 2)
    assert (count("wang"), count("wang", view="mine"), count("sun"), count("nobody")) == (
        2,
        0,
        0,
        0,
    )
    office.flow.instances.suspend(three[0].instance_id, by="chen", reason="a stop")
    assert count("li") == 1


def test_what_a_rule_hides_is_not_counted(office: Office) -> None:
    office.deploy(
        human("place", RACI),
        human("check", RACI),
        process='<opsflow:separation tasks="place check"/>',
    )
    for person in ("li", "wang", "li"):
        office.flow.tasks.complete(opened(office).id, by=person)
    assert (office.flow.tasks.count_for("li"), office.flow.tasks.count_for("wang")) == (1, 2)
