"""What is accepted is executed as it is written: nodes, flows and events, told by lxml alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from opsflow.engine import Model, read_model
from tests.conformance import misread
from tests.unit.engine.parser.diagrams import file, flow, path, process
from tests.unit.engine.rules.breaches import BREACHES

ROOT = Path(__file__).parents[2]
SHIPPED = sorted([*(ROOT / "bpmn").rglob("*.bpmn"), *(ROOT / "examples").rglob("*.bpmn")])


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda shipped: shipped.name)
def test_shipped_processes_are_executed_as_written(shipped: Path) -> None:
    assert misread.differences(shipped.read_bytes()) == []


@pytest.mark.parametrize("rule", BREACHES)
def test_the_models_of_every_rule_are_refused_or_executed_as_written(rule: str) -> None:
    for source in BREACHES[rule]:
        assert not misread.differences(file(source))


def test_a_flow_that_is_dropped_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(source: bytes) -> Model:
        model = read_model(source)
        process = model.processes["p"]
        node = replace(process.nodes["start"], outgoing=process.nodes["start"].outgoing[:1])
        nodes = {**process.nodes, "start": node}
        return replace(model, processes={"p": replace(process, nodes=nodes)})

    monkeypatch.setattr(misread, "read_model", forgetful)
    source = file(process(path('<task id="a"/>'), '<task id="b"/>', flow("start", "b")))
    assert misread.differences(source) == [
        "p: not executed: ('flow', 'start', 'b', False, False)",
    ]


def test_a_folder_is_compared_file_by_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "good.bpmn").write_bytes(SHIPPED[0].read_bytes())
    (tmp_path / "none.bpmn").write_bytes(b"<nothing/>")
    assert misread.main(str(tmp_path)) == 0
    assert "1 equal, 0 misread, 1 refused" in capsys.readouterr().out
