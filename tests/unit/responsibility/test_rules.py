from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsflow.people import Acting, PersonInfo
from opsflow.responsibility import Matrix, Row, Ruling, Source, Subject, Verb
from opsflow.responsibility.judging import Case, judge
from opsflow.responsibility.separation import Deed, parties
from opsflow.responsibility.states import state_ruling

SIGN = Row(
    node_id="sign",
    label="Sign",
    responsible=("buyer", "agent"),
    accountable=("boss",),
    consulted=("legal",),
    informed=("desk",),
    voters=("finance",),
    source=Source.MATRIX,
)
PAY = replace(SIGN, node_id="pay", label="Pay")
MATRIX = Matrix("buying", {"sign": SIGN, "pay": PAY}, (frozenset({"sign", "pay"}),))
SUBJECT = Subject(
    task_id="t1",
    instance_id="i1",
    release_id="r1",
    process_key="buying",
    node_id="sign",
    state="offered",
)
CLAIMED = replace(SUBJECT, state="claimed", assignee="ada", assignee_role="buyer")


def case(
    person: str,
    *acting: str | tuple[str, str],
    subject: Subject = SUBJECT,
    row: Row = SIGN,
    deeds: tuple[Deed, ...] = (),
    seats: tuple[str, ...] | None = None,
    performer_may_vote: bool | None = None,
) -> Case:
    """A role is written ``"buyer"``, one stood in for ``("buyer", "ada")``."""
    return Case(
        subject=subject,
        matrix=replace(MATRIX, rows={**MATRIX.rows, row.node_id: row}),
        person=person,
        info=PersonInfo(person, person.title()),
        acting=frozenset(Acting(a) if isinstance(a, str) else Acting(*a) for a in acting),
        deeds=deeds,
        seats=seats,
        performer_may_vote=performer_may_vote,
    )


def deed(
    person: str,
    verb: Verb = Verb.COMPLETE,
    *,
    behalf: str | None = None,
    node: str = "pay",
    task: str = "t0",
    instance: str = "i1",
    process: str = "buying",
) -> Deed:
    return Deed(instance, task, process, node, verb, person, behalf)


def answer(ruling: Ruling) -> tuple[bool, str]:
    return ruling.allowed, ruling.rule


WORKING = (Verb.WORK, Verb.COMPLETE, Verb.DELEGATE)
TAKING = (Verb.OFFER, Verb.CLAIM, Verb.TAKE)
ACCOUNTABLE = (Verb.ASSIGN, Verb.RETURN, Verb.SCHEDULE, Verb.CANCEL, Verb.ACCEPT_DEVIATION)


@pytest.mark.parametrize("verb", Verb)
def test_nobody_unknown_or_inactive_does_anything(verb: Verb) -> None:
    known = case("ada", "buyer", "boss", "legal", "desk", "finance", subject=CLAIMED)
    unknown = judge(replace(known, info=None), verb)
    inactive = judge(replace(known, info=PersonInfo("ada", "Ada", active=False)), verb)
    assert answer(unknown) == (False, "directory.unknown")
    assert answer(inactive) == (False, "directory.inactive")


@pytest.mark.parametrize("verb", TAKING)
@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("buyer", True),
        ("agent", True),
        ("boss", False),
        ("legal", False),
        ("desk", False),
        ("finance", False),
        ("Buyer", False),
    ],
)
def test_only_the_responsible_get_the_task(verb: Verb, role: str, allowed: bool) -> None:
    ruling = judge(case("ada", role), verb)
    assert answer(ruling) == (allowed, "raci.responsible")
    assert ruling.role == (role if allowed else None)


@pytest.mark.parametrize("verb", ACCOUNTABLE)
@pytest.mark.parametrize("role", ["buyer", "boss", "legal", "desk", "finance"])
def test_only_the_accountable_steers(verb: Verb, role: str) -> None:
    assert answer(judge(case("bob", role, subject=CLAIMED), verb)) == (
        role == "boss",
        "raci.accountable",
    )


@pytest.mark.parametrize("verb", [*WORKING, Verb.RELEASE])
def test_only_the_assignee_works(verb: Verb) -> None:
    assert judge(case("ada", "buyer", subject=CLAIMED), verb).allowed
    claimed_by_another = case("bob", "buyer", "boss", subject=CLAIMED)
    assert answer(judge(claimed_by_another, verb)) == (False, "assignee.only")


@pytest.mark.parametrize("verb", [verb for verb in WORKING if verb is not Verb.COMPLETE])
def test_nobody_works_before_somebody_has_claimed(verb: Verb) -> None:
    assert answer(judge(case("bob", "buyer"), verb)) == (False, "assignee.only")


@pytest.mark.parametrize(("role", "allowed"), [("buyer", True), ("desk", False)])
def test_an_offered_task_is_completed_by_whoever_may_claim_it(role: str, allowed: bool) -> None:
    rulings = [judge(case("bob", role), verb) for verb in (Verb.CLAIM, Verb.COMPLETE)]
    assert [answer(ruling) for ruling in rulings] == [(allowed, "raci.responsible")] * 2


@pytest.mark.parametrize("verb", WORKING)
def test_an_assignee_who_has_lost_the_role_works_no_more(verb: Verb) -> None:
    assert answer(judge(case("ada", "desk", subject=CLAIMED), verb)) == (False, "raci.responsible")


def test_an_assignee_who_has_lost_the_role_can_still_give_the_task_back() -> None:
    assert judge(case("ada", subject=CLAIMED), Verb.RELEASE).allowed


def test_a_substitute_acts_for_the_absent_person() -> None:
    ruling = judge(case("bob", ("buyer", "ada")), Verb.CLAIM)
    assert (ruling.allowed, ruling.role, ruling.on_behalf_of) == (True, "buyer", "ada")


def test_ones_own_role_goes_before_one_stood_in_for() -> None:
    ruling = judge(case("bob", ("buyer", "ada"), "agent"), Verb.CLAIM)
    assert (ruling.role, ruling.on_behalf_of) == ("agent", None)


def test_work_goes_on_in_the_role_in_which_it_was_claimed() -> None:
    claimed = replace(CLAIMED, assignee="bob", assignee_on_behalf_of="cyd")
    ruling = judge(case("bob", "buyer", ("buyer", "cyd"), subject=claimed), Verb.COMPLETE)
    assert (ruling.role, ruling.on_behalf_of) == ("buyer", "cyd")
    ruling = judge(case("bob", "agent", subject=claimed), Verb.COMPLETE)
    assert (ruling.role, ruling.on_behalf_of) == ("agent", None)


@pytest.mark.parametrize("verb", [*TAKING, *WORKING])
@pytest.mark.parametrize("did", [Verb.CLAIM, Verb.TAKE, Verb.WORK, Verb.COMPLETE])
def test_who_did_one_task_of_a_pair_does_not_do_the_other(verb: Verb, did: Verb) -> None:
    ruling = judge(case("ada", "buyer", subject=CLAIMED, deeds=(deed("ada", did),)), verb)
    assert answer(ruling) == (False, "sod.pair")
    assert "'Pay'" in ruling.reason


@pytest.mark.parametrize("did", [Verb.COMMENT, Verb.ANSWER, Verb.ASSIGN, Verb.RETURN])
def test_having_steered_the_other_task_is_not_having_done_it(did: Verb) -> None:
    assert judge(case("ada", "buyer", deeds=(deed("ada", did),)), Verb.CLAIM).allowed


@pytest.mark.parametrize("did", [Verb.VOTE, Verb.ACCEPT_DEVIATION])
@pytest.mark.parametrize("verb", [*TAKING, *WORKING])
def test_who_judged_one_task_of_a_pair_does_not_do_the_other(verb: Verb, did: Verb) -> None:
    """The other way round nobody judges it after having done the first: order is no way out."""
    ruling = judge(case("ada", "buyer", subject=CLAIMED, deeds=(deed("ada", did),)), verb)
    assert answer(ruling) == (False, "sod.pair")


@pytest.mark.parametrize("did", [Verb.VOTE, Verb.ACCEPT_DEVIATION])
def test_both_tasks_of_a_pair_may_be_judged_by_one_person(did: Verb) -> None:
    ruling = judge(case("eve", "boss", deeds=(deed("eve", did),)), Verb.ACCEPT_DEVIATION)
    assert ruling.allowed


@pytest.mark.parametrize(
    "other",
    [
        deed("bob"),
        deed("ada", node="other"),
        deed("ada", node="sign"),
        deed("ada", instance="i2"),
        deed("ada", process="selling"),
    ],
)
def test_separation_concerns_the_pair_the_person_and_the_instance_only(other: Deed) -> None:
    assert judge(case("ada", "buyer", deeds=(other,)), Verb.CLAIM).allowed


@pytest.mark.parametrize(
    ("person", "acting", "done"),
    [
        ("bob", ("buyer", "ada"), deed("ada")),
        ("ada", "buyer", deed("bob", behalf="ada")),
        ("bob", "buyer", deed("bob", behalf="ada")),
        ("cyd", ("buyer", "ada"), deed("bob", behalf="ada")),
        ("bob", ("buyer", "cyd"), deed("bob", behalf="ada")),
    ],
    ids=[
        "for the one who did it",
        "the one for whom it was done",
        "the one who did it for another",
        "a second substitute of the same person",
        "the same substitute for a second person",
    ],
)
@pytest.mark.parametrize("verb", TAKING)
def test_a_substitute_is_no_way_around_separation(
    verb: Verb, person: str, acting: str | tuple[str, str], done: Deed
) -> None:
    assert answer(judge(case(person, acting, deeds=(done,)), verb)) == (False, "sod.pair")


def test_a_way_that_separation_leaves_open_is_taken() -> None:
    ruling = judge(
        case("bob", ("buyer", "ada"), ("buyer", "cyd"), deeds=(deed("ada"),)), Verb.CLAIM
    )
    assert (ruling.allowed, ruling.on_behalf_of) == (True, "cyd")


@pytest.mark.parametrize("verb", [Verb.VOTE, Verb.ACCEPT_DEVIATION])
def test_separation_holds_for_judging_the_other_task_too(verb: Verb) -> None:
    judging = case("bob", "boss", "finance", subject=CLAIMED, deeds=(deed("bob"),))
    assert answer(judge(judging, verb)) == (False, "sod.pair")


@pytest.mark.parametrize("verb", [Verb.RELEASE, Verb.READ, Verb.COMMENT])
def test_separation_does_not_keep_anybody_from_giving_back_and_reading(verb: Verb) -> None:
    assert judge(case("ada", "buyer", subject=CLAIMED, deeds=(deed("ada"),)), verb).allowed


def test_only_voters_vote() -> None:
    assert answer(judge(case("fay", "finance"), Verb.VOTE)) == (True, "gate.voter")
    assert answer(judge(case("bob", "boss", "buyer"), Verb.VOTE)) == (False, "gate.voter")


def test_a_seat_that_is_taken_gives_no_vote() -> None:
    assert not judge(case("fay", "finance", seats=("legal",)), Verb.VOTE).allowed
    assert not judge(case("fay", "finance", seats=()), Verb.VOTE).allowed
    assert judge(case("lea", "legal", seats=("legal",)), Verb.VOTE).role == "legal"


@pytest.mark.parametrize(
    ("voter", "acting", "subject", "deeds"),
    [
        ("ada", "finance", CLAIMED, ()),
        ("bob", ("finance", "ada"), CLAIMED, ()),
        ("cyd", "finance", replace(CLAIMED, assignee_on_behalf_of="cyd"), ()),
        ("bob", "finance", CLAIMED, (deed("bob", Verb.WORK, node="sign", task="t1"),)),
        (
            "bob",
            "finance",
            CLAIMED,
            (deed("cyd", Verb.WORK, behalf="bob", node="sign", task="t1"),),
        ),
    ],
    ids=["assignee", "substitute of the assignee", "principal", "worked on it", "had it worked on"],
)
def test_nobody_votes_on_their_own_work(
    voter: str, acting: str | tuple[str, str], subject: Subject, deeds: tuple[Deed, ...]
) -> None:
    own = case(voter, acting, subject=subject, deeds=deeds)
    assert answer(judge(own, Verb.VOTE)) == (False, "gate.performer")
    assert judge(replace(own, performer_may_vote=True), Verb.VOTE).allowed
    lenient = case(
        voter, acting, subject=subject, deeds=deeds, row=replace(SIGN, performer_may_vote=True)
    )
    assert judge(lenient, Verb.VOTE).allowed
    assert not judge(replace(lenient, performer_may_vote=False), Verb.VOTE).allowed


@pytest.mark.parametrize("verb", TAKING)
def test_who_approved_the_work_beforehand_does_not_do_it(verb: Verb) -> None:
    voted = deed("ada", Verb.VOTE, node="sign", task="t1")
    assert answer(judge(case("ada", "buyer", deeds=(voted,)), verb)) == (False, "gate.performer")
    elsewhere = replace(voted, task_id="t2")
    assert judge(case("ada", "buyer", deeds=(elsewhere,)), verb).allowed
    lenient = replace(SIGN, performer_may_vote=True)
    assert judge(case("ada", "buyer", deeds=(voted,), row=lenient), verb).allowed


def test_nobody_decides_on_the_deviation_of_their_own_work() -> None:
    assert answer(judge(case("ada", "boss", subject=CLAIMED), Verb.ACCEPT_DEVIATION)) == (
        False,
        "deviation.performer",
    )
    stand_in = case("bob", ("boss", "ada"), subject=CLAIMED)
    assert not judge(stand_in, Verb.ACCEPT_DEVIATION).allowed


@pytest.mark.parametrize(
    ("role", "verbs"),
    [
        ("buyer", {Verb.READ, Verb.COMMENT}),
        ("boss", {Verb.READ, Verb.COMMENT, Verb.CONSULT}),
        ("legal", {Verb.READ, Verb.COMMENT, Verb.ANSWER}),
        ("finance", {Verb.READ, Verb.COMMENT}),
        ("desk", {Verb.READ}),
        ("stranger", set()),
    ],
)
def test_each_role_takes_part_in_its_way(role: str, verbs: set[Verb]) -> None:
    asked = (Verb.READ, Verb.COMMENT, Verb.CONSULT, Verb.ANSWER)
    assert {verb for verb in asked if judge(case("eve", role), verb).allowed} == verbs


def test_the_assignee_may_ask_for_advice() -> None:
    assert judge(case("ada", "buyer", subject=CLAIMED), Verb.CONSULT).allowed


def test_only_the_role_that_was_asked_answers() -> None:
    assert not judge(case("lea", "legal", seats=("tax",)), Verb.ANSWER).allowed
    assert judge(case("tom", "tax", seats=("tax",)), Verb.ANSWER).role == "tax"


def test_of_the_responsible_the_task_goes_to_those_the_model_means_it_for() -> None:
    meant = replace(SUBJECT, candidates=("ada",))
    assert judge(case("ada", "buyer", subject=meant), Verb.CLAIM).allowed
    assert answer(judge(case("bob", "buyer", subject=meant), Verb.CLAIM)) == (
        False,
        "assignment.candidate",
    )
    assert judge(case("bob", ("buyer", "ada"), subject=meant), Verb.CLAIM).on_behalf_of == "ada"
    assert judge(case("bob", "buyer", subject=meant), Verb.TAKE).allowed
    assert answer(judge(case("ada", "desk", subject=meant), Verb.CLAIM)) == (
        False,
        "raci.responsible",
    )


BARE = Row(node_id="sign", label="Sign")
ASSIGNED = Row(
    node_id="sign",
    label="Sign",
    responsible=("sales",),
    users=("ada",),
    source=Source.ASSIGNMENT,
)


@pytest.mark.parametrize("verb", [*TAKING, *ACCOUNTABLE, Verb.READ, Verb.COMMENT])
def test_a_task_of_an_open_model_that_names_nobody_is_open_to_anybody(verb: Verb) -> None:
    ruling = judge(case("eve", row=BARE), verb)
    assert (ruling.allowed, ruling.rule, ruling.role) == (True, "open.anybody", None)


def test_also_in_an_open_model_the_assignee_works_alone_and_separation_holds() -> None:
    assert judge(case("ada", row=BARE, subject=CLAIMED), Verb.COMPLETE).allowed
    assert not judge(case("eve", row=BARE, subject=CLAIMED), Verb.COMPLETE).allowed
    assert not judge(case("ada", row=BARE, deeds=(deed("ada"),)), Verb.CLAIM).allowed


def test_a_model_of_another_tool_gives_the_task_to_its_groups_and_users() -> None:
    meant = replace(SUBJECT, candidates=("bob",), candidate_roles=("support",))
    for person, roles in (("cyd", ["sales"]), ("dan", ["support"]), ("ada", []), ("bob", [])):
        assert judge(case(person, *roles, row=ASSIGNED, subject=meant), Verb.CLAIM).allowed
    assert not judge(case("eve", "boss", row=ASSIGNED, subject=meant), Verb.CLAIM).allowed


def test_an_assignment_that_came_to_nobody_waits_for_the_accountable() -> None:
    empty = Row(node_id="sign", label="Sign", accountable=("boss",), source=Source.ASSIGNMENT)
    assert not judge(case("eve", row=empty), Verb.CLAIM).allowed
    assert judge(case("bob", "boss", row=empty), Verb.ASSIGN).allowed
    assert judge(case("eve", row=replace(empty, accountable=())), Verb.CLAIM).allowed


def test_every_refusal_gives_a_reason() -> None:
    for verb in Verb:
        ruling = judge(case("eve", "stranger"), verb)
        assert not ruling.allowed
        assert ruling.reason


PEOPLE = st.sampled_from(["ada", "bob", "cyd", "dan"])


@given(
    st.lists(
        st.tuples(
            PEOPLE,
            st.one_of(st.none(), PEOPLE),
            st.sampled_from(["sign", "pay"]),
            st.sampled_from([Verb.CLAIM, Verb.TAKE]),
        ),
        max_size=12,
    )
)
def test_no_sequence_of_allowed_work_lets_one_party_do_both_tasks_of_a_pair(
    attempts: list[tuple[str, str | None, str, Verb]],
) -> None:
    deeds: list[Deed] = []
    for person, principal, node, verb in attempts:
        acting = "buyer" if principal in (None, person) else ("buyer", principal)
        subject = replace(SUBJECT, node_id=node, task_id=f"task of {node}")
        tried = case(person, acting, subject=subject, deeds=tuple(deeds))
        ruling = judge(tried, verb)
        if ruling.allowed:
            deeds.append(deed(person, behalf=ruling.on_behalf_of, node=node, task=subject.task_id))
    done = {node: [d for d in deeds if d.node_id == node] for node in ("sign", "pay")}
    for first in done["sign"]:
        for second in done["pay"]:
            assert not first.parties & parties(second.person, second.on_behalf_of)


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize(
    "state", ["blocked", "offered", "claimed", "in_review", "completed", "cancelled"]
)
def test_each_verb_has_its_states(verb: Verb, state: str) -> None:
    possible = {
        Verb.OFFER: "offered",
        Verb.CLAIM: "offered",
        Verb.TAKE: "offered claimed",
        Verb.ASSIGN: "offered claimed",
        Verb.RELEASE: "claimed",
        Verb.WORK: "claimed",
        Verb.COMPLETE: "claimed",
        Verb.DELEGATE: "claimed",
        Verb.RETURN: "claimed in_review",
        Verb.VOTE: "blocked in_review",
        Verb.READ: "blocked offered claimed in_review completed cancelled",
        Verb.COMMENT: "blocked offered claimed in_review completed cancelled",
    }.get(verb, "blocked offered claimed in_review")
    ruling = state_ruling(replace(SUBJECT, state=state), verb)
    assert (ruling is None) == (state in possible.split())
    if ruling is not None:
        assert ruling.rule == f"state.{state}"


def test_a_suspended_task_is_only_read_and_commented() -> None:
    suspended = replace(SUBJECT, suspended=True)
    free = {verb for verb in Verb if state_ruling(suspended, verb) is None}
    assert free == {Verb.READ, Verb.COMMENT}
