"""One published file brought into its folder: downloaded, or taken out of an archive, and looked at before it is believed.

What is known of a file decides how it is verified: its SHA-256 checksum, the name that Git gives its bytes, or, where nobody
publishes either, its size in lines and its format.
"""

from __future__ import annotations

import hashlib
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from graphfm.datasets import download
from graphfm.errors import DataError
from graphfm.files import replacing

if TYPE_CHECKING:
    from graphfm.datasets.catalog import File

_PIECE = 1 << 20  # bytes


def bring(file: File, folder: Path, *, progress: bool = True) -> None:
    """Put a file into a folder, unless it is there. An archive stays beside it, hidden, until `tidy`.

    Raises:
        DataError: no answer, or content that is not what the catalogue says; nothing is left of it.
    """
    target = folder / file.path
    if target.is_file():
        return
    if not file.member:
        download.fetch(file.url, target, sha256=file.sha256 or None, progress=progress)
        try:
            verify(target, file)
        except DataError:
            target.unlink()
            raise
        return
    archive = _archive(file, folder)
    if not archive.is_file():
        download.fetch(file.url, archive, sha256=None, progress=progress)
        if file.archive_git and git_name(archive) != file.archive_git:
            archive.unlink()
            raise _other(file, f"the Git name {file.archive_git}")
    try:
        with _member(archive, file) as stream, replacing(target) as temporary:
            with temporary.open("wb") as out:
                shutil.copyfileobj(stream, out, _PIECE)
            verify(temporary, file)
    except DataError:
        archive.unlink()
        raise


def tidy(files: tuple[File, ...], folder: Path) -> None:
    """Remove the archives that files were taken out of."""
    for file in files:
        if file.member:
            _archive(file, folder).unlink(missing_ok=True)


def verify(path: Path, file: File) -> None:
    """Compare a file with what the catalogue knows of it.

    Raises:
        DataError: another checksum, another first line, other columns, or another number of lines.
    """
    if file.git and git_name(path) != file.git:
        raise _other(file, f"the Git name {file.git}")
    if not (file.header or file.columns or file.lines):
        return
    from graphfm.datasets.tables.unpacking import unpacked

    with unpacked(path) as stream:
        first = stream.readline(1 << 16).decode("utf-8", "replace").rstrip("\r\n")
        count, last = 1, b"\n"
        while piece := stream.read(_PIECE):
            count, last = count + piece.count(b"\n"), piece[-1:]
    count += last != b"\n"
    if file.header and first != file.header:
        raise _other(file, f"a table that begins with {file.header!r}", f"{first[:100]!r}")
    if file.columns and first.count("\t") + 1 != file.columns:
        raise _other(file, f"{file.columns} columns", f"{first[:100]!r}")
    if file.lines and count != file.lines:
        raise _other(file, f"{file.lines:,} lines", f"{count:,}")


def git_name(path: Path) -> str:
    """The name that Git gives the bytes of a file: SHA-1 of a header with their number, and of them."""
    total = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            total.update(piece)
    return total.hexdigest()


def _archive(file: File, folder: Path) -> Path:
    name = file.url.split("?")[0].rstrip("/").rpartition("/")[2]
    return folder / f".{name}"


@contextmanager
def _member(archive: Path, file: File) -> Iterator[BinaryIO]:
    """A file of a tar or zip archive, by its name or the end of it."""
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as packed, packed.open(_named(packed.namelist(), file)) as stream:
                yield cast(BinaryIO, stream)
            return
        with tarfile.open(archive) as packed_tar:
            found = packed_tar.extractfile(_named(packed_tar.getnames(), file))
            if found is None:
                raise _other(file, f"an archive with the file {file.member}")
            yield cast(BinaryIO, found)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise _other(file, "a tar or zip archive", str(error)) from error


def _named(names: list[str], file: File) -> str:
    found = [name for name in names if name == file.member or name.endswith(f"/{file.member}")]
    if len(found) != 1:
        raise _other(file, f"an archive with the file {file.member}", ", ".join(names[:5]))
    return found[0]


def _other(file: File, expected: str, found: str = "other bytes") -> DataError:
    return DataError(
        f"{found} at {file.url}",
        expected=expected,
        hint="It was removed. The address serves something else now (the login page of a network?), or a newer version. "
        "Call again, or get the set elsewhere and give its folder.",
    )
