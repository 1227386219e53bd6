"""Identifiers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from opsflow.db import new_id

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_they_are_version_7_and_carry_their_millisecond() -> None:
    made = UUID(new_id(NOW))
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == int(NOW.timestamp() * 1000)


def test_they_sort_in_the_order_they_were_made() -> None:
    made = [new_id(NOW + timedelta(milliseconds=number // 50)) for number in range(5000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
