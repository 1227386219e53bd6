"""Tokens and access roles on the command line."""

from __future__ import annotations

import re

import pytest

from opsflow.app import Opsflow
from opsflow.errors import NotAuthenticated
from tests.acceptance.conftest import Ended, Run

SECRET = re.compile(r"^opsflow_[\w-]{43}$", re.MULTILINE)


@pytest.fixture
def office(run: Run) -> Run:
    """The command line on the people of the procurement example."""
    assert run("init", "--organisation", "examples/procurement/organisation").code == 0
    return run


def made(office: Run, *more: str) -> Ended:
    ended = office("token", "create", "jun", "--name", "ERP import", *more)
    assert ended.code == 0, ended.err
    return ended


def id_of(ended: Ended) -> str:
    return ended.out.split()[1]


def secret_of(ended: Ended) -> str:
    (secret,) = SECRET.findall(ended.out)
    return str(secret)


def person_of(secret: str) -> str:
    with Opsflow("sqlite:///opsflow.db") as flow:
        return flow.access.authenticate(secret).person


def test_a_token_is_made_and_its_secret_shown_on_a_line_of_its_own(office: Run) -> None:
    ended = made(office)
    assert person_of(secret_of(ended)) == "jun"
    assert ended.out.rstrip().endswith(secret_of(ended))


def test_a_secret_is_shown_this_once(office: Run) -> None:
    secret = secret_of(made(office))
    listed = office("token", "list", "--person", "jun")
    assert secret[:14] in listed.out
    assert secret not in listed.out
    assert "valid" in listed.out
    assert "ERP import" in listed.out


def test_a_token_is_narrowed_to_scopes(office: Run) -> None:
    made(office, "--scope", "tasks:work", "--scope", "processes:read")
    assert "processes:read, tasks:work" in " ".join(office("token", "list").out.split())


def test_a_scope_that_is_none_tells_which_there_are(office: Run) -> None:
    ended = office("token", "create", "jun", "--name", "x", "--scope", "everything")
    assert ended.code == 2
    assert "everything is no permission" in ended.err
    assert "tasks:work" in ended.err


def test_a_token_lives_as_long_as_is_said_and_allowed(office: Run) -> None:
    made(office, "--days", "7")
    made(office, "--days", "90")
    for too_long in (("--days", "91"), ("--days", "99999999999"), ("--endless",)):
        assert office("token", "create", "jun", "--name", "x", *too_long).code == 2
    assert office("token", "create", "jun", "--name", "x", "--days", "7", "--endless").code == 2


def test_a_revoked_token_counts_no_more(office: Run) -> None:
    ended = made(office)
    told = office("token", "revoke", id_of(ended))
    assert (told.code, told.out.strip()) == (0, "Revoked: ERP import of jun.")
    with pytest.raises(NotAuthenticated):
        person_of(secret_of(ended))
    assert office("token", "revoke", id_of(ended)).code == 4
    assert office("token", "revoke", "nothing").code == 5
    assert "revoked" in office("token", "list").out


def test_a_token_of_somebody_unknown_is_not_made(office: Run) -> None:
    assert office("token", "create", "nobody", "--name", "x").code == 5


def test_a_person_may_not_do_what_the_operator_may(office: Run) -> None:
    assert office("access", "grant", "jun", "administrator", "--by", "jun").code == 3
    assert office("token", "create", "ping", "--name", "x", "--by", "jun").code == 3
    made(office, "--by", "jun")


def test_roles_are_granted_listed_and_withdrawn(office: Run) -> None:
    assert office("access", "grant", "ping", "administrator").code == 0
    granted = office("access", "grant", "jun", "auditor", "--by", "ping")
    assert granted.out.strip() == "jun is auditor now."
    listed = office("access", "list")
    assert re.search(r"jun\W+auditor", listed.out)
    assert re.search(r"ping\W+administrator", listed.out)
    assert "ping" not in office("access", "list", "--person", "jun").out.split("granted")[0]
    withdrawn = office("access", "withdraw", "jun", "auditor", "--by", "ping")
    assert withdrawn.out.strip() == "jun is not auditor any more."
    assert office("access", "withdraw", "jun", "auditor").code == 5


def test_the_last_administrator_stays(office: Run) -> None:
    office("access", "grant", "ping", "administrator")
    ended = office("access", "withdraw", "ping", "administrator")
    assert ended.code == 4
    assert "last administrator" in ended.err


def test_a_role_that_is_none_tells_which_there_are(office: Run) -> None:
    ended = office("access", "grant", "jun", "boss")
    assert ended.code == 2
    assert "process_owner" in ended.err
    assert office("access", "grant", "jun", "worker").code == 2


def test_the_groups_tell_their_commands(run: Run) -> None:
    for group in ("token", "access"):
        ended = run(group, "--help")
        assert ended.code == 0
        assert "list" in ended.out
