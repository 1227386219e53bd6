"""The connectors, against servers of the tests' own."""

from __future__ import annotations

import json
import socketserver
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from opsflow.app import Opsflow
from opsflow.clock import ManualClock
from opsflow.engine import BpmnError
from opsflow.errors import ConfigurationInvalid, Invalid
from opsflow.instances import ServiceCall
from opsflow.jobs.connectors import HttpConnector, MailConnector, WebhookConnector, verify
from opsflow.jobs.connectors.hosts import HostRefused, address_of
from tests.conftest import START


class Answering(BaseHTTPRequestHandler):
    asked: list[dict[str, Any]] = []

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length).decode()
        self.asked.append({"path": self.path, "headers": dict(self.headers), "body": body})
        status = int(self.path.rpartition("/")[2].partition("?")[0])
        large = b"x" * 2_000_000 if "large" in self.path else json.dumps({"n": 1.10}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Location", "/elsewhere/200")
        self.send_header("Content-Length", str(len(large)))
        self.end_headers()
        self.wfile.write(large)

    do_GET = do_POST  # noqa: N815

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[str]:
    Answering.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as made:
        thread = Thread(target=made.serve_forever)
        thread.start()
        yield f"http://localhost:{made.server_port}"
        made.shutdown()
        thread.join()


@pytest.fixture
def connector(server: str, monkeypatch: pytest.MonkeyPatch) -> HttpConnector:
    monkeypatch.setenv("ERP_TOKEN", "s3cret")
    monkeypatch.setenv("OTHER_TOKEN", "not yours")
    return HttpConnector(
        base_url=server,
        hosts=("localhost",),
        private=("localhost",),
        headers={"Authorization": "Bearer {{ERP_TOKEN}}"},
        secrets=("ERP_TOKEN",),
        timeout=timedelta(seconds=10),
    )


def call(**variables: object) -> ServiceCall:
    return ServiceCall("erp", variables, "i", "s", "n", None, job_id="job-1", attempt=1)


def test_a_request_carries_its_key_its_secret_and_its_body(connector: HttpConnector) -> None:
    answer = connector(
        call(method="post", url="/orders/201", query={"a": "b c"}, body={"article": "lamp"})
    )
    (asked,) = Answering.asked
    assert answer["status"] == 201
    assert str(answer["body"]["n"]) == "1.1"  # type: ignore[index]
    assert asked["headers"]["Idempotency-Key"] == "job-1"
    assert asked["headers"]["Authorization"] == "Bearer s3cret"
    assert asked["headers"]["Host"].startswith("localhost:")
    assert json.loads(asked["body"]) == {"article": "lamp"}
    assert asked["path"] in ("/orders/201?a=b+c", "/orders/201?a=b%20c")


def test_answers_are_results_errors_of_the_process_or_failures(connector: HttpConnector) -> None:
    with pytest.raises(BpmnError) as refused:
        connector(call(url="/x/404"))
    assert (refused.value.code, refused.value.variables["status"]) == ("HTTP_404", 404)
    for status in (408, 429, 500, 503):
        with pytest.raises(ConnectionError, match=str(status)):
            connector(call(url=f"/x/{status}"))
    assert connector(call(url="/x/302"))["status"] == 302
    assert len(Answering.asked) == 6
    with pytest.raises(Invalid, match="bytes"):
        connector(call(url="/large/200"))


def test_other_hosts_and_addresses_are_not_asked(connector: HttpConnector, server: str) -> None:
    for url in ("http://example.org/", "file:///etc/passwd", "http://a:b@localhost/", "//evil/x"):
        with pytest.raises(Invalid):
            connector(call(url=url))
    with pytest.raises(HostRefused, match="not public"):
        replace(connector, private=())(call(url="/x/200"))
    assert Answering.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "::1",
        "::ffff:127.0.0.1",
        "0.0.0.0",
        "::127.0.0.1",
        "::ffff:0:10.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b::a00:1",
        "2002:7f00:1::1",
        "2002:a9fe:a9fe::",
        "fec0::1",
        "fd00::1",
        "ff0e::1",
    ],
)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    with pytest.raises(HostRefused):
        address_of(address, 80, (address,), ())
    assert address_of("127.0.0.1", 80, ("127.0.0.1",), ("127.0.0.1",)) == "127.0.0.1"


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_addresses_that_are_public_are_asked(address: str) -> None:
    assert address_of(address, 443, (address,), ()) == address


def test_a_model_gets_no_secret_that_is_not_the_connectors(connector: HttpConnector) -> None:
    with pytest.raises(ConfigurationInvalid):
        connector(call(url="/x/200", headers={"X": "{{OTHER_TOKEN}}"}))
    assert Answering.asked == []


class Mailbox(socketserver.StreamRequestHandler):
    mails: list[str] = []

    def handle(self) -> None:
        self._say("220 here")
        for line in self.rfile:
            word = line.decode().strip().upper()
            if word == "DATA":
                self._say("354 go on")
                lines = []
                while (text := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                    lines.append(text)
                self.mails.append("\n".join(lines))
            self._say("221 bye" if word == "QUIT" else "250 ok")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def mail() -> Iterator[MailConnector]:
    Mailbox.mails.clear()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox) as made:
        thread = Thread(target=made.serve_forever)
        thread.start()
        port = made.server_address[1]
        yield MailConnector(host="127.0.0.1", port=port, sender="ops@example.org", security="none")
        made.shutdown()
        thread.join()


def test_an_e_mail_is_sent_by_a_job_of_the_hosts_own(flow: Opsflow, mail: MailConnector) -> None:
    flow.handler("mail")(mail)
    job = flow.jobs.enqueue(
        "mail", {"to": ["kim@example.org"], "subject": "Your order\r\nBcc: x@y.z", "text": "Hello"}
    )
    assert flow.jobs.run_until_idle() == 1
    assert flow.jobs.find() == []
    (sent,) = Mailbox.mails
    assert "To: kim@example.org" in sent
    assert "Subject: Your order Bcc: x@y.z" in sent
    assert f"Message-ID: <{job.id}@opsflow.invalid>" in sent
    assert sent.endswith("Hello")


@pytest.mark.parametrize("to", [None, [], "nobody", "a@b\r\nBcc: c@d", ["x@y.z"] * 101, 7])
def test_what_is_no_address_gets_no_e_mail(mail: MailConnector, to: object) -> None:
    with pytest.raises(Invalid):
        mail(call(to=to, subject="s", text="t"))


def test_a_webhook_is_signed_and_can_be_verified(
    connector: HttpConnector, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", "whsec_AAECAwQ=")
    clock = ManualClock(START)
    hook = WebhookConnector(
        url=f"{server}/hook/200", http=connector, secret_from="HOOK_SECRET", clock=clock
    )
    assert hook(call(event="order.placed")) == {"status": 200}
    (asked,) = Answering.asked
    found = verify(["whsec_AAECAwQ="], asked["headers"], asked["body"].encode(), now=START)
    assert found == "job-1"
    assert json.loads(asked["body"]) == {"event": "order.placed"}
    monkeypatch.delenv("HOOK_SECRET")
    with pytest.raises(ConfigurationInvalid):
        hook(call())
