"""The page on deadlines: its files, commands and Python, one after the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsflow.app import Opsflow
from opsflow.findings import Finding
from tests.acceptance.conftest import Run
from tests.acceptance.test_readme import blocks, run_python
from tests.models import flows, human, model, simple

PAGE = "docs/howto/deadlines.md"


def test_the_commands_of_the_page_do_what_it_says(run: Run, folder: Path) -> None:
    [calendar], [commands] = blocks(PAGE, "csv"), blocks(PAGE, "sh")
    (folder / "shanghai.csv").write_text(calendar)
    said = []
    for line in commands.strip().splitlines():
        done = run(*line.split()[1:])
        assert done.code == 0, (line, done.err)
        said.append(done.out)
    assert "revision 1" in said[1]
    assert "09:00-12:00 13:00-18:00" in said[2]
    assert "PT8H ends Wed 2026-05-06 16:00 CST." in said[3]
    assert "P2D ends Thu 2026-05-07 16:00 CST." in said[4]
    assert "2026-05-01: Labor Day" in said[3]
    listed = run("calendar", "list")
    assert "default" in listed.out
    unknown = run("calendar", "preview", "mars", "2026-04-30", "PT8H")
    assert unknown.code != 0
    assert "mars" in unknown.err


def test_the_python_of_the_page_runs(folder: Path) -> None:
    [code] = blocks(PAGE, "python")
    done = run_python(code + "\nflow.close()\n", folder)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def flow(tmp_path: Path) -> Opsflow:
    flow = Opsflow(f"sqlite:///{tmp_path}/check.db")
    flow.migrate()
    return flow


def test_the_diagrams_of_the_page_are_understood(flow: Opsflow) -> None:
    timer, level = blocks(PAGE, "xml")
    body = (
        '<startEvent id="s"/><userTask id="approve"><extensionElements>'
        '<opsflow:responsibility responsible="buyer,deputy_buyer" accountable="boss"/>'
        + level
        + '</extensionElements></userTask><endEvent id="e"/><endEvent id="l"/>'
        + timer
        + flows("s>approve", "approve>e", "slow>l")
    )

    def errors() -> list[Finding]:
        return [each for each in flow.definitions.check(model(body)) if each.is_error]

    with flow:
        assert [each.rule for each in errors()] == ["opsflow.calendar.unknown"]
        flow.calendars.define("shanghai", {"zone": "UTC", "hours": {"mon": ["09:00-17:00"]}})
        assert errors() == []


def test_a_task_shows_what_is_done_next(run: Run, folder: Path) -> None:
    assert run("init").code == 0
    rung = '<opsflow:rung at="P1D" do="remind"/>'
    controls = f'<opsflow:serviceLevel due="P2D">{rung}</opsflow:serviceLevel>'
    with Opsflow(f"sqlite:///{folder}/opsflow.db") as flow:
        flow.definitions.deploy(simple(human("place", controls)), by="ping")
        flow.instances.start("order", by="ping", business_key="O-1")
    shown = run("show", "O-1/place")
    assert "Next: remind, " in shown.out
