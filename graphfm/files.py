"""Writing files: whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

from graphfm.errors import DataError


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


def make_folder(folder: Path) -> None:
    """A folder and those above it.

    Raises:
        DataError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = error.strerror or type(error).__name__
        raise DataError(f"no way to make it ({what})", expected="a folder to write to", path=folder) from error


@contextmanager
def replacing(path: str | PathLike[str]) -> Iterator[Path]:
    """A temporary name beside `path`, renamed to it when the block ends well and removed when it does not."""
    target = Path(path)
    make_folder(target.parent)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | PathLike[str], text: str) -> None:
    """Write a text file; folders are made."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: str | PathLike[str], content: Any) -> None:
    """Write plain data as indented JSON."""
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
