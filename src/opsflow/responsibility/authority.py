"""Rule on what people may do with tasks, say why, and keep who did it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from opsflow.db import Database, Unit
from opsflow.errors import Invalid, NotFound, Refused
from opsflow.events import Actor
from opsflow.people import Acting, Directory, PersonInfo
from opsflow.responsibility import store
from opsflow.responsibility.judging import Case, judge, roles_for
from opsflow.responsibility.matrix import Matrix, Row
from opsflow.responsibility.models import Performance
from opsflow.responsibility.separation import Deed
from opsflow.responsibility.staffing import Shortage, find_shortages
from opsflow.responsibility.states import state_ruling
from opsflow.responsibility.verbs import Ruling, Subject, Verb


class Authority:
    """Decides over every verb. Whoever changes a task has locked its instance before.

    ``matrix_of_release`` gives the matrix by release id, ``subject_of`` what is to be known
    of a task by its id; ``lock`` holds an instance for the transaction.
    """

    def __init__(
        self,
        database: Database,
        directory: Directory,
        matrix_of_release: Callable[[str], Matrix],
        subject_of: Callable[[str], Subject],
        lock: Callable[[Unit, str], object] = lambda _unit, _instance_id: None,
    ) -> None:
        self._database = database
        self._directory = directory
        self._matrix_of_release = matrix_of_release
        self._matrices: dict[str, Matrix] = {}
        self._subject_of = subject_of
        self._lock = lock

    def matrix(self, release_id: str) -> Matrix:
        """The matrix of a release, which never changes. Raises NotFound."""
        known = self._matrices.get(release_id)
        if known is None:
            known = self._matrices[release_id] = self._matrix_of_release(release_id)
        return known

    def row(self, subject: Subject) -> Row:
        """The roles of a task."""
        return self.matrix(subject.release_id).row(subject.node_id)

    def rule(
        self,
        subject: Subject,
        person: str,
        verb: Verb,
        *,
        seats: Sequence[str] | None = None,
        performer_may_vote: bool | None = None,
    ) -> Ruling:
        """May the person do it? Looks at who they are, not at the state of the task.

        For a vote, ``seats`` are the roles whose vote the gate still lacks and
        ``performer_may_vote`` is what that gate says; for an answer, ``seats`` is the role
        that was asked. ``could`` is left empty: ask ``could`` or ``why``.
        """
        with self._database.reading() as unit:
            case = self._case(
                unit, subject, person, seats=seats, performer_may_vote=performer_may_vote
            )
            return judge(case, verb)

    def require(
        self,
        subject: Subject,
        person: str,
        verb: Verb,
        *,
        seats: Sequence[str] | None = None,
        performer_may_vote: bool | None = None,
    ) -> Actor:
        """Who acts, in which role and on whose behalf. Raises Refused with the rule."""
        with self._database.reading() as unit:
            case = self._case(
                unit, subject, person, seats=seats, performer_may_vote=performer_may_vote
            )
            ruling = judge(case, verb)
            if ruling.allowed:
                return Actor(person, ruling.role, ruling.on_behalf_of)
            raise Refused(
                ruling.reason,
                rule=ruling.rule,
                person=person,
                verb=verb.value,
                could=self._others(unit, case, verb),
            )

    def may(self, task_id: str, person: str, verb: Verb) -> bool:
        """Whether the rules let the person do it, whatever state the task is in.

        False for a task that there is not.
        """
        with self._database.reading():
            try:
                subject = self._subject_of(task_id)
            except NotFound:
                return False
            return self.rule(subject, person, verb).allowed

    def why(self, task_id: str, person: str, verb: Verb | str) -> Ruling:
        """Which rule allows or blocks it now, the state of the task included, and who could.

        Raises NotFound for the task, and Invalid for a verb there is not.
        """
        verb = _verb(verb)
        with self._database.reading() as unit:
            subject = self._subject_of(task_id)
            case = self._case(unit, subject, person)
            blocked = state_ruling(subject, verb)
            if blocked is not None:
                return blocked
            return replace(judge(case, verb), could=self._others(unit, case, verb))

    def offered(self, subjects: Iterable[Subject], person: str) -> list[Subject]:
        """Of these tasks, those that may be offered to the person, in their order."""
        asked = [(subject, self.matrix(subject.release_id)) for subject in subjects]
        with self._database.reading() as unit:
            info = self._directory.person(person)
            acting = self._directory.acting_roles(person, unit.now)
            deeds = _deeds(unit, asked)
        found: list[Subject] = []
        verdicts: dict[object, bool] = {}
        for subject, matrix in asked:
            # Tasks of one node and assignment differ by what was done before, if that counts.
            alike = (subject.release_id, subject.node_id, subject.candidates)
            key = (*alike, subject.candidate_roles, subject.task_id if deeds else None)
            if key not in verdicts:
                case = Case(
                    subject=subject,
                    matrix=matrix,
                    person=person,
                    info=info,
                    acting=acting,
                    deeds=deeds,
                )
                verdicts[key] = judge(case, Verb.OFFER).allowed
            if verdicts[key]:
                found.append(subject)
        return found

    def could(
        self,
        subject: Subject,
        verb: Verb,
        *,
        seats: Sequence[str] | None = None,
        performer_may_vote: bool | None = None,
    ) -> tuple[str, ...]:
        """Everybody who may do it now, by id; empty as well where anybody may.

        Takes the same further facts as ``rule``.
        """
        with self._database.reading() as unit:
            case = self._case(unit, subject, "", seats=seats, performer_may_vote=performer_may_vote)
            return self._others(unit, case, verb)

    def record(self, subject: Subject, actor: Actor, verb: Verb) -> None:
        """Keep that somebody did something with a task.

        Separation of duties and ``trace`` live on it, so every verb that changes something
        records itself. For a claim, an assignment or a delegation, ``actor`` is the one who
        has the task now (CLAIM or TAKE).
        """
        with self._database.unit() as unit:
            store.add_performance(unit.connection, subject, actor, verb, unit.now)

    def withdraw(self, subject: Subject) -> None:
        """Whoever had claimed the task has it no more; without other work, it never counted."""
        with self._database.unit() as unit:
            store.withdraw_claims(unit.session, subject.instance_id, subject.task_id, unit.now)

    def trace(self, instance_id: str, *, task_id: str | None = None) -> list[Performance]:
        """Who did what in an instance, or with one task of it, oldest first.

        In which role, on whose behalf, under which release; claims given back included.
        """
        with self._database.reading() as unit:
            return store.performances_of(unit.session, instance_id, task_id)

    def staffing(self, release_id: str, *, at: datetime | None = None) -> list[Shortage]:
        """Why the people there are at a moment (now) cannot do every task; empty when they can.

        Raises NotFound for the release.
        """
        matrix = self.matrix(release_id)
        with self._database.reading() as unit:
            moment = at or unit.now
            return find_shortages(matrix, lambda role: self._directory.holders(role, moment))

    def _case(
        self,
        unit: Unit,
        subject: Subject,
        person: str,
        *,
        seats: Sequence[str] | None = None,
        performer_may_vote: bool | None = None,
    ) -> Case:
        matrix = self.matrix(subject.release_id)
        return Case(
            subject=subject,
            matrix=matrix,
            person=person,
            info=self._directory.person(person),
            acting=self._directory.acting_roles(person, unit.now),
            deeds=_deeds(unit, [(subject, matrix)]),
            seats=None if seats is None else tuple(seats),
            performer_may_vote=performer_may_vote,
        )

    def _others(self, unit: Unit, case: Case, verb: Verb) -> tuple[str, ...]:
        """Of all who hold a role for it or are named by the model, those who may."""
        found: dict[str, Case] = {}
        for role in roles_for(case, verb):
            for holder in self._directory.holders(role, unit.now):
                acting = found[holder.person].acting if holder.person in found else frozenset()
                found[holder.person] = replace(
                    case,
                    person=holder.person,
                    info=PersonInfo(holder.person, holder.person),
                    acting=acting | {Acting(role, holder.on_behalf_of)},
                )
        assignee = case.subject.assignee
        for person in case.meant_for if assignee is None else case.meant_for | {assignee}:
            found[person] = replace(
                case,
                person=person,
                info=self._directory.person(person),
                acting=self._directory.acting_roles(person, unit.now),
            )
        return tuple(sorted(who for who, other in found.items() if judge(other, verb).allowed))


def _verb(verb: Verb | str) -> Verb:
    try:
        return Verb(verb)
    except ValueError as error:
        raise Invalid(f"{verb!r} is none of the verbs {', '.join(Verb)}.") from error


def _deeds(unit: Unit, asked: Sequence[tuple[Subject, Matrix]]) -> list[Deed]:
    """What was done with these tasks, and with those that exclude them, where it matters."""
    weighed = [(s, matrix) for s, matrix in asked if matrix.looks_back(s.node_id)]
    if not weighed:
        return []
    excluding = {node for subject, m in weighed for node in m.separated_from(subject.node_id)}
    instances = {subject.instance_id for subject, _matrix in weighed}
    tasks = {subject.task_id for subject, _matrix in weighed}
    return store.deeds(unit.session, instances, tasks, excluding)
