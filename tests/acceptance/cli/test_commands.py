"""What each command does and says."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest
import typer

from opsflow.cli import app
from opsflow.cli.values import read_assignments
from opsflow.errors import Invalid
from tests.acceptance.conftest import ROOT, Run

REQUEST = (
    '{"item": "Printer paper", "category": "office", "quantity": 40, "amount": 380.50,'
    ' "needed_by": "2026-12-18", "reason": "The stock runs out this week"}'
)


def request_and_approve(office: Run, folder: Path) -> None:
    (folder / "request.json").write_text(REQUEST)
    assert office("claim", "PR-1/request", "--by", "jun").code == 0
    done = office("complete", "PR-1/request", "--by", "jun", "--data-file", "request.json")
    assert done.code == 0, done.err
    assert "in review" in done.out
    voted = office("vote", "PR-1/request", "need", "--by", "hua", "--choice", "approve")
    assert voted.code == 0, voted.err


def test_every_command_is_in_the_reference() -> None:
    text = (ROOT / "docs/reference/cli.md").read_text()
    command = typer.main.get_command(app)
    names = list(getattr(command, "commands", {}))
    assert len(names) > 20
    for name in names:
        assert re.search(rf"`[^`]*\b{re.escape(name)}\b", text), name


def test_check_names_what_is_wrong_and_stores_nothing(run: Run, folder: Path) -> None:
    model = (folder / "bpmn/procurement.bpmn").read_text()
    broken = model.replace('accountable="department_head" ', 'accountable="a,b" ', 1)
    (folder / "broken.bpmn").write_text(broken)
    ended = run("check", "broken.bpmn")
    assert ended.code == 1
    assert "opsflow.matrix.two-accountable" in ended.out
    assert "request" in ended.out
    assert not (folder / "opsflow.db").exists()


def test_check_needs_a_database_only_to_know_roles(run: Run) -> None:
    files = ("bpmn/authority.dmn", "bpmn/procurement.bpmn")
    assert "0 errors, 0 other findings" in run("check", *files).out
    run("init")
    assert "opsflow.matrix.unknown-role" in run("check", *files).out


def test_a_model_with_errors_is_not_deployed(office: Run, folder: Path) -> None:
    (folder / "broken.bpmn").write_text("<not-bpmn/>")
    ended = office("deploy", "broken.bpmn", "--by", "ping")
    assert ended.code == 1
    assert ended.err.count("\n") == 1
    assert "broken" not in office("processes").out


def test_the_same_content_is_deployed_once(office: Run) -> None:
    again = office("deploy", "bpmn/authority.dmn", "bpmn/procurement.bpmn", "--by", "ping")
    assert "procurement version 1: was deployed before" in again.out
    assert "decision purchase_authority version 1: was deployed before" in again.out


def test_a_process_without_its_table_says_what_is_missing(run: Run) -> None:
    run("init")
    ended = run("deploy", "bpmn/procurement.bpmn", "--by", "ping")
    assert ended.code == 1
    assert "opsflow.call.unknown-decision" in run("check", "bpmn/procurement.bpmn").out


def test_a_decision_is_deployed_and_asked(office: Run) -> None:
    assert office("check", "bpmn/authority.dmn").code == 0
    made = office("deploy", "bpmn/authority.dmn", "--by", "ping")
    assert "decision purchase_authority version 1: was deployed before" in made.out
    asked = office(
        "decide",
        "purchase_authority",
        "--by",
        "bo",
        "--var",
        "amount=20000",
        "--var",
        "category=it",
    )
    assert "Purchase authority: department_head, finance_manager" in asked.out
    assert "rules 2 (middle)" in asked.out
    assert "purchase_authority" in office("decisions").out
    assert office("decide", "nothing", "--by", "bo").code == 5


def test_why_names_rule_reason_and_who_could(office: Run) -> None:
    ended = office("why", "PR-1/request", "bo", "claim")
    assert ended.code == 0
    assert "may not claim" in ended.out
    assert "raci.responsible" in ended.out
    assert "jun" in ended.out
    assert office("why", "PR-1/request", "jun", "claim").out.startswith("jun may claim")
    assert office("why", "PR-1/request", "jun", "juggle").code == 2


def test_a_task_is_listed_claimed_and_put_back(office: Run) -> None:
    assert "PR-1/request" in office("tasks", "--person", "mei").out
    office("claim", "PR-1/request", "--by", "jun")
    assert "PR-1/request" not in office("tasks", "--person", "mei").out
    assert "PR-1/request" in office("tasks", "--person", "jun", "--view", "mine").out
    assert office("release", "PR-1/request", "--by", "jun").code == 0
    assert "PR-1/request" in office("tasks", "--person", "mei", "--view", "offered").out


def test_form_data_comes_from_a_file_with_exact_numbers(office: Run, folder: Path) -> None:
    request_and_approve(office, folder)
    assert "380.50" in office("variables", "PR-1").out
    assert "PR-1" in office("instances", "--where", "amount=380.5").out
    assert "PR-1" not in office("instances", "--where", "amount=381").out
    assert "PR-1" in office("instances", "--where", "category=office", "--status", "running").out


def test_show_tells_gates_and_data(office: Run, folder: Path) -> None:
    request_and_approve(office, folder)
    shown = office("show", "PR-1/request").out
    assert "hua: approve" in shown
    assert "Printer paper" in shown


def test_history_and_trace_tell_who_did_what(office: Run, folder: Path) -> None:
    request_and_approve(office, folder)
    told = office("history", "PR-1").out
    for event in ("InstanceStarted", "TaskClaimed", "TaskSubmitted", "VoteCast", "GateApproved"):
        assert event in told
    assert '"choice"' in office("history", "PR-1", "--full").out
    assert "department_head" in office("trace", "PR-1").out


def test_a_steps_deviation_is_sent_back_skipped_and_accepted(office: Run, folder: Path) -> None:
    request_and_approve(office, folder)
    proposal = ("supplier=A Shop", "amount=380", "justification=The list price")
    office("claim", "PR-1/propose_purchase", "--by", "bo")
    data = [part for each in proposal for part in ("--data", each)]
    assert office("complete", "PR-1/propose_purchase", "--by", "bo", *data).code == 0
    vote = ("vote", "PR-1/propose_purchase", "approval", "--by", "hua", "--choice", "approve")
    assert office(*vote).code == 0
    receive = "PR-1/receive_goods"
    (folder / "note.txt").write_text("delivered")
    office("claim", receive, "--by", "gang")
    assert office("step", "record", receive, "packages", "--by", "gang").code == 4
    assert office("step", "record", receive, "delivery_note", "--by", "gang").code == 2
    done = office("step", "record", receive, "delivery_note", "--by", "gang", "--file", "note.txt")
    assert done.code == 0, done.err
    skip = ("step", "skip", receive, "packages", "--by", "gang", "--reason", "It was dark")
    assert office(*skip).code == 0
    assert office("step", "accept", receive, "packages", "--by", "gang").code == 3
    back = ("step", "send-back", receive, "packages", "--by", "tao", "--comment", "Take a lamp")
    assert office(*back).code == 0
    assert "sent_back" in office("show", receive).out
    assert office("step", "record", receive, "packages", "--by", "gang").code == 0
    measure = ("step", "record", receive, "count", "--by", "gang", "--value", "38")
    assert office(*measure).code == 2
    assert office(*measure, "--reason", "Two are missing").code == 0
    accept = ("step", "accept", receive, "count", "--by", "tao", "--comment", "The rest follows")
    assert office(*accept).code == 0
    assert office("complete", receive, "--by", "gang", "--data", "storage_place=Store 2").code == 0
    assert "Receive the goods" in office("inbox", "--person", "jun", "--unread").out


def test_an_instance_is_suspended_resumed_and_cancelled(office: Run) -> None:
    assert office("suspend", "PR-1", "--by", "ping", "--reason", "audit").code == 0
    assert office("claim", "PR-1/request", "--by", "jun").code == 4
    assert office("resume", "PR-1", "--by", "ping").code == 0
    assert office("claim", "PR-1/request", "--by", "jun").code == 0
    assert office("cancel", "PR-1", "--by", "ping", "--reason", "no money").code == 0
    assert "cancelled" in office("instances").out


def test_run_due_tells_when_the_next_timer_is_due(office: Run, folder: Path) -> None:
    assert "0 done" in office("run-due").out
    request_and_approve(office, folder)
    assert "next one is due" in office("run-due").out


def test_a_service_task_waits_until_somebody_runs_who_has_its_handler(
    run: Run, folder: Path
) -> None:
    run("init", "--organisation", "examples/procurement/organisation")
    run("deploy", "examples/order.bpmn", "--by", "ping")
    order = ("start", "order", "--by", "jun", "--var", "article=lamp", "--business-key", "O-1")
    assert run(*order).code == 0
    assert run("run-due").code == 0
    assert "stock.reserve" in run("jobs").out
    (folder / "shop_work.py").write_text(
        "def register(flow):\n"
        "    flow.handler('stock.reserve')(lambda call: {'reserved': call.variables['article']})\n"
    )
    done = run("--setup", "shop_work:register", "run-due")
    assert "1 done" in done.out
    assert "stock.reserve" not in run("jobs").out
    assert "reserved" in run("variables", "O-1").out


def test_an_incident_of_a_service_task_is_retried(run: Run, folder: Path) -> None:
    run("init", "--organisation", "examples/procurement/organisation")
    run("deploy", "examples/order.bpmn", "--by", "ping")
    run("start", "order", "--by", "jun", "--business-key", "O-1")
    (folder / "shop_fails.py").write_text(
        "def reserve(call):\n"
        "    return {'reserved': call.variables['article']}\n"
        "def register(flow):\n"
        "    flow.handler('stock.reserve', retries=0)(reserve)\n"
    )
    assert run("--setup", "shop_fails:register", "run-due").code == 0
    incidents = run("incidents").out
    assert "KeyError" in incidents
    incident = re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", incidents)[0]
    assert run("retry", incident, "--by", "ping").code == 0
    assert "KeyError" not in run("incidents").out
    assert "queued" in run("jobs").out


@pytest.mark.parametrize("place", ["no_such_module:f", "json:nothing", "os:sep", "", ":"])
def test_a_setup_that_is_not_there_is_wrong_usage(office: Run, place: str) -> None:
    assert office("--setup", place, "instances").code == 2


def test_an_edited_event_is_found(office: Run, folder: Path) -> None:
    assert office("verify").code == 0
    connection = sqlite3.connect(folder / "opsflow.db")
    with connection:
        edit = "UPDATE opsflow_event SET person = 'mei' WHERE position = 1"
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(edit)
        guards = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in guards.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(edit)
    connection.close()
    ended = office("verify")
    assert ended.code == 1
    assert "InstanceStarted" in ended.out


def test_db_upgrade_keeps_what_is_there(office: Run) -> None:
    assert office("db", "upgrade").code == 0
    assert "PR-1" in office("instances").out


def test_init_twice_adds_nobody_twice(office: Run) -> None:
    again = office("init", "--organisation", "examples/procurement/organisation")
    assert again.code == 0, again.err
    assert "0 people" in again.out


def test_markup_in_data_is_printed_as_it_is(office: Run) -> None:
    office("start", "procurement", "--by", "jun", "--business-key", "[bold]K[/bold] [/x]")
    assert "[bold]K[/bold] [/x]" in office("instances").out


def test_values_are_json_where_they_are_json() -> None:
    values = read_assignments(["a=12", "b=9.90", 'c="007"', "d=x = y", "e=true", "f="])
    assert values["a"] == 12
    assert str(values["b"]) == "9.90"
    assert values["c"] == "007"
    assert values["d"] == "x = y"
    assert values["e"] is True
    assert values["f"] == ""


@pytest.mark.parametrize("texts", [["a"], ["=1"], ["a=1", "a=2"]])
def test_what_is_not_name_equals_value_is_wrong(texts: list[str]) -> None:
    with pytest.raises(Invalid):
        read_assignments(texts)
