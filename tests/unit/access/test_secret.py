from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsflow.access import NAME_LIMIT, IssuedToken, Permission, Token
from opsflow.access.secret import digest_of, hint_of, is_secret, new_secret, require_name
from opsflow.errors import Invalid, WrongState

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def token(**fields: object) -> Token:
    values: dict[str, object] = {"id": "t1", "person": "ann", "name": "import", "sha256": "0" * 64}
    return Token(**values | fields)


def test_every_secret_is_another_one_and_looks_like_one() -> None:
    made = {new_secret() for _ in range(500)}
    assert len(made) == 500
    assert all(is_secret(secret) and len(secret) == 51 for secret in made)


@given(st.text())
def test_other_texts_are_no_secrets(text: str) -> None:
    assert not is_secret(text)


@pytest.mark.parametrize("spoil", ["{}\n", "{} ", " {}", "{}x", "Bearer {}"])
def test_a_secret_with_something_around_it_is_none(spoil: str) -> None:
    assert not is_secret(spoil.format(new_secret()))


def test_what_is_shown_of_a_secret_leaves_most_of_it_unknown() -> None:
    secret = new_secret()
    assert secret.startswith(hint_of(secret))
    assert len(secret) - len(hint_of(secret)) == 37
    assert digest_of(secret) != digest_of(new_secret())


def test_a_secret_is_not_printed_with_its_token() -> None:
    secret = new_secret()
    assert secret not in repr(IssuedToken(token(), secret))


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\x1b[31m", "x" * (NAME_LIMIT + 1), "\ud800"])
def test_a_name_that_cannot_be_shown_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        require_name(name)


def test_a_name_loses_the_blanks_around_it() -> None:
    assert require_name(" ERP import ") == "ERP import"


def test_a_token_counts_until_its_end_and_not_at_it() -> None:
    one = token(expires_at=NOW + timedelta(seconds=1))
    assert one.fault(NOW) is None
    assert one.state(NOW) == "valid"
    assert one.fault(NOW + timedelta(seconds=1)) is not None
    assert one.state(NOW + timedelta(seconds=1)) == "expired"


def test_a_token_is_revoked_once() -> None:
    one = token(expires_at=NOW + timedelta(days=1))
    one.revoke("ann", NOW)
    assert one.fault(NOW) is not None
    assert one.state(NOW + timedelta(days=2)) == "revoked"
    with pytest.raises(WrongState):
        one.revoke("ann", NOW)


def test_a_scope_that_is_not_known_any_more_allows_nothing() -> None:
    assert token(scope_text="tasks:work magic:cast").scopes == frozenset({Permission.TASKS_WORK})
    assert token(scope_text="magic:cast").scopes == frozenset()
    assert token(scope_text=None).scopes is None


def test_a_use_is_noted_once_an_hour() -> None:
    assert token(last_used_at=None).needs_note(NOW)
    assert not token(last_used_at=NOW - timedelta(minutes=59)).needs_note(NOW)
    assert token(last_used_at=NOW - timedelta(hours=1)).needs_note(NOW)
