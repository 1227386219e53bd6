"""What is said about a task and attached to it."""

from __future__ import annotations

from opsflow.db import new_id
from opsflow.definitions import fetch, keep
from opsflow.errors import NotFound
from opsflow.responsibility import Verb
from opsflow.tasks import store
from opsflow.tasks.desk import Desk, about
from opsflow.tasks.events import AttachmentAdded, TaskCommented
from opsflow.tasks.notes import Attachment, Comment, require_file, require_text


class Conversation(Desk):
    """Comments and attached files."""

    def comment(self, task_id: str, *, by: str, text: str) -> Comment:
        """Say something about a task, also when it is over. Raises Invalid for no text."""
        said = require_text("A comment", text)
        with self._hold(task_id, "comment") as (unit, task):
            actor = self._require(task, by, Verb.COMMENT)
            comment = Comment(
                id=new_id(unit.now), task_id=task.id, person=by, text=said, at=unit.now
            )
            unit.session.add(comment)
            self._keep(task, actor, Verb.COMMENT)
            unit.announce(
                TaskCommented(actor=actor, **about(task), comment_id=comment.id, text=said)
            )
            return comment

    def comments(self, task_id: str) -> list[Comment]:
        """What was said about a task, oldest first."""
        with self._database.reading() as unit:
            return store.comments_of(unit.session, task_id)

    def attach(
        self,
        task_id: str,
        *,
        by: str,
        name: str,
        content: bytes,
        media_type: str = "application/octet-stream",
    ) -> Attachment:
        """Attach a file to a task one works on. Raises EvidenceInvalid."""
        require_file(name, content, media_type, self._attachment_limit)
        with self._hold(task_id, "attach") as (unit, task):
            actor = self._require(task, by, Verb.WORK)
            attachment = Attachment(
                id=new_id(unit.now),
                task_id=task.id,
                name=name,
                media_type=media_type.lower(),
                size=len(content),
                sha256=keep(unit.session, content),
                by=by,
                at=unit.now,
            )
            unit.session.add(attachment)
            self._keep(task, actor, Verb.WORK)
            unit.announce(
                AttachmentAdded(
                    actor=actor,
                    **about(task),
                    attachment_id=attachment.id,
                    name=name,
                    media_type=attachment.media_type,
                    size=attachment.size,
                    sha256=attachment.sha256,
                )
            )
            return attachment

    def attachments(self, task_id: str) -> list[Attachment]:
        """The files on a task, oldest first."""
        with self._database.reading() as unit:
            return store.attachments_of(unit.session, task_id)

    def attached(self, attachment_id: str) -> bytes:
        """The content of an attached file. Raises NotFound."""
        with self._database.reading() as unit:
            attachment = unit.session.get(Attachment, attachment_id)
            if attachment is None:
                raise NotFound("attachment", attachment_id)
            return fetch(unit.session, attachment.sha256)
