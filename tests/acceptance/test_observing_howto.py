"""The page on watching: its lines are typed, its code runs, its rules are about what there is."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from opsflow.metrics import CATALOGUE
from tests.acceptance.conftest import ROOT
from tests.acceptance.test_readme import blocks, run_python

PAGE = "docs/howto/observing.md"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page uses curl")
def test_the_page_can_be_typed_from_top_to_bottom(folder: Path) -> None:
    begin = f'set -euo pipefail\nopsflow() {{ exec {sys.executable} -m opsflow "$@"; }}\n'
    # In a shell of its own each, so that the one in the background is the process itself.
    typed = re.sub(
        r"^opsflow (.*[^&])$", r"(opsflow \1)", "\n".join(blocks(PAGE, "sh")), flags=re.M
    )
    done = subprocess.run(
        ["bash", "-c", begin + typed],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin", "PORT": str(free_port())},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert "stock.reserve" in done.stdout
    assert 'opsflow_attempts_total{outcome="completed",topic="stock.reserve"} 1.0' in done.stdout
    assert re.search(r"^opsflow_[\w-]{43}$", done.stdout, re.M)
    assert '"event": "attempt"' in done.stderr


def test_the_code_of_the_page_runs(folder: Path) -> None:
    code = "\n".join(blocks(PAGE, "python"))
    used = "with Opsflow('sqlite://') as flow:\n    register(flow)\n"
    done = run_python(f"{code}\n{used}", folder)
    assert done.returncode == 0, done.stderr


def test_the_rules_are_about_metrics_and_labels_that_there_are() -> None:
    scrape, rules = blocks(PAGE, "yaml")
    assert scrape.count("job_name") == 2
    known = {metric.name: set(metric.labels) for metric in CATALOGUE}
    _, *alerts = rules.split("- alert: ")
    assert len(alerts) == 7
    for alert in alerts:
        expression = alert.partition("expr:")[2].partition("for:")[0]
        names = re.findall(r"opsflow_\w+", expression)
        assert names, alert
        labels = set.union(*(known[name] for name in names)) | {"instance"}
        grouped = re.findall(r"by \(([\w, ]+)\)", expression)
        named = {
            *re.findall(r"\$labels\.(\w+)", alert),
            *re.findall(r"(\w+)=~?\"", expression),
            *(label for each in grouped for label in each.split(", ")),
        }
        assert named <= labels, alert


def test_the_page_names_only_metrics_that_there_are() -> None:
    names = {metric.name for metric in CATALOGUE}
    text = (ROOT / PAGE).read_text("utf-8")
    assert set(re.findall(r"`(opsflow_\w+)`", text)) <= names
