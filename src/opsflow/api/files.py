"""Files in and out: read within the limit, sent by their hash."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from fastapi import Request, UploadFile
from starlette.responses import Response, StreamingResponse

from opsflow.errors import EvidenceInvalid

_CHUNK = 256 * 1024


def read_upload(upload: UploadFile) -> tuple[str, bytes, str]:
    """Name, content and media type. Raises EvidenceInvalid for a file without a name."""
    if not upload.filename:
        raise EvidenceInvalid("The file has no name: send it as a part with a filename.")
    upload.file.seek(0)
    return upload.filename, upload.file.read(), upload.content_type or "application/octet-stream"


def send(request: Request, content: bytes, *, name: str, media_type: str, sha256: str) -> Response:
    """A file to keep, never to show: its hash is its ETag."""
    tag = f'"{sha256}"'
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={"ETag": tag})
    headers = {
        "ETag": tag,
        "Content-Length": str(len(content)),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Cache-Control": "private, max-age=0, must-revalidate",
    }
    return StreamingResponse(_chunks(content), headers=headers, media_type=media_type)


def _chunks(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), _CHUNK):
        yield content[start : start + _CHUNK]
