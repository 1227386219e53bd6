"""One deployment: the releases that a package becomes, stored and published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from opsflow.db import Unit, new_id
from opsflow.decisions import DecisionModel
from opsflow.definitions import store
from opsflow.definitions.binding import bind_decisions, bind_processes
from opsflow.definitions.blobs import keep
from opsflow.definitions.drafts import Draft
from opsflow.definitions.events import DecisionDeployed, ReleaseDeployed
from opsflow.definitions.models import (
    DecisionFile,
    DecisionRecord,
    DecisionRelease,
    ProcessRecord,
    Release,
    ReleaseFile,
)
from opsflow.definitions.ownership import Kind, Mandate, add_owner, require_owner
from opsflow.definitions.packages import ONLY_DECISIONS, Package
from opsflow.definitions.publishing import publish_decision, publish_release
from opsflow.findings import Finding


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


class Deploying:
    """A deployment under way, in one transaction.

    A key that is new belongs to whoever brings it. Any other key has to be owned where the
    package changes something about it; what is there already needs nobody's leave.
    """

    def __init__(self, unit: Unit, package: Package, mandate: Mandate, *, publish: bool) -> None:
        self._unit = unit
        self._package = package
        self._mandate = mandate
        self._publish = publish
        self.created = False

    def decisions(self, rules: Mapping[str, DecisionModel]) -> tuple[DecisionRelease, ...]:
        """Every decision of the package; the same DMN files again are the same releases."""
        found: dict[str, tuple[str, str]] = {}
        brought = self._package.decisions
        # Alone or beside its process, and whatever it is called: one table is one release.
        paths = {path: ONLY_DECISIONS if len(brought) == 1 else path for path in brought}
        for path, model in rules.items():
            for decision in model.decisions.values():
                found.setdefault(decision.key[1], (decision.name, paths[path]))
        # Held in one order, so that two deployments never wait for each other.
        held = {
            key: store.hold_new_decision(
                self._unit.session, key, name=found[key][0], now=self._unit.now
            )
            for key in sorted(found)
        }
        files = Package({paths[path]: content for path, content in brought.items()})
        return tuple(self._decision(held[key], files, *found[key]) for key in found)

    def processes(
        self, drafts: Sequence[Draft], asked: Sequence[DecisionRelease]
    ) -> tuple[Release, ...]:
        """Every process of the package; ``asked`` are the decisions that it brings."""
        held = {
            process.id: store.hold_new_process(
                self._unit.session, process.id, name=process.name or process.id, now=self._unit.now
            )
            for process in sorted((each.process for each in drafts), key=lambda each: each.id)
        }
        known = {each.process.id: self._known(each) for each in drafts}
        ids = {key: old.id if old else new_id(self._unit.now) for key, old in known.items()}
        decisions = {decision.decision_key: decision.id for decision in asked}
        releases = []
        for drafted in drafts:
            record = held[drafted.process.id]
            release = known[record.key]
            self._require("process", record, release)
            release = release or self._new_release(record, drafted, ids, decisions)
            if self._publish and not release.is_published:
                publish_release(self._unit, record, release, self._mandate)
            releases.append(release)
        return tuple(releases)

    def _known(self, drafted: Draft) -> Release | None:
        return store.release_by_content(
            self._unit.session, drafted.process.id, self._package.content_hash, drafted.mode
        )

    def _decision(
        self, record: DecisionRecord, files: Package, name: str, path: str
    ) -> DecisionRelease:
        release = store.decision_by_content(self._unit.session, record.key, files.content_hash)
        self._require("decision", record, release)
        release = release or self._new_decision(record, files, name, path)
        if self._publish and not release.is_published:
            publish_decision(self._unit, record, release, self._mandate)
        return release

    def _require(
        self,
        kind: Kind,
        record: ProcessRecord | DecisionRecord,
        known: Release | DecisionRelease | None,
    ) -> None:
        """Ask for the owner where something changes; the first to come is the owner."""
        if record.latest_version == 0:
            add_owner(self._unit, kind, record.key, self._mandate.person, self._mandate)
        elif known is None or (self._publish and not known.is_published):
            require_owner(self._unit, kind, record.key, self._mandate, "deploy")

    def _new_release(
        self,
        record: ProcessRecord,
        drafted: Draft,
        ids: Mapping[str, str],
        decisions: Mapping[str, str],
    ) -> Release:
        unit, process = self._unit, drafted.process
        self.created = True
        record.latest_version += 1
        release = Release(
            id=ids[process.id],
            process_key=process.id,
            version=record.latest_version,
            name=process.name or process.id,
            content_hash=self._package.content_hash,
            mode=drafted.mode,
            calls=bind_processes(unit, process, ids),
            decisions=bind_decisions(unit, process, decisions),
            deployed_at=unit.now,
            deployed_by=self._mandate.person,
        )
        unit.session.add(release)
        unit.session.flush()
        for path, content in self._package.files.items():
            sha256 = keep(unit.session, content)
            unit.session.add(ReleaseFile(release_id=release.id, path=path, sha256=sha256))
        unit.announce(
            ReleaseDeployed(
                actor=self._mandate.actor,
                as_administrator=self._mandate.as_administrator,
                process_key=process.id,
                version=release.version,
                release_id=release.id,
                content_hash=release.content_hash,
            )
        )
        return release

    def _new_decision(
        self, record: DecisionRecord, files: Package, name: str, path: str
    ) -> DecisionRelease:
        unit = self._unit
        self.created = True
        record.latest_version += 1
        release = DecisionRelease(
            id=new_id(unit.now),
            decision_key=record.key,
            version=record.latest_version,
            name=name,
            content_hash=files.content_hash,
            path=path,
            deployed_at=unit.now,
            deployed_by=self._mandate.person,
        )
        unit.session.add(release)
        unit.session.flush()
        for each, content in files.files.items():
            sha256 = keep(unit.session, content)
            unit.session.add(DecisionFile(release_id=release.id, path=each, sha256=sha256))
        unit.announce(
            DecisionDeployed(
                actor=self._mandate.actor,
                as_administrator=self._mandate.as_administrator,
                decision_key=record.key,
                version=release.version,
                release_id=release.id,
                content_hash=release.content_hash,
            )
        )
        return release
