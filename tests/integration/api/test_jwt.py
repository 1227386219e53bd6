"""Signing in with the JWT of an OpenID Connect issuer, and with what only looks like one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from jwt import api_jws
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from opsflow.access import AccessRole, Admission
from opsflow.api import Bearer, application
from opsflow.app import Opsflow
from tests.integration.api.conftest import API, GENEROUS, populate
from tests.unit.access.issuers import OTHER_RSA_KEY, IssuingServer, issuing


@dataclass(frozen=True)
class Door:
    """The service, with an issuer whose word counts there."""

    flow: Opsflow
    issuer: IssuingServer
    client: TestClient

    def enter(self, token: str) -> tuple[int, dict[str, object]]:
        """Status and answer of who asks with a token who they are."""
        answer = self.client.get(f"{API}/me", headers={"Authorization": f"Bearer {token}"})
        told: dict[str, object] = answer.json()
        return answer.status_code, told


@pytest.fixture
def door(flow: Opsflow) -> Iterator[Door]:
    populate(flow)
    with issuing() as issuer:
        trusted = issuer.trusted(role_claim="groups", roles={"flow-auditors": AccessRole.AUDITOR})
        bearer = Bearer(flow, [Admission(trusted, flow.access)])
        app = application(flow, identify=bearer, settings=GENEROUS)
        yield Door(flow, issuer, TestClient(app, raise_server_exceptions=False))


def test_whom_the_issuer_vouches_for_is_let_in(door: Door) -> None:
    status, me = door.enter(door.issuer.token(sub="li", groups=["flow-auditors", "sales"]))
    assert (status, me["person"]) == (200, "li")
    assert me["access_roles"] == ["auditor", "worker"]


def test_opsflows_own_tokens_count_beside(door: Door) -> None:
    secret = door.flow.access.issue_token("wang", by="system", name="t").secret
    assert door.enter(secret)[0] == 200
    assert door.issuer.asked == []


FORGED: dict[str, Callable[[IssuingServer], str]] = {
    "not signed": lambda issuer: issuer.token(
        None, algorithm="none", headers={"kid": "r1"}, sub="li"
    ),
    "signature cut off": lambda issuer: issuer.token(sub="li").rpartition(".")[0] + ".",
    "claims of another token": lambda issuer: mixed(
        issuer.token(sub="sun"), issuer.token(sub="li")
    ),
    "key of another issuer": lambda issuer: issuer.token(OTHER_RSA_KEY, sub="li"),
    "signed with the public key": lambda issuer: api_jws.encode(
        b'{"sub": "li"}', b"x" * 64, algorithm="HS256", headers={"kid": "r1"}
    ),
    "unknown key": lambda issuer: issuer.token(headers={"kid": "r9"}, sub="li"),
    "another issuer": lambda issuer: issuer.token(iss="https://other.example", sub="li"),
    "for another service": lambda issuer: issuer.token(aud="payroll", sub="li"),
    "expired": lambda issuer: issuer.token(exp=int(time.time()) - 3600, sub="li"),
    "not yet valid": lambda issuer: issuer.token(nbf=int(time.time()) + 3600, sub="li"),
    "endless": lambda issuer: issuer.token(without=("exp",), sub="li"),
    "a logout token": lambda issuer: issuer.token(
        headers={"kid": "r1", "typ": "logout+jwt"}, sub="li"
    ),
    "of nobody here": lambda issuer: issuer.token(sub="nobody"),
    "of no text": lambda issuer: issuer.token(sub=["li"]),
}


@pytest.mark.parametrize("kind", FORGED)
def test_what_only_looks_like_a_token_is_nobody(door: Door, kind: str) -> None:
    token = FORGED[kind](door.issuer)
    _status, unknown = door.enter("opsflow_wrong")
    with capture_logs() as lines:
        status, told = door.enter(token)
    assert (status, told["detail"]) == (401, unknown["detail"])
    assert token not in str(lines)


def test_who_has_left_is_let_in_no_more(door: Door) -> None:
    token = door.issuer.token(sub="li")
    assert door.enter(token)[0] == 200
    door.flow.people.deactivate("li")
    assert door.enter(token)[0] == 401


def mixed(one: str, other: str) -> str:
    """Head and signature of one token, claims of another."""
    head, _, signature = one.split(".")
    return f"{head}.{other.split('.')[1]}.{signature}"
