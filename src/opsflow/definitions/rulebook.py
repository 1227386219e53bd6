"""The stored decisions: deployed with a package, evaluated by anyone, kept on record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from opsflow.db import Database, Unit
from opsflow.decisions import DecisionModel, Evaluation, check, read_package
from opsflow.definitions import store
from opsflow.definitions.drafts import Draft
from opsflow.definitions.events import DecisionEvaluated
from opsflow.definitions.models import DecisionRelease
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

        The published version decides where none is named. Raises NotFound, and the errors of
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
            evaluation = self.consider(release, variables)
            unit.announce(
                evaluated(release, evaluation, actor, instance_id=instance_id, step_id=step_id)
            )
            return evaluation

    def consider(self, release: DecisionRelease, variables: Mapping[str, object]) -> Evaluation:
        """The same without a record: whoever acts on it announces ``evaluated``."""
        with self._database.reading() as unit:
            model = self.model(release)
            return model.evaluate(release.decision_key, variables, now=unit.now)

    def model(self, release: DecisionRelease) -> DecisionModel:
        """The file that a release of a decision stands in, read; kept from then on."""
        with self._database.reading() as unit:
            return self._model(unit, release)

    def release(self, key: str, version: int | None = None) -> DecisionRelease:
        """A version of a decision, the published one where none is named. Raises NotFound."""
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

    def of_draft(self, draft: Draft, key: str) -> DecisionModel | None:
        """The file of a decision that a draft asks: of its package, as it is bound, or stored."""
        if key in draft.decisions:
            return draft.decisions[key]
        try:
            bound = draft.bound.get(key)
            return self.model(self.release(key) if bound is None else self.get(bound))
        except NotFound:
            return None

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


def by_key(models: Mapping[str, DecisionModel]) -> dict[str, DecisionModel]:
    """The file of each decision that DMN files bring."""
    return {item.key[1]: m for m in models.values() for item in m.decisions.values()}


def evaluated(
    release: DecisionRelease,
    evaluation: Evaluation,
    actor: Actor,
    *,
    instance_id: str | None = None,
    step_id: str | None = None,
) -> DecisionEvaluated:
    """The record of a decision: what was decided, on which inputs, by which rules."""
    return DecisionEvaluated(
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


def _matched(evaluation: Evaluation) -> list[dict[str, object]]:
    return [
        {"table": hit.table, "decision": hit.decision, "rules": [list(rule) for rule in hit.rules]}
        for hit in evaluation.matched
    ]
