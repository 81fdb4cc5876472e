"""What KGTK's tables hold beside triples: qualifiers, as rows whose node1 is the id of another row, and literals as node2.

Strings stand in quotes, dates after ``^``, places after ``@``, quantities after a sign:
https://kgtk.readthedocs.io/en/latest/data_model/.
"""

from __future__ import annotations

import re

import numpy as np

from graphfm.datasets.rdf.naming import Naming
from graphfm.datasets.rdf.terms import Literal, Literals
from graphfm.datasets.tables.cells import Coder, read_blocks
from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.triples.statement_rows import Statements, only_used

_LITERAL = re.compile(
    r"'.*'@[A-Za-z][\w-]*|\".*\"|\^[0-9+-][0-9T:Z/+-]*|@[0-9.+-]+/[0-9.+-]+|[+-][0-9.]+([A-Za-z\[].*)?"
)
_SAID = {
    "label": "http://www.w3.org/2000/01/rdf-schema#label",
    "description": "http://schema.org/description",
}


def is_kgtk(header: list[str] | None) -> bool:
    return header is not None and {"node1", "label", "node2"} <= {*header}


def of_kgtk(found: Statements, reading: Reading, *, literals: Literals, language: str) -> Statements:
    """The statements of a table of KGTK, each with its qualifiers; its labels and descriptions are names and texts.

    A qualifier of a statement that is left out goes with it, and so does one of a qualifier; a note counts them.

    Args:
        found: the rows, as plain triples.
        literals, language: see `triples.statements.read_statements`.
    """
    rows = found.triples.astype(np.int64)
    of = _rows_meant(found, reading)[rows[:, 0]]  # (n,) the row that each row is about, -1 for one about an entity
    literal = np.array([_LITERAL.fullmatch(name) is not None for name in found.entities], dtype=bool)
    naming, said = Naming(language), np.zeros(len(rows), dtype=bool)
    for row in np.flatnonzero(literal[rows[:, 2]] & (of < 0)).tolist():
        head, relation, tail = (int(place) for place in rows[row])
        prop = _SAID.get(found.relations[relation], "")
        said[row] = naming.take(found.entities[head], prop, _parsed(found.entities[tail]))
    dropped = literal[rows[:, 2]] & ~said if literals == "drop" else np.zeros(len(rows), dtype=bool)
    main = (of < 0) & ~said & ~dropped
    qualifier = (of >= 0) & ~dropped & main[of]
    if reading.qualifiers == "no":
        qualifier[:] = False
    lost = int(np.count_nonzero((of >= 0) & ~dropped & ~qualifier))
    place = np.cumsum(main) - 1
    order = np.flatnonzero(qualifier)
    order = order[np.argsort(place[of[order]], kind="stable")]
    triples = found.triples[main]
    pairs = found.triples[order][:, [1, 2]]
    counts = np.bincount(place[of[order]], minlength=len(triples))
    ends = only_used(found.entities, triples, [0, 2], pairs, 1)
    kinds = only_used(found.relations, triples, [1], pairs, 0)
    notes = [f"{int(said.sum()):,} names and texts taken from the rows that say them"] if said.any() else []
    notes += [f"{lost:,} qualifiers left out"] if lost else []
    labels = dict(found.labels) | {"entity_text": naming.found("text")}
    labels["entity"] = naming.found("name") | labels.get("entity", {})
    return found._replace(
        entities=ends, relations=kinds, triples=triples, qualifiers=pairs, counts=counts, lines=found.lines[main],
        dropped=int(dropped.sum()), labels=labels, notes=(*found.notes, *notes),
    )  # fmt: skip


def _rows_meant(found: Statements, reading: Reading) -> np.ndarray:
    """The row whose id a name is, for each name of an entity; -1 for none."""
    none = np.full(len(found.entities), -1, dtype=np.int64)
    layout = found.layout
    if layout is None or layout.header is None or "id" not in layout.header:
        return none
    coder, lines = Coder(), []
    for block in read_blocks(
        found.path, layout.dialect, [layout.header.index("id")], width=layout.width, skip=layout.skip,
        encoding=reading.encoding,
    ):  # fmt: skip
        coder.add(block.columns, padded=block.padded)
        lines.append(block.lines)
    ids, places = coder.result(1)
    row_of_line = dict(zip(found.lines.tolist(), range(len(found.lines)), strict=True))
    row_of = {
        ids[place]: row_of_line[line]
        for place, line in zip(places[:, 0].tolist(), np.concatenate(lines).tolist(), strict=True)
        if ids[place] and line in row_of_line
    }
    return np.array([row_of.get(name, -1) for name in found.entities], dtype=np.int64) if row_of else none


def _parsed(written: str) -> Literal:
    """A literal without its quotes; other kinds than strings as they are."""
    text, _, language = written.rpartition("'@")
    if written.startswith("'") and text:
        return Literal(text[1:].replace("\\'", "'"), language)
    return Literal(written[1:-1].replace('\\"', '"') if written.startswith('"') else written)
