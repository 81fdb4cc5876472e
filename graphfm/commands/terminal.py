"""The terminal that commands write to: what a user's names and texts hold is shown as it is, brackets too."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def terminal(*, stderr: bool = False) -> Console:
    """A console that reads no markup: style words by `style=` or as `rich.text.Text`."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False)
