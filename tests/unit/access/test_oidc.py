"""Tokens of an issuer: what counts, and every way in which one does not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsflow.access import AccessRole, Issuer
from opsflow.errors import ConfigurationInvalid, NotAuthenticated
from tests.unit.access.issuers import (
    AUDIENCE,
    EC_KEY,
    OTHER_RSA_KEY,
    RSA_KEY,
    IssuingServer,
    issuing,
    jwk_of,
)


@pytest.fixture
def server() -> Iterator[IssuingServer]:
    with issuing() as running:
        yield running


def reason(issuer: Issuer, token: str) -> str:
    """Why a token is refused; what the sender is told is always the same."""
    with pytest.raises(NotAuthenticated) as refused:
        issuer.verify(token)
    assert str(refused.value) == str(NotAuthenticated("another reason"))
    return refused.value.reason


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_a_token_in_order_tells_who_and_until_when(server: IssuingServer) -> None:
    end = int(time.time()) + 120
    vouched = server.trusted().verify(server.token(exp=end))
    assert vouched.person == "ann"
    assert vouched.expires_at == datetime.fromtimestamp(end, UTC)
    assert vouched.roles == frozenset()


def test_elliptic_keys_sign_too(server: IssuingServer) -> None:
    token = server.token(EC_KEY, algorithm="ES256", headers={"kid": "e1"})
    assert server.trusted().verify(token).person == "ann"


def test_the_keys_are_found_where_the_issuer_says(server: IssuingServer) -> None:
    issuer = server.trusted(jwks_url=None)
    assert issuer.verify(server.token()).person == "ann"
    assert issuer.verify(server.token()).person == "ann"
    assert server.asked == ["/.well-known/openid-configuration", "/keys"]


def test_an_unsigned_token_is_refused_unread(server: IssuingServer) -> None:
    signed = server.token()
    for alg in ("none", "None", "NONE", "", None):
        head = part({"alg": alg, "typ": "JWT", "kid": "r1"})
        assert "algorithm" in reason(server.trusted(), f"{head}.{signed.split('.')[1]}.")
    assert server.asked == []


def test_the_public_key_is_no_shared_secret(server: IssuingServer) -> None:
    """HS256 signed with the text of the public key, which everybody has."""
    public = RSA_KEY.public_key()
    forms = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        json.dumps(jwk_of(RSA_KEY, "r1")).encode(),
    ]
    body = part({"alg": "HS256", "kid": "r1"}) + "." + server.token().split(".")[1]
    for secret in forms:
        mac = hmac.new(secret, body.encode(), hashlib.sha256).digest()
        signature = base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
        assert "algorithm" in reason(server.trusted(), f"{body}.{signature}")


def test_a_shared_secret_among_the_keys_signs_nothing(server: IssuingServer) -> None:
    secret = b"0" * 32
    server.keys.append(
        {"kty": "oct", "kid": "o1", "k": base64.urlsafe_b64encode(secret).rstrip(b"=").decode()}
    )
    token = server.token(secret, algorithm="HS256", headers={"kid": "o1"})
    assert "algorithm" in reason(server.trusted(), token)
    mislabelled = server.token(headers={"kid": "o1"})
    assert "algorithm" in reason(server.trusted(), mislabelled)


@pytest.mark.parametrize("algorithms", [("none",), ("HS256",), ("RS256", "HS512"), ("",), ()])
def test_algorithms_that_prove_nothing_cannot_be_allowed(algorithms: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationInvalid):
        Issuer("https://sign-in.example.com", AUDIENCE, algorithms=algorithms)


def test_an_algorithm_that_was_not_named_is_refused(server: IssuingServer) -> None:
    assert "RS512" in reason(server.trusted(), server.token(algorithm="RS512"))
    only_elliptic = server.trusted(algorithms=("ES256",))
    assert "RS256" in reason(only_elliptic, server.token())


def test_a_key_of_another_kind_than_the_header_says_is_refused(server: IssuingServer) -> None:
    assert "match" in reason(server.trusted(), server.token(headers={"kid": "e1"}))


def test_what_another_issuer_signed_is_refused(server: IssuingServer) -> None:
    assert "Signature" in reason(server.trusted(), server.token(OTHER_RSA_KEY))
    with issuing() as other:
        other.keys = [jwk_of(OTHER_RSA_KEY, "r1")]
        genuine_there = other.token(OTHER_RSA_KEY)
        assert other.trusted().verify(genuine_there).person == "ann"
        assert "Signature" in reason(server.trusted(), genuine_there)
        told_apart = server.token(iss=other.url)
        assert "issuer" in reason(server.trusted(), told_apart)


def test_a_key_that_the_token_brings_along_is_not_looked_at(server: IssuingServer) -> None:
    with issuing() as other:
        other.keys = [jwk_of(OTHER_RSA_KEY, "mine")]
        headers = {
            "kid": "mine",
            "jwk": jwk_of(OTHER_RSA_KEY, "mine"),
            "jku": f"{other.url}/keys",
            "x5u": f"{other.url}/keys",
        }
        assert "no key" in reason(server.trusted(), server.token(OTHER_RSA_KEY, headers=headers))
        assert other.asked == []


def test_an_issuer_is_named_to_the_letter(server: IssuingServer) -> None:
    for name in (f"{server.url}/", server.url.upper(), f"{server.url}.example.com", ["x"], ""):
        assert "ssuer" in reason(server.trusted(), server.token(iss=name))


@pytest.mark.parametrize("audience", ["other", "opsflow2", "ops", [], ["other"], "", {"a": 1}])
def test_a_token_for_somebody_else_is_refused(server: IssuingServer, audience: object) -> None:
    why = reason(server.trusted(), server.token(aud=audience))
    assert "aud" in why.lower() or "claim format" in why


def test_a_token_may_be_for_several(server: IssuingServer) -> None:
    assert server.trusted().verify(server.token(aud=["other", AUDIENCE])).person == "ann"
    several = server.trusted(audience=("web", AUDIENCE))
    assert several.verify(server.token(aud="web")).person == "ann"


def test_times_are_held_with_half_a_minute_to_spare(server: IssuingServer) -> None:
    now, issuer = int(time.time()), server.trusted()
    assert "expired" in reason(issuer, server.token(exp=now - 35))
    assert "yet valid" in reason(issuer, server.token(nbf=now + 60))
    assert "yet valid" in reason(issuer, server.token(iat=now + 60))
    assert issuer.verify(server.token(exp=now - 10, nbf=now + 10, iat=now + 10)).person == "ann"


@pytest.mark.parametrize("claim", ["iss", "aud", "exp", "sub"])
def test_a_token_that_leaves_something_out_is_refused(server: IssuingServer, claim: str) -> None:
    assert claim in reason(server.trusted(), server.token(without=(claim,)))


@pytest.mark.parametrize("end", ["soon", 10**30, float("inf"), float("nan"), True, [], None])
def test_an_end_that_is_no_moment_is_refused(server: IssuingServer, end: object) -> None:
    reason(server.trusted(), server.token(exp=end))


@pytest.mark.parametrize("person", ["", 7, ["ann"], {"id": "ann"}, None, True])
def test_a_person_that_is_no_text_is_refused(server: IssuingServer, person: object) -> None:
    reason(server.trusted(person_claim="name"), server.token(name=person))


def test_an_address_counts_where_the_issuer_has_verified_it(server: IssuingServer) -> None:
    issuer = server.trusted(person_claim="email")
    for unverified in ({}, {"email_verified": False}, {"email_verified": "true"}):
        assert "verified" in reason(issuer, server.token(email="a@example.com", **unverified))
    token = server.token(email="a@example.com", email_verified=True)
    assert issuer.verify(token).person == "a@example.com"


@pytest.mark.parametrize("kid", [None, "", 7, ["r1"], {"kid": "r1"}])
def test_a_token_without_the_id_of_a_key_is_refused(server: IssuingServer, kid: object) -> None:
    head = {"alg": "RS256"} | ({} if kid is None else {"kid": kid})
    _, payload, signature = server.token().split(".")
    reason(server.trusted(), f"{part(head)}.{payload}.{signature}")
    assert server.asked == []


@pytest.mark.parametrize("kind", ["logout+jwt", "dpop+jwt", "secevent+jwt", "", 7])
def test_a_token_of_another_type_signs_nobody_in(server: IssuingServer, kind: object) -> None:
    _, payload, signature = server.token().split(".")
    head = part({"alg": "RS256", "kid": "r1", "typ": kind})
    assert "type" in reason(server.trusted(), f"{head}.{payload}.{signature}")
    assert server.trusted().verify(server.token(headers={"kid": "r1", "typ": "at+jwt"}))


def test_a_critical_header_that_is_not_understood_is_refused(server: IssuingServer) -> None:
    token = server.token(headers={"kid": "r1", "crit": ["exp"], "exp": 1})
    assert "critical" in reason(server.trusted(), token)


def test_a_short_key_is_refused(server: IssuingServer) -> None:
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    server.keys.append(jwk_of(short, "short"))
    with pytest.warns(match="below"):
        token = server.token(short, headers={"kid": "short"})
    assert "below" in reason(server.trusted(), token)


def test_a_changed_byte_anywhere_is_noticed(server: IssuingServer) -> None:
    issuer, token = server.trusted(), server.token()
    assert issuer.verify(token)
    for place in range(0, len(token), 7):
        other = "A" if token[place] != "A" else "B"
        reason(issuer, token[:place] + other + token[place + 1 :])


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text() | st.lists(st.text(), min_size=3, max_size=3).map(".".join))
def test_any_other_text_is_refused_and_nothing_else_happens(text: str) -> None:
    issuer = Issuer("https://sign-in.example.com", AUDIENCE)
    assert not issuer.recognises(text)
    reason(issuer, text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    ),
    st.dictionaries(
        st.sampled_from(["alg", "kid", "typ", "crit", "b64", "x"]),
        st.none() | st.text() | st.integers() | st.lists(st.text()) | st.just("RS256"),
    ),
)
def test_any_header_and_payload_are_refused(payload: object, head: dict[str, object]) -> None:
    issuer = Issuer("https://127.0.0.1:1", AUDIENCE, jwks_url="https://127.0.0.1:1/keys")
    reason(issuer, f"{part(head)}.{part(payload)}.AAAA")
    assert not issuer.recognises(f"{part(head)}.{part(payload)}.AAAA")
    reason(issuer, f"{part(head | {'alg': 'RS256', 'kid': 'r1'})}.{part(payload)}.AAAA")


def test_a_very_long_token_is_not_read(server: IssuingServer) -> None:
    assert "shape" in reason(server.trusted(), server.token(sub="x" * 20_000))
    deep = "[" * 5_000 + "]" * 5_000
    head = base64.urlsafe_b64encode(deep.encode()).rstrip(b"=").decode()
    reason(server.trusted(), f"{head}.e30.AAAA")


def test_words_of_the_issuer_become_roles(server: IssuingServer) -> None:
    issuer = server.trusted(
        role_claim=("realm_access", "roles"),
        roles={"ops-admin": AccessRole.ADMINISTRATOR, "ops-audit": AccessRole.AUDITOR},
    )
    token = server.token(realm_access={"roles": ["ops-audit", "stranger", {}, ["ops-admin"], None]})
    assert issuer.verify(token).roles == {AccessRole.AUDITOR}
    odd: object
    for odd in (None, [], "ops-admin", {"roles": {"ops-admin": True}}, {"roles": 7}):
        assert issuer.verify(server.token(realm_access=odd)).roles == frozenset()
    single = server.trusted(role_claim="role", roles={"a": AccessRole.PROCESS_OWNER})
    assert single.verify(server.token(role="a")).roles == {AccessRole.PROCESS_OWNER}


def test_a_claim_of_our_own_role_names_means_nothing(server: IssuingServer) -> None:
    issuer = server.trusted(role_claim="roles")
    assert issuer.verify(server.token(roles=["administrator"])).roles == frozenset()


def test_a_token_is_recognised_by_what_it_says_before_it_is_verified(server: IssuingServer) -> None:
    issuer = server.trusted()
    assert issuer.recognises(server.token(OTHER_RSA_KEY))
    assert not issuer.recognises(server.token(iss="https://other.example.com"))
    assert not issuer.recognises("opsflow_" + "a" * 43)
    assert server.asked == []


@pytest.mark.parametrize(
    "url", ["http://sign-in.example.com", "file:///etc/passwd", "sign-in.example.com", "https://"]
)
def test_an_address_that_others_could_answer_for_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationInvalid):
        Issuer(url, AUDIENCE)
    with pytest.raises(ConfigurationInvalid):
        Issuer("https://sign-in.example.com", AUDIENCE, jwks_url=url)


def test_an_issuer_needs_an_audience() -> None:
    for nobody in ("", (), ("",)):
        with pytest.raises(ConfigurationInvalid):
            Issuer("https://sign-in.example.com", nobody)
