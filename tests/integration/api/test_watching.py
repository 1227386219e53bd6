"""Metrics and health over HTTP, for who may read them."""

from __future__ import annotations

from datetime import timedelta

from opsflow.access import AccessRole, Permission
from opsflow.jobs import Pace, Pulse, Stop
from tests.integration.api.conftest import API, Service
from tests.integration.jobs.processes import CALLING


def test_a_token_for_metrics_reads_metrics_and_nothing_else(service: Service) -> None:
    service.flow.people.add_person("prometheus", name="Prometheus")
    service.flow.access.grant("prometheus", AccessRole.MACHINE, by="system")
    secret = service.flow.access.issue_token(
        "prometheus", by="system", name="scrape", scopes=[Permission.METRICS_READ]
    ).secret
    headers = {"Authorization": f"Bearer {secret}"}
    answer = service.client.get(f"{API}/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "# HELP opsflow_jobs " in answer.text
    assert service.client.get(f"{API}/health", headers=headers).status_code == 200
    for path in ("/jobs", "/instances", "/processes"):
        assert service.client.get(API + path, headers=headers).status_code == 403
    assert service.get("sun", "/metrics").status_code == 403


def test_requests_are_counted_by_template_and_never_by_path(service: Service) -> None:
    secret_id = "8e3a1f00-0000-7000-8000-000000000000"
    service.get("chen", f"/instances/{secret_id}")
    service.client.get("/nowhere")
    service.client.request("BREW", "/nowhere")
    shown = service.get("chen", "/metrics").text
    one = 'method="GET",route="/api/v1/instances/{instance_id}"'
    assert f'opsflow_http_requests_total{{{one},status="404"}} 1.0' in shown
    assert f"opsflow_http_request_seconds_count{{{one}}} 1.0" in shown
    assert 'opsflow_http_requests_total{method="GET",route="(none)",status="404"} 1.0' in shown
    assert 'opsflow_http_requests_total{method="OTHER",route="(none)",status="404"} 1.0' in shown
    assert secret_id not in shown
    assert "BREW" not in shown


def test_health_is_told_in_seconds(service: Service) -> None:
    assert service.get("ada", "/health").json()["oldest_due_seconds"] is None
    service.flow.definitions.deploy(CALLING, by="chen", responsibility="open")
    service.flow.instances.start("calling", by="chen")
    service.clock.advance(timedelta(minutes=2))
    told = service.get("ada", "/health").json()
    assert (told["queued"], told["oldest_due_seconds"], told["workers"]) == (1, 120.0, [])
    assert told["depths"][0]["topic"] == "call"


def test_a_service_whose_executor_hangs_is_alive_and_not_ready(service: Service) -> None:
    assert service.client.get("/health/ready").status_code == 200
    hangs = Pulse("host:1", Pace(poll=timedelta(microseconds=1)), Stop(), patience=0.0)
    with service.flow.jobs.workshop.pulses.felt(hangs):
        answer = service.client.get("/health/ready")
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:opsflow:problem:not-ready")
        assert service.client.get("/health/live").status_code == 200
        assert service.get("ada", "/health").json()["workers"][0]["alive"] is False
    assert service.client.get("/health/ready").status_code == 200
