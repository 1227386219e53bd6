"""Notices leave by e-mail and chat, on jobs, as each person has chosen."""

from __future__ import annotations

import json
import socketserver
from collections.abc import Iterator
from threading import Thread

import pytest

from opsflow.app import Opsflow
from opsflow.errors import ConfigurationInvalid, Invalid, NotFound
from opsflow.jobs.connectors import MailConnector
from opsflow.notifications.sending import sending_from
from tests.integration.jobs.test_connectors import Mailbox
from tests.integration.webhooks.conftest import Target, target

__all__ = ["target"]


@pytest.fixture(autouse=True)
def mail(flow: Opsflow) -> Iterator[None]:
    """A mail server, and three people of whom two have an address."""
    flow.people.add_person("ann", name="Ann", email="ann@example.org")
    flow.people.add_person("bob", name="Bob", email="bob@example.org")
    flow.people.add_person("eve", name="Eve")
    Mailbox.mails.clear()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox) as made:
        thread = Thread(target=made.serve_forever)
        thread.start()
        server = MailConnector(
            host="127.0.0.1",
            port=made.server_address[1],
            sender="ops@example.org",
            security="none",
        )
        flow.notifications.set_up(mail=server, link="https://ops.example.org/notices/{notice_id}")
        yield
        made.shutdown()
        thread.join()


def test_who_wants_mail_gets_it_once_and_others_only_their_inbox(flow: Opsflow) -> None:
    flow.notifications.prefer("ann", ["mail"])
    notices = flow.notifications.tell(["ann", "bob"], "task.assigned", "Buy it was given to you.")
    assert Mailbox.mails == []
    flow.jobs.run_until_idle()
    (sent,) = Mailbox.mails
    assert "To: ann@example.org" in sent
    assert "Subject: Buy it was given to you." in sent
    assert sent.endswith(f"https://ops.example.org/notices/{notices[0].id}")
    assert [len(flow.notifications.inbox(person)) for person in ("ann", "bob")] == [1, 1]
    assert flow.jobs.find() == []


def test_a_kind_of_notices_has_a_choice_of_its_own(flow: Opsflow) -> None:
    flow.notifications.prefer("ann", ["mail"])
    flow.notifications.prefer("ann", [], kind="task.completed")
    flow.notifications.prefer("bob", ["mail"], kind="task.completed")
    flow.notifications.tell(["ann", "bob"], "task.completed", "Done.")
    flow.jobs.run_until_idle()
    assert ["To: bob" in mail for mail in Mailbox.mails] == [True]
    flow.notifications.forget("task.completed", by="ann")
    flow.notifications.tell(["ann"], "task.completed", "Done.")
    flow.jobs.run_until_idle()
    assert len(Mailbox.mails) == 2
    with pytest.raises(NotFound):
        flow.notifications.forget("task.completed", by="ann")


def test_what_is_rolled_back_is_not_sent(flow: Opsflow) -> None:
    flow.notifications.prefer("ann", ["mail"])
    with pytest.raises(ZeroDivisionError), flow.transaction():
        flow.notifications.tell(["ann"], "k", "Text")
        _ = 1 / 0
    flow.jobs.run_until_idle()
    assert (Mailbox.mails, flow.jobs.find()) == ([], [])


def test_no_text_becomes_a_header_or_a_second_address(flow: Opsflow) -> None:
    flow.notifications.prefer("ann", ["mail"])
    text = "Hello\r\nBcc: eve@evil.example\r\n\r\nBody\x0b\x0c\u2028" + "x" * 500
    flow.notifications.tell(["ann"], "k", text)
    flow.people.change_person("bob", name="Bob", email="bob@example.org\r\nBcc: eve@evil.example")
    flow.notifications.prefer("bob", ["mail"])
    flow.notifications.tell(["bob"], "k", "Hello")
    flow.jobs.run_until_idle()
    (sent,) = Mailbox.mails
    head = sent.partition("\n\n")[0]
    assert [line for line in head.splitlines() if line.lower().startswith("bcc")] == []
    (dead,) = flow.jobs.find(state="incident")
    assert (dead.subject, "no e-mail address" in str(dead.last_error)) == ("person:bob", True)


def test_a_notice_that_was_read_is_not_sent_any_more(flow: Opsflow) -> None:
    flow.notifications.prefer("ann", ["mail"])
    (notice,) = flow.notifications.tell(["ann"], "k", "Text")
    flow.notifications.mark_read(notice.id, by="ann")
    flow.jobs.run_until_idle()
    assert Mailbox.mails == []


def test_a_chat_is_told_where_the_operator_allows_it(flow: Opsflow, target: Target) -> None:
    with pytest.raises(Invalid, match="not among"):
        flow.notifications.prefer("eve", ["chat"], chat_url=target.url)
    flow.webhooks.allow(private=("localhost",))
    flow.notifications.prefer("eve", ["chat"], chat_url=target.url)
    flow.notifications.tell(["eve"], "k", "Text")
    target.status = 500
    flow.jobs.run_until_idle()
    (waiting,) = flow.jobs.find()
    assert (waiting.subject, str(waiting.last_error).endswith("500.")) == ("person:eve", True)
    assert target.url not in str(waiting.last_error)
    target.status = 200
    flow.jobs.retry(waiting.id, by="eve")
    flow.jobs.run_until_idle()
    assert json.loads(target.got[-1]["content"])["text"].startswith("Text\n\nhttps://ops.")
    assert len({got["headers"]["idempotency-key"] for got in target.got}) == 1


def test_a_choice_that_cannot_work_is_refused(flow: Opsflow) -> None:
    prefer = flow.notifications.prefer
    for person, channels, options in (
        ("eve", ["mail"], {}),
        ("ann", ["fax"], {}),
        ("ann", ["chat"], {}),
        ("ann", [], {"chat_url": "https://x.example/"}),
        ("ann", ["mail"], {"kind": "No Kind"}),
        ("ann", ["chat"], {"chat_url": "https://169.254.169.254/"}),
    ):
        with pytest.raises(Invalid):
            prefer(person, channels, **options)
    with pytest.raises(NotFound):
        prefer("nobody", ["mail"])
    assert flow.notifications.preferences("ann") == []


def test_without_a_mail_server_it_is_tried_again_and_said(flow: Opsflow) -> None:
    flow.notifications.prefer("ann", ["mail"])
    flow.notifications.set_up()
    flow.notifications.tell(["ann"], "k", "Text")
    flow.jobs.run_until_idle()
    (waiting,) = flow.jobs.find()
    assert "OPSFLOW_MAIL_HOST" in str(waiting.last_error)


def test_the_environment_says_how_to_send() -> None:
    given = {
        "OPSFLOW_MAIL_HOST": "mail.example.org",
        "OPSFLOW_MAIL_SENDER": "ops@example.org",
        "OPSFLOW_MAIL_USER": "ops",
        "OPSFLOW_NOTICE_LINK": "https://x/{task_id}",
    }
    found = sending_from(given)
    assert found.mail is not None
    assert (found.mail.port, found.mail.security, found.mail.password_from) == (
        587,
        "starttls",
        "OPSFLOW_MAIL_PASSWORD",
    )
    assert sending_from({}).mail is None
    for wrong in ({"OPSFLOW_MAIL_SENDER": ""}, {"OPSFLOW_MAIL_PORT": "x"}):
        with pytest.raises(ConfigurationInvalid):
            sending_from({**given, **wrong})
    with pytest.raises(ConfigurationInvalid):
        sending_from({**given, "OPSFLOW_MAIL_SECURITY": "never"})
