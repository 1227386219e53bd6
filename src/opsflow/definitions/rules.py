"""The rules about packages and what lies beside the diagram, as they are applied."""

from __future__ import annotations

from opsflow.engine import Rule
from opsflow.findings import Severity

RULES: tuple[Rule, ...] = (
    Rule(
        "opsflow.package.no-model",
        Severity.ERROR,
        "A package holds a .bpmn file.",
        "Put the diagram into the package.",
        "opsflow packages",
    ),
    Rule(
        "opsflow.package.broken",
        Severity.ERROR,
        "A package is a zip file that can be read.",
        "Zip the files again, without a password.",
        "opsflow packages",
    ),
    Rule(
        "opsflow.package.ignored",
        Severity.WARNING,
        "Every file of a package is one that something reads.",
        "Mend the path of the file, or leave it out.",
        "opsflow packages",
    ),
    Rule(
        "opsflow.package.duplicate",
        Severity.ERROR,
        "The files of a package have paths of their own.",
        "Rename one of them.",
        "opsflow packages",
    ),
    Rule(
        "opsflow.package.too-many",
        Severity.ERROR,
        "A package has at most 500 files.",
        "Leave out what does not belong to the process.",
        "opsflow packages",
    ),
    Rule(
        "opsflow.package.too-large",
        Severity.ERROR,
        "A package has at most 52,428,800 bytes, unpacked.",
        "Leave out what does not belong to the process.",
        "opsflow packages",
    ),
    Rule(
        "opsflow.package.path",
        Severity.ERROR,
        "The paths of a package stay inside it.",
        "Zip the files from the folder that holds them.",
        "opsflow packages",
    ),
    Rule(
        "opsflow.package.process-twice",
        Severity.ERROR,
        "A process is in a package once.",
        "Keep one of them.",
        "opsflow packages",
    ),
    Rule(
        "opsflow.call.unknown-process",
        Severity.ERROR,
        "A called process is published, or in the same package.",
        "Publish the called process first, or put both into one package.",
        "opsflow packages",
    ),
    Rule(
        "opsflow.call.unknown-decision",
        Severity.ERROR,
        "A decision that is asked is deployed, or in the same package.",
        "Deploy the .dmn file first, or put it into the package.",
        "opsflow packages",
    ),
    Rule(
        "opsflow.call.decision-input",
        Severity.INFORMATION,
        "What a decision reads is a variable of the process.",
        "Give it when the process is started, or by a form or a mapping; otherwise it is null.",
        "opsflow dataflow",
    ),
    Rule(
        "opsflow.call.decision-type",
        Severity.WARNING,
        "A variable is of the type that the decision which reads it takes.",
        "Give both one type: otherwise the input is null, and so may be the decision.",
        "opsflow dataflow",
    ),
    Rule(
        "opsflow.variable.name",
        Severity.WARNING,
        "A name is spelled as it is declared.",
        "Write the name of the variable that is meant.",
        "opsflow dataflow",
    ),
    Rule(
        "opsflow.variable.type",
        Severity.WARNING,
        "A condition compares values of one type.",
        "Compare values of one type; the forms say of which type a variable is.",
        "opsflow dataflow",
    ),
    Rule(
        "opsflow.matrix.csv",
        Severity.ERROR,
        "responsibilities.csv is a CSV file in UTF-8 with roles in its first line.",
        "Export the sheet as CSV in UTF-8.",
        "opsflow packages",
    ),
    Rule(
        "opsflow.matrix.twice",
        Severity.ERROR,
        "A task has one row in responsibilities.csv.",
        "Merge the rows.",
        "opsflow packages",
    ),
    Rule(
        "opsflow.matrix.unknown-task",
        Severity.ERROR,
        "The rows of responsibilities.csv are tasks of the diagram.",
        "Write the id of the task, or its name where only one task has it.",
        "opsflow packages",
    ),
    Rule(
        "opsflow.matrix.letter",
        Severity.ERROR,
        "The cells of responsibilities.csv hold R, A, C or I.",
        "Mend the cell; C! means that the task waits for the answer.",
        "opsflow packages",
    ),
    Rule(
        "opsflow.matrix.role",
        Severity.ERROR,
        "Every column of responsibilities.csv names a role.",
        "Write the role into the first line.",
        "opsflow packages",
    ),
    Rule(
        "opsflow.procedure.file",
        Severity.ERROR,
        "Files under procedures/ are lists of steps.",
        "Write the steps as: - [kind] id: text (options).",
        "opsflow packages",
    ),
)
"""For the reference; each finding is worded for its case where it is found."""
