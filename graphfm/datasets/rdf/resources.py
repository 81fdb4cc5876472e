"""One file of RDF as statements by number, with the names and texts that it says."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from graphfm.datasets.rdf import ntriples, oxigraph
from graphfm.datasets.rdf.naming import Naming
from graphfm.datasets.rdf.terms import Literal, Literals, Statement
from graphfm.datasets.tables.unpacking import lines, plain_name

LINES = (".nt", ".ntriples", ".nq", ".nquads")
RDF_ENDINGS = (
    *LINES,
    ".ttl",
    ".turtle",
    ".n3",
    ".trig",
    ".rdf",
    ".owl",
    ".rdfs",
    ".jsonld",
    ".obo",
    ".ofn",
    ".omn",
    ".owx",
)


class Resources(NamedTuple):
    """The statements between resources: positions (n, 3) in the lists of entities and relations, the line of each.

    ``names`` and ``texts``: of each resource that has some; ``dropped``: statements left out since their object is a
    literal; ``said``: statements that are names or texts; ``prefixes``: those that the file declares.
    """

    entities: list[str]
    relations: list[str]
    triples: np.ndarray
    lines: np.ndarray
    names: dict[str, str]
    texts: dict[str, str]
    dropped: int
    said: dict[str, int]
    prefixes: dict[str, str]


def is_rdf(path: Path) -> bool:
    """Whether the name of a file is that of RDF."""
    return plain_name(path).lower().endswith(RDF_ENDINGS)


def read(path: Path, *, literals: Literals = "drop", language: str = "en", encoding: str | None = None) -> Resources:
    """All statements of a file.

    Args:
        path: N-Triples or N-Quads, read line by line; any other RDF through pyoxigraph.
        literals: what to do with literals that are neither name nor text.
        language: of the names and texts to take, where there are several.

    Raises:
        DataError: what is no RDF, with its line; pyoxigraph is needed and not there.
    """
    prefixes: dict[str, str] = {}
    statements: Iterator[Statement]
    if plain_name(path).lower().endswith(LINES) or oxigraph.sniffed(path) == "N_TRIPLES":
        statements = ntriples.parse(lines(path, encoding=encoding), path=path)
    else:
        statements = oxigraph.parse(path, prefixes, encoding)
    return collected(statements, prefixes, literals=literals, language=language)


def collected(
    statements: Iterable[Statement], prefixes: dict[str, str], *, literals: Literals = "drop", language: str = "en"
) -> Resources:
    """Statements by number, what they say of names and texts apart; `prefixes` may still grow while they come."""
    naming = Naming(language)
    entities: dict[str, int] = {}
    relations: dict[str, int] = {}
    rows, where, dropped = array("i"), array("i"), 0
    for head, relation, end, line in statements:
        if isinstance(end, Literal):
            if naming.take(head, relation, end):
                continue
            if literals == "drop":
                dropped += 1
                continue
        tail = end.written() if isinstance(end, Literal) else end
        rows.append(entities.setdefault(head, len(entities)))
        rows.append(relations.setdefault(relation, len(relations)))
        rows.append(entities.setdefault(tail, len(entities)))
        where.append(line)
    triples = np.frombuffer(rows, dtype=np.int32).reshape(-1, 3) if rows else np.empty((0, 3), dtype=np.int32)
    return Resources(
        [*entities],
        [*relations],
        triples,
        np.array(where, dtype=np.int32),
        naming.found("name"),
        naming.found("text"),
        dropped,
        naming.counts,
        prefixes,
    )
