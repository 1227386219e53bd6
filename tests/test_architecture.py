"""The shape of the code: sizes, names, what is public, what no file may hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import pytest

import opsflow
from opsflow.app import METADATA
from opsflow.db import PREFIX

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
VAGUE = {"utils", "util", "common", "helpers", "helper", "manager", "misc"}


def functions() -> Iterator[tuple[str, int]]:
    """Every function of the sources, and how many lines its body has."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                length = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
                yield f"{path.relative_to(ROOT)}:{node.name}", length


def test_files_are_short() -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    too_long = [str(path.relative_to(ROOT)) for path, lines in lengths.items() if lines > 400]
    assert too_long == []
    assert median(lengths.values()) <= 110


def test_functions_are_short() -> None:
    lengths = dict(functions())
    assert [name for name, lines in lengths.items() if lines > 50] == []
    assert median(lengths.values()) <= 7
    assert quantiles(lengths.values(), n=20)[-1] <= 30


def test_names_say_what_a_module_is_for() -> None:
    assert [path for path in SOURCES if path.stem in VAGUE or path.parent.name in VAGUE] == []


def test_the_public_names_are_these() -> None:
    assert opsflow.__all__ == sorted(opsflow.__all__)
    assert set(opsflow.__all__) == {
        "Acting",
        "AlreadyExists",
        "BpmnError",
        "Clock",
        "ConfigurationInvalid",
        "Conflict",
        "DatabaseUnavailable",
        "Directory",
        "EvidenceInvalid",
        "Finding",
        "FormInvalid",
        "HandlerFailed",
        "Health",
        "Holder",
        "IdempotencyConflict",
        "Invalid",
        "Later",
        "Lease",
        "LeaseLost",
        "MigrationPlan",
        "MigrationRefused",
        "ManualClock",
        "MessageNotCaught",
        "ModelRejected",
        "NotAuthenticated",
        "NotFound",
        "NotReady",
        "Opsflow",
        "OpsflowError",
        "Pace",
        "PersonInfo",
        "Refused",
        "RequirementsOpen",
        "Scripts",
        "ServiceCall",
        "Severity",
        "StaleRevision",
        "StateUnreadable",
        "Stop",
        "SystemClock",
        "VariablesInvalid",
        "WrongState",
    }
    assert all(hasattr(opsflow, name) for name in opsflow.__all__)


def test_every_error_is_drawn_in_the_tree() -> None:
    from opsflow import errors

    drawn = set(re.findall(r"^[\s│├└─]*([A-Z]\w+)", errors.__doc__ or "", re.MULTILINE))
    made = {name for name, item in vars(errors).items() if isinstance(item, type)}
    assert {name for name in made if issubclass(vars(errors)[name], Exception)} <= drawn


def test_every_table_has_the_prefix() -> None:
    tables = METADATA.tables.values()
    assert {each.name for each in tables if not each.name.startswith(PREFIX)} == set()


@pytest.mark.parametrize("name", ["eval", "exec", "compile", "__import__"])
def test_nothing_evaluates_code(name: str) -> None:
    """A model reaches FEEL only; ``compile`` is FEEL's own, ``re``'s and the script port's."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                is_own = "feel" in path.parts
                assert node.func.id != name or is_own, path


def test_no_package_holds_an_address_of_a_registry() -> None:
    constraints = (ROOT / "constraints.txt").read_text("utf-8")
    assert "://" not in constraints
    for line in constraints.splitlines():
        assert line.startswith("#") or re.fullmatch(r"[\w.-]+(\[\w+\])?==[\w.+-]+", line), line
