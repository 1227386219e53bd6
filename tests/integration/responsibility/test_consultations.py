from __future__ import annotations

from datetime import timedelta

import pytest

from opsflow.errors import Invalid, NotFound, Refused, WrongState
from opsflow.responsibility import ConsultationAnswered, ConsultationAsked
from tests.integration.responsibility.conftest import I1, NOW, T1, T2, Desk

DAY = timedelta(days=1)


def test_every_consulted_role_is_asked_once_as_the_task_opens(desk: Desk) -> None:
    asked = desk.responsibility.open_consultations(desk.task(T1))
    assert [(c.role, c.required, c.due_at) for c in asked] == [
        ("legal", True, NOW + 2 * DAY),
        ("tax", True, NOW + 2 * DAY),
    ]
    assert desk.responsibility.open_consultations(desk.task(T1)) == []
    assert [type(event) for event in desk.announced] == [ConsultationAsked, ConsultationAsked]


def test_the_task_is_held_until_all_have_answered(desk: Desk) -> None:
    legal, tax = desk.responsibility.open_consultations(desk.task(T1))
    assert [held.id for held in desk.responsibility.holding(T1)] == [legal.id, tax.id]
    desk.responsibility.answer(legal.id, by="lea", text="Fine.")
    (open_item,) = desk.responsibility.open_items(T1)
    assert open_item.startswith("tax has been asked")
    desk.responsibility.answer(tax.id, by="tom", text="No objection.")
    assert desk.responsibility.holding(T1) == []
    assert desk.responsibility.open_items(T1) == []


def test_the_task_is_held_until_the_deadline_and_no_longer(desk: Desk) -> None:
    desk.responsibility.open_consultations(desk.task(T1))
    desk.clock.advance(2 * DAY - timedelta(microseconds=1))
    assert len(desk.responsibility.holding(T1)) == 2
    desk.clock.advance(timedelta(microseconds=1))
    assert desk.responsibility.holding(T1) == []


def test_a_late_answer_is_still_taken(desk: Desk) -> None:
    legal, _tax = desk.responsibility.open_consultations(desk.task(T1))
    desk.clock.advance(3 * DAY)
    answered = desk.responsibility.answer(legal.id, by="lea", text="Late, but fine.")
    assert (answered.answered_by, answered.answered_at) == ("lea", NOW + 3 * DAY)


def test_advice_that_is_not_required_holds_nothing(desk: Desk) -> None:
    (legal,) = desk.responsibility.open_consultations(desk.task(T2))
    assert not legal.required
    assert desk.responsibility.holding(T2) == []


def test_an_answer_is_recorded_with_role_and_principal(desk: Desk) -> None:
    desk.people.record_absence("lea", starts_at=NOW, ends_at=NOW + DAY, substitute="dee")
    legal, _tax = desk.responsibility.open_consultations(desk.task(T1))
    answered = desk.responsibility.answer(legal.id, by="dee", text="Fine.")
    assert (answered.answered_by, answered.on_behalf_of) == ("dee", "lea")
    event = desk.announced[-1]
    assert isinstance(event, ConsultationAnswered)
    assert (event.actor.person, event.actor.role, event.actor.on_behalf_of) == (
        "dee",
        "legal",
        "lea",
    )
    assert event.stream == f"instance:{I1}"
    (performance,) = desk.responsibility.trace(I1)
    assert (performance.verb, performance.person) == ("answer", "dee")


def test_only_the_role_that_was_asked_answers(desk: Desk) -> None:
    legal, _tax = desk.responsibility.open_consultations(desk.task(T1))
    with pytest.raises(Refused) as caught:
        desk.responsibility.answer(legal.id, by="tom", text="I think so.")
    assert (caught.value.rule, caught.value.could) == ("raci.consulted", ("lea",))
    assert desk.responsibility.holding(T1)[0].answer is None


def test_an_answer_is_given_once_and_says_something(desk: Desk) -> None:
    legal, _tax = desk.responsibility.open_consultations(desk.task(T1))
    with pytest.raises(Invalid):
        desk.responsibility.answer(legal.id, by="lea", text="  ")
    desk.responsibility.answer(legal.id, by="lea", text="Fine.")
    with pytest.raises(WrongState):
        desk.responsibility.answer(legal.id, by="lea", text="No!")
    assert desk.responsibility.consultations(T1)[0].answer == "Fine."
    with pytest.raises(NotFound):
        desk.responsibility.answer("c9", by="lea", text="Fine.")


def test_what_a_person_could_answer_is_listed_the_most_urgent_first(desk: Desk) -> None:
    urgent = desk.responsibility.open_consultations(desk.task(T1))[0]
    desk.clock.advance(DAY)
    (later,) = desk.responsibility.open_consultations(desk.task(T2))
    desk.clock.advance(-DAY)
    desk.change(T1, state="claimed", assignee="ada", assignee_role="buyer")
    unhurried = desk.responsibility.ask(T1, by="ada", role="legal", question="And clause 5?")
    assert [c.id for c in desk.responsibility.consultations_for("lea")] == [
        urgent.id,
        later.id,
        unhurried.id,
    ]
    assert [c.role for c in desk.responsibility.consultations_for("tom")] == ["tax"]
    assert desk.responsibility.consultations_for("ada") == []


def test_the_assignee_and_the_accountable_may_ask_a_consulted_role(desk: Desk) -> None:
    desk.change(T1, state="claimed", assignee="ada", assignee_role="buyer")
    for person in ("ada", "cyd"):
        asked = desk.responsibility.ask(T1, by=person, role="legal", question="Clause 5?")
        assert (asked.asked_by, asked.required) == (person, False)
    with pytest.raises(Refused):
        desk.responsibility.ask(T1, by="bob", role="legal", question="Clause 5?")
    with pytest.raises(Invalid, match="desk"):
        desk.responsibility.ask(T1, by="ada", role="desk", question="Clause 5?")
    with pytest.raises(Invalid):
        desk.responsibility.ask(T1, by="ada", role="legal", question=" ")
    assert desk.responsibility.holding(T1) == []


def test_closing_leaves_nothing_to_answer(desk: Desk) -> None:
    legal, _tax = desk.responsibility.open_consultations(desk.task(T1))
    desk.responsibility.close_consultations(T1)
    assert desk.responsibility.consultations_for("lea") == []
    assert desk.responsibility.holding(T1) == []
    with pytest.raises(WrongState):
        desk.responsibility.answer(legal.id, by="lea", text="Fine.")


def test_the_instance_is_locked_before_a_question_or_an_answer(desk: Desk) -> None:
    legal, _tax = desk.responsibility.open_consultations(desk.task(T1))
    assert desk.locked == []
    desk.responsibility.answer(legal.id, by="lea", text="Fine.")
    desk.responsibility.ask(T1, by="cyd", role="legal", question="Clause 5?")
    assert desk.locked == [I1, I1]


@pytest.mark.parametrize("change", [{"suspended": True}, {"state": "completed"}])
def test_nobody_asks_or_answers_about_a_task_that_is_suspended_or_over(
    desk: Desk, change: dict[str, str | bool | None]
) -> None:
    legal, _tax = desk.responsibility.open_consultations(desk.task(T1))
    desk.change(T1, **change)
    with pytest.raises(WrongState):
        desk.responsibility.answer(legal.id, by="lea", text="Fine.")
    with pytest.raises(WrongState):
        desk.responsibility.ask(T1, by="cyd", role="legal", question="Clause 5?")
