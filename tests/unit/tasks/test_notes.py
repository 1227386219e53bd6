"""Comments and attached files: what is taken."""

from __future__ import annotations

import pytest

from opsflow.errors import EvidenceInvalid, Invalid
from opsflow.tasks import require_file
from opsflow.tasks.notes import COMMENT_LIMIT, SIZE_LIMIT, require_text


def test_a_file_up_to_the_limit_is_taken() -> None:
    require_file("quote.pdf", b"x" * 10, "application/pdf", limit=10)
    require_file("报价 1.pdf", b"x", "application/vnd.ms-excel.sheet+xml")


def test_the_limit_is_25_megabytes() -> None:
    assert SIZE_LIMIT == 25 * 1024 * 1024
    with pytest.raises(EvidenceInvalid, match="at most 26214400"):
        require_file("big.bin", bytes(SIZE_LIMIT + 1), "application/octet-stream")


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", "a\nb", " a", "a\x00", "a\u202egpj.exe", "a" * 256]
)
def test_a_name_that_no_file_should_have_is_refused(name: str) -> None:
    with pytest.raises(EvidenceInvalid, match="no name"):
        require_file(name, b"x", "text/plain")


@pytest.mark.parametrize(
    "media_type", ["", "text", "text/", "text/plain; a=b", "text/html\r\nX: y"]
)
def test_a_text_that_is_no_media_type_is_refused(media_type: str) -> None:
    with pytest.raises(EvidenceInvalid, match="media type"):
        require_file("a", b"x", media_type)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(EvidenceInvalid, match="empty"):
        require_file("a", b"", "text/plain")


def test_a_comment_loses_the_blanks_around_it() -> None:
    assert require_text("A comment", "  price agreed \n") == "price agreed"


@pytest.mark.parametrize("text", ["", " \n", "x" * (COMMENT_LIMIT + 1), "a\x00b", "\ud800"])
def test_nothing_too_much_and_what_cannot_be_stored_is_no_comment(text: str) -> None:
    with pytest.raises(Invalid, match="A comment has"):
        require_text("A comment", text)
