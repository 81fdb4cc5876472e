"""Tables that would be read as triples and are something else: what gives them away, and the words that say so."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from graphfm.datasets.triples.statement_rows import Statements
from graphfm.errors import DataError

#: Fewer relations than this are not judged: the facts about one entity are a dozen of relations, each once.
_SUSPECT = 20
#: Share of the second column's names that are entities too from which on it is odd: relations hardly ever are.
_BOTH = 0.2


#: Cells without a name: nothing, and what databases write for NULL.
EMPTY = ("", "\\N")


def no_name(cell: str, rows: int, path: Path, line: int) -> DataError:
    """The error of rows where head, relation or tail has no name."""
    found = f"{'an empty cell' if not cell else 'the cell ' + cell + ', which stands for no value,'}"
    more = f" and {rows - 1:,} more row{'s' * (rows > 2)} with one" if rows > 1 else ""
    hint = "Remove these rows, or fill in the name."
    return DataError(f"{found}{more}", expected="a name in each column", hint=hint, path=path, line=line)


def refuse_ends_as_relations(found: Statements) -> None:
    """Some programs write head, tail, relation (DGL, OpenKE) or relation first: by place that would be wrong triples.

    It shows where the second column has many names and one of the others far fewer, and those names are ends as well, or
    hardly any comes again.

    Raises:
        DataError: it looks so.
    """
    count, rows = len(found.relations), len(found.triples)
    if count < _SUSPECT:
        return
    both = len({*found.relations} & {*found.entities}) / max(count, 1)
    for place, order, head, tail in ((2, "head, tail, relation", 1, 2), (0, "relation, head, tail", 2, 3)):
        relation = place + 1
        few = 3 * np.count_nonzero(np.bincount(found.triples[:, place])) <= count
        if few and (both > _BOTH or (place == 2 and count > 0.2 * rows)):
            raise DataError(
                f"a second column of {count:,} names, many of them met as entities too; by place the first triple would be "
                f"{found.rows[0]}"
                if both > _BOTH
                else f"a second column of {count:,} names in {rows:,} rows",
                expected="head, relation, tail, with far fewer relations than entities",
                hint=f"If the columns are {order}, say --columns head={head},relation={relation},tail={tail}; if they are "
                "as expected, --columns head=1,relation=2,tail=3.",
                path=found.path,
                line=int(found.lines[0]),
            )


_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_WHOLE = re.compile(r"[+-]?\d+")


def refuse_weights_as_tails(found: Statements) -> None:
    """A list of edges with weights, signs or times has three columns as well, and no name in the third.

    Raises:
        DataError: the third column holds numbers alone, with digits after the point or a sign, or whole ones beside two
            columns that share their names.
    """
    heads, kinds, tails = (np.flatnonzero(np.bincount(column)) for column in found.triples.T)
    names = [found.entities[i] for i in tails.tolist()]
    if not all(map(_NUMBER.fullmatch, names)) or len(np.intersect1d(heads, tails)):
        return
    # Where all names are numbers, they are ids, as in files that go with dictionaries.
    starts = {name for i in heads.tolist() if not _WHOLE.fullmatch(name := found.entities[i])}
    shared = any(found.relations[i] in starts for i in kinds.tolist())
    whole = all(_WHOLE.fullmatch(name) for name in names)
    # Signs, and times of edges between nodes that are numbers: as many second names as first ones, which they share.
    ends = {found.entities[i] for i in heads.tolist()}
    signed = any(name.startswith("-") for name in names) and not any(name.startswith("-") for name in ends)
    many = len(kinds) >= _SUSPECT and 3 * len(kinds) > len(heads)
    timed = many and sum(found.relations[i] in ends for i in kinds.tolist()) > _BOTH * len(kinds)
    if shared or signed or timed or not whole:
        raise DataError(
            f"a third column of numbers alone ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''}), as a list of edges "
            "with weights or times has",
            expected="head, relation, tail",
            hint="Edges with weights are those of a text graph: nodes.csv and edges.csv in a folder. If the columns are as "
            "expected, say --columns head=1,relation=2,tail=3.",
            path=found.path,
            line=int(found.lines[0]),
        )


def commented(found: Statements) -> list[str]:
    """What is to be said of rows that begin with ``# ``, as a row does that someone took out: they are read as facts."""
    odd = [name.startswith("# ") for name in found.entities]
    rows = int(np.count_nonzero(np.array(odd, dtype=bool)[found.triples[:, 0].astype(np.int64)])) if any(odd) else 0
    return [f"{rows:,} rows begin with '# ' and are read as facts: remove them where they are comments"] if rows else []
