"""Access roles: granted, withdrawn, and the administrator who is always left."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from opsflow.access import AccessRole, Admission, Identity, Permission
from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.errors import (
    AlreadyExists,
    Conflict,
    Invalid,
    NotAuthenticated,
    NotFound,
    OpsflowError,
    Refused,
    WrongState,
)
from tests.unit.access.issuers import issuing

ADMINISTRATOR = AccessRole.ADMINISTRATOR


@pytest.fixture
def flow(flow: Opsflow) -> Opsflow:
    """Ann works, Ada and Bo are administrators, Old has left and was one."""
    for person in ("ann", "ada", "bo", "old"):
        flow.people.add_person(person, name=person.title())
    for person in ("ada", "bo", "old"):
        flow.access.grant(person, ADMINISTRATOR, by="system")
    flow.people.deactivate("old")
    return flow


def test_everybody_active_is_a_worker(flow: Opsflow) -> None:
    assert flow.access.roles_of("ann") == {AccessRole.WORKER}
    assert flow.access.roles_of("ada") == {AccessRole.WORKER, ADMINISTRATOR}
    for nobody in ("old", "nobody", "system", "", "\x00", "x" * 10_000):
        assert flow.access.roles_of(nobody) == frozenset()


def test_a_role_is_granted_once_and_withdrawn_once(flow: Opsflow) -> None:
    flow.access.grant("ann", AccessRole.AUDITOR, by="ada")
    assert AccessRole.AUDITOR in flow.access.roles_of("ann")
    with pytest.raises(AlreadyExists):
        flow.access.grant("ann", AccessRole.AUDITOR, by="ada")
    flow.access.withdraw("ann", AccessRole.AUDITOR, by="ada")
    assert flow.access.roles_of("ann") == {AccessRole.WORKER}
    with pytest.raises(NotFound):
        flow.access.withdraw("ann", AccessRole.AUDITOR, by="ada")
    flow.access.grant("ann", AccessRole.AUDITOR, by="ada")


def test_only_administrators_and_the_operator_grant(flow: Opsflow) -> None:
    for somebody in ("ann", "old", "nobody", ""):
        for role in (ADMINISTRATOR, AccessRole.AUDITOR):
            with pytest.raises(Refused, match=r"access\.permission"):
                flow.access.grant("ann", role, by=somebody)
        with pytest.raises(Refused):
            flow.access.withdraw("ada", ADMINISTRATOR, by=somebody)
    assert flow.access.roles_of("ann") == {AccessRole.WORKER}


def test_a_role_that_cannot_be_granted_is_refused(flow: Opsflow) -> None:
    for role in ("worker", "root", "", "Administrator", AccessRole.WORKER):
        with pytest.raises(Invalid):
            flow.access.grant("ann", role, by="ada")
        with pytest.raises(Invalid):
            flow.access.withdraw("ann", role, by="ada")
        with pytest.raises(Invalid):
            flow.access.everyone_with(role)


def test_a_role_is_given_by_its_word_too(flow: Opsflow) -> None:
    given = flow.access.grant("ann", "auditor", by="ada")
    assert given.role is AccessRole.AUDITOR
    flow.access.withdraw("ann", "auditor", by="ada")


def test_somebody_unknown_is_granted_nothing(flow: Opsflow) -> None:
    for person in ("nobody", "system", "a\x00", "\ud800", "x" * 300):
        with pytest.raises(NotFound):
            flow.access.grant(person, AccessRole.AUDITOR, by="ada")


def test_the_last_administrator_who_can_act_stays(flow: Opsflow) -> None:
    flow.access.withdraw("bo", ADMINISTRATOR, by="ada")
    for by in ("ada", "system"):
        with pytest.raises(WrongState, match="last administrator"):
            flow.access.withdraw("ada", ADMINISTRATOR, by=by)
    flow.access.withdraw("old", ADMINISTRATOR, by="ada")
    assert flow.access.everyone_with(ADMINISTRATOR) == ("ada",)


def test_a_refused_withdrawal_changes_nothing(flow: Opsflow) -> None:
    flow.access.withdraw("bo", ADMINISTRATOR, by="ada")
    before = len(flow.history.of_stream("access"))
    with flow.transaction():
        with pytest.raises(WrongState):
            flow.access.withdraw("ada", ADMINISTRATOR, by="ada")
        flow.access.grant("ann", AccessRole.AUDITOR, by="ada")
    assert flow.access.everyone_with(ADMINISTRATOR) == ("ada",)
    assert len(flow.history.of_stream("access")) == before + 1


def test_two_administrators_cannot_withdraw_each_other(url: str, clock: ManualClock) -> None:
    barrier = Barrier(2)

    def withdraw(by: str, person: str) -> str:
        with Opsflow(url, clock=clock) as flow:
            identity = flow.access.identity(by)
            barrier.wait()
            try:
                flow.access.withdraw(person, ADMINISTRATOR, by=identity)
            except OpsflowError as error:
                return type(error).__name__
            return "withdrawn"

    with Opsflow(url, clock=clock) as flow:
        for person in ("ada", "bo"):
            flow.people.add_person(person, name=person)
            flow.access.grant(person, ADMINISTRATOR, by="system")
        for _ in range(5):
            with ThreadPoolExecutor(2) as pool:
                first = pool.submit(withdraw, "ada", "bo")
                second = pool.submit(withdraw, "bo", "ada")
                ended = sorted((first.result(), second.result()))
            assert ended == ["WrongState", "withdrawn"]
            (left,) = flow.access.everyone_with(ADMINISTRATOR)
            flow.access.grant({"ada": "bo", "bo": "ada"}[left], ADMINISTRATOR, by=left)
        assert flow.history.verify().holds


def test_one_role_granted_by_many_at_once_is_granted_once(url: str, clock: ManualClock) -> None:
    barrier = Barrier(4)

    def grant(_number: int) -> str:
        with Opsflow(url, clock=clock) as flow:
            barrier.wait()
            try:
                flow.access.grant("ann", AccessRole.AUDITOR, by="system")
            except Conflict as error:
                return type(error).__name__
            return "granted"

    with Opsflow(url, clock=clock) as flow:
        flow.people.add_person("ann", name="Ann")
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(grant, range(4))) == ["AlreadyExists"] * 3 + ["granted"]


def test_who_has_a_role_can_be_asked(flow: Opsflow) -> None:
    assert flow.access.everyone_with(ADMINISTRATOR) == ("ada", "bo")
    assert [(each.person, each.role) for each in flow.access.grants("old")] == [
        ("old", ADMINISTRATOR)
    ]
    assert [each.person for each in flow.access.grants()] == ["ada", "bo", "old"]


def test_grants_are_in_the_history(flow: Opsflow) -> None:
    flow.access.grant("ann", AccessRole.AUDITOR, by="ada")
    flow.access.withdraw("ann", AccessRole.AUDITOR, by="bo")
    granted, withdrawn = flow.history.of_stream("access")[-2:]
    assert (granted.type, granted.person) == ("AccessGranted", "ada")
    assert granted.data == '{"access_role":"auditor","person":"ann"}'
    assert (withdrawn.type, withdrawn.person) == ("AccessWithdrawn", "bo")
    assert flow.history.verify().holds


def test_somebody_vouched_for_has_the_roles_of_both(flow: Opsflow, clock: ManualClock) -> None:
    end = clock.now() + timedelta(minutes=5)
    identity = flow.access.identity(
        "ada", scopes=["tasks:work"], roles=[AccessRole.AUDITOR], expires_at=end
    )
    assert identity == Identity(
        "ada",
        frozenset({AccessRole.WORKER, ADMINISTRATOR, AccessRole.AUDITOR}),
        scopes=frozenset({Permission.TASKS_WORK}),
        expires_at=end,
    )


@pytest.mark.parametrize(
    "person", ["old", "nobody", "system", "", "Ada", "ada ", "a\x00", "\ud800"]
)
def test_nobody_vouches_for_somebody_who_is_not_there(flow: Opsflow, person: str) -> None:
    with pytest.raises(NotAuthenticated):
        flow.access.identity(person, roles=[ADMINISTRATOR])


def test_an_issuer_lets_in_whom_the_directory_knows(flow: Opsflow) -> None:
    with issuing() as server:
        issuer = server.trusted(role_claim="groups", roles={"audit": AccessRole.AUDITOR})
        door = Admission(issuer, flow.access)
        token = server.token(sub="ann", groups=["audit"])
        assert door.recognises(token)
        identity = door.verify(token)
        assert (identity.person, identity.token_id) == ("ann", None)
        assert identity.roles == {AccessRole.WORKER, AccessRole.AUDITOR}
        assert identity.expires_at is not None
        for stranger in ("nobody", "old", "system", "a\x00"):
            with pytest.raises(NotAuthenticated):
                door.verify(server.token(sub=stranger, groups=["audit"]))
