"""A target that webhooks are sent to, and an opsflow that may send there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from tests.integration.jobs.processes import CALLING, CHAIN
from tests.models import human, simple

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODw=="
OTHER_SECRET = "whsec_Dw4NDAsKCQgHBgUEAwIBAA=="


@dataclass
class Target:
    """Another system: what it was told, and what it answers."""

    url: str = ""
    status: int = 204
    location: str = "/elsewhere"
    got: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def target() -> Iterator[Target]:
    """A server that takes webhooks."""
    made = Target()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            made.got.append({"path": self.path, "headers": headers, "content": content})
            self.send_response(made.status)
            self.send_header("Location", made.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        made.url = f"http://localhost:{server.server_port}/hook"
        yield made
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The secrets of the environment."""
    monkeypatch.setenv("OPSFLOW_SECRET_CRM", SECRET)
    monkeypatch.setenv("OPSFLOW_SECRET_NEXT", OTHER_SECRET)
    monkeypatch.setenv("OPSFLOW_SECRET_HUB", "It's a Secret to Everybody")


def set_up(flow: Opsflow) -> None:
    """Two people, a process of theirs, and two whose steps are jobs."""
    for role in ("buyer", "manager"):
        flow.people.add_role(role)
    for person, role in {"li": "buyer", "chen": "manager"}.items():
        flow.people.add_person(person, name=person.title())
        flow.people.grant(person, role)
    flow.definitions.deploy(simple(human("place", name="Place the order")), by="chen")
    for each in (CALLING, CHAIN):
        flow.definitions.deploy(each, by="chen", responsibility="open")


@pytest.fixture
def flow(url: str, clock: ManualClock) -> Iterator[Opsflow]:
    """An opsflow that may tell the target, which is on this machine."""
    with Opsflow(url, clock=clock) as opened:
        opened.webhooks.allow(private=("localhost",))
        set_up(opened)
        yield opened
