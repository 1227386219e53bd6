"""One call of a route: who makes it, and how its answer is kept and tagged."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

from fastapi import Request, Response
from pydantic import BaseModel
from starlette.datastructures import UploadFile

from opsflow.access import Identity, Permission
from opsflow.errors import NotFound, OpsflowError
from opsflow.replies import Reply
from opsflow.responsibility import Verb

if TYPE_CHECKING:
    from opsflow.app import Opsflow

Answer = TypeVar("Answer", bound=BaseModel)
_READ = 1024 * 1024


@dataclass(slots=True, kw_only=True)
class Call:
    """Who calls, with which idempotency key, on which revision."""

    flow: Opsflow
    identity: Identity
    request: Request
    response: Response
    key: str | None = None
    revision: int | None = None

    @property
    def person(self) -> str:
        """The id of the caller."""
        return self.identity.person

    def may(self, permission: Permission) -> bool:
        """Whether the caller has a further permission."""
        return self.identity.may(permission)

    def once(self, do: Callable[[], Answer], *, status: int = 200) -> Answer:
        """Do one use case and answer; with an idempotency key, do it only the first time.

        What was kept comes as a response, which FastAPI sends as it is.
        """
        if self.key is None:
            self.response.status_code = status
            return self.tagged(do())

        def reply() -> Reply:
            made = do()
            return Reply(status, made.model_dump_json(), _tags(made))

        kept = self.flow.replies.once(self.person, self.key, self._fingerprint(), reply)
        headers = dict(kept.headers)
        if kept.repeated:
            headers["Idempotency-Replayed"] = "true"
        return cast("Answer", Response(kept.body, kept.status, headers, "application/json"))

    def tagged(self, made: Answer) -> Answer:
        """The answer, with its revision as its ETag."""
        self.response.headers.update(_tags(made))
        return made

    @contextmanager
    def on_task(self, task_id: str) -> Iterator[None]:
        """A task that the caller may not read does not exist for them, whatever they try."""
        try:
            yield
        except OpsflowError as error:
            if not self._may_read(task_id):
                raise NotFound("task", task_id) from error
            raise

    def require_reading(self, task_id: str) -> None:
        """Raise NotFound where the caller may not read a task, as where there is none."""
        if not self._may_read(task_id):
            raise NotFound("task", task_id)

    def _may_read(self, task_id: str) -> bool:
        if self.may(Permission.TASKS_READ):
            return True
        return self.flow.responsibility.may(task_id, self.person, Verb.READ)

    def _fingerprint(self) -> str:
        """SHA-256 of what is asked: the method, the path, its query and the body."""
        request = self.request
        digest = hashlib.sha256()
        said = [request.method, request.url.path, request.url.query, self.revision]
        digest.update(json.dumps(said).encode())
        for part in _body_of(request):
            digest.update(hashlib.sha256(part).digest())
        return digest.hexdigest()


def _body_of(request: Request) -> Iterator[bytes]:
    """The body that has been read for the route: as it came, or field by field."""
    form = getattr(request, "_form", None)
    if form is None:
        yield getattr(request, "_body", b"")
        return
    for name, value in form.multi_items():
        yield name.encode()
        if isinstance(value, UploadFile):
            yield f"{value.filename}\n{value.content_type}".encode()
            value.file.seek(0)
            while part := value.file.read(_READ):
                yield part
            value.file.seek(0)
        else:
            yield value.encode()


def _tags(made: BaseModel) -> dict[str, str]:
    """The ETag of an answer that has a revision."""
    revision = getattr(made, "revision", None)
    return {} if revision is None else {"ETag": f'"{revision}"'}
