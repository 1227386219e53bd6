"""Batches on the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.acceptance.conftest import Run


@pytest.fixture
def shop(run: Run) -> Run:
    """The command line, with five orders of a shop."""
    run("init", "--organisation", "examples/procurement/organisation")
    assert run("deploy", "examples/order.bpmn", "--by", "ping").code == 0
    for number in range(5):
        key, customer = f"O-{number}", ("ann", "bob")[number % 2]
        order = ("start", "order", "--by", "jun", "--business-key", key)
        assert run(*order, "--var", f"customer={customer}").code == 0
    return run


CANCEL = ("batch", "order", "cancel", "--by", "ping", "--reason", "closed")


def test_a_batch_is_ordered_done_and_looked_at(shop: Run) -> None:
    ended = shop(*CANCEL, "--process", "order", "--where", "customer=ann", "--yes", "--wait")
    assert ended.code == 0, ended.err
    assert "order version 1: 3" in ended.out
    assert "cancel, done: 3 done of 3" in ended.out
    batch = re.findall(r"Batch (\S+) is ordered", ended.out)[0]
    assert "3 done of 3" in shop("batch", "show", batch).out
    assert "3 done of 3" in shop("batch", "show", batch, "--watch").out
    assert batch in shop("batch", "list").out
    assert shop("batch", "items", batch).out.count("done") == 3
    assert "cancelled" in shop("instances", "--where", "customer=ann").out
    assert "cancelled" not in shop("instances", "--where", "customer=bob").out


def test_a_terminal_is_shown_a_bar(shop: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    ended = shop(*CANCEL, "--process", "order", "--yes", "--wait")
    assert (ended.code, "100%" in ended.out, "5/5" in ended.out) == (0, True, True)


def test_a_dry_run_does_nothing_and_nobody_is_asked_in_a_pipe(shop: Run) -> None:
    seen = shop(*CANCEL, "--process", "order", "--dry-run")
    assert (seen.code, "order version 1: 5" in seen.out) == (0, True)
    unasked = shop(*CANCEL, "--process", "order")
    assert (unasked.code, "--yes" in unasked.err) == (2, True)
    assert "cancelled" not in shop("instances").out
    assert shop("batch", "list").out.count("\n") < 6


def test_a_batch_is_paused_resumed_and_done_by_a_worker(shop: Run) -> None:
    ended = shop(*CANCEL, "O-1", "O-2", "--yes")
    batch = re.findall(r"Batch (\S+) is ordered", ended.out)[0]
    assert "paused" in shop("batch", "pause", batch, "--by", "ping").out
    assert shop("batch", "pause", batch, "--by", "ping").code == 4
    shop("run-due")
    assert "2 waiting" in shop("batch", "show", batch).out
    assert shop("batch", "resume", batch, "--by", "ping").code == 0
    shop("run-due")
    assert "2 done of 2" in shop("batch", "show", batch).out
    assert shop("batch", "cancel", batch, "--by", "ping").code == 4


def test_what_failed_is_told_and_tried_again(shop: Run) -> None:
    shop("suspend", "O-1", "--by", "ping", "--reason", "audit")
    ended = shop(
        *("batch", "order", "suspend", "O-0", "O-1", "--by", "ping", "--reason", "audit"),
        *("--yes", "--wait"),
    )
    assert ended.code == 1
    assert "1 done, 1 failed of 2" in ended.out
    assert "is suspended" in ended.out
    batch = re.findall(r"Batch (\S+) is ordered", ended.out)[0]
    shop("resume", "O-1", "--by", "ping")
    again = shop("batch", "retry", batch, "--by", "ping", "--wait")
    assert (again.code, "2 done of 2" in again.out) == (0, True)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rows.csv", 'business_key,customer,amount\nP-1,"ann, the first",12.50\nP-2,bob,\n'),
        (
            "rows.jsonl",
            '{"business_key": "P-1", "customer": "ann, the first", "amount": 12.50}\n\n'
            '{"business_key": "P-2", "customer": "bob"}\n',
        ),
    ],
)
def test_instances_are_started_from_a_file(shop: Run, folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    start = ("batch", "start", "order", "--rows", name, "--by", "ping")
    seen = shop(*start, "--dry-run")
    assert "such as P-1, P-2" in seen.out
    ended = shop(*start, "--yes", "--wait")
    assert ended.code == 0, ended.err
    first, second = shop("variables", "P-1").out, shop("variables", "P-2").out
    assert "ann, the first" in first
    assert "12.50" in first
    assert "bob" in second
    assert "amount" not in second


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("rows.txt", "a", ".jsonl"),
        ("rows.jsonl", '{"a": 1}\n[1]\n', "line 2"),
        ("rows.jsonl", '{"a": 1}\n{"a"\n', "Line 2"),
        ("rows.csv", "a,b\n1,2\n1\n", "Line 3"),
        ("rows.csv", "a,b\n1,2,3\n", "Line 2"),
        ("rows.csv", "a\n\udcff\n", "cannot be read"),
        ("rows.csv", "a\n", "nothing"),
        ("rows.csv", "a,b,a\n1,2,3\n", "'a' of the rows is there twice"),
        ("rows.csv", "a,\n1,2\n", "no name"),
        ("rows.csv", "a;b\n1;2\n", "separated by commas"),
        ("rows.jsonl", '{"business_key": {"x": 1}}\n', "line 1: the business key"),
        ("rows.jsonl", '{"a": 1}\n{"a": NaN}\n', "Row 2"),
    ],
)
def test_a_wrong_file_is_told_and_starts_nothing(
    shop: Run, folder: Path, name: str, text: str, said: str
) -> None:
    (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    ended = shop("batch", "start", "order", "--rows", name, "--by", "ping", "--yes")
    assert (ended.code, said in ended.err) == (2, True), ended
    missing = shop("batch", "start", "order", "--rows", "no.csv", "--by", "ping", "--yes")
    assert missing.code == 2
    assert shop("batch", "list").out.count("order") == 1


def test_words_of_a_file_that_programs_read_as_numbers_stay_words(shop: Run, folder: Path) -> None:
    (folder / "ROWS.CSV").write_text("business_key,customer,amount\nP-1,NaN,Infinity\n")
    ended = shop("batch", "start", "order", "--rows", "ROWS.CSV", "--by", "ping", "--yes", "--wait")
    assert ended.code == 0, ended.err
    assert "Infinity" in shop("variables", "P-1").out


def test_the_items_of_a_batch_begin_behind_a_number_that_there_can_be(shop: Run) -> None:
    batch = re.findall(r"Batch (\S+) is ordered", shop(*CANCEL, "O-1", "--yes").out)[0]
    assert shop("batch", "items", batch, "--after", "9" * 30).code == 2


def test_a_plan_that_cannot_be_read_or_written_is_told(shop: Run, folder: Path) -> None:
    (folder / "deep.json").write_text("[" * 100_000)
    deep = shop("migrate-instance", "O-1", "--by", "ping", "--plan", "deep.json")
    assert (deep.code, "holds no plan" in deep.err) == (2, True)
    model = (folder / "examples/order.bpmn").read_text()
    (folder / "order.bpmn").write_text(model.replace("</bpmn:process>", " </bpmn:process>"))
    assert shop("deploy", "order.bpmn", "--by", "ping").code == 0
    made = ("plan-migration", "order", "--from", "1", "--to", "2", "-o", "no/where.json")
    ended = shop(*made)
    assert (ended.code, "cannot be written" in ended.err) == (2, True)


@pytest.mark.parametrize(
    ("further", "code"),
    [
        (("--yes",), 2),
        (("O-1", "--process", "order", "--yes"), 2),
        (("O-9", "--yes"), 5),
        (("--process", "none", "--yes"), 2),
        (("--process", "order", "--with", "plan=@none.json", "--yes"), 2),
    ],
)
def test_a_wrong_order_is_told(shop: Run, further: tuple[str, ...], code: int) -> None:
    ended = shop(*CANCEL, *further)
    assert ended.code == code, ended
    assert ended.err.count("\n") == 1
