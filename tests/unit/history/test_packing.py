"""How records are packed: exactly, in little room, and refused where they were tampered with."""

from __future__ import annotations

import hashlib
import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsflow.history.packing import EDITION, pack, unpack
from opsflow.history.words import WORDS

text = st.text() | st.uuids().map(str) | st.uuids().map(lambda made: str(made).upper())


@given(st.lists(st.dictionaries(text, text | st.none() | st.integers())))
def test_what_was_packed_comes_back_to_the_letter(facts: list[dict[str, object]]) -> None:
    written = json.dumps(facts, ensure_ascii=False)
    assert unpack(pack(written), EDITION) == written


def test_a_usual_record_takes_a_fraction_of_its_text() -> None:
    id = str(UUID(int=0x01A20893_C0BD_7111_9B9E_836577F3731E))
    about = f'"instance_id":true,"node_id":"sign","task_id":"{id}"'
    written = f'[["TaskClaimed",{{{about}}},"buyer"],["TaskReleased",{{{about}}},"buyer"]]'
    assert len(pack(written)) < len(written) / 3


@pytest.mark.parametrize("packed", [b"", b"\xff", pack("[1]")[:-1], pack("[1]") + b"x"])
def test_what_nobody_packed_is_not_read(packed: bytes) -> None:
    with pytest.raises(ValueError, match="it "):
        unpack(packed, EDITION)


def test_a_record_of_an_unknown_edition_is_not_read() -> None:
    with pytest.raises(ValueError, match="99"):
        unpack(pack("[]"), 99)


def test_the_words_of_an_edition_never_change() -> None:
    """Else what was packed with them could not be read any more: make a new edition instead."""
    assert {edition: hashlib.sha256(words).hexdigest() for edition, words in WORDS.items()} == {
        1: "529e42b8435bf9207b02a8dc01bd0e89c3fd483835d276c2ac12a156f8774856"
    }
