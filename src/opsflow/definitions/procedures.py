"""``procedures/<task id>.md``: the procedure of a task as a Markdown list.

- [check] quotes: Three quotes are on file (evidence=file)
- [measure] price: Contract price (unit=CNY, min=0, max="approved_amount * 1.05")
- [text] remark: Anything unusual (optional)
"""

from __future__ import annotations

import re

from opsflow import feel
from opsflow.engine import Expression, ProcedureStep, ProcedureStepKind
from opsflow.findings import Finding, Severity

_ITEM = re.compile(
    r"^\s*(?:[-*]|\d+[.)])\s+\[(?P<kind>\w+)\]\s+(?P<id>[\w.-]+)\s*:\s*(?P<text>.*?)"
    r"(?:\s+\((?P<options>[^()]*(?:=|optional|required)[^()]*(?:\([^()]*\)[^()]*)*)\))?\s*$"
)
_OPTION = re.compile(
    r'\s*(?P<name>\w+)\s*(?:=\s*(?:"(?P<quoted>[^"]*)"|(?P<plain>[^,]*)))?\s*(?:,|$)'
)
_NAMES = frozenset({"unit", "min", "max", "evidence", "optional", "required"})


def read_procedure(content: bytes, path: str) -> tuple[tuple[ProcedureStep, ...], list[Finding]]:
    """The steps of a procedure, in order. Lines that are no list items are explanation."""
    findings: list[Finding] = []
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        return (), [_error(f"it is not UTF-8: {error}", path, 0)]
    if b"\x00" in content:
        return (), [_error("it holds a NUL, which no text has", path, 0)]
    steps = []
    for number, line in enumerate(lines, start=1):
        item = _ITEM.match(line)
        if item:
            steps.append(_step(item, path, number, findings))
        elif re.match(r"^\s*(?:[-*]|\d+[.)])\s+\[", line):
            findings.append(_error("a step is written: - [kind] id: text", path, number))
    ids = [step.id for step in steps]
    repeated = sorted({id for id in ids if ids.count(id) > 1})
    findings += [_error(f"the step {id!r} is there twice", path, 0) for id in repeated]
    return tuple(steps), findings


def _step(item: re.Match[str], path: str, line: int, findings: list[Finding]) -> ProcedureStep:
    options = _options(item["options"] or "", path, line, findings)
    try:
        kind = ProcedureStepKind(item["kind"])
    except ValueError:
        known = ", ".join(ProcedureStepKind)
        findings.append(_error(f"{item['kind']!r} is not one of {known}", path, line))
        kind = ProcedureStepKind.CONFIRM
    return ProcedureStep(
        id=item["id"],
        kind=kind,
        text=item["text"],
        required="optional" not in options,
        unit=options.get("unit"),
        minimum=_limit(options.get("min"), path, line, findings),
        maximum=_limit(options.get("max"), path, line, findings),
        evidence=options.get("evidence"),
        line=line,
    )


def _options(text: str, path: str, line: int, findings: list[Finding]) -> dict[str, str]:
    options: dict[str, str] = {}
    for match in _OPTION.finditer(text):
        name = match["name"]
        if name not in _NAMES:
            findings.append(_error(f"{name!r} is not an option of a step", path, line))
        value = match["quoted"] if match["quoted"] is not None else match["plain"]
        options[name] = (value or "").strip()
    return options


def _limit(written: str | None, path: str, line: int, findings: list[Finding]) -> Expression | None:
    if written is None:
        return None
    text = written.removeprefix("=").strip()
    try:
        feel.compile(text)
    except feel.FeelError as error:
        findings.append(_error(f"the limit {written!r} is not FEEL: {error}", path, line))
    return Expression(text=text, written=written, line=line)


def _error(message: str, path: str, line: int) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        rule="opsflow.procedure.file",
        message=message,
        hint='For example: - [measure] price: Contract price (unit=CNY, max="approved_amount")',
        line=line,
        file=path,
    )
