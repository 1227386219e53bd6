"""Responsibility: the rules over every verb, and the consultations the matrix asks for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from opsflow import feel
from opsflow.db import Unit, new_id
from opsflow.errors import Invalid, NotFound
from opsflow.events import SYSTEM, Actor
from opsflow.responsibility import store
from opsflow.responsibility.authority import Authority
from opsflow.responsibility.events import ConsultationAnswered, ConsultationAsked
from opsflow.responsibility.models import Consultation
from opsflow.responsibility.states import require_state
from opsflow.responsibility.verbs import Subject, Verb


class Responsibility(Authority):
    """Who may do what with a task and why, who did it, and who is asked for advice."""

    def open_consultations(self, subject: Subject) -> list[Consultation]:
        """Ask every consulted role of the matrix, as a task opens; those asked before stay."""
        row = self.row(subject)
        if not row.consulted:
            return []
        with self._database.unit() as unit:
            known = store.consultations_of(unit.session, subject.task_id)
            asked = {consultation.role for consultation in known if consultation.asked_by is None}
            due_at = _deadline(row.consult_within, unit.now)
            return [
                self._open(
                    unit, subject, role, SYSTEM, required=row.consult_required, due_at=due_at
                )
                for role in row.consulted
                if role not in asked
            ]

    def ask(
        self,
        task_id: str,
        *,
        by: str,
        role: str,
        question: str,
        due_at: datetime | None = None,
    ) -> Consultation:
        """The assignee or the accountable asks a consulted role something; nothing waits for it.

        Raises Refused, NotFound, WrongState for a task that is over or suspended, and Invalid
        for a role that the matrix does not consult.
        """
        with self._database.unit() as unit:
            self._lock(unit, self._subject_of(task_id).instance_id)
            # Only now nobody else can end the task.
            subject = self._subject_of(task_id)
            require_state(subject, Verb.CONSULT)
            actor = self.require(subject, by, Verb.CONSULT)
            consulted = self.row(subject).consulted
            if role not in consulted:
                listed = ", ".join(consulted) or "nobody"
                raise Invalid(f"The matrix does not consult {role!r} here; it does {listed}.")
            if not question.strip():
                raise Invalid("A question must say something.")
            consultation = self._open(
                unit, subject, role, actor, question=question, required=False, due_at=due_at
            )
            self.record(subject, actor, Verb.CONSULT)
        return consultation

    def answer(self, consultation_id: str, *, by: str, text: str) -> Consultation:
        """Somebody of the role answers. Raises NotFound, Refused, WrongState, Invalid."""
        with self._database.unit() as unit:
            consultation = unit.session.get(Consultation, consultation_id)
            if consultation is None:
                raise NotFound("consultation", consultation_id)
            self._lock(unit, consultation.instance_id)
            unit.session.refresh(consultation, with_for_update=True)
            subject = self._subject_of(consultation.task_id)
            require_state(subject, Verb.ANSWER)
            actor = self.require(subject, by, Verb.ANSWER, seats=(consultation.role,))
            consultation.take_answer(actor, text, unit.now)
            self.record(subject, actor, Verb.ANSWER)
            unit.announce(
                ConsultationAnswered(
                    actor=actor,
                    instance_id=consultation.instance_id,
                    consultation_id=consultation.id,
                    task_id=consultation.task_id,
                    role=consultation.role,
                    answer=text,
                )
            )
        return consultation

    def rename(self, instance_id: str, renamed: Mapping[str, Mapping[str, str]]) -> None:
        """The instance was migrated: what was done at nodes counts under their new ids.

        Else a node with another id would be a way around the separation of duties. The ids
        as they were then stay for the trace. ``renamed`` maps old ids to new ones, by process.
        """
        with self._database.unit() as unit:
            for key, nodes in renamed.items():
                store.rename_deeds(unit.session, instance_id, key, nodes)

    def follow(self, subject: Subject) -> None:
        """The task is that of another node or release: the roles of that one are asked."""
        with self._database.unit() as unit:
            asked = self.row(subject).consulted
            store.rename_consultations(
                unit.session, subject.task_id, subject.node_id, asked, unit.now
            )
            self.open_consultations(subject)

    def close_consultations(self, task_id: str) -> None:
        """The task is over; open questions need no answer any more."""
        with self._database.unit() as unit:
            if self.row(self._subject_of(task_id)).consulted:
                store.close_consultations(unit.session, task_id, unit.now)

    def consultations(self, task_id: str) -> list[Consultation]:
        """Who was asked about a task and what they answered, oldest first."""
        with self._database.reading() as unit:
            return store.consultations_of(unit.session, task_id)

    def consultations_for(self, person: str) -> list[Consultation]:
        """The open questions that a person could answer, the most urgent first."""
        with self._database.reading() as unit:
            acting = self._directory.acting_roles(person, unit.now)
            return store.open_consultations_for(unit.session, {item.role for item in acting})

    def holding(self, task_id: str) -> list[Consultation]:
        """The required consultations that a task still has to wait for."""
        with self._database.reading() as unit:
            if not self.row(self._subject_of(task_id)).consulted:
                return []
            known = store.consultations_of(unit.session, task_id)
            return [consultation for consultation in known if consultation.holds(unit.now)]

    def open_items(self, task_id: str) -> list[str]:
        """What keeps a task from completion as far as responsibility goes, in words."""
        return [
            f"{item.role} has been asked and has not answered"
            + (f" (waits until {item.due_at:%Y-%m-%d %H:%M} UTC)" if item.due_at else "")
            for item in self.holding(task_id)
        ]

    def _open(
        self,
        unit: Unit,
        subject: Subject,
        role: str,
        actor: Actor,
        *,
        question: str | None = None,
        required: bool,
        due_at: datetime | None,
    ) -> Consultation:
        consultation = Consultation(
            id=new_id(unit.now),
            instance_id=subject.instance_id,
            task_id=subject.task_id,
            node_id=subject.node_id,
            role=role,
            asked_at=unit.now,
            asked_by=None if actor == SYSTEM else actor.person,
            question=question,
            required=required,
            due_at=due_at,
        )
        unit.session.add(consultation)
        unit.announce(
            ConsultationAsked(
                actor=actor,
                instance_id=subject.instance_id,
                consultation_id=consultation.id,
                task_id=subject.task_id,
                role=role,
                question=question,
                required=required,
                due_at=due_at,
            )
        )
        return consultation


def _deadline(within: str | None, now: datetime) -> datetime | None:
    return None if within is None else feel.add_duration(now, feel.parse_duration(within))
