"""The canonical text and the hash of an event."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from opsflow.history.chain import GENESIS, canonical, digest

facts = st.dictionaries(
    st.text(max_size=8),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(max_size=8)
        | st.decimals(allow_nan=False),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
        max_leaves=8,
    ),
    max_size=5,
)


SAID: dict[str, object] = {
    "stream": "instance:1",
    "position": 1,
    "length": 2,
    "at": datetime(2026, 3, 2, 9, tzinfo=UTC),
    "person": "ann",
    "text": "[]",
}


def hashed(previous: bytes = GENESIS, **changed: object) -> bytes:
    return digest(previous, **(SAID | changed))  # type: ignore[arg-type]


@given(facts)
def test_the_order_of_keys_does_not_change_the_text(given_facts: dict[str, object]) -> None:
    backwards = dict(reversed(list(given_facts.items())))
    assert canonical(given_facts) == canonical(backwards)


def test_values_that_json_lacks_keep_their_exact_text() -> None:
    written = canonical(
        {
            "amount": Decimal("1.10"),
            "day": date(2026, 1, 31),
            "took": timedelta(hours=1),
            "file": b"abc",
        }
    )
    assert '"amount":"1.10"' in written
    assert '"day":"2026-01-31"' in written
    assert '"took":"PT3600S"' in written
    assert "sha256:ba7816bf" in written


def test_every_part_of_a_record_is_under_the_hash() -> None:
    changes: dict[str, object] = {
        "stream": "instance:2",
        "position": 2,
        "length": 1,
        "at": datetime(2026, 3, 2, 9, 0, 0, 1, tzinfo=UTC),
        "person": "bob",
        "text": '[["TaskClaimed",{}]]',
        "previous": bytes(31) + b"\x01",
    }
    hashes = {hashed(**{name: value}) for name, value in changes.items()}  # type: ignore[arg-type]
    assert hashed() not in hashes
    assert len(hashes) == len(changes)


def test_a_number_that_python_writes_no_decimal_of_is_kept_in_hexadecimal() -> None:
    text = canonical({"n": 10**5_000, "list": [{"m": -(10**5_000)}], "small": 10**30})
    facts = json.loads(text)
    assert int(facts["n"], 16) == 10**5_000
    assert int(facts["list"][0]["m"], 16) == -(10**5_000)
    assert facts["small"] == 10**30
