"""What a person enters at a procedure step, read by the kind of the step."""

from __future__ import annotations

import mimetypes
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from opsflow.engine import ProcedureStep, ProcedureStepKind
from opsflow.errors import EvidenceInvalid
from opsflow.sop.limits import decimal_of

EVIDENCE_LIMIT = 25 * 1024 * 1024
"""Bytes that one file may have unless the installation says otherwise."""
TEXT_LIMIT = 20_000
"""Characters that the text of one step may have."""
NAME_LIMIT = 255
"""Characters that the name of a file may have."""
DIGITS_LIMIT = 50
"""Digits that a measure may have, before and after the point together."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What was entered: the text as it is kept, and its number where it is a measure."""

    value: str | None = None
    number: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file given as evidence."""

    name: str
    content: bytes

    @property
    def media_type(self) -> str:
        """Guessed from the name, because nothing else is known; never trusted."""
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"


def read_entry(step: ProcedureStep, value: object, signer: str) -> Entry:
    """Read what was entered. ``signer`` is the name a signature must spell.

    Raises EvidenceInvalid where it does not fit the kind of the step.
    """
    match step.kind:
        case ProcedureStepKind.MEASURE:
            return _measure(step, value)
        case ProcedureStepKind.TEXT:
            return Entry(_text(step, value))
        case ProcedureStepKind.SIGNATURE:
            return Entry(_signature(step, value, signer))
        case ProcedureStepKind.FILE:
            return Entry(None if value is None else _text(step, value))
        case ProcedureStepKind.CHECK | ProcedureStepKind.CONFIRM:
            return Entry(_yes(step, value))


def read_file(
    step: ProcedureStep, file: tuple[str, bytes] | None, limit: int = EVIDENCE_LIMIT
) -> Upload | None:
    """The file of a step, None where there is none and none is asked for.

    Raises EvidenceInvalid where one is missing, empty, too large or has an unusable name.
    """
    if file is None:
        if step.kind is ProcedureStepKind.FILE or step.evidence == "file":
            raise _invalid(step, "it needs a file")
        return None
    name, content = file
    name = name.strip()
    is_name = name not in ("", ".", "..") and len(name) <= NAME_LIMIT
    if not is_name or any(_is_unusable(letter) for letter in name):
        raise _invalid(step, f"{name[:40]!r} is not a file name of 1 to {NAME_LIMIT} characters")
    if not content:
        raise _invalid(step, f"the file {name!r} is empty")
    if len(content) > limit:
        raise _invalid(step, f"the file {name!r} has {len(content)} bytes, more than {limit}")
    return Upload(name, bytes(content))


def _measure(step: ProcedureStep, value: object) -> Entry:
    number = decimal_of(value)
    if number is None:
        raise _invalid(step, f"it needs a number, not {value!r}")
    # A short text such as 1e999999999 would fill the storage when it is written out.
    if _digits(number) > DIGITS_LIMIT:
        raise _invalid(step, f"a number has at most {DIGITS_LIMIT} digits")
    return Entry(f"{number:f}", number)


def _digits(number: Decimal) -> int:
    _, digits, exponent = number.as_tuple()
    places = exponent if isinstance(exponent, int) else 0
    return max(len(digits), len(digits) + places, -places)


def _text(step: ProcedureStep, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _invalid(step, "it needs a text")
    if len(value) > TEXT_LIMIT or "\x00" in value:
        raise _invalid(step, f"a text has at most {TEXT_LIMIT} characters, none of them NUL")
    return value.strip()


def _signature(step: ProcedureStep, value: object, signer: str) -> str:
    written = _text(step, value)
    if _spelled(written) != _spelled(signer):
        raise _invalid(step, f"it is signed by writing your own name, {signer!r}")
    return signer


def _yes(step: ProcedureStep, value: object) -> str | None:
    if value is None or value is True:
        return None
    if value is False:
        raise _invalid(step, "it is recorded when it holds; else skip it with a reason")
    return _text(step, value)


def _spelled(name: str) -> str:
    """A name as it is compared: composed letters, one space between words."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def _is_unusable(letter: str) -> bool:
    return letter in "/\\" or unicodedata.category(letter).startswith("C")


def _invalid(step: ProcedureStep, reason: str) -> EvidenceInvalid:
    return EvidenceInvalid(f"The step {step.id!r} ({step.kind}): {reason}.")
