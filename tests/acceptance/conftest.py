"""A folder to work in as somebody who has the checkout, and the command line."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from opsflow.cli import main

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with the shipped processes and examples in it, and no database."""
    for name in ("bpmn", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPSFLOW_DATABASE_URL", raising=False)
    return tmp_path


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line, run in the folder."""

    def call(*arguments: str) -> Ended:
        capsys.readouterr()
        code = main(arguments)
        said = capsys.readouterr()
        return Ended(code, said.out, said.err)

    return call


@pytest.fixture
def office(run: Run) -> Run:
    """The command line, with people, the procurement process, and the request PR-1 in it."""
    for line in (
        "init --organisation examples/procurement/organisation",
        "deploy bpmn/authority.dmn bpmn/procurement.bpmn --by ping",
        "start procurement --by jun --business-key PR-1",
    ):
        assert run(*line.split()).code == 0
    return run
