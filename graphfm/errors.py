"""Errors a user can act on: each says what was received, what was expected and what to do."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable
from difflib import SequenceMatcher
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


class Stopped(SystemExit):
    """A signal has ended the work. Whoever catches nothing exits as shells expect: 130 after SIGINT, 143 after SIGTERM.

    Args:
        signum: the signal.
        message: what was kept and how to go on, where that has been told already.
    """

    def __init__(self, signum: int, message: str = "") -> None:
        super().__init__(128 + signum)
        self.signum, self.message = signum, message


def unknown_setting(
    name: object, known: Collection[str], *, of: str, path: str | PathLike[str] | None = None
) -> DataError:
    """The error of a setting that does not exist, with the nearest one that does.

    >>> print(unknown_setting("epoch", ["epochs", "seed"], of="pretrain"))
    found the unknown setting 'epoch', expected a setting of pretrain. Did you mean epochs?
    """
    hint = did_you_mean(str(name), known) or f"Known settings: {', '.join(known)}."
    return DataError(f"the unknown setting {name!r}", expected=f"a setting of {of}", hint=hint, path=path)


def did_you_mean(name: str, known: Iterable[str], *, count: int = 1, cutoff: float = 0.6, quoted: bool = False) -> str:
    """The hint that names the nearest known names; "" where none is near.

    >>> did_you_mean("Bristl", ["Bristol", "York"], quoted=True)
    "Did you mean 'Bristol'?"
    """
    near = nearest(name, known, count=count, cutoff=cutoff)
    return f"Did you mean {' or '.join(repr(one) if quoted else one for one in near)}?" if near else ""


def nearest(name: str, names: Iterable[str], *, count: int = 3, cutoff: float = 0.6) -> list[str]:
    """The names most like a mistyped one, whatever their case, best first.

    A ratio of matching blocks for each of 100,000 names takes seconds; names that share few pairs of letters cannot be
    near, so only those that share most are compared in full.

    >>> nearest("Bristl", ["Bristol", "York", "Bath"])
    ['Bristol']
    """
    wanted = name.casefold()
    pairs = {wanted[i : i + 2] for i in range(len(wanted) - 1)} or {wanted}

    def shared(candidate: str) -> float:
        folded = candidate.casefold()
        return sum(pair in folded for pair in pairs) - 0.1 * abs(len(folded) - len(wanted))

    matcher = SequenceMatcher(b=wanted)

    def ratio(candidate: str) -> float:
        matcher.set_seq1(candidate.casefold())
        return matcher.ratio()

    scored = ((ratio(candidate), candidate) for candidate in heapq.nlargest(200, names, key=shared))
    best = sorted((pair for pair in scored if pair[0] >= cutoff), key=lambda pair: (-pair[0], pair[1]))
    return [candidate for _, candidate in best[:count]]
