"""Signatures of webhooks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from opsflow.errors import ConfigurationInvalid
from opsflow.jobs.connectors import SignatureInvalid, sign, verify

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CONTENT = b'{"test": 2432232314}'


def headers(**other: str) -> dict[str, str]:
    made = {
        "Webhook-Id": "m1",
        "Webhook-Timestamp": str(int(AT.timestamp())),
        "Webhook-Signature": sign(SECRET, "m1", AT, CONTENT),
    }
    return made | {name.replace("_", "-"): value for name, value in other.items()}


def test_the_signature_is_that_of_the_specifications_example() -> None:
    at = datetime.fromtimestamp(1614265330, UTC)
    made = sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, CONTENT)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_genuine_one_gives_its_id_also_while_the_secret_is_changed() -> None:
    assert verify([SECRET], headers(), CONTENT, now=AT) == "m1"
    assert verify(["whsec_AAAA", SECRET], headers(), CONTENT, now=AT) == "m1"
    several = headers(Webhook_Signature=f"v1,xxxx {sign(SECRET, 'm1', AT, CONTENT)}")
    assert verify([SECRET], several, CONTENT, now=AT + timedelta(minutes=4)) == "m1"


@pytest.mark.parametrize(
    "wrong",
    [
        {"Webhook_Id": "m2"},
        {"Webhook_Id": ""},
        {"Webhook_Timestamp": str(int(AT.timestamp()) + 1)},
        {"Webhook_Timestamp": "soon"},
        {"Webhook_Timestamp": "9" * 40},
        {"Webhook_Signature": ""},
        {"Webhook_Signature": "v1,ä"},
        {"Webhook_Signature": "v2," + sign(SECRET, "m1", AT, CONTENT)[3:]},
    ],
)
def test_what_does_not_fit_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(SignatureInvalid):
        verify([SECRET], headers(**wrong), CONTENT, now=AT)


def test_changed_content_another_secret_and_an_old_message_are_refused() -> None:
    for secret, content, now in (
        (SECRET, CONTENT + b" ", AT),
        ("whsec_AAAA", CONTENT, AT),
        (SECRET, CONTENT, AT + timedelta(minutes=6)),
        (SECRET, CONTENT, AT - timedelta(minutes=6)),
    ):
        with pytest.raises(SignatureInvalid):
            verify([secret], headers(), content, now=now)


def test_a_secret_that_is_no_base64_is_a_wrong_setup() -> None:
    with pytest.raises(ConfigurationInvalid):
        sign("not base64!", "m1", AT, CONTENT)
