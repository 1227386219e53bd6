"""Check, deploy, publish and share definitions, and give out what a release holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, overload

from opsflow.db import Database, require_key
from opsflow.decisions import read_package
from opsflow.definitions import store
from opsflow.definitions.binding import unknown_references
from opsflow.definitions.contents import ReleaseContent, diagram_of, load
from opsflow.definitions.deployment import Deploying, Deployment
from opsflow.definitions.drafts import Check, Draft, Mode
from opsflow.definitions.intake import Intake
from opsflow.definitions.models import DecisionRelease, Owner, Release
from opsflow.definitions.overview import (
    FileInfo,
    ProcessSummary,
    ReleaseOutline,
    outline_of,
    summary_of,
)
from opsflow.definitions.ownership import Kind, Mandate, add_owner, remove_owner, require_owner
from opsflow.definitions.packages import Package, Source, open_package, rejected
from opsflow.definitions.publishing import publish_decision, publish_release
from opsflow.definitions.rulebook import decision_keys
from opsflow.engine import Description, describe
from opsflow.errors import Invalid, ModelRejected, NotFound, WrongState
from opsflow.findings import Finding

PAGE_LIMIT = 1000
"""Processes that one page may have."""


class Definitions:
    """The processes of this opsflow: check, deploy, publish, look up.

    ``knows`` says whether there is a person of an id; without it everybody is.
    """

    def __init__(
        self,
        database: Database,
        *,
        checks: Sequence[Check] = (),
        trusted_scripts: bool = False,
        knows: Callable[[str], bool] | None = None,
    ) -> None:
        self._database = database
        self._intake = Intake(checks, trusted_scripts=trusted_scripts)
        self._knows = knows
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
            return self._check(package, responsibility)
        except ModelRejected as error:
            return list(error.findings)

    def deploy(
        self,
        source: Source,
        *,
        by: str,
        responsibility: Mode = "matrix",
        publish: bool = True,
        as_administrator: bool = False,
    ) -> Deployment:
        """Store a source as the next version of each of its processes and decisions.

        They are published at once unless ``publish`` is false. The same content again is the
        same release. Whoever deploys a key first owns it; Refused is raised where the source
        changes a key that belongs to others, unless ``as_administrator``. Raises
        ModelRejected with every finding when one of them is an error. Nothing is stored then.
        """
        package = open_package(source)
        rules = read_package(package.decisions)
        drafts, findings = self._intake.drafts(package, rules, responsibility)
        with self._database.unit() as unit:
            findings += unknown_references(unit, drafts, decision_keys(rules))
            _refuse_errors(findings)
            deploying = Deploying(unit, package, Mandate(by, as_administrator), publish=publish)
            decisions = deploying.decisions(rules)
            releases = deploying.processes(drafts, decisions)
            return Deployment(releases, decisions, tuple(findings), deploying.created)

    def publish(self, release_id: str, *, by: str, as_administrator: bool = False) -> Release:
        """Let new instances run a release from now on: a new one, or an older one as a way back.

        Instances that run stay on theirs. Publishing the published release changes nothing.
        Raises NotFound; Refused for somebody who does not own the process; ModelRejected when
        the features find an error in it now.
        """
        mandate = Mandate(by, as_administrator)
        key = self.get(release_id).process_key
        with self._database.unit() as unit:
            record = store.hold_process(unit.session, key)
            require_owner(unit, "process", key, mandate, "publish")
            release = unit.session.get_one(Release, release_id, populate_existing=True)
            if not release.is_published:
                _refuse_errors(self.remarks(release_id))
                publish_release(unit, record, release, mandate)
            return release

    def publish_decision(
        self, release_id: str, *, by: str, as_administrator: bool = False
    ) -> DecisionRelease:
        """Let a release of a decision be asked from now on where no version is named.

        Processes stay on the release that they were deployed with. Raises NotFound, and
        Refused for somebody who does not own the decision.
        """
        mandate = Mandate(by, as_administrator)
        with self._database.unit() as unit:
            known = unit.session.get(DecisionRelease, release_id)
            if known is None:
                raise NotFound("decision release", release_id)
            key = known.decision_key
            record = store.hold_decision(unit.session, key)
            require_owner(unit, "decision", key, mandate, "publish")
            unit.session.refresh(known)
            if not known.is_published:
                publish_decision(unit, record, known, mandate)
            return known

    def published(self, key: str) -> Release | None:
        """The release that new instances of a process run; None while there is none."""
        with self._database.reading() as unit:
            return store.startable_release(unit.connection, key)

    def startable(self, key: str, version: int | None = None) -> Release:
        """The release to start: the published one where no version is named.

        Raises NotFound, and WrongState where none is published.
        """
        if version is not None:
            return self.release(key, version)
        release = self.published(key)
        if release is None:
            self.release(key)
            raise WrongState(
                "process", key, "not published", "start", hint="Publish a release of it first."
            )
        return release

    def owners(self, key: str, *, kind: Kind = "process") -> list[Owner]:
        """Who may deploy, publish and share a process or decision, the first owner first.

        Empty for a key that nobody has deployed.
        """
        with self._database.reading() as unit:
            return store.owners_of(unit.session, kind, key)

    def share(
        self,
        key: str,
        *,
        person: str,
        by: str,
        kind: Kind = "process",
        as_administrator: bool = False,
    ) -> Owner:
        """Make a person an owner too; of somebody who is one already nothing changes.

        Raises NotFound for an unknown key or person, and Refused.
        """
        require_key("The id of a person", person)
        if self._knows is not None and not self._knows(person):
            raise NotFound("person", person)
        mandate = Mandate(by, as_administrator)
        with self._database.unit() as unit:
            store.HOLD[kind](unit.session, key)
            require_owner(unit, kind, key, mandate, "share")
            return add_owner(unit, kind, key, person, mandate)

    def unshare(
        self,
        key: str,
        *,
        person: str,
        by: str,
        kind: Kind = "process",
        as_administrator: bool = False,
    ) -> None:
        """Take an owner away; owners may leave, and take away each other.

        Raises NotFound for an unknown key or somebody who is no owner, Refused, and WrongState
        for the last owner.
        """
        mandate = Mandate(by, as_administrator)
        with self._database.unit() as unit:
            store.HOLD[kind](unit.session, key)
            require_owner(unit, kind, key, mandate, "unshare")
            remove_owner(unit, kind, key, person, mandate)

    def find(
        self, *, owner: str | None = None, after: str | None = None, limit: int = 100
    ) -> list[ProcessSummary]:
        """Processes by key, of one owner or of all, from behind the key ``after``.

        Raises Invalid for a page of another size than 1 to ``PAGE_LIMIT``.
        """
        if not 1 <= limit <= PAGE_LIMIT:
            raise Invalid(f"A page has 1 to {PAGE_LIMIT} processes, not {limit}.")
        with self._database.reading() as unit:
            rows = store.find_processes(unit.session, owner=owner, after=after, limit=limit)
            owners = store.owners_by_key(unit.session, "process", [row[0].key for row in rows])
            return [
                summary_of(record, release, tuple(owners.get(record.key, ())))
                for record, release in rows
            ]

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
        """All versions of a process, newest first; each says whether it ``is_published``."""
        with self._database.reading() as unit:
            return store.releases_of(unit.session, key)

    def files(self, release_id: str) -> dict[str, bytes]:
        """The files that were deployed, by path. Raises NotFound."""
        self.get(release_id)
        with self._database.reading() as unit:
            return store.files_of(unit.session, release_id)

    def file_list(self, release_id: str) -> list[FileInfo]:
        """Path, size and hash of each file that was deployed, by path. Raises NotFound."""
        self.get(release_id)
        with self._database.reading() as unit:
            return [FileInfo(*row) for row in store.file_sizes_of(unit.session, release_id)]

    def file(self, release_id: str, path: str) -> bytes:
        """One file that was deployed. Raises NotFound."""
        self.get(release_id)
        with self._database.reading() as unit:
            content = store.file_of(unit.session, release_id, path)
        if content is None:
            raise NotFound("file", path)
        return content

    def describe(self, release_id: str) -> Description:
        """The diagram of a release, for viewing: the file that holds its process.

        Raises NotFound.
        """
        release = self.get(release_id)
        package = Package(self.files(release_id))
        path, _ = diagram_of(package, release.process_key)
        return describe(package.files[path])

    def outline(self, release_id: str) -> ReleaseOutline:
        """What a release says of its human tasks: procedures, gates, forms. Raises NotFound."""
        return outline_of(self.get(release_id), self.content(release_id))

    def remarks(self, release_id: str) -> list[Finding]:
        """What the features have to say about a release as things are now, such as roles gone.

        Raises NotFound.
        """
        content = self.content(release_id)
        mode: Mode = "open" if content.mode == "open" else "matrix"
        return self._intake.remarks(
            Draft(content.process, content.forms, mode, bound=content.decisions)
        )

    def content(self, release_id: str) -> ReleaseContent:
        """A release, read and compiled, kept in memory from then on. Raises NotFound."""
        known = self._contents.get(release_id)
        if known is None:
            known = self._contents[release_id] = load(
                self.get(release_id),
                self.files(release_id),
                lambda called: self.content(called).program,
            )
        return known

    def _check(self, package: Package, mode: Mode) -> list[Finding]:
        rules = read_package(package.decisions)
        drafts, findings = self._intake.drafts(package, rules, mode)
        with self._database.reading() as unit:
            return findings + unknown_references(unit, drafts, decision_keys(rules))


def _refuse_errors(findings: Sequence[Finding]) -> None:
    if any(finding.is_error for finding in findings):
        raise ModelRejected(findings)


def _described(package: Package) -> Description:
    if not package.models:
        raise rejected("opsflow.package.no-model", "there is no .bpmn file in it")
    return describe(package.files[package.models[0]])
