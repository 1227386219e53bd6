"""Processes: check, deploy, publish, share, and what their releases hold."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, UploadFile
from starlette.responses import Response

from opsflow.access import AccessRole, Permission
from opsflow.api.calling import Call
from opsflow.api.files import read_upload, send
from opsflow.api.paging import Paging
from opsflow.api.permitting import Caller
from opsflow.api.routing import Routes
from opsflow.api.schemas.base import Listed
from opsflow.api.schemas.pages import Page
from opsflow.api.schemas.processes import (
    CheckOut,
    DeploymentOut,
    FileOut,
    FindingOut,
    OutlineOut,
    OwnerIn,
    OwnerOut,
    ProcessOut,
    ReleaseOut,
    RowOut,
    ShortageOut,
)
from opsflow.definitions import Mode
from opsflow.errors import EvidenceInvalid, NotFound, Refused
from opsflow.responsibility import matrix_of

TAGS = ["processes"]
READ = Permission.PROCESSES_READ
DEPLOY = Permission.PROCESSES_DEPLOY
SHARE = (Permission.PROCESSES_DEPLOY, Permission.ACCESS_MANAGE)

AsAdministrator = Annotated[
    bool, Form(description="Act with the authority of an administrator, whoever owns the process")
]


def add(routes: Routes) -> None:
    """Register the routes."""
    _deployment(routes)
    _lists(routes)
    _releases(routes)
    _files(routes)
    _content(routes)
    _owners(routes)


def _deployment(routes: Routes) -> None:
    definitions = routes.flow.definitions

    @routes.post("/processes/check", permission=DEPLOY, tags=TAGS, upload=True)
    def check_process(
        *, file: list[UploadFile], responsibility: Annotated[Mode, Form()] = "matrix"
    ) -> CheckOut:
        """Everything there is to say about a `.bpmn`, a `.zip`, or several files that belong
        together; stores nothing.
        """
        findings = definitions.check(_sources(file), responsibility=responsibility)
        return CheckOut(
            deployable=not any(finding.is_error for finding in findings),
            findings=[FindingOut.of(finding) for finding in findings],
        )

    @routes.post("/processes", permission=DEPLOY, tags=TAGS, upload=True)
    def deploy_process(
        *,
        call: Caller,
        file: list[UploadFile],
        responsibility: Annotated[Mode, Form()] = "matrix",
        publish: Annotated[bool, Form(description="Let new instances run it at once")] = True,
        as_administrator: AsAdministrator = False,
    ) -> DeploymentOut:
        """Store a `.bpmn`, a `.dmn`, a `.zip`, or several files, as the next version of what
        is in them.

        The same content again is the same release. Who deploys a key first owns it.
        """
        sources = _sources(file)
        return call.once(
            lambda: DeploymentOut.of(
                definitions.deploy(
                    sources,
                    by=call.person,
                    responsibility=responsibility,
                    publish=publish,
                    as_administrator=_authority(call, wanted=as_administrator),
                )
            )
        )


def _lists(routes: Routes) -> None:
    definitions = routes.flow.definitions

    @routes.get("/processes", permission=READ, tags=TAGS)
    def list_processes(*, paging: Paging, owner: str | None = None) -> Page[ProcessOut]:
        """Processes, by key."""
        found = definitions.find(owner=owner, after=paging.after, limit=paging.limit)
        return paging.page_by(found, ProcessOut.of, lambda process: process.key)

    @routes.get("/processes/{key}/releases", permission=READ, tags=TAGS)
    def list_releases(key: str) -> Listed[ReleaseOut]:
        """All versions of a process, newest first."""
        found = definitions.releases(key)
        if not found:
            raise NotFound("process", key)
        return Listed(items=[ReleaseOut.of(release) for release in found])


def _releases(routes: Routes) -> None:
    definitions = routes.flow.definitions

    @routes.get("/releases/{release_id}", permission=READ, tags=TAGS)
    def get_release(release_id: str) -> ReleaseOut:
        """A release."""
        return ReleaseOut.of(definitions.get(release_id))

    @routes.post("/releases/{release_id}/publish", permission=DEPLOY, tags=TAGS)
    def publish_release(
        *, release_id: str, call: Caller, as_administrator: bool = False
    ) -> ReleaseOut:
        """Let new instances run a release: a new one, or an older one as a way back."""
        return call.once(
            lambda: ReleaseOut.of(
                definitions.publish(
                    release_id,
                    by=call.person,
                    as_administrator=_authority(call, wanted=as_administrator),
                )
            )
        )


def _files(routes: Routes) -> None:
    definitions = routes.flow.definitions

    @routes.get("/releases/{release_id}/files", permission=READ, tags=TAGS)
    def list_release_files(release_id: str) -> Listed[FileOut]:
        """The files that were deployed."""
        return Listed(items=[FileOut.of(file) for file in definitions.file_list(release_id)])

    @routes.get(
        "/releases/{release_id}/files/{path:path}",
        permission=READ,
        tags=TAGS,
        response_class=Response,
        responses={200: {"content": {"application/octet-stream": {}}}},
    )
    def get_release_file(release_id: str, path: str, call: Caller) -> Response:
        """One file that was deployed, such as the diagram."""
        for file in definitions.file_list(release_id):
            if file.path == path:
                content = definitions.file(release_id, path)
                name = path.rpartition("/")[2]
                media_type = "application/xml" if name.endswith((".bpmn", ".dmn")) else None
                return send(
                    call.request,
                    content,
                    name=name,
                    media_type=media_type or "application/octet-stream",
                    sha256=file.sha256,
                )
        raise NotFound("file", path)


def _content(routes: Routes) -> None:
    flow = routes.flow
    definitions = flow.definitions

    @routes.get("/releases/{release_id}/matrix", permission=READ, tags=TAGS)
    def get_matrix(release_id: str) -> Listed[RowOut]:
        """The responsibility matrix of a release, a row per human task."""
        rows = matrix_of(definitions.content(release_id).process).rows.values()
        return Listed(items=[RowOut.of(row) for row in rows])

    @routes.get("/releases/{release_id}/outline", permission=READ, tags=TAGS)
    def get_outline(release_id: str) -> OutlineOut:
        """Procedures, gates, forms and search attributes of a release."""
        return OutlineOut.of(definitions.outline(release_id))

    @routes.get("/releases/{release_id}/findings", permission=READ, tags=TAGS)
    def list_findings(release_id: str) -> Listed[FindingOut]:
        """What there is to say about a release as things are now: roles may have gone since."""
        return Listed(items=[FindingOut.of(each) for each in definitions.remarks(release_id)])

    @routes.get("/releases/{release_id}/staffing", permission=READ, tags=TAGS)
    def list_shortages(release_id: str) -> Listed[ShortageOut]:
        """Why the people there are now cannot do every task; empty when they can."""
        found = flow.responsibility.staffing(release_id)
        return Listed(items=[ShortageOut.of(shortage) for shortage in found])


def _owners(routes: Routes) -> None:
    definitions = routes.flow.definitions

    @routes.get("/processes/{key}/owners", permission=READ, tags=TAGS)
    def list_owners(key: str) -> Listed[OwnerOut]:
        """Who may deploy, publish and share a process, the first owner first."""
        found = definitions.owners(key)
        if not found:
            raise NotFound("process", key)
        return Listed(items=[OwnerOut.of(owner) for owner in found])

    @routes.post("/processes/{key}/owners", permission=SHARE, tags=TAGS, status_code=201)
    def share_process(
        *, key: str, body: OwnerIn, call: Caller, as_administrator: bool = False
    ) -> OwnerOut:
        """Make a person an owner too."""
        return call.once(
            lambda: OwnerOut.of(
                definitions.share(
                    key,
                    person=body.person,
                    by=call.person,
                    as_administrator=_authority(call, wanted=as_administrator),
                )
            ),
            status=201,
        )

    @routes.delete("/processes/{key}/owners/{person}", permission=SHARE, tags=TAGS)
    def unshare_process(
        *, key: str, person: str, call: Caller, as_administrator: bool = False
    ) -> Listed[OwnerOut]:
        """Take an owner away, oneself included; the last one stays."""

        def unshare() -> Listed[OwnerOut]:
            definitions.unshare(
                key,
                person=person,
                by=call.person,
                as_administrator=_authority(call, wanted=as_administrator),
            )
            return Listed(items=[OwnerOut.of(owner) for owner in definitions.owners(key)])

        return call.once(unshare)


def _sources(uploads: list[UploadFile]) -> dict[str, bytes]:
    """The contents by name. Raises EvidenceInvalid for two of one name."""
    read = [read_upload(upload) for upload in uploads]
    sources = {name: content for name, content, _media_type in read}
    if len(sources) < len(read):
        raise EvidenceInvalid("Two of the files have the same name.")
    return sources


def _authority(call: Call, *, wanted: bool) -> bool:
    """Whether an administrator acts as one. Raises Refused for anybody else who wants to."""
    if wanted and AccessRole.ADMINISTRATOR not in call.identity.roles:
        raise Refused(
            "only an administrator acts as one",
            rule="access.administrator",
            person=call.person,
            verb="act as an administrator",
        )
    return wanted
