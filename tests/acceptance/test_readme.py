"""The README and the guides: their code runs, their links lead somewhere."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from opsflow.app import Opsflow
from tests.acceptance.conftest import ROOT
from tests.models import model

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def run_python(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run code as a script, with every warning an error."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_example_of_the_readme_runs(folder: Path) -> None:
    [code] = blocks("README.md", "python")
    assert len(code.splitlines()) <= 17
    done = run_python(code, folder)
    assert done.returncode == 0, done.stderr
    assert "raci.responsible" in done.stdout


def test_the_code_of_the_embedding_guide_runs(folder: Path) -> None:
    found = blocks("docs/guide/embedding.md", "python")
    assert len(found) >= 6
    done = run_python("\n".join(found) + "\nflow.close()\n", folder)
    assert done.returncode == 0, done.stderr


def test_the_first_screen_of_the_readme_names_the_two_commands() -> None:
    first_screen = (ROOT / "README.md").read_text().splitlines()[:22]
    text = "\n".join(first_screen)
    assert "make run" in text
    assert "make test" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_heading(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"https?:", target):
            continue
        name, _, anchor = target.partition("#")
        linked = (page.parent / name).resolve() if name else page
        assert linked.exists(), f"{page.name}: {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", h).lower().replace(" ", "-") for h in headings}
            assert anchor in slugs, f"{page.name}: {target}"


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        target
        for page in PAGES
        for target in re.findall(r"(?:`|^)make ([a-z-]+)", page.read_text(), re.MULTILINE)
    }
    assert {"run", "test", "check", "help"} <= named
    assert named <= targets


def _controls(kind: str) -> list[str]:
    """The opsflow elements of the guide that stand on a task."""
    return [
        block
        for block in blocks("docs/guide/writing-a-process.md", "xml")
        if block.startswith(f"<opsflow:{kind}")
    ]


def test_the_controls_of_the_guide_are_understood(tmp_path: Path) -> None:
    parts = [*_controls("procedure"), *_controls("gate"), *_controls("form")]
    assert len(parts) == 4
    body = (
        '<startEvent id="s"/><userTask id="t"><extensionElements>'
        '<opsflow:responsibility responsible="a" accountable="b"/>'
        + "".join(parts)
        + '</extensionElements></userTask><endEvent id="e"/>'
        '<sequenceFlow id="f" sourceRef="s" targetRef="t"/>'
        '<sequenceFlow id="g" sourceRef="t" targetRef="e"/>'
    )
    with Opsflow(f"sqlite:///{tmp_path}/check.db") as flow:
        flow.migrate()
        for role in ("a", "b", "department_head", "finance_manager", "legal", "cfo"):
            flow.people.add_role(role)
        flow.definitions.deploy(ROOT / "bpmn/authority.dmn", by="ping")
        findings = flow.definitions.check(model(body))
    # The form of the page asks for no amount and no category.
    assert {finding.rule for finding in findings} == {"opsflow.call.decision-input"}


def test_the_package_of_the_guide_deploys(tmp_path: Path) -> None:
    page = "docs/guide/writing-a-process.md"
    [sheet], [procedure] = blocks(page, "csv"), blocks(page, "markdown")
    body = (
        '<startEvent id="s"/>'
        '<userTask id="receive" name="Receive the goods"><extensionElements>'
        '<opsflow:form ref="forms/receipt.json"/></extensionElements></userTask>'
        '<endEvent id="e"/><sequenceFlow id="f" sourceRef="s" targetRef="receive"/>'
        '<sequenceFlow id="g" sourceRef="receive" targetRef="e"/>'
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("receipt.bpmn", model(body, key="receipt"))
        archive.writestr("responsibilities.csv", sheet)
        archive.writestr("forms/receipt.json", '{"type": "object", "additionalProperties": false}')
        archive.writestr("procedures/receive.md", procedure)
    with Opsflow(f"sqlite:///{tmp_path}/check.db") as flow:
        flow.migrate()
        for role in ("storekeeper", "warehouse_manager", "buyer"):
            flow.people.add_role(role)
        deployment = flow.definitions.deploy(packed.getvalue(), by="ping")
        assert deployment.findings == ()
        node = flow.definitions.content(deployment.release.id).process.nodes["receive"]
    assert [step.id for step in node.controls.procedure] == ["note", "count", "remark"]
    assert [step.required for step in node.controls.procedure] == [True, True, False]
    assert node.controls.responsibility is not None
    assert node.controls.responsibility.responsible == ("storekeeper",)
