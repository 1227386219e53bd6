"""Rules about models: BPMN 2.0.2's own, and what opsflow asks beyond it."""

from __future__ import annotations

from opsflow.engine.model import Model
from opsflow.engine.rule import Check, Rule
from opsflow.engine.rules import (
    activities,
    collaboration,
    data,
    events,
    expressions,
    gateways,
    reading,
    soundness,
    structure,
    unsupported,
)
from opsflow.engine.rules.scripts import UNTRUSTED
from opsflow.findings import Finding

__all__ = ["CHECKS", "RULES", "check"]

CHECKS: tuple[Check, ...] = (
    *structure.CHECKS,
    *gateways.CHECKS,
    *events.CHECKS,
    *activities.CHECKS,
    *data.CHECKS,
    *collaboration.CHECKS,
    *expressions.CHECKS,
    *unsupported.CHECKS,
)
"""The checks of every model; scripts are checked besides where they are not trusted."""

RULES: tuple[Rule, ...] = (
    *reading.RULES,
    *(one.rule for one in CHECKS),
    *soundness.RULES,
    UNTRUSTED.rule,
)
"""Every rule there is."""


def check(model: Model, *, trusted_scripts: bool = False) -> list[Finding]:
    """Everything there is to say about a model, what was remarked while reading included."""
    checks = CHECKS if trusted_scripts else (*CHECKS, UNTRUSTED)
    found = [*model.findings, *(finding for one in checks for finding in one.findings(model))]
    return [*found, *soundness.findings(model)]
