"""What is entered at each kind of step."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsflow.engine import ProcedureStep, ProcedureStepKind
from opsflow.errors import EvidenceInvalid
from opsflow.sop.entries import Entry, read_entry, read_file

KINDS = ProcedureStepKind


def step(kind: ProcedureStepKind, evidence: str | None = None) -> ProcedureStep:
    return ProcedureStep("s", kind, "Do it", evidence=evidence)


@pytest.mark.parametrize("kind", [KINDS.CHECK, KINDS.CONFIRM])
def test_a_check_holds_or_is_not_recorded(kind: ProcedureStepKind) -> None:
    assert read_entry(step(kind), None, "Ann") == Entry()
    assert read_entry(step(kind), True, "Ann") == Entry()
    with pytest.raises(EvidenceInvalid, match="skip it with a reason"):
        read_entry(step(kind), False, "Ann")


@given(st.decimals(-(10**20), 10**20, places=5))
def test_a_measure_keeps_every_digit(number: Decimal) -> None:
    entry = read_entry(step(KINDS.MEASURE), f"{number:f}", "Ann")
    assert entry.number == number
    assert entry.value == f"{number:f}"


@pytest.mark.parametrize("value", [None, "", "much", True, "nan", "1e999999999", "1e-60", "9" * 51])
def test_a_measure_is_a_number_of_bounded_length(value: object) -> None:
    with pytest.raises(EvidenceInvalid):
        read_entry(step(KINDS.MEASURE), value, "Ann")


@pytest.mark.parametrize("value", [None, "", "  ", 5, "a\x00b", "x" * 20_001])
def test_a_text_says_something(value: object) -> None:
    with pytest.raises(EvidenceInvalid):
        read_entry(step(KINDS.TEXT), value, "Ann")


def test_a_text_is_kept_without_the_blanks_around_it() -> None:
    assert read_entry(step(KINDS.TEXT), " fine\n", "Ann") == Entry("fine")


def test_a_signature_spells_the_name_of_the_person() -> None:
    signature = step(KINDS.SIGNATURE)
    assert read_entry(signature, " Zoe\u0308  Li ", "Zoë Li") == Entry("Zoë Li")
    for wrong in (None, "", "Zoe Li", "zoë li", "Ann"):
        with pytest.raises(EvidenceInvalid):
            read_entry(signature, wrong, "Zoë Li")


@pytest.mark.parametrize(
    "asking", [step(KINDS.FILE), step(KINDS.CHECK, "file"), step(KINDS.MEASURE, "file")]
)
def test_a_step_that_asks_for_a_file_gets_one(asking: ProcedureStep) -> None:
    with pytest.raises(EvidenceInvalid, match="needs a file"):
        read_file(asking, None)
    upload = read_file(asking, ("quote.pdf", b"%PDF"))
    assert upload is not None
    assert (upload.name, upload.media_type) == ("quote.pdf", "application/pdf")


def test_other_steps_take_a_file_and_need_none() -> None:
    assert read_file(step(KINDS.CONFIRM), None) is None
    assert read_file(step(KINDS.CONFIRM), ("a.unknown", b"x")) is not None


@pytest.mark.parametrize("name", ["", " ", "a/b", "a\\b", "a\nb", "a\u202eb", "x" * 256])
def test_a_file_has_a_usable_name(name: str) -> None:
    with pytest.raises(EvidenceInvalid):
        read_file(step(KINDS.FILE), (name, b"x"))


def test_a_file_is_neither_empty_nor_too_large() -> None:
    assert read_file(step(KINDS.FILE), ("a", b"xxx"), limit=3) is not None
    for content in (b"", b"xxxx"):
        with pytest.raises(EvidenceInvalid):
            read_file(step(KINDS.FILE), ("a", content), limit=3)
