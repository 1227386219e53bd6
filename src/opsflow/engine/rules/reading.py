"""The rules that reading a file applies: what it must be to become a model at all."""

from __future__ import annotations

from opsflow.engine.rule import Rule, error, information, warning

TOO_LARGE = error(
    "bpmn.file.too-large",
    "A file has at most 10,000,000 bytes.",
    "Leave out what is no process, such as embedded pictures, or split the file.",
    "opsflow limits",
)
TOO_DEEP = error(
    "bpmn.file.too-deep",
    "Elements nest at most 128 deep.",
    "Call other processes instead of nesting subprocesses.",
    "opsflow limits",
)
TOO_MANY = error(
    "bpmn.file.too-many-elements",
    "A file has at most 100,000 elements.",
    "Split the file.",
    "opsflow limits",
)
TOO_MUCH_TEXT = error(
    "bpmn.file.too-much-expression",
    "All expressions of a file together have at most 500,000 characters.",
    "Decide in a decision table, or split the file.",
    "opsflow limits",
)
NOT_XML = error(
    "bpmn.file.not-xml",
    "The file is well-formed XML.",
    "Export the diagram again from the tool that made it.",
    "BPMN 2.0.2 §15.3",
)
DOCTYPE = error(
    "bpmn.file.doctype",
    "The file declares no document type and no entities.",
    "Remove the <!DOCTYPE …> declaration.",
    "opsflow security",
)
NOT_BPMN = error(
    "bpmn.file.not-bpmn",
    "The root element is definitions in the namespace of BPMN 2.0.",
    "Export the diagram as BPMN 2.0 XML.",
    "BPMN 2.0.2 §15.3",
)
SCHEMA = error(
    "bpmn.file.schema",
    "The file is valid against the XML schema of BPMN 2.0.2.",
    "Mend the element, or export the diagram again.",
    "BPMN 2.0.2 §15.3",
)
DRAWING = warning(
    "bpmn.diagram.schema",
    "The drawing in the file is valid against its XML schema.",
    "Open the diagram in a modeler and save it again.",
    "BPMN 2.0.2 §12.2, §15.3",
)
REPEATED_ID = error(
    "bpmn.element.repeated-id",
    "An id is there once in the file.",
    "Give one of the elements another id.",
    "BPMN 2.0.2 §8.3.1, §15.3",
)
PROCESS_NO_ID = error(
    "bpmn.process.no-id",
    "A process has an id, which is its key.",
    "Give the process an id.",
    "BPMN 2.0.2 §8.3.1",
)
NODE_NO_ID = warning(
    "bpmn.node.no-id",
    "A flow node has an id.",
    "Give the node an id of its own; the one made up changes when nodes are added.",
    "BPMN 2.0.2 §8.3.1",
)
UNRESOLVED = error(
    "bpmn.reference.unresolved",
    "What is referred to is in the file.",
    "Declare it, or remove the reference.",
    "BPMN 2.0.2 §8.2",
)
NUMBER = error(
    "bpmn.element.number",
    "Numbers are whole numbers of a reasonable size.",
    "Write a smaller number.",
    "BPMN 2.0.2 §15.3",
)
NAMELESS_DATA = warning(
    "bpmn.data.nameless",
    "Data that a loop goes over has a name, which is its variable.",
    "Give the data object a name that can be a variable: letters, digits, underscores.",
    "BPMN 2.0.2 §10.4.1",
)
EXECUTABLE_UNSET = warning(
    "bpmn.process.executable-unset",
    "A process says whether it is executable.",
    'Write isExecutable="true" on the process.',
    "BPMN 2.0.2 §10.1",
)
LANGUAGE = error(
    "opsflow.expression.language",
    "Expressions are FEEL, JUEL or simple Python.",
    "Write the expression in FEEL, with a leading =.",
    "opsflow expressions",
)
UNTRANSLATABLE = error(
    "opsflow.expression.untranslatable",
    "An expression of another language has a sure equivalent in FEEL.",
    "Write the expression in FEEL, with a leading =.",
    "opsflow expressions",
)
TRANSLATED = information(
    "opsflow.expression.translated",
    "An expression of another language was put into FEEL.",
    "Write it in FEEL, with a leading =, to be sure of what it means.",
    "opsflow expressions",
)
UNKNOWN = error(
    "opsflow.extension.unknown",
    "Elements and attributes of urn:opsflow:bpmn:1 are known ones.",
    "Look for a misspelling.",
    "opsflow extensions",
)
MISPLACED = error(
    "opsflow.extension.misplaced",
    "Elements and attributes of urn:opsflow:bpmn:1 stand where they mean something.",
    "Move it to the element it is about.",
    "opsflow extensions",
)
MISSING = error(
    "opsflow.extension.missing",
    "Extensions have the attributes they need.",
    "Write the attribute.",
    "opsflow extensions",
)
BAD_VALUE = error(
    "opsflow.extension.value",
    "Attributes of extensions have a value of the right kind.",
    "Mend the value.",
    "opsflow extensions",
)
REPEATED = error(
    "opsflow.extension.repeated",
    "Procedure steps, gates and search attributes have an id of their own.",
    "Rename one of them.",
    "opsflow extensions",
)
FOREIGN_CODE = error(
    "opsflow.extension.foreign-code",
    "A model asks for no code of another engine.",
    "Register a handler for a topic and write opsflow:topic.",
    "opsflow extensions",
)
MISSED = warning(
    "opsflow.extension.missed",
    "A model does not rely on what another tool's extension does to variables.",
    "Write an opsflow:input or opsflow:output mapping in its place.",
    "opsflow extensions",
)
NOT_USED = information(
    "opsflow.extension.not-used",
    "An extension of another tool has no effect here.",
    "Nothing needs to be done unless you rely on it.",
    "opsflow extensions",
)

RULES: tuple[Rule, ...] = (
    TOO_LARGE,
    TOO_DEEP,
    TOO_MANY,
    TOO_MUCH_TEXT,
    NOT_XML,
    DOCTYPE,
    NOT_BPMN,
    SCHEMA,
    DRAWING,
    REPEATED_ID,
    PROCESS_NO_ID,
    NODE_NO_ID,
    UNRESOLVED,
    NUMBER,
    NAMELESS_DATA,
    EXECUTABLE_UNSET,
    LANGUAGE,
    UNTRANSLATABLE,
    TRANSLATED,
    UNKNOWN,
    MISPLACED,
    MISSING,
    BAD_VALUE,
    REPEATED,
    FOREIGN_CODE,
    MISSED,
    NOT_USED,
)
