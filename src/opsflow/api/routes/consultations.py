"""Consultations: asked, and answered."""

from __future__ import annotations

from opsflow.access import Permission
from opsflow.api.permitting import Caller
from opsflow.api.routing import Routes
from opsflow.api.schemas.base import Listed
from opsflow.api.schemas.consultations import AnswerIn, ConsultationOut, QuestionIn
from opsflow.errors import NotFound

TAGS = ["consultations"]
WORK = Permission.TASKS_WORK
READ = (Permission.TASKS_WORK, Permission.TASKS_READ)


def add(routes: Routes) -> None:
    """Register the routes."""
    responsibility = routes.flow.responsibility

    @routes.get("/consultations", permission=WORK, tags=TAGS)
    def list_consultations(call: Caller) -> Listed[ConsultationOut]:
        """The open questions that the caller could answer, the most urgent first."""
        found = responsibility.consultations_for(call.person)
        return Listed(items=[ConsultationOut.of(each) for each in found])

    @routes.get("/tasks/{task_id}/consultations", permission=READ, tags=TAGS)
    def list_task_consultations(task_id: str, call: Caller) -> Listed[ConsultationOut]:
        """Who was asked about a task, and what they answered."""
        call.require_reading(task_id)
        found = responsibility.consultations(task_id)
        return Listed(items=[ConsultationOut.of(each) for each in found])

    @routes.post("/tasks/{task_id}/consultations", permission=WORK, tags=TAGS, status_code=201)
    def ask(task_id: str, body: QuestionIn, call: Caller) -> ConsultationOut:
        """Ask a consulted role something; the task does not wait for the answer."""
        with call.on_task(task_id):
            return call.once(
                lambda: ConsultationOut.of(
                    responsibility.ask(
                        task_id,
                        by=call.person,
                        role=body.role,
                        question=body.question,
                        due_at=body.due_at,
                    )
                ),
                status=201,
            )

    @routes.post(
        "/tasks/{task_id}/consultations/{consultation_id}/answer", permission=WORK, tags=TAGS
    )
    def answer(task_id: str, consultation_id: str, body: AnswerIn, call: Caller) -> ConsultationOut:
        """Answer as somebody of the role that was asked."""
        call.require_reading(task_id)
        if all(each.id != consultation_id for each in responsibility.consultations(task_id)):
            raise NotFound("consultation", consultation_id)
        return call.once(
            lambda: ConsultationOut.of(
                responsibility.answer(consultation_id, by=call.person, text=body.text)
            )
        )
