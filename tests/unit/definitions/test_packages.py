"""What can be deployed, and what cannot be opened."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from opsflow.definitions import packages
from opsflow.definitions.packages import open_package
from opsflow.errors import ModelRejected, NotFound


def zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return target.getvalue()


def rule_of(content: bytes) -> str:
    with pytest.raises(ModelRejected) as caught:
        open_package(content)
    (finding,) = caught.value.findings
    assert finding.hint
    return finding.rule


def test_a_single_file_is_a_package_of_one(tmp_path: Path) -> None:
    path = tmp_path / "any.bpmn"
    path.write_bytes(b"<definitions/>")
    assert open_package(path).content_hash == open_package(b"<definitions/>").content_hash
    assert open_package(str(path)).models == ["process.bpmn"]


def test_the_hash_tells_content_and_paths_apart_but_not_their_order() -> None:
    one = open_package(zipped({"a.bpmn": b"1", "forms/x.json": b"{}"}))
    same = open_package(zipped({"forms/x.json": b"{}", "a.bpmn": b"1"}))
    other = open_package(zipped({"a.bpmn": b"1", "forms/y.json": b"{}"}))
    assert one.content_hash == same.content_hash != other.content_hash


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"none\.bpmn"):
        open_package(tmp_path / "none.bpmn")


def test_a_broken_zip_is_a_finding() -> None:
    assert rule_of(zipped({"a.bpmn": b"x" * 1000})[:60]) == "opsflow.package.broken"


def test_a_path_that_leads_out_is_a_finding() -> None:
    assert rule_of(zipped({"../a.bpmn": b"x"})) == "opsflow.package.path"
    assert rule_of(zipped({"/etc/a.bpmn": b"x"})) == "opsflow.package.path"


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped({"a.bpmn": b"\0" * 1_000_000})
    monkeypatch.setattr(packages, "MAX_PACKAGE", 500_000)
    assert rule_of(bomb) == "opsflow.package.too-large"


def test_too_many_files_are_a_finding() -> None:
    many = {f"forms/{number}.json": b"{}" for number in range(packages.MAX_FILES + 1)}
    assert rule_of(zipped(many)) == "opsflow.package.too-many"


def test_a_damaged_zip_is_a_finding_wherever_the_damage_is() -> None:
    whole = zipped({"a.bpmn": bytes(range(256)) * 40})
    for place in range(4, len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        try:
            open_package(bytes(damaged))
        except ModelRejected as error:
            assert error.findings[0].rule.startswith("opsflow.package.")


def test_files_that_nothing_reads_are_told() -> None:
    known = ("a.bpmn", "rates.dmn", "responsibilities.csv", "forms/x.json", "procedures/do.md")
    unknown = ("README.txt", "Forms/x.json", "forms/x.yaml", "responsibility.csv", "x/a.csv")
    package = open_package(zipped(dict.fromkeys(known + unknown, b"x")))
    assert {finding.file for finding in package.ignored} == set(unknown)


def test_several_files_are_what_they_are_in_a_zip(tmp_path: Path) -> None:
    for name, content in (("a.bpmn", b"1"), ("t.dmn", b"2")):
        (tmp_path / name).write_bytes(content)
    package = open_package([tmp_path / "t.dmn", str(tmp_path / "a.bpmn")])
    assert (
        package.content_hash == open_package(zipped({"a.bpmn": b"1", "t.dmn": b"2"})).content_hash
    )
    assert (package.models, list(package.decisions)) == (["a.bpmn"], ["t.dmn"])


def test_one_file_in_a_list_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "a.bpmn").write_bytes(b"1")
    path = tmp_path / "a.bpmn"
    assert open_package([path]).content_hash == open_package(path).content_hash


def test_files_that_do_not_go_together_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    files = {"a.bpmn": b"1", "other/a.bpmn": b"2", "p.zip": zipped({"b.bpmn": b"3"})}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    one, two, whole = (tmp_path / name for name in files)

    def refused(*paths: Path) -> str:
        with pytest.raises(ModelRejected) as caught:
            open_package(paths)
        return caught.value.findings[0].rule

    assert refused(one, two) == "opsflow.package.duplicate"
    assert refused(one, whole) == "opsflow.package.broken"
    with pytest.raises(NotFound):
        open_package([one, tmp_path / "none.bpmn"])
    (tmp_path / "c.bpmn").write_bytes(b"4")
    monkeypatch.setattr(packages, "MAX_PACKAGE", 1)
    assert refused(one, tmp_path / "c.bpmn") == "opsflow.package.too-large"
