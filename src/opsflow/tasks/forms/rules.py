"""The rules about forms, as their checks apply them."""

from __future__ import annotations

from opsflow.engine import Rule
from opsflow.findings import Severity

RULES: tuple[Rule, ...] = (
    Rule(
        "opsflow.form.missing",
        Severity.ERROR,
        "The form that a task names is in the package; a key without .json only warns.",
        "Put the JSON Schema into the package under forms/.",
        "JSON Schema 2020-12, opsflow forms",
    ),
    Rule(
        "opsflow.form.json",
        Severity.ERROR,
        "A form is a JSON object.",
        "Mend the text.",
        "JSON Schema 2020-12, opsflow forms",
    ),
    Rule(
        "opsflow.form.size",
        Severity.ERROR,
        "A form is at most 200,000 characters long and 64 levels deep.",
        "Ask for less in one form, or split it with $defs and $ref.",
        "JSON Schema 2020-12, opsflow forms",
    ),
    Rule(
        "opsflow.form.schema",
        Severity.ERROR,
        "A form is a JSON Schema.",
        "Write it as JSON Schema 2020-12 says.",
        "JSON Schema 2020-12, opsflow forms",
    ),
    Rule(
        "opsflow.form.dialect",
        Severity.ERROR,
        "A form is written in JSON Schema 2020-12 throughout.",
        "Leave $schema out, or name that dialect.",
        "JSON Schema 2020-12, opsflow forms",
    ),
    Rule(
        "opsflow.form.reference",
        Severity.ERROR,
        "A reference stays in its document, and leads to something.",
        "Refer to a schema of this document by #/$defs/name.",
        "JSON Schema 2020-12, opsflow forms",
    ),
    Rule(
        "opsflow.form.endless",
        Severity.ERROR,
        "A schema does not refer to itself for the same value.",
        "Let it refer to itself below a property.",
        "JSON Schema 2020-12, opsflow forms",
    ),
    Rule(
        "opsflow.form.pattern",
        Severity.ERROR,
        "A pattern can be matched in time that is bounded.",
        "Write it without look-around and back references, and repeat at most 1000.",
        "JSON Schema 2020-12, opsflow forms",
    ),
    Rule(
        "opsflow.form.unevaluated",
        Severity.ERROR,
        "patternProperties and unevaluatedProperties are not used together.",
        "Use additionalProperties instead.",
        "JSON Schema 2020-12, opsflow forms",
    ),
    Rule(
        "opsflow.form.format",
        Severity.INFORMATION,
        "A format is one that is checked.",
        "For other formats write a pattern.",
        "JSON Schema 2020-12, opsflow forms",
    ),
    Rule(
        "opsflow.form.keyword",
        Severity.WARNING,
        "The words of a schema are keywords, or begin with x-.",
        "Mend the spelling.",
        "JSON Schema 2020-12, opsflow forms",
    ),
    Rule(
        "opsflow.form.open",
        Severity.INFORMATION,
        "A form says whether it takes fields that it does not name.",
        'Add "additionalProperties": false to take the named fields only.',
        "JSON Schema 2020-12, opsflow forms",
    ),
)
"""For the reference; the checks word each finding for its case."""
