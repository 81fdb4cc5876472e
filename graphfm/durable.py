"""Files that survive: whatever kills a process, and whenever, a file is the old one or the new one and never a part of one.

Written beside their target, flushed to the disk, renamed. The temporary names tell machine and process, so that what a dead
process left is known and removed by the next one that writes there.
"""

from __future__ import annotations

import errno
import os
import platform
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path

from graphfm.errors import DataError

_HOST = re.sub(r"[^A-Za-z0-9]", "", platform.node())[:32]
_TEMPORARY = re.compile(r"\.(?P<target>.+?)\.(?:(?P<host>[A-Za-z0-9]*)-)?(?P<pid>\d+)\.tmp", re.DOTALL)
_DAY = 86_400.0  # seconds


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
def replacing(path: str | PathLike[str], *, keep: str | PathLike[str] | None = None) -> Iterator[Path]:
    """A temporary name beside `path`: flushed to disk and renamed to it when the block ends well, removed when it does not.

    Whenever a kill or a full disk comes, `path` is the old file or the new one, never a part of one. What a dead process left
    of an earlier attempt is removed.

    Args:
        path: of the file; its folder is made.
        keep: where the file that was there before stays, if it is to stay.

    Raises:
        DataError: the folder cannot be made.
        OSError: the file cannot be written.
    """
    target = Path(path)
    make_folder(target.parent)
    remove_leftovers(target)
    temporary = target.with_name(_temporary_name(target.name))
    try:
        yield temporary
        flush(temporary)
        if keep is not None and target.exists():
            _keep(target, Path(keep))
        os.replace(temporary, target)
        flush(target.parent)
    except Exception as error:
        raise _of_the_disk(error, target) from error
    finally:
        temporary.unlink(missing_ok=True)


def _keep(target: Path, kept: Path) -> None:
    """`kept` becomes a second name of the file `target`, which is there throughout."""
    remove_leftovers(kept)
    second = kept.with_name(_temporary_name(kept.name))
    try:
        second.unlink(missing_ok=True)
        os.link(target, second)
    except OSError:  # a file system without second names: for a moment `kept` alone is there
        os.replace(target, kept)
        return
    try:
        os.replace(second, kept)
    finally:
        second.unlink(missing_ok=True)  # still there where both were names of one file


def flush(path: Path) -> None:
    """Have the system bring a file, or the names in a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some file systems flush no folders
            raise
    finally:
        os.close(handle)


def _of_the_disk(error: Exception, target: Path) -> Exception:
    """The system's error where a library in another language said that it could not write, else the same error."""
    words = str(error)
    number = re.search(r"\(os error (\d+)\)", words)  # safetensors, tokenizers
    if number:
        return OSError(int(number[1]), os.strerror(int(number[1])), str(target))
    if isinstance(error, RuntimeError) and "inline_container" in words:  # torch
        full = shutil.disk_usage(target.parent).free < 1 << 20
        code = errno.ENOSPC if full else errno.EIO
        return OSError(code, os.strerror(code), str(target))
    return error


def _temporary_name(name: str) -> str:
    return f".{name}.{_HOST}-{os.getpid()}.tmp"


def is_temporary(name: str) -> bool:
    """Whether a file or folder of this name is one that `replacing` or `replacing_folder` fills."""
    return _TEMPORARY.fullmatch(name) is not None


def target_of(path: str | PathLike[str]) -> Path:
    """The file that was to be written, where `path` is a temporary name of it; else the same path."""
    match = _TEMPORARY.fullmatch(Path(path).name)
    return Path(path) if match is None else Path(path).with_name(match["target"])


def remove_leftovers(target: Path) -> None:
    """Remove temporary files and folders of `target` whose process is dead; a folder that was moved aside comes back."""
    for path in target.parent.iterdir():
        match = _TEMPORARY.fullmatch(path.name)
        if match is None or match["target"] != target.name or _in_use(path, match):
            continue
        if path.is_dir():
            _give_up(path, target)
        else:
            path.unlink(missing_ok=True)


def _in_use(path: Path, match: re.Match[str]) -> bool:
    """Whether the process that made a temporary file may still be at work; of another machine it is not known for a day."""
    try:
        age = time.time() - path.lstat().st_mtime
    except OSError:
        return True  # gone already
    if age > _DAY:
        return False
    if match["host"] not in (None, _HOST) or os.name == "nt":
        return True
    try:
        os.kill(int(match["pid"]), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Gives an empty folder to fill; it takes the place of `folder` at the end, or vanishes after an error."""
    folder = folder.absolute()
    make_folder(folder.parent)
    remove_leftovers(folder)
    room = folder.with_name(_temporary_name(folder.name))
    fresh, old = room / "new", room / "old"
    try:
        fresh.mkdir(parents=True)
        yield fresh
        for path in [*fresh.rglob("*"), fresh]:
            flush(path)
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
        flush(folder.parent)
    except Exception as error:
        raise _of_the_disk(error, folder) from error
    finally:
        _give_up(room, folder)


def _give_up(room: Path, target: Path) -> None:
    """Remove a temporary folder; what it took from its place goes back there, unless something new is there."""
    if (room / "old").exists() and not target.exists():
        (room / "old").rename(target)
    shutil.rmtree(room, ignore_errors=True)
