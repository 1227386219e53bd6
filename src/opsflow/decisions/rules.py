"""What the checks of a decision model find: stable ids, and how to mend each."""

from __future__ import annotations

from dataclasses import dataclass

from opsflow.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of finding."""

    id: str
    severity: Severity
    hint: str

    def finding(self, message: str, *, element: str = "", name: str = "", line: int = 0) -> Finding:
        """A finding of this kind."""
        return Finding(
            severity=self.severity,
            rule=self.id,
            message=message,
            hint=self.hint,
            element=element or None,
            name=name or None,
            line=line,
        )


NOT_DMN = Rule(
    "dmn.source.not-dmn",
    Severity.ERROR,
    "Save the file as DMN 1.1, 1.2, 1.3, 1.4 or 1.5 from a DMN editor.",
)
UNSAFE = Rule(
    "dmn.source.not-xml",
    Severity.ERROR,
    "Give plain XML of at most 10,000,000 bytes, without a document type declaration.",
)
TOO_DEEP = Rule(
    "dmn.source.too-deep", Severity.ERROR, "Move inner expressions into decisions of their own."
)
NO_NAME = Rule("dmn.element.unnamed", Severity.ERROR, "Give the element a name.")
TWICE = Rule("dmn.element.twice", Severity.ERROR, "Give each element an id and a name of its own.")
IMPORT_MISSING = Rule(
    "dmn.import.missing", Severity.ERROR, "Put the imported model into the same package."
)
IMPORT_CYCLE = Rule(
    "dmn.import.cycle", Severity.ERROR, "Move what both models need into a third one."
)
REFERENCE = Rule(
    "dmn.reference.dangling", Severity.ERROR, "Draw the requirement to an element that exists."
)
CYCLE = Rule("dmn.requirement.cycle", Severity.ERROR, "Remove a requirement from the circle.")
NO_LOGIC = Rule(
    "dmn.decision.empty", Severity.WARNING, "Give the decision a table or an expression."
)
LANGUAGE = Rule(
    "dmn.expression.language", Severity.ERROR, "Write the expression in FEEL; nothing else is run."
)
IMPORTED = Rule(
    "dmn.expression.imported",
    Severity.ERROR,
    "Write the expression into the decision; expressions in other files are not read.",
)
BOXED = Rule(
    "dmn.expression.unknown", Severity.ERROR, "Use a boxed expression of DMN 1.5, chapter 7."
)
SYNTAX = Rule(
    "dmn.expression.syntax", Severity.ERROR, "Correct the expression where it breaks off."
)
NAME = Rule(
    "dmn.name.unknown",
    Severity.ERROR,
    "Draw a requirement from the element that has this name, or correct the name.",
)
TYPE_UNKNOWN = Rule(
    "dmn.type.unknown", Severity.ERROR, "Define the item type, or use a type of FEEL."
)
TYPE_CYCLE = Rule("dmn.type.cycle", Severity.ERROR, "A type can not be made of itself.")
TYPE_CLASH = Rule(
    "dmn.type.clash", Severity.ERROR, "Compare and calculate with values of one type."
)
POLICY = Rule(
    "dmn.table.hit-policy",
    Severity.ERROR,
    "Use UNIQUE, ANY, FIRST, PRIORITY, RULE ORDER, OUTPUT ORDER or COLLECT.",
)
SHAPE = Rule(
    "dmn.table.shape", Severity.ERROR, "Give every rule one entry for each input and output."
)
PRIORITIES = Rule(
    "dmn.table.priorities",
    Severity.ERROR,
    "List the output values in order of their priority.",
)
OVERLAP = Rule(
    "dmn.table.overlap",
    Severity.ERROR,
    "Narrow one of the rules, or choose a hit policy that allows several to match.",
)
GAP = Rule("dmn.table.gap", Severity.WARNING, "Add a rule for this input, or a default output.")
UNREACHABLE = Rule(
    "dmn.table.unreachable",
    Severity.WARNING,
    "Remove the rule, or move it before those that cover it.",
)
NOT_CHECKED = Rule(
    "dmn.table.not-checked",
    Severity.INFORMATION,
    "Try the table with examples: its cells are too many or too free to prove anything.",
)
EXTERNAL = Rule(
    "dmn.function.external",
    Severity.WARNING,
    "Rewrite the function in FEEL; functions in other languages give null.",
)
ALLOWED_VALUE = Rule(
    "dmn.table.value-not-allowed",
    Severity.WARNING,
    "Use one of the allowed values, or add the value to them.",
)

RULES: tuple[Rule, ...] = tuple(rule for rule in dict(globals()).values() if isinstance(rule, Rule))
"""All of them."""
