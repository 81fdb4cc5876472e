"""Rows that a column of their table marks: the split that each is in, and those that are no facts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
import pandas
import torch
from torch import Tensor

from graphfm.datasets.triples.graph import SPLITS, Qualifiers
from graphfm.datasets.triples.statement_rows import Statements, only_used
from graphfm.errors import DataError

_SPLITS = {
    "train": 0, "training": 0, "trn": 0, "val": 1, "valid": 1, "validation": 1, "dev": 1, "test": 2, "testing": 2, "tst": 2,
}  # fmt: skip
_TRUTHS = {
    "1": True, "+1": True, "1.0": True, "true": True, "yes": True, "t": True,
    "0": False, "-1": False, "0.0": False, "-1.0": False, "false": False, "no": False, "f": False,
}  # fmt: skip


_NEGATED = {word: not true for word, true in _TRUTHS.items()} | {"": True}  # KGX: a statement that something is not so


def with_marks(found: Statements, marks: dict[str, np.ndarray], asked: Collection[str]) -> Statements:
    """The statements without those that are no facts, each with its split.

    A column counts where all its cells are such marks; another is left out, as all further columns are.

    Args:
        marks: "truth", "negated" and "split", the cells of the column of each statement, (n,) strings.
        asked: the roles whose columns the user named.

    Raises:
        DataError: a column that the user named holds something else.
    """
    for role, known in (("truth", _TRUTHS), ("negated", _NEGATED), ("split", _SPLITS)):
        if (cells := marks.get(role)) is None:
            continue
        codes, words = _numbered(cells)
        odd = next((i for i, word in enumerate(words) if word.casefold() not in known), None)
        if odd is not None and role in asked:
            expected = "train, valid and test" if role == "split" else "1 and 0, or true and false"
            line = int(found.lines[np.flatnonzero(codes == odd)[0]])
            raise DataError(f"{words[odd]!r} as {role} of a row", expected=expected, path=found.path, line=line)
        if odd is not None or not words:
            found = _unmarked(found, role, words)
            continue
        values = np.array([known[word.casefold()] for word in words])[codes]
        if role == "split":
            found = found._replace(splits=values.astype(np.int8))
        elif not values.any():
            hint = "Remove these rows, or rename the column where it says something else."
            none = f"no row that is a fact: all are marked {', '.join(words)}"
            raise DataError(none, expected="some facts", hint=hint, path=found.path)
        elif not values.all():
            false = ", ".join(word for word in words if not known[word.casefold()])
            count = int((~values).sum())
            rows = f"row{'s' * (count > 1)} marked {false}" if role == "truth" else f"negated row{'s' * (count > 1)}"
            note = f"{count:,} {rows} left out, as no fact{'s' * (count > 1)}"
            found = _kept(found, values)._replace(notes=(*found.notes, note))
            marks = {name: column[values] for name, column in marks.items()}
    return found


def _numbered(cells: np.ndarray) -> tuple[np.ndarray, list[str]]:
    codes, words = pandas.factorize(cells)
    return codes, [*words]


def _unmarked(found: Statements, role: str, words: Sequence[str]) -> Statements:
    """The statements, whose column of that role turned out to hold something else."""
    layout = found.layout
    if layout is None:
        return found
    name = layout.header[layout.places[role]] if layout.header else f"column {layout.places[role] + 1}"
    layout = replace(layout, places={one: place for one, place in layout.places.items() if one != role})
    known = _SPLITS if role == "split" else _TRUTHS
    odd = next((word for word in words if word.casefold() not in known), "")
    some = {known[word.casefold()] for word in words if word.casefold() in known}
    note: tuple[str, ...] = ()
    if some and role == "split":
        note = (f"the column {name} holds {odd!r} beside names of splits: no split is taken from it",)
    elif some == {True, False}:
        note = (f"the column {name} holds {odd!r} beside what may say true and false: no row is left out for it",)
    return found._replace(layout=layout, notes=(*found.notes, *note))


def _kept(found: Statements, rows: np.ndarray) -> Statements:
    """Some of the statements, (n,) of bool, with the names that are left."""
    pairs = found.qualifiers[np.repeat(rows, found.counts)] if len(found.qualifiers) else found.qualifiers
    triples, pairs = found.triples[rows].copy(), pairs.copy()
    entities = only_used(found.entities, triples, [0, 2], pairs, 1)
    relations = only_used(found.relations, triples, [1], pairs, 0)
    return found._replace(
        entities=entities, relations=relations, triples=triples, qualifiers=pairs, counts=found.counts[rows],
        lines=found.lines[rows],
    )  # fmt: skip


def by_split(
    statements: Sequence[Statements], rows: Tensor, qualifiers: Qualifiers
) -> dict[str, tuple[Tensor, Qualifiers]]:
    """The triples (n, 3) of several files, and their qualifiers, split by split; all are training triples where no file says."""
    if all(one.splits is None for one in statements):
        return {"train": (rows, qualifiers)}
    parts = [np.zeros(len(one.triples), dtype=np.int8) if one.splits is None else one.splits for one in statements]
    place = torch.from_numpy(np.concatenate(parts))
    counts = qualifiers.ptr.diff() if len(qualifiers.pairs) else torch.zeros(len(rows), dtype=torch.long)
    found = {}
    for number, split in enumerate(SPLITS):
        mine = place == number
        ptr = torch.cat([torch.zeros(1, dtype=torch.long), counts[mine].cumsum(0)])
        found[split] = rows[mine], Qualifiers(ptr, qualifiers.pairs[torch.repeat_interleave(mine, counts)])
    return found
