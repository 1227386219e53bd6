"""Comments on a task, and the files attached to it."""

from __future__ import annotations

from fastapi import UploadFile
from starlette.responses import Response

from opsflow.access import Permission
from opsflow.api.files import read_upload, send
from opsflow.api.permitting import Caller
from opsflow.api.routing import Routes
from opsflow.api.schemas.base import Listed
from opsflow.api.schemas.tasks import AttachmentOut, CommentIn, CommentOut
from opsflow.errors import NotFound

TAGS = ["conversation"]
WORK = Permission.TASKS_WORK
READ = (Permission.TASKS_WORK, Permission.TASKS_READ)


def add(routes: Routes) -> None:
    """Register the routes."""
    _comments(routes)
    _attachments(routes)


def _comments(routes: Routes) -> None:
    tasks = routes.flow.tasks

    @routes.get("/tasks/{task_id}/comments", permission=READ, tags=TAGS)
    def list_comments(task_id: str, call: Caller) -> Listed[CommentOut]:
        """What was said about a task, oldest first."""
        call.require_reading(task_id)
        return Listed(items=[CommentOut.of(each) for each in tasks.comments(task_id)])

    @routes.post("/tasks/{task_id}/comments", permission=WORK, tags=TAGS, status_code=201)
    def comment(task_id: str, body: CommentIn, call: Caller) -> CommentOut:
        """Say something about a task, also when it is over."""
        with call.on_task(task_id):
            return call.once(
                lambda: CommentOut.of(tasks.comment(task_id, by=call.person, text=body.text)),
                status=201,
            )


def _attachments(routes: Routes) -> None:
    tasks = routes.flow.tasks

    @routes.get("/tasks/{task_id}/attachments", permission=READ, tags=TAGS)
    def list_attachments(task_id: str, call: Caller) -> Listed[AttachmentOut]:
        """The files on a task, oldest first."""
        call.require_reading(task_id)
        return Listed(items=[AttachmentOut.of(each) for each in tasks.attachments(task_id)])

    @routes.post(
        "/tasks/{task_id}/attachments", permission=WORK, tags=TAGS, status_code=201, upload=True
    )
    def attach(task_id: str, file: UploadFile, call: Caller) -> AttachmentOut:
        """Attach a file to a task one works on."""
        name, content, media_type = read_upload(file)
        with call.on_task(task_id):
            return call.once(
                lambda: AttachmentOut.of(
                    tasks.attach(
                        task_id, by=call.person, name=name, content=content, media_type=media_type
                    )
                ),
                status=201,
            )

    @routes.get(
        "/tasks/{task_id}/attachments/{attachment_id}",
        permission=READ,
        tags=TAGS,
        response_class=Response,
        responses={200: {"content": {"application/octet-stream": {}}}},
    )
    def get_attachment(task_id: str, attachment_id: str, call: Caller) -> Response:
        """The content of an attached file."""
        call.require_reading(task_id)
        for each in tasks.attachments(task_id):
            if each.id == attachment_id:
                return send(
                    call.request,
                    tasks.attached(each.id),
                    name=each.name,
                    media_type=each.media_type,
                    sha256=each.sha256,
                )
        raise NotFound("attachment", attachment_id)
