"""The page on the HTTP API: its lines, typed one after the other by somebody new."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.test_readme import blocks

PAGE = "docs/howto/http.md"
PATIENCE = 120.0
"""Seconds until the demonstration is played and served."""
WATCHED = """
set -euo pipefail
curl() { command curl --write-out '%{stderr}STATUS %{http_code} %{method} %{url}\\n' "$@"; }
"""
"""Before the lines of the page: each answer's status is told on standard error."""

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the page is about curl")


@dataclass(frozen=True)
class Served:
    """The demonstration: its address, and the variables that it tells to put into the shell."""

    url: str
    shell: dict[str, str]

    def get(self, who: str, path: str, **query: str) -> Any:
        headers = {"Authorization": f"Bearer {self.shell[who]}"}
        return httpx.get(self.url + path, params=query, headers=headers, timeout=30).json()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def demonstration(folder: Path) -> Iterator[Served]:
    """The command that the page begins with, ended as somebody at a terminal does."""
    port = free_port()
    out, errors = folder / "out.txt", folder / "errors.txt"
    with out.open("w") as told, errors.open("w") as failed:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "opsflow", "demo", "--serve"),
                *("--case", "PR-2026-002", "--port", str(port)),
            ],
            cwd=folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=told,
            stderr=failed,
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/health/ready", process, errors)
            shell = dict(re.findall(r"export (\w+)=(\S+)", out.read_text()))
            yield Served(f"http://127.0.0.1:{port}/api/v1", shell)
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=30) == 0, errors.read_text()
        finally:
            process.kill()
            process.wait()
    log = errors.read_text()
    assert "Traceback" not in log, log
    assert not [secret for secret in shell.values() if secret in log]


def wait_for(url: str, process: subprocess.Popen[bytes], errors: Path) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        assert process.poll() is None, errors.read_text()
        assert time.monotonic() < end, "the server did not start"
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)


def test_the_page_can_be_typed_from_top_to_bottom(folder: Path) -> None:
    with demonstration(folder) as served:
        assert served.shell.keys() == {"TOKEN", "HEAD", "BUYER", "OWNER"}
        done = subprocess.run(
            ["bash", "-c", WATCHED + "\n".join(blocks(PAGE, "sh"))],
            cwd=folder,
            env={**os.environ, **served.shell, "URL": served.url},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr + done.stdout[-2000:]
        answers = re.findall(r"STATUS (\d+) (\w+ \S+)", done.stderr)
        assert len(answers) > 40
        unlucky = [(status, what) for status, what in answers if status >= "400"]
        # The buyer may not fill in the request, and the page says so.
        assert [status for status, _what in unlucky] == ["403"], unlucky
        assert unlucky[0][1].endswith("/claim")
        assert_story_told(served)


def assert_story_told(served: Served) -> None:
    """The request is approved, the comparison recorded, the other request cancelled."""
    [purchase] = served.get("OWNER", "/instances", business_key="PR-TRY")["items"]
    [compare] = served.get("BUYER", "/tasks", business_key="PR-TRY")["items"]
    assert (compare["assignee"], compare["priority"]) == ("bo", 80)
    steps = {
        step["id"]: step for step in served.get("BUYER", f"/tasks/{compare['id']}/steps")["items"]
    }
    assert steps["quotes"]["deviation"]["state"] == "accepted"
    assert steps["comparison"]["evidence"][0]["name"] == "comparison.csv"
    [other] = served.get("OWNER", "/instances", business_key="PR-901")["items"]
    assert (purchase["status"], other["status"]) == ("running", "cancelled")
