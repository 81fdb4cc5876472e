"""The command line in a process of its own, forked from one that has imported everything: milliseconds in place of seconds."""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

#: Events of Python's audit that change files: what they are called, and where in their arguments the path stands.
CHANGES = {"os.rename": 0, "os.remove": 0, "os.mkdir": 0, "os.rmdir": 0, "os.link": 0, "os.truncate": 0}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Outcome(NamedTuple):
    """How a process ended: its exit status (negative for a signal, None after the time limit) and what it said.

    `seconds` are those of the command, from its first line to its end; `met` whether a signal was sent within them.
    """

    status: int | None
    said: str
    operations: int
    seconds: float
    met: bool

    @property
    def traceback(self) -> bool:
        return "Traceback (most recent call last)" in self.said or (
            (self.status or 0) < 0 and self.status != -signal.SIGKILL
        )


def preload() -> None:
    """Import what commands import, once."""
    import matplotlib.figure
    import pandas
    import scipy.sparse
    import sklearn.feature_extraction.text
    import sklearn.manifold
    import torch

    torch.set_num_threads(1)  # a fork does not take threads along

    import graphfm.__main__
    import graphfm.evaluation.text_jobs
    import graphfm.report.export
    import graphfm.report.inspect
    import graphfm.training.lightning_cli
    import graphfm.training.link_prediction
    import graphfm.training.pretrain  # noqa: F401

    del matplotlib, pandas, scipy, sklearn


@contextmanager
def _at_operation(number: int | None, act: Callable[[], None], *, within: Sequence[Path]) -> Iterator[list[int]]:
    """Do something at the n-th operation on files in some folders, counted from 1, and at every later one."""
    count, roots, busy = [0], tuple(str(path.resolve()) for path in within), [False]

    def seen(path: Any) -> None:
        if busy[0]:
            return
        busy[0] = True
        try:
            text = os.path.abspath(os.fsdecode(path)) if isinstance(path, str | bytes | os.PathLike) else ""
            if not isinstance(path, int) and not text.startswith(roots):
                return
            count[0] += 1
            if number is not None and count[0] >= number:
                act()
        finally:
            busy[0] = False

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES:
            seen(arguments[0])
        elif event in CHANGES and (act is not _full or event not in ("os.remove", "os.rmdir")):  # a full disk lets go
            seen(arguments[CHANGES[event]])

    sys.addaudithook(hook)
    flush = os.fsync

    def fsync(handle: int) -> None:
        seen(handle)
        flush(handle)

    os.fsync = fsync
    yield count


def _full() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def graphfm(
    words: Sequence[str | os.PathLike[str]],
    *,
    folder: Path,
    kill_at: int | None = None,
    full_at: int | None = None,
    kill_after: float | None = None,
    signum: int = signal.SIGKILL,
    environment: Mapping[str, str] | None = None,
    limit: float = 120.0,
) -> Outcome:
    """Run the command line.

    Args:
        words: of the command.
        folder: where it stands; operations on files in it, and in the temporary folder, are counted.
        kill_at: operation before which the process kills itself.
        full_at: operation from which on the disk is full.
        kill_after: seconds after its first line when it is killed, or sent another signal.
        signum: the signal.
        environment: variables.
        limit: seconds.
    """
    report, numbers = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
    runs, tells = os.pipe()  # a byte when the command begins, and one when it has ended
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(runs)
            os.dup2(report.fileno(), 1)
            os.dup2(report.fileno(), 2)
            os.environ.update(environment or {})
            how: dict[str, Any] = {"buffering": 1, "closefd": False, "encoding": os.environ.get("PYTHONIOENCODING")}
            sys.stdout, sys.stderr = (open(handle, "w", **how) for handle in (1, 2))  # noqa: SIM115
            signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell runs in the background
            tempfile.tempdir = None
            os.chdir(folder)
            status = _main([os.fspath(word) for word in words], folder, kill_at, full_at, numbers.fileno(), tells)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    os.close(tells)
    status, seconds, met = _wait(pid, runs, limit, kill_after, signum)
    os.close(runs)
    report.seek(0)
    numbers.seek(0)
    count = int(numbers.read() or b"0")
    said = report.read().decode("utf-8", "replace")
    report.close()
    numbers.close()
    return Outcome(status, said, count, seconds, met)


def _main(words: list[str], folder: Path, kill_at: int | None, full_at: int | None, numbers: int, tells: int) -> int:
    import logging

    import torch
    from safetensors import torch as tensors

    from graphfm.__main__ import main

    warnings.resetwarnings()  # those of a process of its own, not of pytest
    for kind in (DeprecationWarning, FutureWarning):
        warnings.simplefilter("ignore", kind)
    for name in logging.root.manager.loggerDict:
        logging.getLogger(name).handlers.clear()
    logging.root.handlers.clear()
    number, act = (kill_at, _die) if full_at is None else (full_at, _full)
    roots = [folder, Path(tempfile.gettempdir())]
    with _at_operation(number, act, within=roots) as count:
        if full_at is not None:  # written in other languages, which say so in other words
            torch.save = _failing(
                torch.save, count, full_at, RuntimeError("[enforce fail at inline_container.cc:672] . full")
            )
            tensors.save_file = _failing(
                tensors.save_file, count, full_at, OSError(errno.ENOSPC, "No space left on device")
            )
        sys.argv = ["graphfm", *words]
        os.write(tells, b".")
        try:
            main()
        except SystemExit as error:
            return error.code if isinstance(error.code, int) else int(error.code is not None)
        except BaseException:
            traceback.print_exc()
            return 1
        finally:
            os.write(tells, b".")
            os.write(numbers, str(count[0]).encode())
    return 0


def _failing(write: Callable[..., Any], count: list[int], number: int, error: Exception) -> Callable[..., Any]:
    def maybe(*arguments: Any, **options: Any) -> Any:
        count[0] += 1
        if count[0] >= number:
            raise error
        return write(*arguments, **options)

    return maybe


def _wait(pid: int, runs: int, limit: float, kill_after: float | None, signum: int) -> tuple[int | None, float, bool]:
    """Exit status, seconds of the command, and whether the signal was sent within them."""
    os.read(runs, 1)  # nothing, if it died before
    start, met = time.monotonic(), False
    os.set_blocking(runs, False)
    ended: float | None = None
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        passed = time.monotonic() - start
        if ended is None and _has_ended(runs):
            ended = passed
        if done:
            return os.waitstatus_to_exitcode(status), ended or passed, met
        if passed > limit:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return None, passed, met
        if kill_after is not None and passed > kill_after:
            met = ended is None
            os.kill(pid, signum)
            kill_after = None
        time.sleep(0.002)


def _has_ended(runs: int) -> bool:
    try:
        os.read(runs, 1)
    except BlockingIOError:  # nothing is told yet
        return False
    return True


def one_sentence(said: str) -> bool:
    """Whether an error was told as the command line tells errors."""
    return (
        re.search(r"^(Error:|.*\bError\b|Usage:|Stopped)", said, re.MULTILINE) is not None and "Traceback" not in said
    )
