"""The rules: may this person do this with this task? Pure; every rule has a stable id.

============================  ==========================================================
``directory.unknown``         the directory does not know the person
``directory.inactive``        the person may not act any more
``raci.responsible``          only a responsible role is offered, claims, works, completes
``raci.accountable``          only the accountable role assigns, returns, decides deviations
``raci.consulted``            only a consulted role answers
``raci.informed``             only roles of the task (informed ones included) read it
``raci.involved``             only roles that take part in the task comment on it
``assignment.user``           the model names the person
``assignment.candidate``      of the responsible, the model means the task for others
``assignee.only``             only the one who has claimed it works on it or gives it back
``sod.pair``                  who did one task of a pair may not do the other
``gate.voter``                only the voters of the gate vote
``gate.performer``            nobody judges their own work, unless the gate allows it
``deviation.performer``       nobody accepts the deviation of their own work
``open.anybody``              the matrix names nobody, so that anybody may
============================  ==========================================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from opsflow.people import Acting, PersonInfo
from opsflow.responsibility.matrix import Matrix, Row, Source, unique
from opsflow.responsibility.separation import JUDGING, Deed, conflict, judges, parties, performers
from opsflow.responsibility.verbs import Ruling, Subject, Verb


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that a ruling depends on.

    ``seats`` are the roles whose vote a gate still lacks (None: every voter of the task);
    ``performer_may_vote`` is what the gate says (None: what all gates of the task say).
    """

    subject: Subject
    matrix: Matrix
    person: str
    info: PersonInfo | None
    acting: frozenset[Acting]
    deeds: Sequence[Deed] = ()
    seats: tuple[str, ...] | None = None
    performer_may_vote: bool | None = None

    @property
    def row(self) -> Row:
        """The roles of the task."""
        return self.matrix.row(self.subject.node_id)

    @property
    def responsible(self) -> tuple[str, ...]:
        """The responsible roles, with those that the model's assignment came to."""
        if self.row.source is Source.MATRIX:
            return self.row.responsible
        return unique(self.row.responsible + self.subject.candidate_roles)

    @property
    def meant_for(self) -> frozenset[str]:
        """The persons that the model's assignment came to."""
        return frozenset(self.row.users + self.subject.candidates)

    def options(self, roles: Sequence[str]) -> list[Acting]:
        """What the person can act as in these roles: as they claimed it, then for themselves."""
        claimed = Acting(self.subject.assignee_role or "", self.subject.assignee_on_behalf_of)
        found = [acting for acting in self.acting if acting.role in roles]
        return sorted(
            found,
            key=lambda acting: (
                acting != claimed or self.subject.assignee != self.person,
                acting.on_behalf_of is not None,
                roles.index(acting.role),
                acting.on_behalf_of or "",
            ),
        )


def judge(case: Case, verb: Verb) -> Ruling:
    """The ruling, without ``could``."""
    if case.info is None:
        return _no("directory.unknown", f"there is no person {case.person!r}")
    if not case.info.active:
        return _no("directory.inactive", f"{case.person} is not active")
    return _RULES[verb](case)


def roles_for(case: Case, verb: Verb) -> tuple[str, ...]:
    """The roles whose holders may do it, other rules permitting."""
    if verb in _ACCOUNTABLE:
        return case.row.accountable or case.responsible
    if verb is Verb.VOTE:
        return case.row.voters if case.seats is None else case.seats
    if verb is Verb.ANSWER:
        return case.row.consulted if case.seats is None else case.seats
    if verb in (Verb.READ, Verb.COMMENT):
        return _involved(case, verb)
    return case.responsible


_ACCOUNTABLE = frozenset(
    {Verb.ASSIGN, Verb.RETURN, Verb.SCHEDULE, Verb.CANCEL, Verb.ACCEPT_DEVIATION, Verb.CONSULT}
)


def _no(rule: str, reason: str) -> Ruling:
    return Ruling(allowed=False, rule=rule, reason=reason)


def _yes(rule: str, reason: str, acting: Acting | None = None) -> Ruling:
    if acting is None:
        return Ruling(allowed=True, rule=rule, reason=reason)
    whom = f" for {acting.on_behalf_of}" if acting.on_behalf_of else ""
    return Ruling(True, rule, f"{reason} {acting.role}{whom}", acting.role, acting.on_behalf_of)


def _claim(case: Case) -> Ruling:
    """Responsible, and among those the model means it for."""
    return _first(case, _takers(case, narrowed=True), _not_separated, _not_voter, _not_judge)


def _take(case: Case) -> Ruling:
    """Responsible; the accountable may choose past those the model means it for."""
    return _first(case, _takers(case, narrowed=False), _not_separated, _not_voter, _not_judge)


def _work(case: Case) -> Ruling:
    refusal = _assignee_only(case)
    return refusal or _take(case)


def _complete(case: Case) -> Ruling:
    """An offered task is claimed by whoever completes it."""
    return _claim(case) if case.subject.state == "offered" else _work(case)


def _release(case: Case) -> Ruling:
    """Also by somebody who has lost the role meanwhile: it must not stay stuck with them.

    They act in no role then, and for nobody.
    """
    refusal = _assignee_only(case)
    if refusal is not None:
        return refusal
    subject = case.subject
    reason = f"{case.person} has claimed it"
    claimed = Acting(subject.assignee_role or "", subject.assignee_on_behalf_of)
    if claimed not in case.acting:
        return Ruling(True, "assignee.only", reason)
    return Ruling(True, "assignee.only", reason, claimed.role, claimed.on_behalf_of)


def _account(case: Case) -> Ruling:
    return _first(case, _accountables(case))


def _accept(case: Case) -> Ruling:
    return _first(case, _accountables(case), _judge_not_separated, _not_performer)


def _vote(case: Case) -> Ruling:
    roles = roles_for(case, Verb.VOTE)
    options = [_yes("gate.voter", "votes as", acting) for acting in case.options(roles)]
    if not options:
        listed = ", ".join(roles) or "nobody"
        return _no("gate.voter", f"{case.person} acts in none of the roles that vote: {listed}")
    return _first(case, options, _judge_not_separated, _not_own_work)


def _consult(case: Case) -> Ruling:
    if case.subject.assignee == case.person:
        return _work(case)
    return _account(case)


def _answer(case: Case) -> Ruling:
    roles = roles_for(case, Verb.ANSWER)
    return _holding(case, roles, "raci.consulted", "is consulted as", "consulted")


def _read(case: Case) -> Ruling:
    return _taking_part(case, Verb.READ, "raci.informed")


def _comment(case: Case) -> Ruling:
    return _taking_part(case, Verb.COMMENT, "raci.involved")


def _taking_part(case: Case, verb: Verb, rule: str) -> Ruling:
    subject = case.subject
    if case.person == subject.assignee:
        return _release(case)
    if case.person in case.meant_for:
        return _yes("assignment.user", f"the model names {case.person}")
    if _open_to_anybody(case):
        return _yes("open.anybody", "the matrix names nobody for it")
    return _holding(case, _involved(case, verb), rule, "takes part as", "concerned")


def _involved(case: Case, verb: Verb) -> tuple[str, ...]:
    row = case.row
    roles = case.responsible + row.accountable + row.consulted + row.voters
    return unique(roles + row.informed if verb is Verb.READ else roles)


def _holding(case: Case, roles: Sequence[str], rule: str, reason: str, word: str) -> Ruling:
    for acting in case.options(roles):
        return _yes(rule, f"{case.person} {reason}", acting)
    listed = ", ".join(roles) or "nobody"
    return _no(rule, f"{case.person} acts in none of the {word} roles: {listed}")


def _takers(case: Case, *, narrowed: bool) -> list[Ruling]:
    """The ways in which the person may have the task, or one refusal."""
    if _open_to_anybody(case):
        return [_yes("open.anybody", "the matrix names nobody for it")]
    options = case.options(case.responsible)
    if case.row.source is Source.MATRIX:
        if narrowed and options and case.meant_for:
            meant = [o for o in options if (o.on_behalf_of or case.person) in case.meant_for]
            if not meant:
                names = ", ".join(sorted(case.meant_for))
                return [_no("assignment.candidate", f"the model means it for {names}")]
            options = meant
    elif case.person in case.meant_for:
        return [_yes("assignment.user", f"the model names {case.person}")]
    if options:
        return [_yes("raci.responsible", f"{case.person} is responsible as", o) for o in options]
    listed = ", ".join((*case.responsible, *sorted(case.meant_for))) or "nobody"
    return [_no("raci.responsible", f"{case.person} is not responsible; {listed} is")]


def _accountables(case: Case) -> list[Ruling]:
    """The ways in which the person answers for the task, or one refusal.

    Where an open model names nobody, whoever may do the task answers for it.
    """
    if not case.row.accountable:
        return _takers(case, narrowed=False)
    options = case.options(case.row.accountable)
    if options:
        return [_yes("raci.accountable", f"{case.person} is accountable as", o) for o in options]
    listed = ", ".join(case.row.accountable)
    return [_no("raci.accountable", f"{case.person} is not accountable; {listed} is")]


def _open_to_anybody(case: Case) -> bool:
    """Whether nobody is named to do it, and nobody to say who does."""
    if case.responsible or case.meant_for:
        return False
    return case.row.source is Source.NOTHING or not case.row.accountable


def _assignee_only(case: Case) -> Ruling | None:
    assignee = case.subject.assignee
    if assignee == case.person:
        return None
    if assignee is None:
        return _no("assignee.only", "nobody has claimed it yet")
    return _no("assignee.only", f"{assignee} has claimed it")


def _first(
    case: Case, options: Sequence[Ruling], *conditions: Callable[[Case, Ruling], Ruling | None]
) -> Ruling:
    """The first way that no condition blocks, else what blocks the first one."""
    refusals = []
    for option in options:
        if not option.allowed:
            return option
        blocks = (condition(case, option) for condition in conditions)
        refusal = next((block for block in blocks if block is not None), None)
        if refusal is None:
            return option
        refusals.append(refusal)
    return refusals[0]


def _not_separated(case: Case, option: Ruling) -> Ruling | None:
    return _separated(case, option, judging=False)


def _judge_not_separated(case: Case, option: Ruling) -> Ruling | None:
    return _separated(case, option, judging=True)


def _separated(case: Case, option: Ruling, *, judging: bool) -> Ruling | None:
    acting = parties(case.person, option.on_behalf_of)
    deed = conflict(case.matrix, case.subject, acting, case.deeds, judging=judging)
    if deed is None:
        return None
    label = case.matrix.row(deed.node_id).label
    did = deed.person if deed.on_behalf_of is None else f"{deed.person} for {deed.on_behalf_of}"
    whom = f", and {case.person} would act for {option.on_behalf_of}" if option.on_behalf_of else ""
    return _no(
        "sod.pair",
        f"{did} has {'judged' if deed.verb in JUDGING else 'done'} {label!r} in this instance"
        f"{whom}; one person may not do both tasks",
    )


def _not_voter(case: Case, option: Ruling) -> Ruling | None:
    """Whoever approved the work beforehand does not do it: it would be their own approval."""
    if case.row.performer_may_vote:
        return None
    both = parties(case.person, option.on_behalf_of) & judges(case.subject, case.deeds, Verb.VOTE)
    return _no("gate.performer", f"{min(both)} has voted on it") if both else None


def _not_judge(case: Case, option: Ruling) -> Ruling | None:
    """Nor does whoever decided about a deviation: they would work under their own decision."""
    both = parties(case.person, option.on_behalf_of) & judges(
        case.subject, case.deeds, Verb.ACCEPT_DEVIATION
    )
    if not both:
        return None
    return _no("deviation.performer", f"{min(both)} has decided about a deviation of it")


def _not_own_work(case: Case, option: Ruling) -> Ruling | None:
    allowed = case.performer_may_vote
    if case.row.performer_may_vote if allowed is None else allowed:
        return None
    return _no_own(case, option, "gate.performer", "and nobody votes on their own work")


def _not_performer(case: Case, option: Ruling) -> Ruling | None:
    return _no_own(case, option, "deviation.performer", "and nobody decides on their own deviation")


def _no_own(case: Case, option: Ruling, rule: str, reason: str) -> Ruling | None:
    both = parties(case.person, option.on_behalf_of) & performers(case.subject, case.deeds)
    return _no(rule, f"{min(both)} does the work, {reason}") if both else None


_RULES: Mapping[Verb, Callable[[Case], Ruling]] = {
    Verb.OFFER: _claim,
    Verb.CLAIM: _claim,
    Verb.TAKE: _take,
    Verb.RELEASE: _release,
    Verb.WORK: _work,
    Verb.COMPLETE: _complete,
    Verb.DELEGATE: _work,
    Verb.ASSIGN: _account,
    Verb.RETURN: _account,
    Verb.SCHEDULE: _account,
    Verb.CANCEL: _account,
    Verb.ACCEPT_DEVIATION: _accept,
    Verb.VOTE: _vote,
    Verb.CONSULT: _consult,
    Verb.ANSWER: _answer,
    Verb.COMMENT: _comment,
    Verb.READ: _read,
}
