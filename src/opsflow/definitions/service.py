"""Check and deploy definitions, and give out what a release holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, overload

from opsflow.db import Database, Unit, new_id
from opsflow.decisions import DecisionModel, read_package
from opsflow.definitions import store
from opsflow.definitions.binding import bind_decisions, bind_processes, unknown_references
from opsflow.definitions.blobs import keep
from opsflow.definitions.drafts import Check, Draft, Mode, draft
from opsflow.definitions.events import ReleaseDeployed
from opsflow.definitions.models import DecisionRelease, ProcessRecord, Release, ReleaseFile
from opsflow.definitions.packages import Package, Source, open_package, rejected
from opsflow.definitions.rulebook import check_decisions, decision_keys, store_decisions
from opsflow.engine import (
    Description,
    Model,
    Process,
    Program,
    check_model,
    compile_process,
    describe,
    read_model,
)
from opsflow.errors import ModelRejected, NotFound
from opsflow.events import Actor
from opsflow.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a deployment came to: one release per executable process and per decision."""

    releases: tuple[Release, ...]
    decisions: tuple[DecisionRelease, ...]
    findings: tuple[Finding, ...]
    """Warnings and information; errors refuse the deployment."""
    created: bool
    """False when this content was deployed before."""

    @property
    def release(self) -> Release:
        """The only release, or the first of several."""
        return self.releases[0]


@dataclass(frozen=True)
class ReleaseContent:
    """A release, read and compiled; shared by all its instances and never changed."""

    release_id: str
    key: str
    version: int
    content_hash: str
    mode: str
    process: Process
    program: Program
    forms: Mapping[str, dict[str, Any]]
    decisions: Mapping[str, str]
    """Release id of each decision that a business rule task names."""


class Definitions:
    """The processes of this opsflow: check, deploy, look up."""

    def __init__(
        self, database: Database, *, checks: Sequence[Check] = (), trusted_scripts: bool = False
    ) -> None:
        self._database = database
        self._checks = tuple(checks)
        self._trusted_scripts = trusted_scripts
        self._contents: dict[str, ReleaseContent] = {}

    @overload
    def check(
        self, source: Source, *, responsibility: Mode = ..., descriptive: Literal[False] = ...
    ) -> list[Finding]: ...

    @overload
    def check(
        self, source: Source, *, responsibility: Mode = ..., descriptive: Literal[True]
    ) -> Description: ...

    def check(
        self, source: Source, *, responsibility: Mode = "matrix", descriptive: bool = False
    ) -> list[Finding] | Description:
        """Everything there is to say about a source. Stores nothing.

        ``descriptive`` reads the source (of a package its first diagram) for viewing, whether
        it can be executed or not; then ModelRejected is raised for what is no BPMN.
        Raises NotFound when ``source`` is a path and there is no such file.
        """
        if descriptive:
            return _described(open_package(source))
        try:
            package = open_package(source)
            rules = read_package(package.decisions)
            drafts, findings = self._drafts(package, rules, responsibility)
        except ModelRejected as error:
            return list(error.findings)
        with self._database.reading() as unit:
            findings += unknown_references(unit, drafts, decision_keys(rules))
        return findings

    def deploy(self, source: Source, *, by: str, responsibility: Mode = "matrix") -> Deployment:
        """Store a source as the next version of each of its processes and decisions.

        The same content again is the same release. Raises ModelRejected with every finding
        when one of them is an error; nothing is stored then.
        """
        package = open_package(source)
        rules = read_package(package.decisions)
        drafts, findings = self._drafts(package, rules, responsibility)
        with self._database.unit() as unit:
            findings += unknown_references(unit, drafts, decision_keys(rules))
            if any(finding.is_error for finding in findings):
                raise ModelRejected(findings)
            decisions, is_new = store_decisions(unit, package, rules, by)
            asked = {decision.decision_key: decision.id for decision in decisions}
            records = _hold(unit, drafts, by)
            before = {d.process.id: _same(unit, d, package) for d in drafts}
            ids = {key: old.id if old else new_id(unit.now) for key, old in before.items()}
            releases = tuple(
                before[d.process.id]
                or _store(unit, records[d.process.id], d, package, ids, asked, by)
                for d in drafts
            )
            created = is_new or any(release is None for release in before.values())
            return Deployment(releases, decisions, tuple(findings), created)

    def release(self, key: str, version: int | None = None) -> Release:
        """A version of a process, the latest where none is named. Raises NotFound."""
        with self._database.reading() as unit:
            if version is None:
                found = store.latest_release(unit.session, key)
            else:
                found = store.release_of_version(unit.session, key, version)
        if found is None:
            wanted = key if version is None else f"{key} version {version}"
            raise NotFound("process", wanted)
        return found

    def get(self, release_id: str) -> Release:
        """A release by its id. Raises NotFound."""
        with self._database.reading() as unit:
            release = unit.session.get(Release, release_id)
        if release is None:
            raise NotFound("release", release_id)
        return release

    def releases(self, key: str) -> list[Release]:
        """All versions of a process, newest first."""
        with self._database.reading() as unit:
            return store.releases_of(unit.session, key)

    def processes(self) -> list[Release]:
        """The latest version of every process, by key."""
        with self._database.reading() as unit:
            return store.latest_releases(unit.session)

    def files(self, release_id: str) -> dict[str, bytes]:
        """The files that were deployed, by path. Raises NotFound."""
        self.get(release_id)
        with self._database.reading() as unit:
            return store.files_of(unit.session, release_id)

    def content(self, release_id: str) -> ReleaseContent:
        """A release, read and compiled, kept in memory from then on. Raises NotFound."""
        known = self._contents.get(release_id)
        if known is None:
            known = self._contents[release_id] = self._load(self.get(release_id))
        return known

    def _load(self, release: Release) -> ReleaseContent:
        package = Package(self.files(release.id))
        model, process = _find_process(package, release.process_key)
        drafted, _ = draft(package, model, process, "open")
        program = compile_process(
            drafted.process, ref=release.id, calls=_Calls(self, release.calls)
        )
        return ReleaseContent(
            release_id=release.id,
            key=release.process_key,
            version=release.version,
            content_hash=release.content_hash,
            mode=release.mode,
            process=drafted.process,
            program=program,
            forms=drafted.forms,
            decisions=release.decisions,
        )

    def _drafts(
        self, package: Package, rules: Mapping[str, DecisionModel], mode: Mode
    ) -> tuple[list[Draft], list[Finding]]:
        if not package.models and not package.decisions:
            raise rejected("opsflow.package.no-model", "there is no .bpmn or .dmn file in it")
        drafts: list[Draft] = []
        findings = check_decisions(rules, named=len(package.files) > 1)
        for path in package.models:
            file = path if len(package.files) > 1 else None
            for drafted, found in self._drafts_of(package, path, mode):
                findings += [replace(f, file=f.file or file) for f in found]
                drafts += [drafted] if drafted else []
        findings += _twice(drafts) + package.ignored
        return drafts, findings

    def _drafts_of(
        self, package: Package, path: str, mode: Mode
    ) -> Iterator[tuple[Draft | None, list[Finding]]]:
        try:
            model = read_model(package.files[path])
        except ModelRejected as error:
            yield None, list(error.findings)
            return
        yield None, check_model(model, trusted_scripts=self._trusted_scripts)
        for process in model.processes.values():
            if process.executable:
                drafted, findings = draft(package, model, process, mode)
                for check in self._checks:
                    findings += check(drafted)
                yield drafted, findings


class _Calls(Mapping[str, Program]):
    """The programs that a release calls, loaded when a call activity first needs them.

    Lazy, because a process may call itself.
    """

    def __init__(self, definitions: Definitions, bound: Mapping[str, str]) -> None:
        self._definitions = definitions
        self._bound = bound

    def __getitem__(self, key: str) -> Program:
        return self._definitions.content(self._bound[key]).program

    def __iter__(self) -> Iterator[str]:
        return iter(self._bound)

    def __len__(self) -> int:
        return len(self._bound)


def _find_process(package: Package, key: str) -> tuple[Model, Process]:
    for path in package.models:
        model = read_model(package.files[path])
        if key in model.processes:
            return model, model.processes[key]
    raise NotFound("process", key)


def _same(unit: Unit, drafted: Draft, package: Package) -> Release | None:
    return store.release_by_content(
        unit.session, drafted.process.id, package.content_hash, drafted.mode
    )


def _described(package: Package) -> Description:
    if not package.models:
        raise rejected("opsflow.package.no-model", "there is no .bpmn file in it")
    return describe(package.files[package.models[0]])


def _hold(unit: Unit, drafts: Sequence[Draft], by: str) -> dict[str, ProcessRecord]:
    """The processes by key, held in one order so that two deployments never block each other."""
    return {
        process.id: store.hold_process(
            unit.session,
            process.id,
            name=process.name or process.id,
            owner=process.controls.owner or by,
            now=unit.now,
        )
        for process in sorted((each.process for each in drafts), key=lambda each: each.id)
    }


def _store(
    unit: Unit,
    record: ProcessRecord,
    drafted: Draft,
    package: Package,
    ids: Mapping[str, str],
    decisions: Mapping[str, str],
    by: str,
) -> Release:
    process = drafted.process
    record.latest_version += 1
    release = Release(
        id=ids[process.id],
        process_key=process.id,
        version=record.latest_version,
        name=process.name or process.id,
        content_hash=package.content_hash,
        mode=drafted.mode,
        calls=bind_processes(unit, process, ids),
        decisions=bind_decisions(unit, process, decisions),
        deployed_at=unit.now,
        deployed_by=by,
    )
    unit.session.add(release)
    unit.session.flush()
    for path, content in package.files.items():
        sha256 = keep(unit.session, content)
        unit.session.add(ReleaseFile(release_id=release.id, path=path, sha256=sha256))
    unit.announce(
        ReleaseDeployed(
            actor=Actor(by),
            process_key=process.id,
            version=release.version,
            release_id=release.id,
            content_hash=release.content_hash,
        )
    )
    return release


def _twice(drafts: Iterable[Draft]) -> list[Finding]:
    seen: set[str] = set()
    findings = []
    for drafted in drafts:
        if drafted.process.id in seen:
            findings.append(
                Finding(
                    severity=Severity.ERROR,
                    rule="opsflow.package.process-twice",
                    message=f"the process {drafted.process.id!r} is in the package twice",
                    hint="Keep one of them.",
                    element=drafted.process.id,
                    line=drafted.process.line,
                )
            )
        seen.add(drafted.process.id)
    return findings
