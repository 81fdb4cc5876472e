"""Errors a user can act on: each says what was received, what was expected and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from os import PathLike


class GraphFMError(Exception):
    """Base of every error whose cause is outside graphfm; the command line prints it without a traceback."""


class DataError(GraphFMError, ValueError):
    """Bad input data.

    Args:
        found: what was received.
        expected: what would have been right.
        hint: what to do about it.
        path: the file, where there is one.
        line: its line, counted from 1.

    >>> print(DataError("the label 9", expected="one of 0..6", hint="Add the class.", path="nodes.jsonl", line=3))
    nodes.jsonl, line 3: found the label 9, expected one of 0..6. Add the class.
    """

    def __init__(
        self,
        found: str,
        *,
        expected: str,
        hint: str = "",
        path: str | PathLike[str] | None = None,
        line: int | None = None,
    ) -> None:
        where = "" if path is None else f"{path}: " if line is None else f"{path}, line {line}: "
        super().__init__(f"{where}found {found}, expected {expected}.{' ' + hint if hint else ''}")
        self.found, self.expected, self.hint, self.path, self.line = found, expected, hint, path, line

    def at(self, path: str | PathLike[str], line: int) -> DataError:
        """The same error, met on a line of a file."""
        return DataError(self.found, expected=self.expected, hint=self.hint, path=path, line=line)


def unknown_setting(
    name: object, known: Collection[str], *, of: str, path: str | PathLike[str] | None = None
) -> DataError:
    """The error of a setting that does not exist, with the nearest one that does.

    >>> print(unknown_setting("epoch", ["epochs", "seed"], of="pretrain"))
    found the unknown setting 'epoch', expected a setting of pretrain. Did you mean epochs?
    """
    near = difflib.get_close_matches(str(name), known, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"Known settings: {', '.join(known)}."
    return DataError(f"the unknown setting {name!r}", expected=f"a setting of {of}", hint=hint, path=path)
