"""What a source becomes before anything is stored: drafts, and what there is to say of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from opsflow.decisions import DecisionModel
from opsflow.definitions.drafts import Check, Draft, Mode, draft
from opsflow.definitions.packages import Package, rejected
from opsflow.definitions.rulebook import by_key, check_decisions
from opsflow.engine import check_model, read_model
from opsflow.errors import ModelRejected
from opsflow.findings import Finding, Severity


class Intake:
    """Reads packages under the checks of every feature."""

    def __init__(self, checks: Sequence[Check], *, trusted_scripts: bool) -> None:
        self._checks = tuple(checks)
        self._trusted_scripts = trusted_scripts

    def drafts(
        self, package: Package, rules: Mapping[str, DecisionModel], mode: Mode
    ) -> tuple[list[Draft], list[Finding]]:
        """The processes of a package, and the findings about all of it.

        Raises ModelRejected for a package without any model.
        """
        if not package.models and not package.decisions:
            raise rejected("opsflow.package.no-model", "there is no .bpmn or .dmn file in it")
        drafts: list[Draft] = []
        findings = check_decisions(rules, named=len(package.files) > 1)
        for path in package.models:
            file = path if len(package.files) > 1 else None
            for drafted, found in self._drafts_of(package, path, mode, rules):
                findings += [replace(f, file=f.file or file) for f in found]
                drafts += [drafted] if drafted else []
        findings += _twice(drafts) + package.ignored
        return drafts, findings

    def remarks(self, drafted: Draft) -> list[Finding]:
        """What the features have to say about one process, as things are now."""
        return [finding for check in self._checks for finding in check(drafted)]

    def _drafts_of(
        self, package: Package, path: str, mode: Mode, rules: Mapping[str, DecisionModel]
    ) -> Iterator[tuple[Draft | None, list[Finding]]]:
        try:
            model = read_model(package.files[path])
        except ModelRejected as error:
            yield None, list(error.findings)
            return
        yield None, check_model(model, trusted_scripts=self._trusted_scripts)
        for process in model.processes.values():
            if process.executable:
                drafted, findings = draft(package, model, process, mode)
                drafted = replace(drafted, decisions=by_key(rules))
                yield drafted, findings + self.remarks(drafted)


def _twice(drafts: Iterable[Draft]) -> list[Finding]:
    seen: set[str] = set()
    findings = []
    for drafted in drafts:
        if drafted.process.id in seen:
            findings.append(
                Finding(
                    severity=Severity.ERROR,
                    rule="opsflow.package.process-twice",
                    message=f"the process {drafted.process.id!r} is in the package twice",
                    hint="Keep one of them.",
                    element=drafted.process.id,
                    line=drafted.process.line,
                )
            )
        seen.add(drafted.process.id)
    return findings
