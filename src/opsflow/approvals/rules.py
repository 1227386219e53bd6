"""The rules about gates, as their checks apply them."""

from __future__ import annotations

from opsflow.engine import Rule
from opsflow.findings import Severity

RULES: tuple[Rule, ...] = (
    Rule(
        "opsflow.gate.task",
        Severity.ERROR,
        "A gate stands on a task that a person works on.",
        "Put it on a user or manual task.",
        "opsflow approvals",
    ),
    Rule(
        "opsflow.gate.twice",
        Severity.ERROR,
        "The gates of a task have ids of their own.",
        "Rename one of them.",
        "opsflow approvals",
    ),
    Rule(
        "opsflow.gate.at",
        Severity.ERROR,
        "A gate is at the entry or at the exit of its task.",
        'Write at="entry" or at="exit".',
        "opsflow approvals",
    ),
    Rule(
        "opsflow.gate.no-voters",
        Severity.ERROR,
        "Somebody votes at a gate.",
        "Name at least one role as voter, or tiers that name some.",
        "opsflow approvals",
    ),
    Rule(
        "opsflow.gate.empty-tier",
        Severity.ERROR,
        "A tier names its voters.",
        "Name the roles that vote while its condition holds.",
        "opsflow approvals",
    ),
    Rule(
        "opsflow.gate.tier-parts",
        Severity.ERROR,
        "A tier has a condition and voters, or a decision and perhaps who is asked otherwise.",
        "Write the condition into the decision, and further voters into a tier of their own.",
        "opsflow approvals",
    ),
    Rule(
        "opsflow.gate.tier-result",
        Severity.ERROR,
        "A decision that a gate asks names roles.",
        'Give roles as "cfo", "cfo, legal" or ["cfo", "legal"], or a context with voters.',
        "opsflow approvals",
    ),
    Rule(
        "opsflow.gate.tier-otherwise",
        Severity.ERROR,
        "Where it cannot be seen whom a decision may name, the tier says who is asked otherwise.",
        'Write for example otherwise="cfo" on the tier.',
        "opsflow approvals",
    ),
    Rule(
        "opsflow.gate.votes",
        Severity.ERROR,
        "A quorum needs a number of votes.",
        'Write for example votes="2".',
        "opsflow approvals",
    ),
    Rule(
        "opsflow.gate.votes-unused",
        Severity.ERROR,
        "Only a quorum counts votes.",
        'Write rule="quorum", or leave votes away.',
        "opsflow approvals",
    ),
    Rule(
        "opsflow.gate.counts-persons",
        Severity.INFORMATION,
        "A quorum needs no more votes than there are voting roles.",
        "Name more roles if each of them is to have one vote.",
        "opsflow approvals",
    ),
    Rule(
        "opsflow.gate.entry-rework",
        Severity.WARNING,
        "An entry gate has no work to send back.",
        'Write onReject="fail" or onReject="continue" if the process is to go on.',
        "opsflow approvals",
    ),
    Rule(
        "opsflow.gate.error-code",
        Severity.WARNING,
        "A gate that fails its task names the error.",
        "Name the error code.",
        "opsflow approvals",
    ),
    Rule(
        "opsflow.gate.outcome",
        Severity.WARNING,
        "A gate that lets rejected work go on says what it decided.",
        "Name a variable as its outcome.",
        "opsflow approvals",
    ),
)
"""For the reference; the checks word each finding for its case."""
