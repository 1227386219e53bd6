"""Tell a person of a notice by mail or chat: the handler of the jobs that do it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

from opsflow.db import Database
from opsflow.engine import BpmnError
from opsflow.errors import ConfigurationInvalid, Invalid
from opsflow.instances import ServiceCall, Terms
from opsflow.jobs import OWN_TOPICS
from opsflow.jobs.connectors import MailConnector
from opsflow.notifications.models import Channel, Notice, Preference
from opsflow.people import Directory
from opsflow.webhooks import Outlets, post

NOTIFY = OWN_TOPICS + "notify"
"""The topic of the jobs that tell people."""
TERMS = Terms(retries=8, backoff=timedelta(seconds=10), timeout=timedelta(minutes=2))
"""Tried for some forty minutes; then it is a dead letter, and still in the inbox."""
SUBJECT_LIMIT = 120
"""Characters of a notice that stand in the subject of an e-mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What the operator has set up. ``{task_id}``, ``{instance_id}`` and ``{notice_id}`` of the
    link are filled in; a notice without a task or instance comes without it.
    """

    mail: MailConnector | None = None
    link: str | None = None

    def text(self, notice: Notice) -> str:
        """What a person reads."""
        link = self.link
        ids = {"task": notice.task_id, "instance": notice.instance_id, "notice": notice.id}
        for name, id in ids.items():
            if link is not None and f"{{{name}_id}}" in link:
                link = None if id is None else link.replace(f"{{{name}_id}}", id)
        return notice.text if link is None else f"{notice.text}\n\n{link}"


def sending_from(environment: Mapping[str, str]) -> Sending:
    """As OPSFLOW_MAIL_* and OPSFLOW_NOTICE_LINK say. Raises ConfigurationInvalid."""
    host = environment.get("OPSFLOW_MAIL_HOST")
    link = environment.get("OPSFLOW_NOTICE_LINK") or None
    if not host:
        return Sending(link=link)
    sender, user = environment.get("OPSFLOW_MAIL_SENDER"), environment.get("OPSFLOW_MAIL_USER")
    port = environment.get("OPSFLOW_MAIL_PORT", "587")
    if not sender or not (port.isascii() and port.isdigit()):
        raise ConfigurationInvalid("OPSFLOW_MAIL_SENDER is missing, or OPSFLOW_MAIL_PORT no port.")
    mail = MailConnector(
        host=host,
        port=int(port),
        sender=sender,
        security=_security(environment.get("OPSFLOW_MAIL_SECURITY", "starttls")),
        user=user or None,
        password_from="OPSFLOW_MAIL_PASSWORD" if user else None,
    )
    return Sending(mail=mail, link=link)


def _security(text: str) -> Literal["starttls", "tls", "none"]:
    match text:
        case "starttls" | "tls" | "none":
            return text
    raise ConfigurationInvalid("OPSFLOW_MAIL_SECURITY is starttls, tls or none.")


@dataclass(slots=True)
class Sender:
    """Sends one notice by one channel. What the inbox shows as read is not sent any more."""

    database: Database
    directory: Directory
    outlets: Callable[[], Outlets]
    sending: Sending = field(default_factory=lambda: sending_from(os.environ))

    def __call__(self, call: ServiceCall) -> Mapping[str, object]:
        """Send; raises what makes the job try again."""
        if call.step_id or call.instance_id:
            raise Invalid(f"{call.topic} is opsflow's own topic: a model takes another one.")
        with self.database.reading() as unit:
            notice = unit.session.get(Notice, str(call.variables.get("notice")))
        if notice is None or notice.is_read:
            return {}
        if call.variables.get("channel") == Channel.MAIL:
            self._mail(call, notice)
        else:
            self._chat(call, notice)
        return {}

    def _mail(self, call: ServiceCall, notice: Notice) -> None:
        known = self.directory.person(notice.person)
        if known is None or not known.active:
            return
        if not known.email:
            # Trying again helps nobody: a BPMN error of a call is a dead letter at once.
            raise BpmnError("NO_ADDRESS", f"{notice.person} has no e-mail address.")
        if self.sending.mail is None:
            raise ConfigurationInvalid("No mail server is set up here: set OPSFLOW_MAIL_HOST.")
        line = " ".join(notice.text.split())
        subject = line if len(line) <= SUBJECT_LIMIT else line[: SUBJECT_LIMIT - 1] + "…"
        inputs: dict[str, object] = {
            "to": known.email,
            "subject": subject,
            "text": self.sending.text(notice),
        }
        try:
            answer = self.sending.mail(replace(call, variables=inputs))
        except Invalid as error:
            if isinstance(error, ConfigurationInvalid):
                raise
            raise BpmnError("NO_ADDRESS", str(error)) from error
        if answer["refused"]:
            raise ConnectionError(f"The mail server refused {known.email}.")

    def _chat(self, call: ServiceCall, notice: Notice) -> None:
        with self.database.reading() as unit:
            key = (notice.person, str(call.variables.get("preference")))
            found = unit.session.get(Preference, key)
        if found is None or found.chat_url is None:
            return
        body = json.dumps({"text": self.sending.text(notice)}, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": call.idempotency_key}
        status = post(self.outlets(), found.chat_url, headers, body)
        if not 200 <= status < 300:
            raise ConnectionError(f"The chat of {notice.person} answered {status}.")
