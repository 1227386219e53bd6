"""The procedure of a task: steps, evidence, deviations."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, UploadFile
from starlette.responses import Response

from opsflow.access import Permission
from opsflow.api.files import read_upload, send
from opsflow.api.permitting import Caller
from opsflow.api.routing import Routes
from opsflow.api.schemas.base import Listed
from opsflow.api.schemas.procedures import DecisionIn, DeviationOut, RecordIn, SkipIn, StepOut
from opsflow.errors import NotFound

TAGS = ["procedures"]
WORK = Permission.TASKS_WORK
READ = (Permission.TASKS_WORK, Permission.TASKS_READ)


def add(routes: Routes) -> None:
    """Register the routes."""
    _steps(routes)
    _evidence(routes)
    _deviations(routes)


def _steps(routes: Routes) -> None:
    sop = routes.flow.sop

    @routes.get("/tasks/{task_id}/steps", permission=READ, tags=TAGS)
    def list_steps(task_id: str, call: Caller) -> Listed[StepOut]:
        """Every step of a task's procedure, in order, and where it stands."""
        call.require_reading(task_id)
        return Listed(items=[StepOut.of(each) for each in sop.steps(task_id)])

    @routes.put("/tasks/{task_id}/steps/{step_id}", permission=WORK, tags=TAGS)
    def record_step(task_id: str, step_id: str, body: RecordIn, call: Caller) -> StepOut:
        """Do a step; recording it again replaces what was there."""
        with call.on_task(task_id):
            return call.once(
                lambda: StepOut.of(
                    sop.record(
                        task_id, step_id, by=call.person, value=body.value, reason=body.reason
                    )
                )
            )

    @routes.post("/tasks/{task_id}/steps/{step_id}/skip", permission=WORK, tags=TAGS)
    def skip_step(task_id: str, step_id: str, body: SkipIn, call: Caller) -> StepOut:
        """Leave a step out, with a reason; where it is required, that is a deviation."""
        with call.on_task(task_id):
            return call.once(
                lambda: StepOut.of(sop.skip(task_id, step_id, by=call.person, reason=body.reason))
            )


def _evidence(routes: Routes) -> None:
    sop = routes.flow.sop

    @routes.post(
        "/tasks/{task_id}/steps/{step_id}/evidence", permission=WORK, tags=TAGS, upload=True
    )
    def upload_evidence(
        task_id: str,
        step_id: str,
        call: Caller,
        file: UploadFile,
        value: Annotated[str | None, Form(max_length=10_000)] = None,
        reason: Annotated[str | None, Form(max_length=10_000)] = None,
    ) -> StepOut:
        """Do a step that needs a file, with the file; ``value`` as in its other form."""
        name, content, _media_type = read_upload(file)
        with call.on_task(task_id):
            return call.once(
                lambda: StepOut.of(
                    sop.record(
                        task_id,
                        step_id,
                        by=call.person,
                        value=value,
                        file=(name, content),
                        reason=reason,
                    )
                )
            )

    @routes.get(
        "/tasks/{task_id}/evidence/{evidence_id}",
        permission=READ,
        tags=TAGS,
        response_class=Response,
        responses={200: {"content": {"application/octet-stream": {}}}},
    )
    def get_evidence(task_id: str, evidence_id: str, call: Caller) -> Response:
        """The content of a piece of evidence."""
        call.require_reading(task_id)
        if not any(e.id == evidence_id for step in sop.steps(task_id) for e in step.evidence):
            raise NotFound("evidence", evidence_id)
        evidence, content = sop.evidence(evidence_id)
        return send(
            call.request,
            content,
            name=evidence.name,
            media_type=evidence.media_type,
            sha256=evidence.sha256,
        )


def _deviations(routes: Routes) -> None:
    sop = routes.flow.sop

    @routes.get("/deviations", permission=WORK, tags=TAGS)
    def list_deviations(call: Caller) -> Listed[DeviationOut]:
        """The open deviations that the caller may decide about, oldest first."""
        return Listed(items=[DeviationOut.of(each) for each in sop.deviations_for(call.person)])

    @routes.get("/tasks/{task_id}/deviations", permission=READ, tags=TAGS)
    def list_task_deviations(task_id: str, call: Caller) -> Listed[DeviationOut]:
        """All deviations of a task, oldest first."""
        call.require_reading(task_id)
        return Listed(items=[DeviationOut.of(each) for each in sop.deviations(task_id)])

    @routes.post("/tasks/{task_id}/deviations/{deviation_id}/accept", permission=WORK, tags=TAGS)
    def accept_deviation(
        task_id: str, deviation_id: str, body: DecisionIn, call: Caller
    ) -> DeviationOut:
        """Let the work go on with a deviation: the accountable role's right."""
        _require_of(routes, call, task_id, deviation_id)
        with call.on_task(task_id):
            return call.once(
                lambda: DeviationOut.of(
                    sop.accept(deviation_id, by=call.person, comment=body.comment)
                )
            )

    @routes.post("/tasks/{task_id}/deviations/{deviation_id}/send-back", permission=WORK, tags=TAGS)
    def send_back_deviation(
        task_id: str, deviation_id: str, body: DecisionIn, call: Caller
    ) -> DeviationOut:
        """Have a step done again, with a comment that says what to do."""
        _require_of(routes, call, task_id, deviation_id)
        with call.on_task(task_id):
            return call.once(
                lambda: DeviationOut.of(
                    sop.send_back(deviation_id, by=call.person, comment=body.comment)
                )
            )


def _require_of(routes: Routes, call: Caller, task_id: str, deviation_id: str) -> None:
    """Raise NotFound for a deviation of another task, and for a task one may not read."""
    call.require_reading(task_id)
    if all(each.id != deviation_id for each in routes.flow.sop.deviations(task_id)):
        raise NotFound("deviation", deviation_id)
