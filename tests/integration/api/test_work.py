"""A worker's day over HTTP: take work, walk the steps, hand in, be judged."""

from __future__ import annotations

import hashlib

from opsflow.access import Permission
from tests.integration.api.conftest import API, Service
from tests.models import human

FORM = """<opsflow:form>{"required": ["amount"], "additionalProperties": false,
  "properties": {"amount": {"type": "number", "minimum": 0}}}</opsflow:form>"""
STEPS = (
    '<opsflow:procedure><opsflow:step id="count" kind="measure" unit="pcs" min="= 3" '
    'required="true">Count</opsflow:step><opsflow:step id="photo" kind="file" required="true">'
    "Photo</opsflow:step></opsflow:procedure>"
)
GATE = '<opsflow:gate id="release" at="exit" rule="all" voters="manager" onReject="rework"/>'


def test_from_the_offer_to_the_approval(service: Service) -> None:
    task = service.new_task(FORM + STEPS + GATE)
    [offered] = service.get("li", "/tasks", params={"view": "offered"}).json()["items"]
    assert offered["id"] == task
    assert service.get("li", f"/tasks/{task}/form").json()["json_schema"]["required"] == ["amount"]
    assert service.post("li", f"/tasks/{task}/claim").json()["assignee"] == "li"
    out_of_limits = service.put("li", f"/tasks/{task}/steps/count", json={"value": 2})
    assert out_of_limits.status_code == 422
    recorded = service.put(
        "li", f"/tasks/{task}/steps/count", json={"value": 2, "reason": "one is broken"}
    ).json()
    assert (recorded["state"], recorded["record"]["number"]) == ("done", 2)
    photo = b"\x89PNG not really"
    uploaded = service.post(
        "li", f"/tasks/{task}/steps/photo/evidence", files={"file": ("a photo.png", photo)}
    ).json()
    [evidence] = uploaded["evidence"]
    assert evidence["sha256"] == hashlib.sha256(photo).hexdigest()
    missing = service.post("li", f"/tasks/{task}/complete", json={"data": {"amount": 5}})
    assert missing.status_code == 409
    assert "deviation" in missing.json()["missing"][0]
    [deviation] = service.get("chen", "/deviations").json()["items"]
    accepted = service.post(
        "chen", f"/tasks/{task}/deviations/{deviation['id']}/accept", json={"comment": "fine"}
    )
    assert accepted.json()["state"] == "accepted"
    wrong = service.post("li", f"/tasks/{task}/complete", json={"data": {"amount": "five"}})
    assert (wrong.status_code, wrong.json()["failures"][0]["pointer"]) == (422, "/amount")
    handed_in = service.post("li", f"/tasks/{task}/complete", json={"data": {"amount": 5.25}})
    assert handed_in.json()["state"] == "in_review"
    [gate] = service.get("chen", "/gates").json()["items"]
    stale = service.post(
        "chen", f"/gates/{gate['id']}/votes", json={"choice": "approve", "seen": "0" * 64}
    )
    assert stale.status_code == 409
    voted = service.post(
        "chen",
        f"/gates/{gate['id']}/votes",
        json={"choice": "approve", "seen": gate["content_hash"]},
    ).json()
    assert voted["state"] == "approved"
    done = service.get("li", f"/tasks/{task}").json()
    assert (done["state"], done["submitted"]) == ("completed", {"amount": 5.25})


def test_evidence_comes_back_as_it_was_and_only_to_those_who_may_read(service: Service) -> None:
    task = service.new_task(STEPS)
    service.post("li", f"/tasks/{task}/claim")
    service.put("li", f"/tasks/{task}/steps/count", json={"value": 3})
    content = bytes(range(256)) * 2000
    upload = {"file": ("röntgen.bin", content)}
    step = service.post("li", f"/tasks/{task}/steps/photo/evidence", files=upload).json()
    path = f"/tasks/{task}/evidence/{step['evidence'][0]['id']}"
    answer = service.get("chen", path)
    assert answer.content == content
    assert answer.headers["content-disposition"].endswith("r%C3%B6ntgen.bin")
    again = service.get("chen", path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert service.get("sun", path).status_code == 404
    other = service.new_task(STEPS)
    assert service.get("chen", f"/tasks/{other}/evidence/{path[-36:]}").status_code == 404


def test_an_offered_task_is_completed_in_one_step(service: Service) -> None:
    task = service.new_task()
    done = service.post("li", f"/tasks/{task}/complete", json={})
    assert (done.json()["state"], done.json()["assignee"]) == ("completed", "li")


def test_a_task_goes_from_hand_to_hand(service: Service) -> None:
    task = service.new_task()
    assigned = service.post("chen", f"/tasks/{task}/assign", json={"to": "li"})
    assert assigned.json()["assignee"] == "li"
    delegated = service.post("li", f"/tasks/{task}/delegate", json={"to": "wang"})
    assert delegated.json()["assignee"] == "wang"
    back = service.post("chen", f"/tasks/{task}/return", json={"reason": "not yet"})
    assert (back.json()["state"], back.json()["assignee"]) == ("offered", None)
    [notice] = [
        each
        for each in service.get("wang", "/notices").json()["items"]
        if each["kind"] == "task.assigned"
    ]
    assert service.post("li", f"/notices/{notice['id']}/read").status_code == 404
    assert service.post("wang", f"/notices/{notice['id']}/read").json()["read_at"] is not None


def test_the_plan_of_a_task(service: Service) -> None:
    task = service.new_task()
    due = service.put("chen", f"/tasks/{task}/due", json={"at": "2026-03-05T10:00:00+08:00"})
    assert due.json()["due_at"] == "2026-03-05T02:00:00Z"
    assert (
        service.put("chen", f"/tasks/{task}/priority", json={"value": 90}).json()["priority"] == 90
    )
    assert service.put("chen", f"/tasks/{task}/due", json={"at": "2026-03-05"}).status_code == 422
    assert service.put("li", f"/tasks/{task}/priority", json={"value": 1}).status_code == 403
    found = service.get(
        "li", "/tasks", params={"due_before": "2026-03-06T00:00:00Z", "priority_from": 90}
    ).json()["items"]
    assert [each["id"] for each in found] == [task]


def test_talk_about_a_task(service: Service) -> None:
    task = service.new_task()
    service.post("li", f"/tasks/{task}/claim")
    said = service.post("chen", f"/tasks/{task}/comments", json={"text": " Soon, please "})
    assert (said.status_code, said.json()["text"]) == (201, "Soon, please")
    attached = service.post(
        "li",
        f"/tasks/{task}/attachments",
        files={"file": ("offer.pdf", b"%PDF", "application/pdf")},
    ).json()
    assert attached["media_type"] == "application/pdf"
    path = f"/tasks/{task}/attachments/{attached['id']}"
    assert service.get("chen", path).content == b"%PDF"
    assert service.get("sun", path).status_code == 404


def test_ask_and_answer(service: Service) -> None:
    raci = '<opsflow:responsibility responsible="buyer" accountable="manager" consulted="clerk"/>'
    task = service.new_task(raci)
    service.post("li", f"/tasks/{task}/claim")
    asked = service.post(
        "li", f"/tasks/{task}/consultations", json={"role": "clerk", "question": "In stock?"}
    )
    assert asked.status_code == 201
    path = f"/tasks/{task}/consultations/{asked.json()['id']}/answer"
    assert service.post("zhao", path, json={"text": "no"}).status_code == 404
    assert service.post("li", path, json={"text": "yes"}).status_code == 403
    assert service.post("sun", path, json={"text": "Yes, 12"}).json()["answered_by"] == "sun"


def test_one_verb_on_many_tasks_has_a_result_for_each(service: Service) -> None:
    service.deploy(human("place"))
    tasks = [service.flow.tasks.of_instance(service.start())[-1].id for _ in range(3)]
    service.post("wang", f"/tasks/{tasks[1]}/claim")
    items = [{"task_id": task} for task in [*tasks, "nothing"]]
    answer = service.post("li", "/tasks/bulk", json={"verb": "claim", "items": items}).json()
    assert (answer["done"], answer["failed"]) == (2, 2)
    problems = [item["problem"] and item["problem"]["status"] for item in answer["items"]]
    assert problems == [None, 409, None, 404]
    incomplete = service.post("li", "/tasks/bulk", json={"verb": "assign", "items": items})
    assert incomplete.status_code == 422


def test_counts_and_why(service: Service) -> None:
    task = service.new_task(GATE)
    assert service.get("li", "/tasks/counts").json()["offered"] == 1
    service.post("li", f"/tasks/{task}/claim")
    assert service.get("li", "/tasks/counts").json()["mine"] == 1
    why = service.get("wang", f"/tasks/{task}/why", params={"verb": "release"}).json()
    assert (why["allowed"], why["rule"], why["could"]) == (False, "assignee.only", ["li"])
    assert service.get("wang", f"/tasks/{task}/why", params={"verb": "fly"}).status_code == 422


def test_who_one_is(service: Service) -> None:
    me = service.get("chen", "/me").json()
    assert (me["person"], me["roles"]) == ("chen", ["manager"])
    assert me["access_roles"] == ["process_owner", "worker"]
    assert Permission.PROCESSES_DEPLOY in me["permissions"]
    assert service.client.get(f"{API}/me").status_code == 401
