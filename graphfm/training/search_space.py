"""What a search may vary, as words: ``lr=log:1e-4:1e-1``, ``gamma=float:1:12``, ``dim=int:32:512``, ``queries=choice:a,b``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphfm.errors import DataError

FORMS = "log:LOW:HIGH, float:LOW:HIGH, int:LOW:HIGH or choice:A,B"


@dataclass(frozen=True)
class Space:
    """The values that a setting may have.

    Args:
        kind: "log" and "float" for numbers, "int" for whole ones, "choice" for any of the values.
        values: the two ends, both included, or the choices.
    """

    kind: str
    values: tuple[Any, ...]

    def suggest(self, trial: Any, name: str) -> Any:
        """A value for a trial of Optuna."""
        if self.kind == "choice":
            return trial.suggest_categorical(name, list(self.values))
        low, high = self.values
        if self.kind == "int":
            return trial.suggest_int(name, low, high)
        return trial.suggest_float(name, low, high, log=self.kind == "log")


def space(name: str, words: str) -> Space:
    """The space that words such as ``log:1e-4:1e-1`` mean.

    >>> space("lr", "log:1e-4:1e-1"), space("queries", "choice:both,pairs")
    (Space(kind='log', values=(0.0001, 0.1)), Space(kind='choice', values=('both', 'pairs')))

    Raises:
        DataError: words of another form, or bounds that hold nothing.
    """
    import yaml

    kind, _, rest = words.partition(":")
    if kind == "choice" and rest:
        return Space(kind, tuple(yaml.safe_load(value) for value in rest.split(",")))
    number = int if kind == "int" else float
    try:
        low, high = (number(end) for end in rest.split(":"))
    except ValueError:
        kind = ""
    if kind not in ("int", "float", "log"):
        raise DataError(f"--search {name}={words}", expected=f"{name}= and {FORMS}")
    if not (math.isfinite(low) and math.isfinite(high) and low <= high) or (kind == "log" and low <= 0):
        raise DataError(f"--search {name}={words}", expected="a lower bound below the upper one, above 0 for log")
    return Space(kind, (low, high))


def spaces(search: Sequence[str]) -> dict[str, Space]:
    """The spaces by the name of their setting, from words ``NAME=FORM``.

    Raises:
        DataError: words of another form.
    """
    found = {}
    for word in search:
        name, equals, form = word.partition("=")
        if not equals:
            raise DataError(f"--search {word}", expected=f"NAME= and {FORMS}, such as --search lr=log:1e-4:1e-1")
        found[name.strip().replace("-", "_")] = space(name, form)
    return found
