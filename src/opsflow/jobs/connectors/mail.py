"""The mail connector: a service task, or a job of the host's, sends an e-mail.

Its inputs are ``to`` (an address or a list of them), ``subject`` and ``text``. The result is
``message_id``, which is the same for every attempt, so that a mail server can tell a repetition.
"""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Literal

from opsflow.errors import ConfigurationInvalid, Invalid
from opsflow.instances import ServiceCall

ADDRESSES_LIMIT = 100
"""Addresses that one e-mail goes to."""


@dataclass(frozen=True, kw_only=True)
class MailConnector:
    """A handler that gives one e-mail to a mail server.

    ``password_from`` names the environment variable that holds the password of ``user``. The
    certificate of the server is checked, as OpenSSL is set up here (``SSL_CERT_FILE``).
    """

    host: str
    sender: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password_from: str | None = None
    timeout: timedelta = timedelta(seconds=30)

    def __call__(self, call: ServiceCall) -> Mapping[str, object]:
        """Send the e-mail of a service task."""
        message = self._message(call)
        with self._server() as server:
            if self.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if self.user is not None:
                server.login(self.user, self._password())
            refused = server.send_message(message)
        return {"message_id": message["Message-ID"], "refused": sorted(refused)}

    def _message(self, call: ServiceCall) -> EmailMessage:
        message = EmailMessage()
        subject, text = (call.variables.get(name, "") for name in ("subject", "text"))
        if not isinstance(subject, str) or not isinstance(text, str) or not subject.strip():
            raise Invalid("A mail task has the inputs subject and text, both texts.")
        message["From"] = self.sender
        message["To"] = ", ".join(_addresses(call.variables.get("to")))
        # A line break would begin a header of its own.
        message["Subject"] = " ".join(subject.split())
        message["Message-ID"] = f"<{call.idempotency_key.replace('/', '.')}@opsflow.invalid>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        return message

    def _server(self) -> smtplib.SMTP:
        seconds = self.timeout.total_seconds()
        if self.security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, timeout=seconds, context=context)
        return smtplib.SMTP(self.host, self.port, timeout=seconds)

    def _password(self) -> str:
        password = os.environ.get(self.password_from or "")
        if password is None:
            raise ConfigurationInvalid(f"There is no environment variable {self.password_from!r}.")
        return password


def _addresses(given: object) -> list[str]:
    found = [given] if isinstance(given, str) else given
    if not isinstance(found, list) or not 1 <= len(found) <= ADDRESSES_LIMIT:
        raise Invalid(f"An e-mail goes to 1 to {ADDRESSES_LIMIT} addresses.")
    return [_address(each) for each in found]


def _address(given: object) -> str:
    try:
        return Address(addr_spec=str(given)).addr_spec
    except (ValueError, IndexError) as error:
        raise Invalid(f"{given!r:.80} is no e-mail address.") from error
