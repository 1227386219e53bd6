"""Every way a command can end."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from opsflow import errors
from opsflow.cli.exits import EXITS, exit_code
from tests.acceptance.conftest import ROOT, Run


def _error_classes(of: type[Exception]) -> list[type[Exception]]:
    below = [each for each in of.__subclasses__() if each.__module__.startswith("opsflow")]
    return [of, *(found for each in below for found in _error_classes(each))]


@pytest.mark.parametrize("kind", _error_classes(errors.OpsflowError), ids=lambda k: k.__name__)
def test_every_error_of_opsflow_has_an_exit_code(kind: type[Exception]) -> None:
    error = kind.__new__(kind)
    assert 1 <= exit_code(error) <= 7


def test_every_exit_code_is_documented() -> None:
    text = (ROOT / "docs/reference/cli.md").read_text()
    for code in {0, *(code for _, code in EXITS)}:
        assert f"\n| {code} |" in text


def test_without_a_database_one_line_says_how_to_make_it(run: Run, folder: Path) -> None:
    ended = run("instances")
    assert ended.code == 6
    assert ended.err.count("\n") == 1
    assert "opsflow init" in ended.err
    assert not (folder / "opsflow.db").exists()


def test_a_database_of_something_else_is_refused(run: Run, folder: Path) -> None:
    with sqlite3.connect(folder / "other.db") as connection:
        connection.execute("CREATE TABLE cats (name TEXT)")
    connection.close()
    ended = run("--database", "sqlite:///other.db", "instances")
    assert ended.code == 6
    assert "opsflow db upgrade" in ended.err


def test_a_server_that_is_not_there_is_one_line(run: Run) -> None:
    ended = run("--database", "postgresql://nobody@127.0.0.1:1/none", "instances")
    assert ended.code == 6
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize("url", ["mysql://a/b", "nonsense"])
def test_a_database_that_opsflow_does_not_know_is_wrong_usage(run: Run, url: str) -> None:
    assert run("--database", url, "instances").code == 2


@pytest.mark.parametrize(
    "line", ["claim", "no-such-command", "claim PR-1/request --by jun --force", "vote a b --by c"]
)
def test_wrong_usage_ends_with_2(run: Run, line: str) -> None:
    ended = run(*line.split())
    assert ended.code == 2
    assert "Traceback" not in ended.err


def test_what_is_not_there_ends_with_5(office: Run) -> None:
    for line in (
        "claim PR-9/request --by jun",
        "claim PR-1/no_such_node --by jun",
        "claim no-such-task --by jun",
        "start no_such_process --by jun",
        "deploy no-such-file.bpmn --by ping",
        "step accept PR-1/request s --by hua",
        "vote PR-1/request no_gate --by hua --choice approve",
        "answer PR-1/request --by wei --text hello",
        "retry no-such-incident --by ping",
    ):
        ended = office(*line.split())
        assert ended.code == 5, (line, ended)
        assert ended.err.count("\n") == 1


def test_a_refusal_ends_with_3_and_names_the_rule_and_who_could(office: Run) -> None:
    ended = office("claim", "PR-1/request", "--by", "bo")
    assert ended.code == 3
    assert "raci.responsible" in ended.err
    assert "jun" in ended.err


def test_a_second_claim_is_a_conflict(office: Run) -> None:
    assert office("claim", "PR-1/request", "--by", "jun").code == 0
    assert office("claim", "PR-1/request", "--by", "mei").code == 4


def test_a_business_key_of_two_instances_is_not_guessed_at(office: Run) -> None:
    office("start", "procurement", "--by", "jun", "--business-key", "PR-1")
    ended = office("history", "PR-1")
    assert ended.code == 2
    assert "by its id" in ended.err
