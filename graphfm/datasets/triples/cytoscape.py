"""What Cytoscape writes: SIF, an interaction and any number of targets a line, and its table of edges, which names no ends.

SIF: https://manual.cytoscape.org/en/stable/Supported_Network_File_Formats.html#sif-format. In the table of edges, the name of
an edge is ``source (interaction) target``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from graphfm.datasets.tables.conventions import known, plain
from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.tables.sample import sample
from graphfm.datasets.tables.unpacking import lines, plain_name
from graphfm.datasets.tables.whole import read_table
from graphfm.datasets.triples.statement_rows import Statements, by_number, with_plain_names
from graphfm.errors import DataError

_NAMES = (("name", "interaction"), ("shared name", "shared interaction"))


def is_sif(path: Path, reading: Reading) -> bool:
    """Whether a file is SIF of Cytoscape; Hetionet's, of the same ending, has a header."""
    if not plain_name(path).lower().endswith(".sif") or reading.columns or reading.header is not None:
        return False
    rows = sample(path, reading, least=2).rows
    return bool(rows) and known(rows[0]) is None


def read_sif(path: Path, reading: Reading) -> Statements:
    """Each source with each of its targets; a line of one name is a node without edges, which a note counts.

    Raises:
        DataError: a line of a source and an interaction alone.
    """
    every = [(n, line) for n, line in enumerate(lines(path, encoding=reading.encoding), 1) if line.strip()]
    tabs = any("\t" in line for _, line in every)  # then names may hold blanks
    rows, where, alone = [], [], 0
    for number, line in every:
        cells = [cell.strip() for cell in line.rstrip("\t").split("\t")] if tabs else line.split()
        if len(cells) == 2 or "" in cells:
            hint = "A line is a source, an interaction and one target or more; a node alone in its line has no edges."
            problem = "an empty cell" if "" in cells else f"2 columns ({line[:60]})"
            raise DataError(problem, expected="1, or 3 and more", hint=hint, path=path, line=number)
        alone += len(cells) == 1
        rows += [(cells[0], cells[1], target) for target in cells[2:]]
        where += [number] * len(cells[2:])
    found = by_number(path, np.array(rows, dtype=object).reshape(-1, 3), np.array(where, dtype=np.int32))
    notes = [f"SIF: {len(rows):,} triples in {len(every) - alone:,} lines"]
    if alone:
        notes.append(f"{alone:,} node{'s' * (alone > 1)} without edges left out")
    return with_plain_names(found._replace(notes=tuple(notes)))


def is_edge_table(header: list[str]) -> bool:
    """Whether a header is that of Cytoscape's table of edges."""
    names = [plain(cell) for cell in header]
    return "suid" in names and known(header) is None and any({*pair} <= {*names} for pair in _NAMES)


def read_edge_table(path: Path, reading: Reading) -> Statements:
    """The ends of each edge, out of its name.

    Raises:
        DataError: a name that is not ``source (interaction) target``.
    """
    table = read_table(path, reading)
    spelled = {plain(name): name for name in table.header}
    name, interaction = next(pair for pair in _NAMES if {*pair} <= spelled.keys())
    numbers = table.lines or [*range(1, len(table.columns[spelled[name]]) + 1)]
    rows = []
    for edge, kind, line in zip(
        table.columns[spelled[name]], table.columns[spelled[interaction]], numbers, strict=True
    ):
        source, between, target = edge.partition(f" ({kind}) ")
        if not between or not source.strip() or not target.strip():
            hint = "Export the network as SIF or Cytoscape.js JSON, or add columns source and target to the table."
            raise DataError(f"the edge {edge!r}", expected=f"source ({kind}) target", hint=hint, path=path, line=line)
        rows.append((source.strip(), kind, target.strip()))
    found = by_number(path, np.array(rows, dtype=object).reshape(-1, 3), np.array(numbers, dtype=np.int32))
    left = [column for column in table.header if plain(column) not in {n for pair in _NAMES for n in pair}]
    said = (
        f"Cytoscape's table of edges: head and tail are the ends of {spelled[name]!r}; left out: {', '.join(left)}",
    )
    return with_plain_names(found._replace(notes=said))
