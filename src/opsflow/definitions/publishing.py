"""Publishing: which release of a process or decision is used where no version is named."""

from __future__ import annotations

from opsflow.db import Unit
from opsflow.definitions import store
from opsflow.definitions.events import DecisionPublished, ReleasePublished
from opsflow.definitions.models import DecisionRecord, DecisionRelease, ProcessRecord, Release
from opsflow.definitions.ownership import Mandate


def publish_release(unit: Unit, record: ProcessRecord, release: Release, mandate: Mandate) -> None:
    """New instances run this release from now on; its process is held."""
    before = store.published_release(unit.session, record.key)
    record.name = release.name
    unit.announce(
        ReleasePublished(
            actor=mandate.actor,
            as_administrator=mandate.as_administrator,
            process_key=record.key,
            version=release.version,
            release_id=release.id,
            previous=_replace(unit, before, release, mandate),
        )
    )


def publish_decision(
    unit: Unit, record: DecisionRecord, release: DecisionRelease, mandate: Mandate
) -> None:
    """The decision is made by this release from now on; the decision is held."""
    before = store.published_decision(unit.session, record.key)
    record.name = release.name
    unit.announce(
        DecisionPublished(
            actor=mandate.actor,
            as_administrator=mandate.as_administrator,
            decision_key=record.key,
            version=release.version,
            release_id=release.id,
            previous=_replace(unit, before, release, mandate),
        )
    )


def _replace(
    unit: Unit,
    before: Release | DecisionRelease | None,
    release: Release | DecisionRelease,
    mandate: Mandate,
) -> int | None:
    """Withdraw the one, publish the other; give the version of the former."""
    if before is not None:
        before.withdraw()
        # Written first: the database never holds two published releases of one key.
        unit.session.flush()
    release.publish(mandate.person, unit.now)
    return before.version if before else None
