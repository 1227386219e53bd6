"""What can be deployed: a ``.bpmn`` or ``.dmn`` file, or a ``.zip`` with everything beside it."""

from __future__ import annotations

import hashlib
import io
import lzma
import os
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from opsflow.errors import Invalid, ModelRejected, NotFound
from opsflow.findings import Finding, Severity

File: TypeAlias = str | os.PathLike[str]
Source: TypeAlias = File | bytes | Sequence[File] | Mapping[str, bytes]
"""A path or the content of one file; several paths, or contents by name, deployed together.

A file is a ``.bpmn``, a ``.dmn`` or, alone, a ``.zip``.
"""

MAX_PACKAGE = 50 * 1024 * 1024
"""Bytes that the files of a package may have together, unpacked."""
MAX_FILES = 500
_KNOWN = re.compile(
    r".+\.(bpmn|bpmn20\.xml|dmn)|responsibilities\.csv|forms/.+\.json|procedures/[^/]+\.md"
)
_ZIP_MAGIC = b"PK\x03\x04"
ONLY_DECISIONS = "decisions.dmn"
"""What the only DMN file of a deployment is called: its own name says nothing of the rules."""
_HEAD = 4096
"""Bytes in which a single file names its namespace."""
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
)
"""What reading a damaged, encrypted or exotic zip raises."""


@dataclass(frozen=True, slots=True)
class Package:
    """The files of one deployment, by their path inside it."""

    files: Mapping[str, bytes]

    @property
    def models(self) -> list[str]:
        """Paths of the BPMN files, in order."""
        return sorted(path for path in self.files if path.endswith((".bpmn", ".bpmn20.xml")))

    @property
    def decisions(self) -> dict[str, bytes]:
        """The DMN files, by path."""
        return {path: self.files[path] for path in sorted(self.files) if path.endswith(".dmn")}

    @property
    def ignored(self) -> list[Finding]:
        """What to say about files that nothing reads, so that none is dropped in silence."""
        return [
            Finding(
                severity=Severity.WARNING,
                rule="opsflow.package.ignored",
                message=f"nothing reads the file {path!r}",
                hint="Known are *.bpmn, *.dmn, responsibilities.csv, forms/*.json and "
                "procedures/<task>.md, at the top of the package: mend the path or leave it out.",
                file=path,
            )
            for path in sorted(self.files)
            if not _KNOWN.fullmatch(path)
        ]

    @property
    def content_hash(self) -> str:
        """SHA-256 over every path and content: the identity of what is deployed."""
        whole = hashlib.sha256()
        for path in sorted(self.files):
            whole.update(path.encode() + b"\0")
            whole.update(hashlib.sha256(self.files[path]).digest())
        return whole.hexdigest()

    def under(self, folder: str, suffix: str) -> dict[str, bytes]:
        """The files of a folder with a suffix."""
        return {
            path: content
            for path, content in sorted(self.files.items())
            if path.startswith(folder + "/") and path.endswith(suffix)
        }


def open_package(source: Source) -> Package:
    """Read a source. Raises NotFound for a missing file, ModelRejected for a broken package."""
    if isinstance(source, Mapping):
        return _together(list(source.items()))
    if not isinstance(source, str | bytes | os.PathLike):
        return _together([(Path(path).name, _content_of(path)) for path in source])
    content = _content_of(source)
    if content.startswith(_ZIP_MAGIC):
        return _unzip(content)
    return Package({ONLY_DECISIONS if _is_dmn(content) else "process.bpmn": content})


def _together(named: Sequence[tuple[str, bytes]]) -> Package:
    """Several files as if they were zipped; one alone is what it is by itself."""
    if len(named) == 1:
        return open_package(named[0][1])
    files: dict[str, bytes] = {}
    for name, content in named:
        if content.startswith(_ZIP_MAGIC):
            raise rejected("opsflow.package.broken", f"{name} is a package: deploy it alone")
        path = _safe_path(name)
        if path in files:
            raise rejected("opsflow.package.duplicate", f"{path} is given twice")
        files[path] = content
    if len(files) > MAX_FILES:
        raise rejected("opsflow.package.too-many", f"there are over {MAX_FILES} files")
    if sum(map(len, files.values())) > MAX_PACKAGE:
        raise rejected("opsflow.package.too-large", f"together they are over {MAX_PACKAGE} bytes")
    return Package(files)


def _is_dmn(content: bytes) -> bool:
    """Whether a single file speaks of DMN before it speaks of BPMN."""
    dmn, bpmn = (content[:_HEAD].find(name) for name in (b"/DMN/", b"/BPMN/"))
    return dmn >= 0 and not 0 <= bpmn < dmn


def _content_of(source: File | bytes) -> bytes:
    if isinstance(source, bytes):
        return source
    path = Path(source)
    try:
        if path.stat().st_size > MAX_PACKAGE:
            raise rejected("opsflow.package.too-large", f"{path.name} is over {MAX_PACKAGE} bytes")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound("file", str(path)) from error
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}") from error


def _unzip(content: bytes) -> Package:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check_sizes(entries)
            files = {_safe_path(entry.filename): archive.read(entry) for entry in entries}
    except _BROKEN as error:
        raise rejected("opsflow.package.broken", f"the zip cannot be read: {error}") from error
    if len(files) != len(entries):
        raise rejected("opsflow.package.duplicate", "two files of the zip have the same path")
    return Package(files)


def _check_sizes(entries: list[zipfile.ZipInfo]) -> None:
    """Trust the directory of the zip for refusing: zipfile never unpacks more than it says."""
    if len(entries) > MAX_FILES:
        raise rejected("opsflow.package.too-many", f"the zip has over {MAX_FILES} files")
    if sum(entry.file_size for entry in entries) > MAX_PACKAGE:
        raise rejected("opsflow.package.too-large", f"the zip unpacks to over {MAX_PACKAGE} bytes")


def _safe_path(name: str) -> str:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts:
        raise rejected("opsflow.package.path", f"the path {name!r} leads out of the package")
    return str(path)


def rejected(rule: str, message: str) -> ModelRejected:
    """The error for a package that cannot be opened."""
    hint = "Zip the .bpmn file with responsibilities.csv, forms/ and procedures/ beside it."
    return ModelRejected([Finding(severity=Severity.ERROR, rule=rule, message=message, hint=hint)])
