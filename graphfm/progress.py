"""How far long work is: a bar on a terminal, a plain line a minute where there is none, such as in the log of a batch job.

Both go to the error stream, so that what a command prints can be piped.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

BETWEEN_LINES = 60.0  # seconds between two plain lines


class Progress(Protocol):
    """What a bar is told: so many more are done (`advance`), or so many in all (`completed`, of `total`)."""

    def __call__(
        self, *, advance: float | None = None, completed: float | None = None, total: float | None = None
    ) -> object: ...


class Lines:
    """A plain line a minute, which says what is done, how much of it and for how much longer; nothing for work that is short.

    Args:
        title: what is being done.
        total: how many there are to do, None where that is told later, or never.
        in_bytes: show megabytes.
        begun: how many were done before, such as by a run that goes on.
    """

    def __init__(self, title: str, *, total: float | None = None, in_bytes: bool = False, begun: float = 0.0) -> None:
        self.title, self.total, self.in_bytes = title, total, in_bytes
        self.done = self.begun = begun
        self.start = self.said = time.monotonic()

    def __call__(
        self,
        *,
        advance: float | None = None,
        completed: float | None = None,
        total: float | None = None,
        note: str = "",
    ) -> None:
        """As `Progress`; a note stands at the end of the line."""
        self.total = self.total if total is None else total
        self.done = self.done + (advance or 0.0) if completed is None else completed
        now = time.monotonic()
        if now - self.said >= BETWEEN_LINES:
            self.said = now
            print(self.line(now - self.start, note), file=sys.stderr, flush=True)

    def line(self, seconds: float, note: str = "") -> str:
        """The line after so many seconds.

        >>> lines = Lines("Training", total=400)
        >>> lines(completed=100)
        >>> lines.line(60.0, "loss 0.5")
        'Training: 100 of 400 (25%), 1 min gone, 3 min left, loss 0.5'
        """
        words = f"{self.title}: {self._amount(self.done)}"
        if self.total:
            words += f" of {self._amount(self.total)} ({self.done / self.total:.0%})"
        words += f", {_span(seconds)} gone"
        if self.total and self.done > self.begun:
            words += f", {_span(seconds * max(0.0, self.total - self.done) / (self.done - self.begun))} left"
        return f"{words}, {note}" if note else words

    def _amount(self, number: float) -> str:
        return f"{number / 1e6:,.1f} MB" if self.in_bytes else f"{number:,.0f}"


def _span(seconds: float) -> str:
    """
    >>> _span(40), _span(200), _span(8000)
    ('40 s', '3 min', '2 h 13 min')
    """
    minutes = round(seconds / 60)
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def on_terminal() -> bool:
    """Whether somebody looks at the error stream, so that a bar can be drawn there."""
    from rich.console import Console

    return Console(stderr=True).is_terminal


@contextmanager
def progress_bar(title: str, *, total: int | None = None, show: bool, in_bytes: bool = False) -> Iterator[Progress]:
    """Yield a function that moves the bar; only if asked to, and where there is no terminal, `Lines` in its place.

    Args:
        title: what is being done.
        total: how many there are to do, None where that is told later.
        show: whether to show anything.
        in_bytes: show sizes and a speed rather than counts.
    """
    if not show:
        yield _nothing
        return
    from functools import partial

    from rich import progress
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield Lines(title, total=total, in_bytes=in_bytes)
        return
    amount: tuple[progress.ProgressColumn, ...] = (progress.MofNCompleteColumn(),)
    if in_bytes:
        amount = progress.DownloadColumn(), progress.TransferSpeedColumn()
    columns = progress.SpinnerColumn(), progress.TextColumn(title), progress.BarColumn(), *amount
    with progress.Progress(*columns, progress.TimeRemainingColumn(), console=console, transient=True) as bar:
        yield partial(bar.update, bar.add_task(title, total=total))


def _nothing(*, advance: float | None = None, completed: float | None = None, total: float | None = None) -> None:
    """Told how far work is, it says nothing."""
