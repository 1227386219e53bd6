"""Business calendars over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.integration.api.conftest import Service
from tests.models import human

OFFICE: dict[str, Any] = {"zone": "Asia/Shanghai", "hours": {"mon-fri": ["09:00-17:00"]}}


def test_a_calendar_is_defined_read_and_changed(service: Service) -> None:
    made = service.put("ada", "/calendars/office", json={**OFFICE, "country": "CN"})
    assert (made.status_code, made.json()["revision"]) == (200, 1)
    read = service.get("li", "/calendars/office")
    assert read.json()["definition"]["country"] == "CN"
    assert read.json()["changed_by"] == "ada"
    changed = service.put("ada", "/calendars/office", json=OFFICE)
    assert changed.json()["revision"] == 2
    again = service.put("ada", "/calendars/office", json=OFFICE)
    assert again.json()["revision"] == 2
    assert [each["key"] for each in service.get("li", "/calendars").json()["items"]] == ["office"]


def test_only_those_who_manage_people_change_calendars(service: Service) -> None:
    for person in ("li", "chen"):
        refused = service.put(person, "/calendars/office", json=OFFICE)
        assert refused.status_code == 403
    assert service.get("li", "/calendars/office").status_code == 404


def test_a_calendar_that_is_wrong_says_where(service: Service) -> None:
    wrong = {**OFFICE, "hours": {"mon": ["17:00-09:00"]}}
    answer = service.put("ada", "/calendars/office", json=wrong)
    assert answer.status_code == 422
    assert "behind midnight" in answer.json()["detail"]
    assert service.put("ada", "/calendars/unit", json=OFFICE).status_code == 422


def test_a_preview_counts_working_time(service: Service) -> None:
    service.put("ada", "/calendars/office", json={**OFFICE, "country": "CN"})
    asked = {"start": "2026-04-30T16:00:00+08:00", "duration": "PT8H"}
    answer = service.get("li", "/calendars/office/preview", params=asked)
    assert answer.json()["due_at"] == "2026-05-06T08:00:00Z"
    assert answer.json()["holidays"][0] == {"day": "2026-05-01", "name": "Labor Day"}
    for wrong in ({**asked, "duration": "soon"}, {**asked, "start": "2026-04-30"}):
        answer = service.get("li", "/calendars/office/preview", params=wrong)
        assert answer.status_code == 422


def test_units_go_by_calendars(service: Service) -> None:
    service.put("ada", "/calendars/office", json=OFFICE)
    service.post("ada", "/units", json={"id": "company"})
    service.post("ada", "/units", json={"id": "plant", "parent": "company"})
    given = service.put("ada", "/units/company/calendar", json={"calendar": "office"})
    assert given.json() == {"unit": "company", "own": "office", "calendar": "office"}
    plant = service.get("li", "/units/plant/calendar")
    assert plant.json() == {"unit": "plant", "own": None, "calendar": "office"}
    assert service.get("li", "/units/nowhere/calendar").status_code == 404
    unknown = service.put("ada", "/units/plant/calendar", json={"calendar": "none"})
    assert unknown.status_code == 404
    chosen = service.put("ada", "/default-calendar", json={"calendar": "office"})
    assert chosen.status_code == 200
    assert service.get("li", "/calendars/office").json()["is_default"]


def test_a_task_tells_what_is_done_next(service: Service) -> None:
    service.put("ada", "/calendars/office", json={**OFFICE, "zone": "UTC"})
    service.deploy(
        human(
            "place",
            '<opsflow:serviceLevel due="PT16H" calendar="office">'
            '<opsflow:rung at="PT12H" do="remind"/></opsflow:serviceLevel>',
        )
    )
    task = service.flow.tasks.of_instance(service.start())[-1].id
    detail = service.get("li", f"/tasks/{task}").json()
    assert service.get("otto", "/tasks/all?overdue=true").json()["items"] == []
    service.clock.advance(timedelta(days=2))
    [late] = service.get("otto", "/tasks/all?overdue=true").json()["items"]
    assert late["id"] == task
    service.flow.tasks.complete(task, by="li")
    assert service.get("otto", "/tasks/all?overdue=true").json()["items"] == []
    assert detail["due_at"] == "2026-03-03T17:00:00Z"
    assert detail["next_rung"] == {"at": "2026-03-03T13:00:00Z", "do": "remind", "to": None}
