"""Statements by number, and the forms of them that are read row by row: pairs of qualifiers, OpenKE's files of ids."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas

from graphfm.datasets.tables.cells import bare, csv_rows
from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.tables.triple_columns import Layout
from graphfm.datasets.tables.unpacking import lines
from graphfm.errors import DataError

_BROKEN = re.compile(r"[\t\n\r]")


class Statements(NamedTuple):
    """The rows of one file: n statements with q qualifiers, as positions in the names that occur in it.

    Shapes: ``triples`` (n, 3); ``qualifiers`` (q, 2) qualifier relation and value; ``counts`` (n,) qualifiers of each
    statement; ``lines`` (n,) the line of each, from 1. ``dropped``: statements left out because their tail is a literal.
    ``labels``: by "entity" and "relation", the readable names that the file itself gives, by "entity_text" and
    "relation_text" its texts. ``layout``: how a table was read; ``notes``: what is odd; ``prefixes``: of RDF, those that
    the file declares. ``splits`` (n,): the place of each row's split in `graph.SPLITS`, where a column says it.
    """

    path: Path
    entities: list[str]
    relations: list[str]
    triples: np.ndarray
    qualifiers: np.ndarray
    counts: np.ndarray
    lines: np.ndarray
    dropped: int = 0
    labels: dict[str, dict[str, str]] = {}  # noqa: RUF012
    layout: Layout | None = None
    notes: tuple[str, ...] = ()
    prefixes: dict[str, str] | None = None
    splits: np.ndarray | None = None

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """The names of each triple."""
        return [(self.entities[h], self.relations[r], self.entities[t]) for h, r, t in self.triples.tolist()]


def with_pairs(path: Path, layout: Layout, reading: Reading) -> Statements:
    """Rows of three cells and further pairs."""
    if layout.dialect.quoted:
        numbered = csv_rows(path, layout.dialect, encoding=reading.encoding)
    else:
        every = enumerate(layout.dialect.kept(lines(path, encoding=reading.encoding)), start=1)
        numbered = ((number, layout.dialect.cut(line)) for number, line in every if line.strip())
    triples, pairs, counts, numbers = [], [], [], []
    for number, cells in islice(numbered, layout.skip, None):
        row = [cell.strip(" ") for cell in cells]
        if len(row) < 3 or len(row) % 2 == 0:
            raise DataError(
                f"{len(row)} column{'' if len(row) == 1 else 's'}",
                expected="3 (head, relation, tail), or more by pairs of qualifier relation and value",
                path=path,
                line=number,
            )
        if "" in row:
            raise DataError("an empty cell", expected="a name in each column", path=path, line=number)
        triples.append(row[:3])
        pairs += row[3:]
        counts.append((len(row) - 3) // 2)
        numbers.append(number)
    found = by_number(
        path,
        np.array(triples, dtype=object).reshape(-1, 3),
        np.array(numbers, dtype=np.int32),
        np.array(pairs, dtype=object).reshape(-1, 2),
        np.array(counts, dtype=np.int64),
    )
    return found._replace(layout=layout)


def by_number(
    path: Path,
    triples: np.ndarray,
    where: np.ndarray,
    qualifiers: np.ndarray | None = None,
    counts: np.ndarray | None = None,
    *,
    dropped: int = 0,
) -> Statements:
    """Names replaced by their positions: (n, 3) and (q, 2) strings to integers."""
    n = len(triples)
    pairs = np.empty((0, 2), dtype=object) if qualifiers is None else qualifiers
    ends, entities = pandas.factorize(np.concatenate([triples[:, 0], triples[:, 2], pairs[:, 1]]))
    kinds, relations = pandas.factorize(np.concatenate([triples[:, 1], pairs[:, 0]]))
    return Statements(
        path,
        entities.tolist(),
        relations.tolist(),
        np.stack([ends[:n], kinds[:n], ends[n : 2 * n]], axis=1),
        np.stack([kinds[n:], ends[2 * n :]], axis=1),
        np.broadcast_to(np.int64(0), n) if counts is None else counts,
        where,
        dropped,
    )


def joined(parts: Sequence[Statements]) -> Statements:
    """The statements of the parts of one table, one after the other."""
    if len(parts) == 1:
        return parts[0]
    entities: dict[str, int] = {}
    relations: dict[str, int] = {}
    triples, pairs = [], []
    labels: dict[str, dict[str, str]] = {}
    for part in parts:
        ends = np.array([entities.setdefault(name, len(entities)) for name in part.entities], dtype=np.int64)
        kinds = np.array([relations.setdefault(name, len(relations)) for name in part.relations], dtype=np.int64)
        columns = part.triples.astype(np.int64).T
        triples.append(np.stack([ends[columns[0]], kinds[columns[1]], ends[columns[2]]], axis=1))
        pairs.append(np.stack([kinds[part.qualifiers[:, 0]], ends[part.qualifiers[:, 1]]], axis=1))
        for what, words in part.labels.items():
            labels[what] = words | labels.get(what, {})
    return parts[0]._replace(
        entities=[*entities], relations=[*relations], triples=np.concatenate(triples), qualifiers=np.concatenate(pairs),
        counts=np.concatenate([part.counts for part in parts]), lines=np.concatenate([part.lines for part in parts]),
        dropped=sum(part.dropped for part in parts), labels=labels, splits=None,
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        prefixes={key: value for part in parts for key, value in (part.prefixes or {}).items()} or parts[0].prefixes,
    )  # fmt: skip


def plain_name(name: str) -> str:
    """A name without unseen blanks around it, and with a blank for each line end and tab within."""
    name = bare(name)
    return " ".join(name.split()) if _BROKEN.search(name) else name


def with_plain_names(found: Statements) -> Statements:
    """The statements with names as `plain_name` has them; a note says which were not so."""
    every = "".join([*found.entities, *found.relations])
    if every.isascii() and every.isprintable() and " " not in every:  # most graphs, told in a tenth of the time
        return found
    names = {
        what: [*map(plain_name, some)] for what, some in (("entity", found.entities), ("relation", found.relations))
    }
    odd = [a for what, own in (("entity", found.entities), ("relation", found.relations))
           for a, b in zip(own, names[what], strict=True) if a != b]  # fmt: skip
    if not odd:
        return found
    ends, entities = pandas.factorize(np.array(names["entity"], dtype=object))
    kinds, relations = pandas.factorize(np.array(names["relation"], dtype=object))
    triples = np.column_stack([ends[found.triples[:, 0]], kinds[found.triples[:, 1]], ends[found.triples[:, 2]]])
    pairs = np.column_stack([kinds[found.qualifiers[:, 0]], ends[found.qualifiers[:, 1]]])
    plain = {key: {plain_name(name): label for name, label in some.items()} for key, some in found.labels.items()}
    broken = sum(bool(_BROKEN.search(name)) for name in odd)
    notes = [
        f"{what} {count:,} name{'s' * (count > 1)} {done}"
        for what, count, done in (
            ("line ends and tabs within", broken, "became blanks"),
            ("blanks that do not show (no-break, of no width) around", len(odd) - broken, "left out"),
        )
        if count
    ]
    return found._replace(
        entities=entities.tolist(), relations=relations.tolist(), triples=triples, qualifiers=pairs, labels=plain,
        notes=(*found.notes, *notes),
    )  # fmt: skip


def openke(path: Path, reading: Reading) -> Statements:
    """OpenKE's id files: a line with the number of triples, then head, tail, relation."""
    every = enumerate(lines(path, encoding=reading.encoding), start=1)
    number, first = next(((number, line) for number, line in every if line.strip()), (1, ""))
    if not first.strip().isdecimal() or len(first.strip()) > 18:
        raise DataError(repr(first[:40]), expected="the number of triples", path=path, line=number)
    rows, numbers = [], []
    for number, line in every:
        row = line.split()
        if len(row) not in (0, 3):
            raise DataError(f"{len(row)} columns", expected="3: head, tail, relation", path=path, line=number)
        if row:
            rows.append((row[0], row[2], row[1]))
            numbers.append(number)
    if len(rows) != int(first):
        hint = "The first line says how many follow: correct it, or copy the file again."
        raise DataError(
            f"{len(rows)} triples", expected=f"{int(first)}, as the first line says", hint=hint, path=path, line=1
        )
    return by_number(path, np.array(rows, dtype=object).reshape(-1, 3), np.array(numbers, dtype=np.int32))


def only_used(names: list[str], triples: np.ndarray, columns: list[int], pairs: np.ndarray, column: int) -> list[str]:
    """The names that occur; their positions in `triples` and `pairs` are changed to those among them."""
    used = np.union1d(triples[:, columns], pairs[:, column])
    place = np.zeros(len(names), dtype=np.int32)
    place[used] = np.arange(len(used))
    triples[:, columns], pairs[:, column] = place[triples[:, columns]], place[pairs[:, column]]
    return [names[i] for i in used.tolist()]
