"""Deployments, publications and changes of owners that meet, on both databases."""

from __future__ import annotations

from functools import partial

from opsflow.app import Opsflow
from opsflow.errors import Refused, WrongState
from tests.integration.definitions.decision_tables import AUTHORITY, AUTHORITY_2
from tests.integration.test_at_once import together
from tests.models import human, simple

KEY = "purchase_authority"
ORDER = simple(human("place"))
ORDER_2 = simple(human("place"), human("check"))


def test_one_new_decision_deployed_at_once_is_one_release(flow: Opsflow) -> None:
    deploying = [partial(flow.definitions.deploy, AUTHORITY, by="max") for _ in range(4)]
    assert together(*deploying) == [None] * 4
    assert [each.version for each in flow.decisions.releases(KEY)] == [1]
    assert flow.history.verify().holds


def test_versions_of_a_new_decision_deployed_at_once_are_counted_one_by_one(flow: Opsflow) -> None:
    sources = [AUTHORITY, AUTHORITY_2, *(AUTHORITY + b"\n" * n for n in (1, 2))]
    assert together(*[partial(flow.definitions.deploy, s, by="max") for s in sources]) == [None] * 4
    releases = flow.decisions.releases(KEY)
    assert [each.version for each in releases] == [4, 3, 2, 1]
    assert [each.is_published for each in releases] == [True, False, False, False]
    assert flow.history.verify().holds


def test_of_several_who_bring_a_new_key_one_owns_it(flow: Opsflow) -> None:
    for source, kind in ((ORDER, "process"), (AUTHORITY, "decision")):
        raised = together(
            *[
                partial(flow.definitions.deploy, source + b"\n" * n, by=f"person-{n}")
                for n in range(4)
            ]
        )
        lost = [error for error in raised if error is not None]
        assert len(lost) == 3
        assert all(isinstance(error, Refused) for error in lost)
        key = "order" if kind == "process" else KEY
        owners = flow.definitions.owners(key, kind="process" if kind == "process" else "decision")
        assert [each.person for each in owners] == [f"person-{raised.index(None)}"]
    assert flow.history.verify().holds


def test_of_several_publications_the_last_one_holds(flow: Opsflow) -> None:
    first = flow.definitions.deploy(ORDER, by="ann").release
    second = flow.definitions.deploy(ORDER_2, by="ann").release
    publishing = [
        partial(flow.definitions.publish, release.id, by="ann") for release in (first, second) * 2
    ]
    assert together(*publishing) == [None] * 4
    (published,) = [each for each in flow.definitions.releases("order") if each.is_published]
    assert flow.instances.start("order", by="ann").version == published.version
    assert flow.history.verify().holds


def test_two_owners_who_remove_each_other_leave_one(flow: Opsflow) -> None:
    for person in ("ann", "bob"):
        flow.people.add_person(person, name=person.title())
    flow.definitions.deploy(ORDER, by="ann")
    flow.definitions.share("order", person="bob", by="ann")
    unshare = flow.definitions.unshare
    raised = together(
        partial(unshare, "order", person="bob", by="ann"),
        partial(unshare, "order", person="ann", by="bob"),
    )
    (lost,) = [error for error in raised if error is not None]
    assert isinstance(lost, Refused | WrongState)
    assert len(flow.definitions.owners("order")) == 1
