"""A progress bar on the terminal's error stream, or nothing at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """What a bar is told: so many more are done (`advance`), or so many in all (`completed`, of `total`)."""

    def __call__(
        self, *, advance: float | None = None, completed: float | None = None, total: float | None = None
    ) -> object: ...


@contextmanager
def progress_bar(title: str, *, total: int | None = None, show: bool, in_bytes: bool = False) -> Iterator[Progress]:
    """Yield a function that moves the bar, drawn only if asked to, and only on a terminal.

    Args:
        title: what is being done.
        total: how many there are to do, None where that is told later.
        show: whether to draw.
        in_bytes: show sizes and a speed rather than counts.
    """
    from functools import partial

    from rich import progress
    from rich.console import Console

    amount: tuple[progress.ProgressColumn, ...] = (progress.MofNCompleteColumn(),)
    if in_bytes:
        amount = progress.DownloadColumn(), progress.TransferSpeedColumn()
    columns = progress.SpinnerColumn(), progress.TextColumn(title), progress.BarColumn(), *amount
    console = Console(stderr=True)
    with progress.Progress(
        *columns,
        progress.TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not (show and console.is_terminal),
    ) as bar:
        yield partial(bar.update, bar.add_task(title, total=total))
