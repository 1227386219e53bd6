from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsflow.access import PERMISSIONS, AccessRole, Identity, Permission
from opsflow.errors import Refused

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "permissions.md"

some_roles = st.frozensets(st.sampled_from(AccessRole))
some_scopes = st.frozensets(st.sampled_from(Permission))


def test_every_permission_is_in_the_table_and_somebody_has_it() -> None:
    assert set(PERMISSIONS) == set(Permission)
    assert all(grant.roles and grant.description for grant in PERMISSIONS.values())


def test_the_table_cannot_be_changed_at_run_time() -> None:
    with pytest.raises(TypeError):
        PERMISSIONS[Permission.ACCESS_MANAGE] = PERMISSIONS[Permission.TASKS_WORK]  # type: ignore[index]


def test_only_an_administrator_manages_access_and_people() -> None:
    for permission in (Permission.ACCESS_MANAGE, Permission.PEOPLE_MANAGE):
        assert PERMISSIONS[permission].roles == {AccessRole.ADMINISTRATOR}


def test_an_auditor_changes_nothing() -> None:
    auditor = Identity("ann", frozenset({AccessRole.AUDITOR}))
    allowed = {permission for permission in Permission if auditor.may(permission)}
    assert {permission.value.partition(":")[2] for permission in allowed} == {"read", "verify"}


def test_a_worker_reads_the_work_of_nobody_else() -> None:
    worker = Identity("ann", frozenset({AccessRole.WORKER}))
    assert worker.may(Permission.TASKS_WORK)
    assert not worker.may(Permission.TASKS_READ)
    assert not worker.may(Permission.INSTANCES_READ)
    assert not worker.may(Permission.HISTORY_READ)


def test_somebody_without_a_role_may_nothing() -> None:
    nobody = Identity("ann", frozenset())
    assert not any(nobody.may(permission) for permission in Permission)


def test_a_missing_role_is_refused_by_name() -> None:
    with pytest.raises(Refused) as refused:
        Identity("ann", frozenset({AccessRole.WORKER})).require(Permission.PEOPLE_MANAGE)
    assert refused.value.rule == "access.permission"
    assert (refused.value.person, refused.value.verb) == ("ann", "people:manage")
    assert "administrator" in refused.value.reason


def test_a_token_for_something_else_is_refused_as_such() -> None:
    narrowed = Identity("ann", frozenset(AccessRole), scopes=frozenset({Permission.TASKS_WORK}))
    narrowed.require(Permission.TASKS_WORK)
    with pytest.raises(Refused, match="the token that was shown is not for this"):
        narrowed.require(Permission.ACCESS_MANAGE)


@given(some_roles, some_scopes)
def test_scopes_only_ever_take_away(
    roles: frozenset[AccessRole], scopes: frozenset[Permission]
) -> None:
    plain, narrowed = Identity("ann", roles), Identity("ann", roles, scopes=scopes)
    for permission in Permission:
        assert narrowed.may(permission) == (plain.may(permission) and permission in scopes)


@given(some_roles, some_roles)
def test_more_roles_never_take_away(
    some: frozenset[AccessRole], others: frozenset[AccessRole]
) -> None:
    few, many = Identity("ann", some), Identity("ann", some | others)
    assert all(many.may(permission) for permission in Permission if few.may(permission))


def test_the_page_shows_the_table() -> None:
    """docs/reference/permissions.md: a row per permission, a column per access role."""
    header, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.read_text("utf-8").splitlines()
        if re.match(r"\| (permission|`\w+:\w+`) \|", line)
    ]
    assert header == ["permission", *(role.value.replace("_", " ") for role in AccessRole), "what"]
    assert rows == [
        [
            f"`{permission}`",
            *("yes" if role in grant.roles else "" for role in AccessRole),
            grant.description,
        ]
        for permission, grant in PERMISSIONS.items()
    ]
