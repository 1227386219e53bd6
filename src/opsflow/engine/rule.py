"""What a rule is: a stable id, how severe it is, where it comes from, how to mend a breach."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opsflow.findings import Finding, Severity

if TYPE_CHECKING:
    from opsflow.engine.model import Model


@dataclass(frozen=True, slots=True)
class Remark:
    """One breach of a rule, before it becomes a finding of that rule."""

    message: str
    element: str | None = None
    name: str | None = None
    line: int = 0
    hint: str | None = None
    """Takes the place of the rule's own hint where the case allows a better one."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule about models. ``source`` says where the rule comes from."""

    id: str
    severity: Severity
    what: str
    hint: str
    source: str

    def finding(self, remark: Remark) -> Finding:
        """The remark as a finding of this rule."""
        return Finding(
            severity=self.severity,
            rule=self.id,
            message=remark.message,
            hint=remark.hint or self.hint,
            element=remark.element,
            name=remark.name,
            line=remark.line,
        )


@dataclass(frozen=True, slots=True)
class Check:
    """A rule with the function that finds its breaches in a model."""

    rule: Rule
    remarks: Callable[[Model], Iterable[Remark]]

    def findings(self, model: Model) -> list[Finding]:
        """Every breach in the model, in the order of the file."""
        return [self.rule.finding(remark) for remark in self.remarks(model)]


def error(id: str, what: str, hint: str, source: str) -> Rule:
    """A rule whose breach refuses the deployment."""
    return Rule(id, Severity.ERROR, what, hint, source)


def warning(id: str, what: str, hint: str, source: str) -> Rule:
    """A rule whose breach is most likely a mistake, but can run."""
    return Rule(id, Severity.WARNING, what, hint, source)


def information(id: str, what: str, hint: str, source: str) -> Rule:
    """A rule that only tells what opsflow made of the model."""
    return Rule(id, Severity.INFORMATION, what, hint, source)
