"""The example with many processes, run as its reader would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.acceptance.conftest import ROOT
from tests.databases import Postgres


def test_a_killed_worker_of_many_costs_nothing(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.empty()
    command = [str(ROOT / "examples/scale-out/run.py"), "--url", url, "--parcels", "40"]
    done = subprocess.run(
        [sys.executable, "-W", "error", *command],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    log = tmp_path / "scale-out.log"
    assert done.returncode == 0, done.stderr + log.read_text("utf-8")
    assert "{'completed': 40}" in done.stdout
    assert done.stdout.count("was killed") == 1
    assert sum(int(n.split()[3]) for n in done.stdout.splitlines() if " did " in n) == 120
    assert done.stdout.endswith(
        "steps done by nobody we know: 0\njobs left: 0, incidents: 0\nthe trail holds: True\n"
    )
    postgres.drop(url)
