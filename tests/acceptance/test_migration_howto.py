"""The page on migrating instances, typed from top to bottom."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from opsflow.app import Opsflow
from tests.acceptance.conftest import ROOT
from tests.acceptance.test_readme import blocks, run_python

PAGE = "docs/howto/migrating-instances.md"
SHELL = f'set -euo pipefail\nopsflow() {{ "{sys.executable}" -m opsflow "$@"; }}\n'


@pytest.mark.skipif(sys.platform == "win32", reason="the page is for a POSIX shell")
def test_the_page_can_be_typed_from_top_to_bottom(folder: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", SHELL + "\n".join(blocks(PAGE, "sh"))],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout[-2000:]
    assert "Not yet." in done.stdout
    assert "migration.removed" in done.stdout
    assert "O-2 is on version 1 again." in done.stdout
    plan = json.loads((folder / "plan.json").read_text())
    assert plan["nodes"]["place"] == "place_order"
    [code] = blocks(PAGE, "python")
    ran = run_python(code, folder)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "1 of 1\n"
    with Opsflow(f"sqlite:///{folder / 'opsflow.db'}") as flow:
        versions = {each.business_key: each.version for each in flow.instances.find()}
        assert versions == {"O-1": 2, "O-2": 2}
        tasks = [(task.node_id, task.assignee) for task in flow.tasks.find(open=True)]
        assert tasks == [("place_order", "bo"), ("place_order", None)]
        assert flow.instances.next_due() is not None
        assert flow.history.verify().holds
