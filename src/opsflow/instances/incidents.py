"""The use cases of incidents: look at them, note something, try again, do it by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from opsflow.db import Database, Unit
from opsflow.engine import Execution
from opsflow.errors import NotFound, OpsflowError
from opsflow.events import Actor
from opsflow.instances import events, store
from opsflow.instances.models import Incident, require_reason
from opsflow.instances.moves import Moves


@dataclass(frozen=True, slots=True)
class Retried:
    """What came of one of several retries: ``error`` says why it was not possible."""

    incident_id: str
    error: str | None


class Incidents:
    """The steps that wait for a human."""

    def __init__(self, database: Database, moves: Moves) -> None:
        self._database = database
        self._moves = moves

    def incidents(
        self,
        instance_id: str | None = None,
        *,
        key: str | None = None,
        node_id: str | None = None,
        code: str | None = None,
    ) -> list[Incident]:
        """Open incidents that meet every condition, oldest first; ``key`` is of the process."""
        with self._database.reading() as unit:
            found = store.open_incidents(unit.session, instance_id, key)
        return [
            each for each in found if node_id in (None, each.node_id) and code in (None, each.code)
        ]

    def incident(self, incident_id: str) -> Incident:
        """One incident. Raises NotFound."""
        with self._database.reading() as unit:
            return _incident(unit, incident_id)

    def retry(self, incident_id: str, *, by: str) -> None:
        """Try the step of an incident again. Raises NotFound, WrongState."""
        with self._resolving(incident_id, "retry", by) as (unit, incident, execution):
            execution.retry(incident.step_id, now=unit.now)

    def retry_all(self, incident_ids: Sequence[str], *, by: str) -> list[Retried]:
        """Try the steps of many incidents again, each in a transaction of its own.

        One that cannot be retried holds up none of the others.
        """
        return [self._retried(incident_id, by) for incident_id in incident_ids]

    def resolve(
        self, incident_id: str, *, by: str, variables: Mapping[str, object] | None = None
    ) -> None:
        """The work of the step was done by hand, with this result; the instance goes on.

        Raises NotFound, WrongState where the step is no work, VariablesInvalid.
        """
        with self._resolving(incident_id, "resolve", by) as (unit, incident, execution):
            execution.retry(incident.step_id, now=unit.now)
            execution.complete(incident.step_id, variables or {}, now=unit.now)

    def annotate(self, incident_id: str, *, by: str, note: str) -> Incident:
        """Note at an incident what is known of it; the history keeps every note.

        Raises NotFound, Invalid for an empty note.
        """
        said = require_reason("A note", note)
        with self._database.unit() as unit:
            incident = _incident(unit, incident_id)
            self._moves.lock(unit, incident.instance_id)
            incident.note = said
            unit.announce(
                events.IncidentAnnotated(
                    actor=Actor(by),
                    instance_id=incident.instance_id,
                    incident_id=incident.id,
                    step_id=incident.step_id,
                    note=said,
                )
            )
            return incident

    def withdraw_incidents(self, cancelled: events.StepCancelled) -> None:
        """Reaction to a cancelled step: its incident needs nobody any more."""
        with self._database.unit() as unit:
            for incident in store.incidents_of_step(
                unit.session, cancelled.instance_id, cancelled.step_id
            ):
                incident.resolve(unit.now, cancelled.actor.person)
                unit.announce(_resolved(incident, cancelled.actor))

    def _retried(self, incident_id: str, by: str) -> Retried:
        try:
            self.retry(incident_id, by=by)
        except OpsflowError as error:
            return Retried(incident_id, str(error))
        return Retried(incident_id, None)

    @contextmanager
    def _resolving(
        self, incident_id: str, verb: str, by: str
    ) -> Iterator[tuple[Unit, Incident, Execution]]:
        with self._database.unit() as unit:
            incident = _incident(unit, incident_id)
            actor = Actor(by)
            with self._moves.move(unit, incident.instance_id, verb, actor) as (_, execution):
                # Somebody else may have resolved it before the instance was held.
                unit.session.refresh(incident)
                incident.resolve(unit.now, by)
                unit.announce(_resolved(incident, actor))
                yield unit, incident, execution


def _incident(unit: Unit, incident_id: str) -> Incident:
    incident = unit.session.get(Incident, incident_id)
    if incident is None:
        raise NotFound("incident", incident_id)
    return incident


def _resolved(incident: Incident, actor: Actor) -> events.IncidentResolved:
    return events.IncidentResolved(
        actor=actor,
        instance_id=incident.instance_id,
        incident_id=incident.id,
        step_id=incident.step_id,
    )
