"""Ids of elements: each once, and one for every node."""

from __future__ import annotations

from opsflow.engine.document import Document, bpmn, line_of, local
from opsflow.engine.model import NodeKind
from opsflow.engine.parser.context import Reading
from opsflow.engine.rule import Remark
from opsflow.engine.rules import reading
from opsflow.findings import Finding

_MOST = 50
"""A file pasted together of copies repeats every id; nobody reads further than this."""


def repeated_ids(document: Document) -> list[Finding]:
    """One finding for each further element with an id that was there before, the first ones."""
    seen: set[str] = set()
    found: list[Finding] = []
    for element in document.root.iter(bpmn("*")):
        own = element.get("id")
        if own is not None and own in seen:
            message = f"the id {own!r} is there already"
            remark = Remark(message, own, element.get("name"), line_of(element))
            found.append(reading.REPEATED_ID.finding(remark))
        seen.add(own or "")
        if len(found) == _MOST:
            break
    return found


def name_nodes(context: Reading) -> None:
    """Give flow nodes without an id one that stays the same while the file does."""
    counts: dict[str, int] = {}
    for element in context.document.all(*(kind.value for kind in NodeKind)):
        if not element.get("id"):
            made_up = _free(context, local(element), counts)
            context.document.name(element, made_up)
            context.remark(reading.NODE_NO_ID, f"it has no id, and is called {made_up!r}", element)


def _free(context: Reading, kind: str, counts: dict[str, int]) -> str:
    while True:
        counts[kind] = counts.get(kind, 0) + 1
        candidate = f"{kind}_{counts[kind]}"
        if context.document.find(candidate) is None:
            return candidate
