"""What the database takes as text, key and moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine

from opsflow.db import KEY_LIMIT, require_key
from opsflow.db.types import Id, Moment, PlainText, Unstorable
from opsflow.errors import Invalid
from opsflow.texts import is_storable, storable

SQLITE = create_engine("sqlite://").dialect
POSTGRES = create_engine("postgresql+psycopg://").dialect
DIALECTS = (SQLITE, POSTGRES)


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x" * 1_000 + "\udfff"])
def test_text_that_one_of_the_databases_cannot_hold_is_refused_by_both(text: str) -> None:
    for dialect in DIALECTS:
        with pytest.raises(Unstorable, match="NUL or half of a surrogate pair") as caught:
            PlainText().process_bind_param(text, dialect)
        assert isinstance(caught.value, Invalid)
        assert len(str(caught.value)) < 200


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_a_mended_text_can_be_stored_and_a_sound_one_is_not_changed(text: str) -> None:
    assert is_storable(storable(text))
    assert storable(text) == text or not is_storable(text)


@pytest.mark.parametrize("text", ["", "  ", "x" * (KEY_LIMIT + 1)])
def test_nothing_is_found_by_an_empty_or_endless_key(text: str) -> None:
    with pytest.raises(Invalid, match="A business key"):
        require_key("A business key", text)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=12))),
    ],
)
def test_a_moment_without_a_place_in_utc_is_refused(moment: datetime) -> None:
    for dialect in DIALECTS:
        with pytest.raises(Unstorable):
            Moment().process_bind_param(moment, dialect)


def test_a_moment_elsewhere_is_kept_in_utc() -> None:
    there = datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=8)))
    assert Moment().process_bind_param(there, POSTGRES) == there.astimezone(UTC)
    kept = Moment().process_bind_param(there, SQLITE)
    assert kept == there.timestamp() * 1_000_000


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_comes_back_to_the_microsecond(moment: datetime) -> None:
    for dialect in DIALECTS:
        kept = Moment().process_bind_param(moment, dialect)
        assert Moment().process_result_value(kept, dialect) == moment


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_moments_sort_on_sqlite_as_they_follow_each_other(a: datetime, b: datetime) -> None:
    kept_a, kept_b = (Moment().process_bind_param(moment, SQLITE) for moment in (a, b))
    assert isinstance(kept_a, int)
    assert isinstance(kept_b, int)
    assert (kept_a < kept_b) == (a < b)


@given(st.uuids())
def test_an_identifier_comes_back_as_the_same_text(id: UUID) -> None:
    assert Id().process_bind_param(str(id), POSTGRES) == str(id)
    assert Id().process_bind_param(str(id), SQLITE) == id.bytes
    assert Id().process_result_value(id.bytes, SQLITE) == str(id)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ann",
        "\x00",
        "é" * 36,
        "0" * 32,
        "{" + str(UUID(int=7)) + "}",
        str(UUID(int=0xAB)).upper(),
    ],
)
def test_a_text_that_is_no_identifier_stands_for_one_that_nothing_has(text: str) -> None:
    assert Id().process_bind_param(text, SQLITE) == bytes(16)
    assert Id().process_bind_param(text, POSTGRES) == str(UUID(int=0))
