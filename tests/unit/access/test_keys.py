"""The keys of an issuer: when they are fetched, how long they count, what an outage does."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep

import pytest

from opsflow.access.keys import (
    PAUSE_SECONDS,
    REFRESH_SECONDS,
    STALE_SECONDS,
    IssuerKeys,
)
from opsflow.errors import NotAuthenticated
from tests.unit.access.issuers import OTHER_RSA_KEY, IssuingServer, issuing, jwk_of


class Ticks:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server() -> Iterator[IssuingServer]:
    with issuing() as running:
        yield running


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def keys(server: IssuingServer, ticks: Ticks) -> IssuerKeys:
    return IssuerKeys(server.url, f"{server.url}/keys", ticks=ticks)


def missing(keys: IssuerKeys, kid: str = "r1") -> str:
    with pytest.raises(NotAuthenticated) as refused:
        keys.key(kid)
    return refused.value.reason


def test_keys_are_fetched_once_and_again_after_a_while(
    server: IssuingServer, keys: IssuerKeys, ticks: Ticks
) -> None:
    for _ in range(5):
        assert keys.key("r1").key_id == "r1"
    assert len(server.asked) == 1
    ticks.now = REFRESH_SECONDS
    keys.key("r1")
    assert len(server.asked) == 2


def test_unknown_keys_ask_the_issuer_once_in_a_pause(
    server: IssuingServer, keys: IssuerKeys, ticks: Ticks
) -> None:
    keys.key("r1")
    for number in range(200):
        assert "no key" in missing(keys, f"made-up-{number}")
    assert len(server.asked) == 1
    ticks.now += PAUSE_SECONDS
    for number in range(200):
        missing(keys, f"made-up-{number}")
    assert len(server.asked) == 2


def test_a_new_key_counts_as_soon_as_the_pause_is_over(
    server: IssuingServer, keys: IssuerKeys, ticks: Ticks
) -> None:
    keys.key("r1")
    server.keys.append(jwk_of(OTHER_RSA_KEY, "r2"))
    ticks.now += PAUSE_SECONDS
    assert keys.key("r2").key_id == "r2"


def test_a_key_that_was_taken_back_stops_counting(
    server: IssuingServer, keys: IssuerKeys, ticks: Ticks
) -> None:
    keys.key("r1")
    del server.keys[0]
    ticks.now = REFRESH_SECONDS
    assert "no key" in missing(keys)


def test_keys_count_for_an_hour_while_the_issuer_is_down(
    server: IssuingServer, keys: IssuerKeys, ticks: Ticks
) -> None:
    keys.key("r1")
    server.status = 503
    ticks.now = STALE_SECONDS - 1
    assert keys.key("r1").key_id == "r1"
    ticks.now = STALE_SECONDS + PAUSE_SECONDS
    assert "503" in missing(keys)
    server.status = 200
    assert "503" in missing(keys)
    ticks.now += PAUSE_SECONDS
    assert keys.key("r1").key_id == "r1"


def test_an_issuer_that_is_down_is_not_asked_with_every_request(
    server: IssuingServer, keys: IssuerKeys
) -> None:
    server.status = 500
    for _ in range(50):
        assert "500" in missing(keys)
    assert len(server.asked) == 1


def test_nobody_listens() -> None:
    with issuing() as gone:
        url = gone.url
    assert "refused" in missing(IssuerKeys(url, f"{url}/keys"))
    assert "refused" in missing(IssuerKeys(url, None))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        b"{}",
        b'{"keys": []}',
        b'{"keys": {}}',
        b'{"keys": [1, null, {"kty": "RSA"}]}',
        b'{"keys": [{"kty": "oct", "k": "AAAA"}]}',
        b"\xff\xfe",
        b'{"keys": "r1"}',
    ],
)
def test_an_answer_that_is_no_key_set_is_no_key(
    server: IssuingServer, keys: IssuerKeys, answer: bytes
) -> None:
    server.raw = answer
    assert "cannot be had" in missing(keys)


def test_a_broken_answer_keeps_the_keys_that_were_there(
    server: IssuingServer, keys: IssuerKeys, ticks: Ticks
) -> None:
    keys.key("r1")
    server.raw = b"<html>maintenance</html>"
    ticks.now = REFRESH_SECONDS
    assert keys.key("r1").key_id == "r1"


def test_a_redirect_is_not_followed(server: IssuingServer, keys: IssuerKeys) -> None:
    with issuing() as other:
        server.status, server.location = 302, f"{other.url}/keys"
        assert "302" in missing(keys)
        assert other.asked == []


@pytest.mark.parametrize("name", ["https://other.example.com", None, "", ["x"]])
def test_a_place_that_speaks_for_another_issuer_is_not_believed(
    server: IssuingServer, name: object
) -> None:
    server.configuration = {"issuer": name, "jwks_uri": f"{server.url}/keys"}
    assert "another issuer" in missing(IssuerKeys(server.url, None))
    server.configuration = [server.configuration]
    missing(IssuerKeys(server.url, None))
    assert "/keys" not in server.asked


@pytest.mark.parametrize("place", [None, "file:///etc/passwd", "http://sign-in.example.com/keys"])
def test_keys_are_not_fetched_from_an_unsafe_place(server: IssuingServer, place: object) -> None:
    server.configuration = {"issuer": server.url, "jwks_uri": place}
    assert "https" in missing(IssuerKeys(server.url, None))


def test_a_key_for_encryption_signs_nothing(server: IssuingServer, keys: IssuerKeys) -> None:
    server.keys.append(jwk_of(OTHER_RSA_KEY, "enc", use="enc"))
    assert "no key" in missing(keys, "enc")


def test_many_at_once_ask_the_issuer_once(server: IssuingServer, keys: IssuerKeys) -> None:
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: keys.key("r1").key_id, range(64)))
    assert found == ["r1"] * 64
    assert len(server.asked) == 1


def test_a_slow_issuer_holds_up_nobody_who_has_a_key(
    server: IssuingServer, keys: IssuerKeys, ticks: Ticks
) -> None:
    keys.key("r1")
    answer = server.answer

    def slowly(path: str) -> bytes:
        sleep(1)
        return answer(path)

    server.answer = slowly  # type: ignore[method-assign]
    ticks.now = REFRESH_SECONDS
    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(keys.key, "r1")
        sleep(0.2)
        before = monotonic()
        assert keys.key("r1").key_id == "r1"
        assert monotonic() - before < 0.5
        assert waiting.result().key_id == "r1"


def test_an_issuer_in_trouble_holds_up_one_request_only(
    server: IssuingServer, keys: IssuerKeys, ticks: Ticks
) -> None:
    server.status = 503
    missing(keys)
    answer = server.answer

    def slowly(path: str) -> bytes:
        sleep(1)
        return answer(path)

    server.answer = slowly  # type: ignore[method-assign]
    ticks.now = PAUSE_SECONDS
    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(missing, keys)
        sleep(0.2)
        before = monotonic()
        assert "503" in missing(keys)
        assert monotonic() - before < 0.5
        assert "503" in waiting.result()


def test_after_a_quiet_night_many_at_once_get_their_key(
    server: IssuingServer, keys: IssuerKeys, ticks: Ticks
) -> None:
    keys.key("r1")
    ticks.now = 12 * 3600.0
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: keys.key("r1").key_id, range(64)))
    assert found == ["r1"] * 64
    assert len(server.asked) == 2


def test_a_new_place_of_the_keys_is_found(server: IssuingServer, ticks: Ticks) -> None:
    keys = IssuerKeys(server.url, None, ticks=ticks)
    keys.key("r1")
    with issuing() as other:
        other.keys = [jwk_of(OTHER_RSA_KEY, "r2")]
        server.configuration = {"issuer": server.url, "jwks_uri": f"{other.url}/keys"}
        ticks.now = REFRESH_SECONDS
        assert keys.key("r2").key_id == "r2"
        assert "no key" in missing(keys)
