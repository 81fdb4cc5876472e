"""Plain files, gzipped or not: read whole with errors that name file and line, written whole or not at all."""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import shutil
import tempfile
import zlib
from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from graphfm.durable import make_folder, replacing, replacing_folder
from graphfm.errors import DataError

__all__ = [
    "check_room",
    "check_target",
    "check_writable",
    "find",
    "finite",
    "make_folder",
    "parse_json",
    "read_json",
    "read_text",
    "replacing",
    "replacing_folder",
    "require",
    "write_json",
    "write_lines",
    "write_parts",
    "write_text",
]


def check_writable(*, file: str | PathLike[str] | None = None, folder: str | PathLike[str] | None = None) -> None:
    """Refuse a place that cannot be written to, before the work whose result would be lost; nothing is made.

    Args:
        file: one to write, or None.
        folder: one to write into, or None.

    Raises:
        DataError: a file in place of a folder or the other way round, or no permission.
    """
    for output, is_file in ((file, True), (folder, False)):
        if output is None:
            continue
        path = Path(output).absolute()
        if is_file and path.is_dir():
            raise DataError("a folder", expected="a file to write", path=path)
        room = path.parent if is_file else path
        there = next(parent for parent in (room, *room.parents) if parent.exists())
        if not there.is_dir():
            raise DataError(f"a file ({there})", expected="a folder to write to", path=path)
        try:
            with tempfile.TemporaryFile(dir=there):  # some folders grant what they then refuse
                pass
        except OSError as error:
            what = error.strerror or type(error).__name__
            raise DataError(f"no way to write there ({what})", expected="another place", path=path) from error


def check_room(
    folder: str | PathLike[str], size: int, *, what: str, hint: str = "Make room, or give another --out."
) -> None:
    """Refuse to begin what the disk has no room for.

    Args:
        folder: where it goes; it need not exist yet.
        size: bytes.
        what: what they hold, for the message.
        hint: what to do.

    Raises:
        DataError: fewer are free.
    """
    path = Path(folder).absolute()
    there = next(parent for parent in (path, *path.parents) if parent.exists())
    free = shutil.disk_usage(there).free
    if size > free:
        found = f"{free / 1e6:,.1f} MB free"
        raise DataError(found, expected=f"{size / 1e6:,.1f} MB for {what}", hint=hint, path=path)


def write_text(path: str | PathLike[str], text: str) -> None:
    """Write a text file; folders are made."""
    write_parts(path, [text])


def write_json(path: str | PathLike[str], content: Any) -> None:
    """Write plain data as indented JSON; a number that is not finite, which JSON has not, is written as null."""
    write_text(path, json.dumps(finite(content), indent=1, ensure_ascii=False, allow_nan=False, default=str) + "\n")


def finite(content: Any) -> Any:
    """Plain data with None for every number that is not finite.

    >>> finite({"mean": float("nan"), "counts": (1, 2)})
    {'mean': None, 'counts': [1, 2]}
    """
    if isinstance(content, float):
        return content if math.isfinite(content) else None
    if isinstance(content, Mapping):
        return {key: finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [finite(value) for value in content]
    return content


def write_parts(path: str | PathLike[str], parts: Iterable[str]) -> None:
    """Write a text file piece by piece; folders are made, and it is there whole or not at all."""
    with (
        replacing(path) as temporary,
        temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file,
    ):
        # A half of a surrogate pair, legal in Python and nowhere else, is written as it would be escaped.
        file.writelines(parts)


def find(folder: Path, name: str) -> Path | None:
    """`folder/name` or `folder/name.gz`, whichever exists; None for neither, an error for both."""
    found = [path for path in (folder / name, folder / f"{name}.gz") if path.is_file()]
    if len(found) > 1:
        raise DataError(f"both {name} and {name}.gz", expected="one of them", path=folder, hint="Remove the older one.")
    return found[0] if found else None


def require(folder: Path, name: str) -> Path:
    """`find`, but a missing file is an error."""
    if not folder.is_dir():
        raise DataError("a file" if folder.exists() else "nothing", expected="a folder", path=folder)
    path = find(folder, name)
    if path is None:
        raise DataError(f"no {name} or {name}.gz", expected="one of them in this folder", path=folder)
    return path


def read_text(path: Path, *, allow_empty: bool = False, keep_crlf: bool = False) -> str:
    """Text of a UTF-8 file, unpacked when its name ends in .gz; a byte order mark is skipped, CRLF becomes a line feed.

    Args:
        path: the file.
        allow_empty: a file without content is right too.
        keep_crlf: leave line ends as they are, for files whose cells may hold some.

    Raises:
        DataError: unreadable or damaged file, empty file, or bytes that are not UTF-8, with the line they are on.
    """
    try:
        raw = path.read_bytes()
        if path.suffix == ".gz":
            raw = gzip.decompress(raw)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(
            f"bytes that gzip cannot unpack ({error})",
            expected="a whole gzip file",
            path=path,
            hint="Get the file again.",
        ) from error
    except OSError as error:
        raise DataError(
            f"a file that cannot be read ({error.strerror})", expected="a readable file", path=path
        ) from error
    if not allow_empty and not raw.strip():
        raise DataError("an empty file", expected="at least one line", path=path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        found = f"the byte 0x{error.object[error.start]:02x}, which is not UTF-8"
        raise DataError(
            found, expected="UTF-8 text", path=path, line=line, hint="Save the file with the encoding UTF-8."
        ) from error
    return text if keep_crlf else text.replace("\r\n", "\n")


def writable(text: str) -> bool:
    """Whether a text can be written to a file: it holds no half of a surrogate pair, which JSON can escape and UTF-8 has not.

    >>> writable("a\\U0001f600"), writable("a\\ud800")
    (True, False)
    """
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def sha256_of(path: Path) -> str:
    """SHA-256 of the bytes of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def parse_json(text: str, path: Path, *, line: int = 1, hint: str = "") -> Any:
    """One JSON value; `line` is the line of the file on which `text` starts."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        found, line = f"broken JSON ({error.msg} at column {error.colno})", line + error.lineno - 1
        raise DataError(found, expected="valid JSON", path=path, line=line, hint=hint) from error
    except ValueError as error:  # a number of more digits than Python reads
        raise DataError(
            f"a value that cannot be read ({error})"[:200], expected="valid JSON", path=path, line=line
        ) from error
    except RecursionError as error:
        raise DataError("JSON nested too deep to read", expected="valid JSON", path=path, line=line) from error


def read_json(path: Path) -> Any:
    """The JSON value that fills a file."""
    return parse_json(read_text(path), path)


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Writes UTF-8 lines, packed when the name ends in .gz; equal lines give equal bytes."""
    data = "".join(f"{line}\n" for line in lines).encode()
    path.write_bytes(gzip.compress(data, compresslevel=6, mtime=0) if path.suffix == ".gz" else data)


def check_target(folder: Path, *, overwrite: bool, ours: set[str]) -> None:
    """Refuses a folder that may not be written: one in use, or when overwriting one with files not in `ours`."""
    if folder.exists() and not folder.is_dir():
        raise DataError("a file", expected="a folder to write to", path=folder)
    check_writable(folder=folder)
    present = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    if present and not overwrite:
        raise DataError(
            f"a folder that is not empty ({present[0]}, ...)"
            if len(present) > 1
            else f"a folder that holds {present[0]}",
            expected="a new or empty folder",
            path=folder,
            hint="Choose another folder, or allow overwriting (--overwrite, overwrite=True).",
        )
    foreign = [name for name in present if name not in ours]
    if foreign:
        raise DataError(
            f"{foreign[0]}, which overwriting would delete",
            expected="a folder with the files of a graph only",
            path=folder,
            hint="Move that file away or choose another folder.",
        )
