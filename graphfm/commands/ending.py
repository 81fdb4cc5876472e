"""How a command ends: what it wrote, and the next sensible command."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from os import PathLike

from graphfm.commands.terminal import terminal


def say_end(*then: str | PathLike[str], wrote: Iterable[str | PathLike[str] | None] = ()) -> None:
    """Name the files that were written, None being none, and a command to go on with, given by its words."""
    console = terminal()
    files = [str(path) for path in wrote if path is not None]
    if files:
        console.print(f"Wrote: {', '.join(files)}", soft_wrap=True, highlight=False)
    console.print(f"Next: graphfm {shlex.join(map(str, then))}", soft_wrap=True, highlight=False)
