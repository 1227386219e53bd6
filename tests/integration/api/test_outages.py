"""A client that hangs up, a database that goes away and comes back."""

from __future__ import annotations

import shutil
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import event, make_url
from starlette.testclient import TestClient

from opsflow.api import application
from opsflow.app import Opsflow
from tests.databases import Postgres, SQLite
from tests.integration.api.conftest import API, GENEROUS, Service, populate
from tests.integration.api.serving import served
from tests.models import human, simple

GONE = "urn:opsflow:problem:database-unavailable"
BOUNDARY = "edge"
PART = (
    f"--{BOUNDARY}\r\nContent-Disposition: form-data; "
    'name="file"; filename="a.bin"\r\n\r\n'.encode()
)


def hang_up(address: str, head: list[str], body: bytes) -> None:
    """Send the beginning of a request, and go away."""
    host = urlsplit(address)
    with socket.create_connection((host.hostname or "", host.port or 0), timeout=10) as client:
        client.sendall("\r\n".join([*head, "Host: test", "", ""]).encode() + body)
        # Reset at once instead of a farewell, as a client that is cut off does.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")


@pytest.mark.parametrize(
    ("how", "body"),
    [
        ("Content-Length: 9000000", PART + b"x" * 3_000_000),
        ("Content-Length: 9000000", PART[:20]),
        ("Transfer-Encoding: chunked", b"100000\r\n" + PART + b"x" * 1000),
    ],
)
def test_a_client_that_hangs_up_in_an_upload_leaves_nothing(
    service: Service, how: str, body: bytes
) -> None:
    task = service.new_task()
    service.flow.tasks.claim(task, by="li")
    entries = len(service.flow.history.find(limit=1000))
    head = [
        f"POST {API}/tasks/{task}/attachments HTTP/1.1",
        f"Authorization: Bearer {service.token('li')}",
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
        how,
    ]
    with served(service.flow) as address:
        for _ in range(3):
            hang_up(address, head, body)
        mine = {"Authorization": f"Bearer {service.token('li')}"}
        answer = httpx.get(f"{address}{API}/tasks/{task}/attachments", headers=mine)
    assert answer.json() == {"items": []}
    # The token was noted as issued; nothing else has been written.
    assert len(service.flow.history.find(limit=1000)) == entries + 1


@contextmanager
def without_server(databases: Postgres, url: str) -> Iterator[None]:
    """The database takes no connections, and has cut off those that there were."""
    name = make_url(url).database
    databases._run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    databases._run(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    )
    try:
        yield
    finally:
        databases._run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


@contextmanager
def without_folder(flow: Opsflow, folder: Path) -> Iterator[None]:
    """The folder of the file is not there, as that of a disk which is not mounted."""
    away = folder.with_name("away")
    flow.engine.dispose()
    folder.rename(away)
    try:
        yield
    finally:
        away.rename(folder)


def test_a_database_that_goes_away_and_comes_back(
    databases: SQLite | Postgres, url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    if isinstance(databases, SQLite):
        shutil.copy(make_url(url).database or "", folder / "office.db")
        url = f"sqlite:///{folder / 'office.db'}"
    with Opsflow(url) as flow:
        populate(flow)
        flow.definitions.deploy(simple(human("place")), by="chen")
        client = TestClient(
            application(flow, settings=GENEROUS),
            raise_server_exceptions=False,
            headers={
                "Authorization": "Bearer "
                + flow.access.issue_token("li", by="system", name="t").secret
            },
        )
        asked = asked_of(client)
        assert [ask().status_code for ask in asked] == [200, 200, 201]
        gone = (
            without_server(databases, url)
            if isinstance(databases, Postgres)
            else without_folder(flow, folder)
        )
        with gone:
            for ask in asked * 2:
                answer = ask()
                assert (answer.status_code, answer.json()["type"]) == (503, GONE), answer.text
                assert answer.headers["retry-after"] == "2"
                assert "sql" not in answer.text.lower()
            assert client.get("/health/live").status_code == 200
        assert [ask().status_code for ask in asked] == [200, 200, 201]
        assert len(flow.instances.find()) == 2
        assert flow.history.verify().holds


def asked_of(client: TestClient) -> list[Callable[[], Any]]:
    """Is it ready, something that reads, something that changes."""
    return [
        lambda: client.get("/health/ready"),
        lambda: client.get(f"{API}/tasks"),
        lambda: client.post(f"{API}/instances", json={"process": "order"}),
    ]


def test_a_file_that_somebody_else_holds_is_a_conflict(sqlite: SQLite) -> None:
    url = sqlite.migrated()
    with Opsflow(url) as flow:
        event.listen(flow.engine, "connect", hurry)
        populate(flow)
        flow.definitions.deploy(simple(human("place")), by="chen")
        token = flow.access.issue_token("li", by="system", name="t").secret
        client = TestClient(
            application(flow, settings=GENEROUS), headers={"Authorization": f"Bearer {token}"}
        )
        assert client.get(f"{API}/tasks").status_code == 200
        began = time.monotonic()
        with closing(sqlite3.connect(make_url(url).database or "")) as other:
            other.execute("BEGIN IMMEDIATE")
            answer = client.post(f"{API}/instances", json={"process": "order"})
            assert client.get(f"{API}/tasks").status_code == 200
        assert answer.json()["type"] == "urn:opsflow:problem:conflict"
        assert time.monotonic() - began < 10
        assert flow.instances.find() == []
        assert client.post(f"{API}/instances", json={"process": "order"}).status_code == 201
    sqlite.drop(url)


def hurry(connection: sqlite3.Connection, _record: object) -> None:
    """Wait for other writers a moment only."""
    connection.execute("PRAGMA busy_timeout = 100")


def test_nobody_is_refused_before_their_upload_is_read(service: Service) -> None:
    head = (
        f"POST {API}/processes HTTP/1.1\r\nHost: test\r\nContent-Length: 9000000\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
    )
    with served(service.flow) as address:
        host = urlsplit(address)
        with socket.create_connection((host.hostname or "", host.port or 0), timeout=20) as client:
            client.sendall(head.encode() + PART)
            assert client.recv(100).startswith(b"HTTP/1.1 401 ")
