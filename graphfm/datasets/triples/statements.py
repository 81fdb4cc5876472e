"""One file of statements: a table of any convention, the id files of OpenKE, or RDF; plain or compressed.

Names become numbers block by block as they are read, which takes millions of triples in seconds and little memory; each
row remembers its line, so that whatever is wrong with it later can be said with file and line.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas

from graphfm.datasets.rdf import reading as rdf
from graphfm.datasets.rdf.reading import is_rdf
from graphfm.datasets.rdf.statements import Literals
from graphfm.datasets.tables.cells import Coder, QuotesMetError, csv_rows, read_blocks
from graphfm.datasets.tables.conventions import known
from graphfm.datasets.tables.layout import ROLES, Layout, triple_layout
from graphfm.datasets.tables.opening import lines, plain_name
from graphfm.datasets.tables.options import Reading
from graphfm.errors import DataError


class Statements(NamedTuple):
    """The rows of one file: n statements with q qualifiers, as positions in the names that occur in it.

    Shapes: ``triples`` (n, 3); ``qualifiers`` (q, 2) qualifier relation and value; ``counts`` (n,) qualifiers of each
    statement; ``lines`` (n,) the line of each, from 1. ``dropped``: statements left out because their tail is a literal.
    ``labels``: by "entity" and "relation", the readable names that the file itself gives, by "entity_text" and
    "relation_text" its texts. ``layout``: how a table was read; ``notes``: what is odd; ``prefixes``: of RDF, those that
    the file declares.
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

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """The names of each triple."""
        return [(self.entities[h], self.relations[r], self.entities[t]) for h, r, t in self.triples.tolist()]


def read_statements(
    path: Path,
    *,
    literals: Literals = "drop",
    language: str = "en",
    reading: Reading | None = None,
    progress: bool = False,
) -> Statements:
    """Read one file of statements.

    A table is read by the names in its header where they are those of a convention (`tables.conventions`), whatever their
    order and number, without a header by place where there are three columns; further columns are named and left out.
    Qualifiers, as pairs of relation and value after the third column, are read where `reading` declares them.

    Args:
        path: RDF by its ending, ``*2id.txt`` ids after a line with their number (OpenKE), anything else a table; each may
            be compressed.
        literals: what to do with statements of RDF whose object is a literal and neither name nor text: "drop" and count
            them, or "keep" them as entities, written in quotes.
        language: of the names and texts of RDF.
        reading: what the user says of the table.
        progress: draw a progress bar, on a terminal, where the file is large.

    Raises:
        DataError: on a reading that is not certain, another number of columns, an empty cell, no statements, or bytes that
            are no text, with the line.
    """
    reading = reading or Reading()
    if is_rdf(path):
        statements = from_resources(
            path, rdf.read(path, literals=literals, language=language, encoding=reading.encoding)
        )
    elif plain_name(path).endswith("2id.txt"):
        statements = _openke(path, reading)
    else:
        statements = _table(path, reading, progress=progress)
    if not len(statements.triples):
        hint = "Remove the file if there is no such split."
        if statements.dropped:
            hint = f"All {statements.dropped:,} have literals for objects: --literals keep makes entities of them."
        raise DataError("no statements", expected="at least one", hint=hint, path=path)
    return statements


def from_resources(path: Path, found: rdf.Resources) -> Statements:
    """The statements that were found in RDF."""
    labels = {"entity": found.names, "relation": found.names, "entity_text": found.texts, "relation_text": found.texts}
    said = [f"{count:,} {what}{'' if count == 1 else 's'}" for what, count in found.said.items() if count]
    notes = (f"{' and '.join(said)} taken from the statements that say them",) if said else ()
    none = np.empty((0, 2), dtype=np.int32)
    counts = np.broadcast_to(np.int64(0), len(found.triples))
    return Statements(
        path, found.entities, found.relations, found.triples, none, counts, found.lines, found.dropped, labels, None, notes,
        found.prefixes,
    )  # fmt: skip


def is_header(cells: list[str]) -> bool:
    """Whether the cells of a first line name the columns head, relation, tail in some order."""
    return known(cells) is not None


def _table(path: Path, reading: Reading, *, progress: bool) -> Statements:
    layout = triple_layout(path, reading)
    if layout is None:
        return _statements(path, np.empty((0, 3), dtype=object), np.empty(0, dtype=np.int32))
    if layout.pairs:
        return _with_pairs(path, layout, reading)
    try:
        return _coded(path, layout, reading, progress=progress)
    except QuotesMetError:  # the first of them stands below the lines that were looked at
        layout = replace(layout, dialect=layout.dialect._replace(quoted=True))
        return _coded(path, layout, reading, progress=progress)


def _coded(path: Path, layout: Layout, reading: Reading, *, progress: bool) -> Statements:
    entities, relations = Coder(), Coder()
    wanted = [*layout.places.values(), *layout.qualifiers.values()]
    roles = list(layout.places)
    labels: dict[str, dict[str, str]] = {"entity": {}, "relation": {}}
    numbers = []
    # A column named twice (as head and as its label, say) is read twice.
    unique = sorted({*wanted})
    try:
        for block in read_blocks(
            path,
            layout.dialect,
            unique,
            width=layout.width,
            skip=layout.skip,
            encoding=reading.encoding,
            progress=progress,
        ):
            column = dict(zip(unique, block.columns, strict=True))
            by_role = {role: column[layout.places[role]] for role in roles}
            values = [column[place] for place in layout.qualifiers.values()]
            entities.add([by_role["head"], by_role["tail"], *values], padded=block.padded)
            relations.add([by_role["relation"]], padded=block.padded)
            for role in roles[3:]:
                end = role.removesuffix("_label")
                _take_labels(labels["relation" if end == "relation" else "entity"], by_role[end], by_role[role])
            numbers.append(block.lines)
    except DataError as error:
        # Rows of 5 or 7 cells after rows of 3 are most likely statements with qualifiers.
        count = int(error.found.split(" ")[0]) if error.found.split(" ")[0].isdecimal() else 0
        if reading.qualifiers is None and layout.header is None and layout.width == 3 and count > 3 and count % 2:
            hint = "Where these are pairs of qualifier relation and value, say --qualifiers pairs."
            raise DataError(error.found, expected=error.expected, hint=hint, path=path, line=error.line) from error
        raise
    ends, ends_at = entities.result(2 + len(layout.qualifiers))
    kinds, kinds_at = relations.result(1)
    where = np.concatenate(numbers) if numbers else np.empty(0, dtype=np.int32)
    triples = np.column_stack([ends_at[:, 0], kinds_at[:, 0], ends_at[:, 1]])
    del kinds_at
    triples, where, ends_at, notes = _without_headers(triples, where, ends_at, ends, kinds, layout)
    for names, columns in ((ends, triples[:, [0, 2]]), (kinds, triples[:, [1]])):
        if "" in names and len(empty := np.flatnonzero((columns == names.index("")).any(axis=1))):
            raise DataError("an empty cell", expected="a name in each column", path=path, line=int(where[empty[0]]))
    ends = _grouped(ends, triples, layout)
    pairs, counts, kinds = _column_qualifiers(ends_at[:, 2:], ends, kinds, layout)
    return Statements(path, ends, kinds, triples, pairs, counts, where, 0, labels, layout, notes)


def _take_labels(labels: dict[str, str], names: pandas.Series, readable: pandas.Series) -> None:
    """Adds the label of each name; the first that is not empty stands."""
    for name, label in zip(names.tolist(), readable.tolist(), strict=True):
        if label and name not in labels:
            labels[name] = label


def _without_headers(
    triples: np.ndarray, where: np.ndarray, ends_at: np.ndarray, ends: list[str], kinds: list[str], layout: Layout
) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[str, ...]]:
    """The rows without those that repeat the header, as files have that were put together from several."""
    if layout.header is None:
        return triples, where, ends_at, ()
    head, relation, tail = (layout.header[layout.places[role]] for role in ROLES)
    if relation not in kinds or head not in ends or tail not in ends:
        return triples, where, ends_at, ()
    again = (triples == [ends.index(head), kinds.index(relation), ends.index(tail)]).all(axis=1)
    count = int(again.sum())
    note = (f"the header stands in the file {count + 1} times (line {where[again][0]}); left out",) if count else ()
    return triples[~again], where[~again], ends_at[~again], note


def _grouped(ends: list[str], triples: np.ndarray, layout: Layout) -> list[str]:
    """The names of head and tail with the id group before them, where Neo4j's groups differ; `triples` is changed."""
    groups = [layout.groups.get(role, "") for role in ("head", "tail")]
    if groups[0] == groups[1]:
        return ends
    size = len(ends)
    triples[:, 2] += size
    every = [f"{group}:{name}" if group else name for group in groups for name in ends]
    used, place = np.unique(triples[:, [0, 2]], return_inverse=True)
    triples[:, [0, 2]] = place.reshape(-1, 2)
    return [every[i] for i in used.tolist()]


def _column_qualifiers(
    values: np.ndarray, ends: list[str], kinds: list[str], layout: Layout
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Pairs (q, 2), qualifiers of each statement (n,) and the relations with those of the columns; no cell, no pair."""
    n, columns = values.shape
    if not columns:
        return np.empty((0, 2), dtype=np.int32), np.broadcast_to(np.int32(0), n), kinds
    kinds = [*kinds, *(name for name in layout.qualifiers if name not in kinds)]
    relation = np.array([kinds.index(name) for name in layout.qualifiers], dtype=np.int32)
    filled = np.array([name != "" for name in ends])[values]
    pairs = np.stack([np.broadcast_to(relation, values.shape)[filled], values[filled]], axis=1)
    return pairs, filled.sum(axis=1), kinds


def _with_pairs(path: Path, layout: Layout, reading: Reading) -> Statements:
    """Rows of three cells and further pairs."""
    if layout.dialect.quoted:
        numbered = csv_rows(path, layout.dialect, encoding=reading.encoding)
    else:
        every = enumerate(lines(path, encoding=reading.encoding), start=1)
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
    found = _statements(
        path,
        np.array(triples, dtype=object).reshape(-1, 3),
        np.array(numbers, dtype=np.int32),
        np.array(pairs, dtype=object).reshape(-1, 2),
        np.array(counts, dtype=np.int64),
    )
    return found._replace(layout=layout)


def _statements(
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


def _openke(path: Path, reading: Reading) -> Statements:
    """OpenKE's id files: a line with the number of triples, then head, tail, relation."""
    every = enumerate(lines(path, encoding=reading.encoding), start=1)
    number, first = next(((number, line) for number, line in every if line.strip()), (1, ""))
    if not first.strip().isdecimal():
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
    return _statements(path, np.array(rows, dtype=object).reshape(-1, 3), np.array(numbers, dtype=np.int32))
