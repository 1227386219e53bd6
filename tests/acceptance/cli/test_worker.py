"""A worker as a process: it does jobs until it is told to end."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.acceptance.conftest import ROOT, Run

SETUP = (
    "def register(flow):\n"
    "    flow.handler('stock.reserve')(lambda call: {'reserved': call.variables['article']})\n"
)


def test_a_worker_does_what_waits_and_ends_when_it_is_told(run: Run, folder: Path) -> None:
    run("init", "--organisation", "examples/procurement/organisation")
    run("deploy", "examples/order.bpmn", "--by", "ping")
    order = ("start", "order", "--by", "jun", "--var", "article=lamp", "--business-key", "O-1")
    assert run(*order).code == 0
    (folder / "shop_worker.py").write_text(SETUP)
    command = [sys.executable, "-m", "opsflow", "--setup", "shop_worker:register", "worker"]
    worker = subprocess.Popen(
        command,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": ""},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        end = time.monotonic() + 60
        while "reserved" not in run("variables", "O-1").out:
            assert time.monotonic() < end
            time.sleep(0.2)
        worker.send_signal(signal.SIGTERM)
        said, _ = worker.communicate(timeout=60)
    finally:
        worker.kill()
    assert worker.returncode == 0
    assert "Ended" in said


def test_a_process_is_started_by_a_fresh_process(run: Run, folder: Path) -> None:
    run("init", "--organisation", "examples/procurement/organisation")
    run("deploy", "examples/order.bpmn", "--by", "ping")
    command = [sys.executable, "-m", "opsflow", "start", "order", "--by", "jun"]
    environment = {"PYTHONPATH": str(ROOT / "src"), "PATH": ""}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_jobs_are_distributed_on_postgresql_only(run: Run) -> None:
    run("init")
    ended = run("--distributed", "jobs")
    assert ended.code == 2
    assert "PostgreSQL" in ended.err


def test_an_incident_is_noted_and_resolved_by_hand(run: Run, folder: Path) -> None:
    run("init", "--organisation", "examples/procurement/organisation")
    run("deploy", "examples/order.bpmn", "--by", "ping")
    for number in ("O-1", "O-2", "O-3"):
        run("start", "order", "--by", "jun", "--business-key", number)
    (folder / "shop_broken.py").write_text(
        "def register(flow):\n"
        "    flow.handler('stock.reserve', retries=0)(lambda call: {'n': call.variables['no']})\n"
    )
    assert run("--setup", "shop_broken:register", "run-due").code == 0
    found = [line for line in run("incidents").out.splitlines() if "KeyError" in line]
    assert len(found) == 3
    first = found[0].split("│")[1].strip()
    assert run("annotate", first, "--by", "ping", "--note", "no stock yet").code == 0
    assert "no stock yet" in run("incidents").out
    assert run("resolve", first, "--by", "ping", "--var", "reserved=true").code == 0
    assert "reserved" in run("variables", "O-1").out
    assert "2 of 2" in run("retry", "--process", "order", "--by", "ping").out
    assert run("retry", "--by", "ping").code == 2
