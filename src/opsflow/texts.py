"""Texts that every database can hold: Unicode without NUL and without halves of surrogate pairs."""

from __future__ import annotations


def is_storable(text: str) -> bool:
    """Whether every database can hold the text."""
    if "\x00" in text:
        return False
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def storable(text: str) -> str:
    """The text with a replacement character for each that no database can hold."""
    if is_storable(text):
        return text
    return (
        text.replace("\x00", "\ufffd").encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    )
