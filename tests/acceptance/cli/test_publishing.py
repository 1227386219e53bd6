"""Drafts, publishing and owners on the command line."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.conftest import Run


def changed(folder: Path) -> str:
    """The procurement process with another name, as a file."""
    model = (folder / "bpmn/procurement.bpmn").read_bytes()
    (folder / "changed.bpmn").write_bytes(model + b"<!-- the next one -->")
    return "changed.bpmn"


def test_a_draft_is_published_and_the_old_version_is_the_way_back(
    office: Run, folder: Path
) -> None:
    made = office("deploy", changed(folder), "--by", "ping", "--no-publish")
    assert "procurement version 2: deployed, not published." in made.out
    assert office("publish", "procurement", "--version", "2", "--by", "ping").code == 0
    listed = office("releases", "procurement").out.splitlines()
    (published,) = [line for line in listed if "published" in line and "by" not in line]
    assert "2" in published.split()
    back = office("publish", "procurement", "--version", "1", "--by", "ping")
    assert "procurement version 1: published." in back.out
    assert office("publish", "procurement", "--version", "9", "--by", "ping").code == 5


def test_a_process_that_is_only_a_draft_does_not_start(run: Run) -> None:
    run("init", "--organisation", "examples/procurement/organisation")
    files = ("bpmn/authority.dmn", "bpmn/procurement.bpmn")
    assert run("deploy", files[0], "--by", "ping").code == 0
    assert run("deploy", *files, "--by", "ping", "--no-publish").code == 0
    refused = run("start", "procurement", "--by", "jun")
    assert refused.code == 4
    assert "Publish a release" in refused.err


def test_only_owners_deploy_unless_somebody_acts_as_an_administrator(
    office: Run, folder: Path
) -> None:
    file = changed(folder)
    refused = office("deploy", file, "--by", "bo")
    assert refused.code == 3
    assert "process.owner" in refused.err
    assert "Could: ping" in refused.err
    assert office("share", "procurement", "bo", "--by", "ping").code == 0
    assert office("deploy", file, "--by", "bo").code == 0
    assert "bo" in office("owners", "procurement").out
    assert office("unshare", "procurement", "ping", "--by", "bo").code == 0
    assert office("unshare", "procurement", "bo", "--by", "bo").code == 4
    first = ("publish", "procurement", "--version", "1", "--by", "hua")
    assert office(*first).code == 3
    assert office(*first, "--as-administrator").code == 0


def test_decisions_are_published_and_shared_too(office: Run) -> None:
    decision = ("--kind", "decision")
    assert "ping" in office("owners", "purchase_authority", *decision).out
    shared = office("share", "purchase_authority", "bo", "--by", "ping", *decision)
    assert shared.code == 0, shared.err
    again = office("publish", "purchase_authority", "--version", "1", "--by", "bo", *decision)
    assert again.code == 0, again.err
    assert "published" in office("releases", "purchase_authority", *decision).out
