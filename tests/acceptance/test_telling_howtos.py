"""The pages on webhooks and notifications: their commands and their code, as they stand there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.acceptance.conftest import Run
from tests.acceptance.test_readme import blocks, run_python

HOSTS = "hooks.example.com,chat.example.com"


def commands(page: str) -> list[list[str]]:
    """Every command of a page, in words, without the name of the program."""
    text = "\n".join(blocks(page, "sh")).replace("\\\n", " ")
    found = [shlex.split(line) for line in text.splitlines() if line.strip()]
    assert {words[0] for words in found} == {"opsflow"}
    return [words[1:] for words in found]


def ended_well(run: Run, words: list[str]) -> str:
    ended = run(*words)
    assert ended.code == 0, (words, ended.err)
    return ended.out


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPSFLOW_WEBHOOK_HOSTS", HOSTS)
    monkeypatch.setenv("COLUMNS", "400")


def test_the_commands_on_webhooks_do_what_they_say(office: Run) -> None:
    subscribe, *further = commands("docs/howto/webhooks.md")
    made = re.search(r"Subscription (\S+) tells", ended_well(office, subscribe))
    assert made is not None
    for words in further:
        if words[0] == "job":
            continue  # There is no dead letter to retry, which a test below says.
        ended_well(office, [made[1] if word == "SUBSCRIPTION" else word for word in words])
    assert made[1] in office("webhook", "list").out
    assert "paid" in office("endpoint", "list").out
    for verb in (["pause", "--reason", "night"], ["resume"], ["unsubscribe"]):
        ended_well(office, ["webhook", verb[0], made[1], "--by", "gao", *verb[1:]])
    assert made[1] not in office("webhook", "list").out
    ended_well(office, ["endpoint", "remove", "shop", "--by", "gao"])


def test_a_message_is_kept_or_said_to_find_nobody(office: Run) -> None:
    assert office("message", "paid", "--by", "gao", "--correlation", "O-1").code == 5
    kept = ended_well(office, ["message", "paid", "--by", "gao", "--keep", "60", "--var", "a=1"])
    assert "Kept" in kept


def test_what_there_is_not_is_said_in_a_line(office: Run) -> None:
    assert office("webhook", "resume", "nothing", "--by", "gao").code == 5
    assert office("job", "discard", "nothing", "--by", "gao", "--reason", "x").code == 5
    assert office("job", "retry", "nothing", "--by", "gao").code == 1
    assert office("endpoint", "remove", "nothing", "--by", "gao").code == 5
    wrong = office(
        *("webhook", "subscribe", "https://evil.example.org/", "--by", "gao", "--event", "*"),
        *("--secret-from", "OPSFLOW_SECRET_X"),
    )
    assert (wrong.code, "OPSFLOW_WEBHOOK_HOSTS" in wrong.err) == (2, True)


def test_the_commands_on_notifications_do_what_they_say(office: Run, folder: Path) -> None:
    from opsflow import Opsflow

    with Opsflow(f"sqlite:///{folder}/opsflow.db") as flow:
        flow.people.change_person("jun", name="Zhao Jun", email="jun@example.org")
    for words in commands("docs/howto/notifications.md"):
        ended_well(office, [word.replace("…", "x") for word in words])
    listed = office("notify", "list", "--person", "jun").out
    assert "gate.opened" in listed
    assert "inbox, chat" in listed
    ended_well(office, ["notify", "forget", "--person", "jun"])


def test_the_code_on_webhooks_runs(folder: Path) -> None:
    (code,) = blocks("docs/howto/webhooks.md", "python")
    done = run_python(code, folder)
    assert done.returncode == 0, done.stderr
