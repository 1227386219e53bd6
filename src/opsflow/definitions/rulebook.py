"""The stored decisions: deployed with a package, evaluated by anyone, kept on record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from opsflow.db import Database, Unit, new_id
from opsflow.decisions import DecisionModel, Evaluation, check, read_package
from opsflow.definitions import store
from opsflow.definitions.blobs import keep
from opsflow.definitions.events import DecisionDeployed, DecisionEvaluated
from opsflow.definitions.models import DecisionFile, DecisionRelease
from opsflow.definitions.packages import Package
from opsflow.errors import NotFound
from opsflow.events import Actor
from opsflow.findings import Finding


class Decisions:
    """The decisions of this opsflow, by the id of their element in the DMN file."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._models: dict[str, DecisionModel] = {}

    def evaluate(
        self,
        key: str,
        variables: Mapping[str, object],
        *,
        by: str,
        version: int | None = None,
    ) -> Evaluation:
        """Decide, and keep on record what was decided, on what, and by which rules.

        The latest version decides where none is named. Raises NotFound, and the errors of
        ``opsflow.decisions`` where the rules give no answer.
        """
        return self.decide(self.release(key, version), variables, actor=Actor(by))

    def decide(
        self,
        release: DecisionRelease,
        variables: Mapping[str, object],
        *,
        actor: Actor,
        instance_id: str | None = None,
        step_id: str | None = None,
    ) -> Evaluation:
        """The same for one release, on behalf of a step of an instance where one asks."""
        with self._database.unit() as unit:
            model = self._model(unit, release)
            evaluation = model.evaluate(release.decision_key, variables, now=unit.now)
            unit.announce(
                DecisionEvaluated(
                    actor=actor,
                    decision_key=release.decision_key,
                    version=release.version,
                    release_id=release.id,
                    inputs=evaluation.inputs,
                    matched=_matched(evaluation),
                    value=evaluation.value,
                    warnings=[warning.message for warning in evaluation.warnings],
                    instance_id=instance_id,
                    step_id=step_id,
                )
            )
            return evaluation

    def release(self, key: str, version: int | None = None) -> DecisionRelease:
        """A version of a decision, the latest where none is named. Raises NotFound."""
        with self._database.reading() as unit:
            found = store.decision_of_version(unit.session, key, version)
        if found is None:
            raise NotFound("decision", key if version is None else f"{key} version {version}")
        return found

    def get(self, release_id: str) -> DecisionRelease:
        """A release of a decision by its id. Raises NotFound."""
        with self._database.reading() as unit:
            release = unit.session.get(DecisionRelease, release_id)
        if release is None:
            raise NotFound("decision release", release_id)
        return release

    def releases(self, key: str | None = None) -> list[DecisionRelease]:
        """All versions of a decision, or of all of them, newest first."""
        with self._database.reading() as unit:
            return store.decision_releases(unit.session, key)

    def _model(self, unit: Unit, release: DecisionRelease) -> DecisionModel:
        known = self._models.get(release.id)
        if known is None:
            files = store.files_of_decision(unit.session, release.id)
            known = self._models[release.id] = read_package(files)[release.path]
        return known


def check_decisions(models: Mapping[str, DecisionModel], *, named: bool) -> list[Finding]:
    """Everything there is to say about DMN files; ``named`` puts the file into each finding."""
    return [
        replace(finding, file=path) if named else finding
        for path, model in models.items()
        for finding in check(model)
    ]


def decision_keys(models: Mapping[str, DecisionModel]) -> frozenset[str]:
    """The decisions that DMN files bring."""
    return frozenset(item.key[1] for model in models.values() for item in model.decisions.values())


def store_decisions(
    unit: Unit, package: Package, models: Mapping[str, DecisionModel], by: str
) -> tuple[tuple[DecisionRelease, ...], bool]:
    """Store every decision of a package, and say whether any is new.

    The same DMN files again are the same releases.
    """
    files = package.decisions
    whole = Package(files).content_hash
    releases = []
    is_new = False
    for path, model in models.items():
        for decision in model.decisions.values():
            known = store.decision_by_content(unit.session, decision.key[1], whole)
            releases.append(
                known or _store(unit, decision.key[1], decision.name, path, whole, files, by)
            )
            is_new = is_new or known is None
    return tuple(releases), is_new


def _store(
    unit: Unit, key: str, name: str, path: str, whole: str, files: Mapping[str, bytes], by: str
) -> DecisionRelease:
    latest = store.decision_of_version(unit.session, key, None)
    release = DecisionRelease(
        id=new_id(unit.now),
        decision_key=key,
        version=latest.version + 1 if latest else 1,
        name=name,
        content_hash=whole,
        path=path,
        deployed_at=unit.now,
        deployed_by=by,
    )
    unit.session.add(release)
    unit.session.flush()
    for each, content in files.items():
        sha256 = keep(unit.session, content)
        unit.session.add(DecisionFile(release_id=release.id, path=each, sha256=sha256))
    unit.announce(
        DecisionDeployed(
            actor=Actor(by),
            decision_key=key,
            version=release.version,
            release_id=release.id,
            content_hash=whole,
        )
    )
    return release


def _matched(evaluation: Evaluation) -> list[dict[str, object]]:
    return [
        {"table": hit.table, "decision": hit.decision, "rules": [list(rule) for rule in hit.rules]}
        for hit in evaluation.matched
    ]
