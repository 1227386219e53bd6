"""Form data, comments and files on a task."""

from __future__ import annotations

from datetime import timedelta

import pytest

from opsflow.errors import (
    EvidenceInvalid,
    FormInvalid,
    Invalid,
    ModelRejected,
    NotFound,
    Refused,
    RequirementsOpen,
    WrongState,
)
from opsflow.tasks import State
from tests.integration.tasks.conftest import FORM, RACI, Office
from tests.models import human


def test_data_that_does_not_fit_the_form_is_refused_with_its_places(office: Office) -> None:
    task = office.claimed(RACI + FORM)
    with pytest.raises(FormInvalid) as raised:
        office.flow.tasks.complete(task.id, by="li", data={"amount": -1, "supplier": "acme"})
    assert [pointer for pointer, _ in raised.value.failures] == ["/amount", "/supplier"]
    assert office.flow.tasks.get(task.id).state is State.CLAIMED
    done = office.flow.tasks.complete(task.id, by="li", data={"amount": 1, "supplier": "ACME"})
    assert done.state is State.COMPLETED


def test_a_draft_need_not_fit_the_form_but_completion_must(office: Office) -> None:
    task = office.claimed(RACI + FORM)
    office.flow.tasks.save_draft(task.id, by="li", data={"supplier": "acme"})
    with pytest.raises(FormInvalid):
        office.flow.tasks.complete(task.id, by="li")


def test_the_right_is_asked_for_before_the_form(office: Office) -> None:
    task = office.claimed(RACI + FORM)
    with pytest.raises(Refused):
        office.flow.tasks.complete(task.id, by="wang", data={"amount": -1})


BAD_FORMS = {
    "opsflow.form.reference": '{"properties": {"a": {"$ref": "https://example.com/s"}}}',
    "opsflow.form.pattern": '{"properties": {"a": {"pattern": "(?=a)"}}}',
    "opsflow.form.schema": '{"type": "strang"}',
}


def test_a_form_that_cannot_be_validated_does_not_deploy(office: Office) -> None:
    for rule, schema in BAD_FORMS.items():
        with pytest.raises(ModelRejected) as raised:
            office.deploy(human("place", f"{RACI}<opsflow:form>{schema}</opsflow:form>"))
        [finding] = [found for found in raised.value.findings if found.is_error]
        assert (finding.rule, finding.element) == (rule, "place")


def test_a_required_consultation_holds_completion_after_the_form(office: Office) -> None:
    raci = RACI.replace("/>", ' consulted="clerk" consult="required"/>')
    task = office.claimed(raci + FORM)
    with pytest.raises(FormInvalid):
        office.flow.tasks.complete(task.id, by="li", data={})
    with pytest.raises(RequirementsOpen, match="clerk") as raised:
        office.flow.tasks.complete(task.id, by="li", data={"amount": 1})
    assert (raised.value.task, len(raised.value.missing)) == (task.id, 1)
    [asked] = office.flow.responsibility.consultations(task.id)
    office.flow.responsibility.answer(asked.id, by="sun", text="Fine.")
    done = office.flow.tasks.complete(task.id, by="li", data={"amount": 1})
    assert done.state is State.COMPLETED


def test_the_form_of_a_task_can_be_shown(office: Office) -> None:
    form = office.flow.tasks.form(office.new_task(RACI + FORM).id)
    assert form is not None
    assert (form[0], form[1]["required"]) == ("place", ["amount"])
    assert office.flow.tasks.form(office.new_task().id) is None


def test_values_that_no_form_can_hold_are_refused_without_a_form_too(office: Office) -> None:
    task = office.claimed()
    for attempt in (office.flow.tasks.complete, office.flow.tasks.save_draft):
        with pytest.raises(FormInvalid):
            attempt(task.id, by="li", data={"x": object()})


def test_a_comment_is_kept_with_who_said_it(office: Office) -> None:
    task = office.claimed()
    office.flow.tasks.comment(task.id, by="li", text="Two quotes are in.")
    office.clock.advance(timedelta(seconds=1))
    office.flow.tasks.comment(task.id, by="chen", text="Thanks.")
    said = [(comment.person, comment.text) for comment in office.flow.tasks.comments(task.id)]
    assert said == [("li", "Two quotes are in."), ("chen", "Thanks.")]
    assert office.flow.tasks.get(task.id).revision == task.revision


def test_a_finished_task_can_still_be_commented_on(office: Office) -> None:
    task = office.claimed()
    office.flow.tasks.complete(task.id, by="li")
    office.flow.tasks.comment(task.id, by="li", text="The goods came on Friday.")
    assert len(office.flow.tasks.comments(task.id)) == 1


def test_a_stranger_and_an_empty_text_make_no_comment(office: Office) -> None:
    task = office.claimed()
    with pytest.raises(Refused):
        office.flow.tasks.comment(task.id, by="sun", text="Hello.")
    with pytest.raises(Invalid):
        office.flow.tasks.comment(task.id, by="li", text="  ")
    assert office.flow.tasks.comments(task.id) == []


def test_an_attached_file_comes_back_as_it_was(office: Office) -> None:
    task = office.claimed()
    content = bytes(range(256))
    first = office.flow.tasks.attach(
        task.id, by="li", name="quote.pdf", content=content, media_type="application/PDF"
    )
    office.clock.advance(timedelta(seconds=1))
    second = office.flow.tasks.attach(task.id, by="li", name="again.bin", content=content)
    assert (first.size, first.media_type) == (256, "application/pdf")
    assert first.sha256 == second.sha256
    assert office.flow.tasks.attached(first.id) == content
    names = [attachment.name for attachment in office.flow.tasks.attachments(task.id)]
    assert names == ["quote.pdf", "again.bin"]


def test_files_are_for_the_assignee_while_at_work(office: Office) -> None:
    task = office.claimed()
    with pytest.raises(Refused):
        office.flow.tasks.attach(task.id, by="wang", name="a", content=b"x")
    office.flow.tasks.complete(task.id, by="li")
    with pytest.raises(WrongState):
        office.flow.tasks.attach(task.id, by="li", name="a", content=b"x")
    with pytest.raises(NotFound):
        office.flow.tasks.attached("x")


def test_a_file_over_the_limit_is_refused_and_not_kept(office: Office) -> None:
    task = office.claimed()
    with pytest.raises(EvidenceInvalid):
        office.flow.tasks.attach(task.id, by="li", name="a", content=bytes(25 * 1024 * 1024 + 1))
    assert office.flow.tasks.attachments(task.id) == []
