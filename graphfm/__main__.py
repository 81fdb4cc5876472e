"""The command `graphfm`: what a user can mend is printed in a sentence, a signal ends it as shells expect, and everything else is
a defect and shown whole."""

from __future__ import annotations

import errno
import io
import logging
import os
import signal
import sys
import warnings
from typing import Any

from graphfm.errors import Stopped
from graphfm.signals import Signals

#: Errors of the system that no program can help: no room, no permission, no such medium.
OUTSIDE = {
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR,
    errno.ENAMETOOLONG, errno.ELOOP, errno.EMFILE, errno.ENFILE, errno.EBUSY, errno.ENOMEM, errno.ENODEV, errno.ENXIO,
    errno.ESTALE, errno.ETIMEDOUT,
}  # fmt: skip


def main() -> None:
    """Entry point of the command line."""
    _prepare()
    with Signals() as signals:
        try:
            _run()
        except Stopped as stopped:
            signals.caught()
            _say_stopped(stopped)
            raise
        except (Exception, SystemExit):  # an import broken off, say, which Python's libraries take in many ways
            if signals.came is None:
                raise
        if signals.came is not None:
            signals.caught()
            ended = Stopped(signals.came)
            _say_stopped(ended)
            raise ended


def _run() -> None:
    from graphfm.cli import app
    from graphfm.commands import fit
    from graphfm.errors import GraphFMError

    try:
        if fit.is_for_lightning(sys.argv[1:]):
            fit.run()
        else:
            app()
    except GraphFMError as error:
        _say("Error:", str(error))
        raise SystemExit(2) from None
    except (OSError, MemoryError, RuntimeError) as error:
        sentence = _of_the_system(error)
        if sentence is None:
            raise
        _say("Error:", sentence)
        raise SystemExit(2) from None


def _prepare() -> None:
    """How the process speaks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without our characters is shown their escapes
            stream.reconfigure(errors="backslashreplace")
    warnings.formatwarning = _told
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(_Printable())


def _say_stopped(stopped: Stopped) -> None:
    if not stopped.message:
        name = signal.Signals(stopped.signum).name
        _say("Stopped", f"by {name}; nothing is half written. Run the same command again.")


def _say(first: str, words: str) -> None:
    from rich.text import Text

    from graphfm.commands.terminal import terminal
    from graphfm.printable import printable

    terminal(stderr=True).print(Text.assemble((first, "bold red"), f" {printable(words)}"), soft_wrap=True)


class _Printable(logging.Formatter):
    """Log messages without characters that act on a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        from graphfm.printable import printable

        return printable(super().format(record))


def _of_the_system(error: Exception) -> str | None:
    """What the system refused, in a sentence; None for an error of our own."""
    if isinstance(error, OSError):
        if error.errno not in OUTSIDE:
            return None
        from graphfm.durable import target_of

        where = "" if error.filename is None else f"{target_of(os.fsdecode(error.filename))}: "
        hint = "Make room, then run the same command again." if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
        return f"{where}{error.strerror}. Nothing is half written. {hint}".strip()
    if (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or "can't allocate memory" in str(error)
    ):
        return f"more memory is needed than there is ({' '.join(str(error).split())[:200]}). Smaller sizes need less."
    return None


def _told(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> str:
    """What is odd in a user's data, without the line of ours that noticed it; other warnings as Python shows them."""
    if category.__name__ == "DataWarning":
        from graphfm.printable import printable

        return f"Note: {printable(str(message))}\n"
    return _python(message, category, *where, **more)


_python = warnings.formatwarning


if __name__ == "__main__":
    main()
