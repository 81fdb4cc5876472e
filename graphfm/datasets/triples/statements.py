"""One file of statements: a table of any convention, the id files of OpenKE, or RDF; plain or compressed.

Names become numbers block by block as they are read, which takes millions of triples in seconds and little memory; each
row remembers its line, so that whatever is wrong with it later can be said with file and line.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas

from graphfm.datasets.rdf import resources as rdf
from graphfm.datasets.rdf import results
from graphfm.datasets.rdf.resources import is_rdf
from graphfm.datasets.rdf.terms import Literals
from graphfm.datasets.tables.cells import Coder, QuotesMetError, lean_memory, read_blocks
from graphfm.datasets.tables.conventions import LABELS, MARKS, METAEDGES, ROLES, known, plain
from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.tables.json_rows import first_names, read_json_rows, refuse_nested
from graphfm.datasets.tables.sample import sample
from graphfm.datasets.tables.triple_columns import Layout, triple_layout
from graphfm.datasets.tables.unpacking import plain_name
from graphfm.datasets.tables.whole import is_columnar, read_frame
from graphfm.datasets.triples.apoc import holds_nodes_and_edges, is_apoc_json, read_apoc, read_apoc_json
from graphfm.datasets.triples.columnar import from_columns
from graphfm.datasets.triples.cytoscape import is_edge_table, is_sif, read_edge_table, read_sif
from graphfm.datasets.triples.hetionet import is_hetionet, read_hetionet
from graphfm.datasets.triples.kgtk import is_kgtk, of_kgtk
from graphfm.datasets.triples.kgx import is_kgx, read_kgx
from graphfm.datasets.triples.marks import with_marks
from graphfm.datasets.triples.statement_rows import (
    Statements,
    by_number,
    only_used,
    openke,
    with_pairs,
    with_plain_names,
)
from graphfm.datasets.triples.suspicions import (
    EMPTY,
    commented,
    no_name,
    refuse_ends_as_relations,
    refuse_weights_as_tails,
)
from graphfm.errors import DataError


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
        path: RDF by its ending, ``*2id.txt`` ids after a line with their number (OpenKE), JSON objects a line or in a
            list, KGX's JSON, anything else a table; each may be compressed.
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
    elif results.is_results(path):
        statements = from_resources(path, results.read(path, literals=literals, language=language))
    elif is_columnar(path):
        statements = from_columns(read_frame(path), reading, path)
    elif (found := _of_json(path, reading)) is not None:
        statements = found
    elif plain_name(path).endswith("2id.txt"):
        statements = openke(path, reading)
    elif is_sif(path, reading):
        statements = read_sif(path, reading)
    else:
        statements = _table(path, reading, progress=progress)
        if statements.layout is not None and is_kgtk(statements.layout.header):
            statements = of_kgtk(statements, reading, literals=literals, language=language)
    if not len(statements.triples):
        hint = "It is empty, or holds a header alone; of a folder, remove the file if there is no such split."
        if statements.dropped:
            hint = f"All {statements.dropped:,} have literals for objects: --literals keep makes entities of them."
        raise DataError("no statements", expected="at least one", hint=hint, path=path)
    return statements


def _of_json(path: Path, reading: Reading) -> Statements | None:
    """The statements of a file of JSON of whatever program; None for another file."""
    if is_kgx(path):
        return read_kgx(path, reading)
    if is_hetionet(path):
        return read_hetionet(path)
    if is_apoc_json(path):
        return read_apoc_json(path, reading)
    if first_names(path):
        frame, lines = read_json_rows(path, reading.encoding)
        if not reading.columns and known([*map(str, frame.columns)]) is None:
            refuse_nested(frame, path)
        return from_columns(frame, reading, path, lines=lines)
    return None


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
    if not reading.columns and (rows := sample(path, reading).rows) and is_edge_table(rows[0]):
        return read_edge_table(path, reading)
    layout = triple_layout(path, reading)
    if layout is None:
        return by_number(path, np.empty((0, 3), dtype=object), np.empty(0, dtype=np.int32))
    if holds_nodes_and_edges(layout.header):
        found = read_apoc(path, reading)
        return found._replace(layout=replace(layout, first=found.rows[0] if len(found.triples) else None))
    if layout.pairs:
        return with_pairs(path, layout, reading)
    try:
        found = _coded(path, layout, reading, progress=progress)
    except QuotesMetError:  # the first of them stands below the lines that were looked at
        layout = replace(layout, dialect=layout.dialect._replace(quoted=True))
        found = _coded(path, layout, reading, progress=progress)
    if reading.comments is not False:  # what graphfm wrote itself has the names that it means
        found = with_plain_names(found)
    if layout.header is None and not reading.columns and reading.header is None:
        refuse_ends_as_relations(found)
        refuse_weights_as_tails(found)
    return found._replace(notes=(*found.notes, *commented(found)))


@lean_memory()
def _coded(path: Path, layout: Layout, reading: Reading, *, progress: bool) -> Statements:
    entities, relations, marks = Coder(), Coder(), Coder()
    wanted = [*layout.places.values(), *layout.qualifiers.values()]
    roles = list(layout.places)
    marked = [role for role in roles if role in MARKS]
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
            if marked:
                marks.add([by_role[role] for role in marked], padded=block.padded)
            for role in (role for role in roles if role in LABELS):
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
    words, marks_at = marks.result(len(marked))
    stays, notes = _without_headers(triples, where, ends, kinds, layout)
    if stays is not None:
        triples, where, ends_at = triples[stays], where[stays], ends_at[stays]
        marks_at = marks_at[stays] if marked else marks_at
    for names, columns in ((ends, triples[:, [0, 2]]), (kinds, triples[:, [1]])):
        for cell in (cell for cell in EMPTY if cell in names):
            if len(empty := np.flatnonzero((columns == names.index(cell)).any(axis=1))):
                raise no_name(cell, len(empty), path, int(where[empty[0]]))
    ends = _grouped(ends, triples, layout)
    pairs, counts, kinds = _column_qualifiers(ends_at[:, 2:], ends, kinds, layout)
    if notes or layout.qualifiers:  # names of rows and cells that are gone
        ends = only_used(ends, triples, [0, 2], pairs, 1)
        kinds = only_used(kinds, triples, [1], pairs, 0)
    if layout.header is not None and plain(layout.header[layout.places["relation"]]) == "metaedge":
        labels["relation"] = {name: METAEDGES[name] for name in kinds if name in METAEDGES} | labels["relation"]
    found = Statements(path, ends, kinds, triples, pairs, counts, where, 0, labels, layout, notes)
    return with_marks(
        found, {role: np.array(words, dtype=object)[marks_at[:, i]] for i, role in enumerate(marked)}, reading.columns
    )


def _take_labels(labels: dict[str, str], names: pandas.Series, readable: pandas.Series) -> None:
    """Adds the label of each name; the first that is not empty stands."""
    for name, label in zip(names.tolist(), readable.tolist(), strict=True):
        if label and name not in labels:
            labels[name] = label


def _without_headers(
    triples: np.ndarray, where: np.ndarray, ends: list[str], kinds: list[str], layout: Layout
) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Which rows are left without those that repeat the header, as files have that were put together; None for all."""
    if layout.header is None:
        return None, ()
    head, relation, tail = (layout.header[layout.places[role]] for role in ROLES)
    if relation not in kinds or head not in ends or tail not in ends:
        return None, ()
    again = (triples == [ends.index(head), kinds.index(relation), ends.index(tail)]).all(axis=1)
    count = int(again.sum())
    note = (f"the header stands in the file {count + 1} times (line {where[again][0]}); left out",) if count else ()
    return ~again, note


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
