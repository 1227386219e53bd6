"""What people and programs send that is wrong: a clear answer, nothing changed, nothing leaked."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from opsflow.access import NEVER
from opsflow.api import Settings
from tests.integration.api.conftest import API, Service
from tests.models import human, simple

FILE_STEP = (
    '<opsflow:procedure><opsflow:step id="quotes" kind="file" required="true">'
    "Three quotes</opsflow:step></opsflow:procedure>"
)
UNKNOWN = "01890000-0000-7000-8000-000000000000"


def problem_of(answer: Any) -> str:
    """The name of the problem that an answer tells."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return str(answer.json()["type"]).removeprefix("urn:opsflow:problem:")


def test_tokens_that_do_not_count_all_look_the_same(service: Service) -> None:
    access = service.flow.access
    revoked = access.issue_token("li", by="system", name="r")
    access.revoke_token(revoked.token.id, by="system")
    expired = access.issue_token(
        "li", by="system", name="e", expires_at=service.clock.now() + timedelta(hours=1)
    )
    service.clock.advance(timedelta(hours=2))
    gone = access.issue_token("sun", by="system", name="g")
    service.flow.people.deactivate("sun")
    told = set()
    for secret in (revoked.secret, expired.secret, gone.secret, "opsflow_wrong", "Ω", "x" * 9000):
        answer = service.client.get(
            f"{API}/me", headers={b"Authorization": f"Bearer {secret}".encode()}
        )
        assert answer.status_code == 401, secret
        told.add(answer.json()["detail"])
    assert len(told) == 1


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic bGk6bGk=", "opsflow_x"])
def test_what_is_no_bearer_token_is_nobody(service: Service, header: str) -> None:
    answer = service.client.get(f"{API}/me", headers={"Authorization": header})
    assert answer.status_code == 401


def test_a_token_in_the_url_is_refused_even_a_right_one(service: Service) -> None:
    for name in ("token", "access_token", "Api_Key"):
        answer = service.client.get(
            f"{API}/me", params={name: service.token("li")}, headers=service.headers("li")
        )
        assert (answer.status_code, problem_of(answer)) == (400, "token-in-url")
        assert service.token("li") not in answer.text


def test_a_task_of_others_is_as_if_it_were_not_there(service: Service) -> None:
    task = service.new_task()
    for method, path in (
        ("get", "/tasks/{}"),
        ("get", "/tasks/{}/variables"),
        ("get", "/tasks/{}/comments"),
        ("get", "/tasks/{}/steps"),
        ("get", "/tasks/{}/gates"),
        ("get", "/tasks/{}/why?verb=claim"),
        ("post", "/tasks/{}/claim"),
        ("post", "/tasks/{}/release"),
    ):
        call = getattr(service, method)
        mine, unknown = (call("sun", path.format(which)) for which in (task, UNKNOWN))
        assert mine.status_code == unknown.status_code == 404, (path, mine.text)
        assert mine.json()["detail"].replace(task, UNKNOWN) == unknown.json()["detail"]


def test_an_instance_of_others_is_as_if_it_were_not_there(service: Service) -> None:
    service.deploy(human("place"))
    instance = service.start()
    for path in ("/instances/{}", "/instances/{}/steps"):
        mine, unknown = (service.get("li", path.format(which)) for which in (instance, UNKNOWN))
        assert mine.status_code == unknown.status_code == 404
        assert mine.json()["detail"].replace(instance, UNKNOWN) == unknown.json()["detail"]


def test_an_auditor_reads_every_task_and_changes_none(service: Service) -> None:
    task = service.new_task()
    assert service.get("otto", f"/tasks/{task}").status_code == 200
    assert service.post("otto", f"/tasks/{task}/claim").status_code == 403


def test_only_an_owner_operates_an_instance(service: Service) -> None:
    from opsflow.access import AccessRole

    service.deploy(human("place"))
    instance = service.start()
    service.flow.access.grant("li", AccessRole.PROCESS_OWNER, by="system")
    answer = service.post("li", f"/instances/{instance}/cancel", json={"reason": "I want to"})
    assert (answer.status_code, answer.json()["rule"]) == (403, "process.owner")
    assert service.flow.instances.get(instance).is_running


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "a/b.pdf", "a\\b.pdf", "x" * 300])
def test_a_file_name_that_is_a_path_is_refused(service: Service, name: str) -> None:
    task = service.new_task(FILE_STEP)
    service.post("li", f"/tasks/{task}/claim")
    for path in (f"/tasks/{task}/attachments", f"/tasks/{task}/steps/quotes/evidence"):
        answer = service.post("li", path, files={"file": (name, b"%PDF-1.7")})
        assert answer.status_code == 422, (path, answer.text)
    assert service.get("li", f"/tasks/{task}/attachments").json()["items"] == []


def test_a_body_over_the_limit_is_refused_before_it_is_read(service: Service) -> None:
    task = service.new_task(FILE_STEP)
    service.post("li", f"/tasks/{task}/claim")
    limits = Settings()
    text = "x" * (limits.body_limit + 1)
    answer = service.put("li", f"/tasks/{task}/draft", json={"data": {"text": text}})
    assert (answer.status_code, problem_of(answer)) == (413, "too-large")
    upload = {"file": ("big.bin", b"x" * (limits.upload_limit + 1))}
    answer = service.post("li", f"/tasks/{task}/attachments", files=upload)
    assert answer.status_code == 413
    upload = {"file": ("big.bin", b"x" * (25 * 1024 * 1024 + 1))}
    answer = service.post("li", f"/tasks/{task}/attachments", files=upload)
    assert (answer.status_code, problem_of(answer)) == (422, "evidence-invalid")


def test_a_zip_bomb_is_refused(service: Service) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("order.bpmn", simple(human("place")))
        archive.writestr("forms/zeros.json", b"0" * (300 * 1024 * 1024))
    for path in ("/processes", "/processes/check"):
        answer = service.post("chen", path, files={"file": ("p.zip", packed.getvalue())})
        found = answer.json()["findings"]
        assert any("package" in finding["rule"] for finding in found), answer.text
    assert service.flow.definitions.find() == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no xml",
        b"<a/>",
        b"PK\x03\x04broken",
        b"\xff\xfe\x00",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    ],
)
def test_what_is_no_process_gets_findings(service: Service, content: bytes) -> None:
    answer = service.post("chen", "/processes", files={"file": ("p.bpmn", content)})
    assert (answer.status_code, problem_of(answer)) == (422, "model-rejected")
    assert answer.json()["findings"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"data": 1}',
        b'{"data": {}, "more": 1}',
        b'{"data": {"a": NaN}}',
        b"\xff",
    ],
)
def test_a_body_of_another_shape_changes_nothing(service: Service, body: bytes) -> None:
    task = service.new_task()
    service.post("li", f"/tasks/{task}/claim")
    answer = service.client.post(
        f"{API}/tasks/{task}/complete",
        content=body,
        headers=service.headers("li") | {"Content-Type": "application/json"},
    )
    assert answer.status_code in (400, 422), answer.text
    assert service.flow.tasks.get(task).state == "claimed"


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x" * 10_001, "  "])
def test_a_text_that_cannot_be_kept_is_refused(service: Service, text: str) -> None:
    import json

    task = service.new_task()
    service.post("li", f"/tasks/{task}/claim")
    answer = service.client.post(
        f"{API}/tasks/{task}/comments",
        content=json.dumps({"text": text}),
        headers=service.headers("li") | {"Content-Type": "application/json"},
    )
    assert answer.status_code == 422
    assert service.get("li", f"/tasks/{task}/comments").json()["items"] == []


def test_a_path_of_odd_characters_is_nothing(service: Service) -> None:
    for odd in ("%00", "%2e%2e", "%ff", "a" * 5000, "'%20or%201=1"):
        answer = service.get("otto", f"/tasks/{odd}")
        assert answer.status_code in (404, 405, 422), (odd, answer.text)


def test_the_secret_of_a_token_is_never_kept(service: Service) -> None:
    answer = service.post("ada", "/tokens", json={"name": "t"}, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 422
    issued = service.post("ada", "/tokens", json={"name": "t", "person": "li"})
    assert issued.status_code == 201
    secret = issued.json()["secret"]
    assert secret not in service.get("ada", "/tokens", params={"person": "li"}).text
    assert (
        service.client.get(f"{API}/me", headers={"Authorization": f"Bearer {secret}"}).json()[
            "person"
        ]
        == "li"
    )


def test_a_token_makes_no_further_ones_without_the_permission(service: Service) -> None:
    for person in ("li", "ada"):
        body = {"name": "t", "person": person}
        assert service.post("li", "/tokens", json=body).status_code == 403
    assert len(service.flow.access.tokens()) == 1
    theirs = service.flow.access.issue_token("ada", by="system", name="t").token.id
    assert service.delete("li", f"/tokens/{theirs}").status_code == 404
    assert service.get("li", "/tokens", params={"person": "ada"}).status_code == 404


def test_a_token_without_an_end_is_refused(service: Service) -> None:
    endless = service.post("ada", "/tokens", json={"name": "t", "expires_at": NEVER.isoformat()})
    assert endless.status_code == 422
