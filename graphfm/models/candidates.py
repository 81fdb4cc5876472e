"""Which entities may answer a question, and which triples are known besides those of the data."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import Tensor

from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.triples.entity_types import of_type
from graphfm.datasets.triples.graph import Triples
from graphfm.errors import DataError
from graphfm.files import read_text
from graphfm.kg.known import KnownAnswers, head_queries
from graphfm.models.name_index import NameIndex

#: "range", "type:NAME", a file with a name a line, or the names: a list, an array, a column of a frame.
Given: TypeAlias = str | os.PathLike[str] | Iterable[str] | None
#: A table of triples, a frame of them, or the triples by name.
KnownGiven: TypeAlias = str | os.PathLike[str] | Iterable[tuple[str, str, str]] | Any | None

RANGE, TYPE = "range", "type:"

log = logging.getLogger(__name__)


class AnswerSet:
    """The entities that may answer, by relation where they are its range.

    Args:
        graph: whose entities they are.
        given: "range" for those that a training triple has on that side of the relation; "type:NAME" for those of a type;
            a file with an identifier or a label a line; or such names.

    Raises:
        DataError: an unknown name, with the nearest ones and, in a file, its line; an unknown type, or data without types;
            no name at all.
    """

    def __init__(self, graph: Triples, given: str | os.PathLike[str] | Iterable[str]) -> None:
        self.graph, self.said = graph, given if isinstance(given, str) else "the given names"
        by_relation = isinstance(given, str) and given == RANGE
        self.of_all: Tensor | None = None if by_relation else self._one_set(given)[None]  # (1, V)
        if self.of_all is None:
            both = torch.cat([graph.train, head_queries(graph.train, graph.num_relations)])
            pairs = torch.unique(both[:, 1] * graph.num_entities + both[:, 2])  # relation and entity, by relation
            self.relation, self.entity = pairs // graph.num_entities, pairs % graph.num_entities

    def mask(self, rel: Tensor) -> Tensor:
        """Which entities may answer queries of these relations. Shapes: `rel (B,) -> (B, V)` or `(1, V)` bool."""
        if self.of_all is not None:
            return self.of_all.to(rel.device)
        relations, row = torch.unique(rel.cpu(), return_inverse=True)
        table = torch.zeros(len(relations), self.graph.num_entities, dtype=torch.bool)
        for i, r in enumerate(relations.tolist()):
            start, stop = torch.searchsorted(self.relation, torch.tensor([r, r + 1])).tolist()
            table[i, self.entity[start:stop]] = True
        return table[row].to(rel.device)

    def _one_set(self, given: str | os.PathLike[str] | Iterable[str]) -> Tensor:
        if isinstance(given, str) and given.startswith(TYPE):
            return of_type(self.graph, given.removeprefix(TYPE))
        found = torch.zeros(self.graph.num_entities, dtype=torch.bool)
        if isinstance(given, str | os.PathLike):
            path = Path(given)
            if not path.is_file():
                expected = "`range`, `type:NAME`, or a file with a name a line"
                raise DataError(f"the candidates {str(given)!r}, which are no file", expected=expected)
            for line, text in enumerate(read_text(path).splitlines(), start=1):
                if text.strip():
                    try:
                        found[self.graph.lookup_entity(text.strip())] = True
                    except DataError as error:
                        raise error.at(path, line) from error
        else:
            if hasattr(given, "columns"):
                hint = "Give one of its columns: frame['name']."
                raise DataError("a frame as candidates", expected="names of entities", hint=hint)
            for name in given:
                found[self.graph.lookup_entity(name)] = True
        if not found.any():
            raise DataError("no candidate", expected="at least one name")
        return found


def known_answers(graph: Triples, given: KnownGiven) -> KnownAnswers:
    """The index of `known_triples`."""
    triples = known_triples(graph, given)
    return KnownAnswers(triples, num_entities=graph.num_entities, num_relations=graph.num_relations)


def known_triples(graph: Triples, given: KnownGiven) -> Tensor:
    """Triples that are known besides those of the data. Rows whose names the graph has not say nothing about its answers: how
    many there are is logged.

    Args:
        graph: whose names they use.
        given: a table of triples of any convention, RDF, a frame, or triples by name.

    Shapes: `(n, 3)`.

    Raises:
        DataError: a table that cannot be read, or one of which no row has names of the graph.
    """
    entities, relations = NameIndex(graph, "entity"), NameIndex(graph, "relation")
    path = Path(given) if isinstance(given, str | os.PathLike) else None
    rows = _rows(given, path)
    ids = torch.tensor([[entities.get(h), relations.get(r), entities.get(t)] for h, r, t in rows], dtype=torch.long)
    met = (ids.view(-1, 3) >= 0).all(1)
    if rows and not met.any():
        raise DataError(
            f"{len(rows):,} known triples, none of which has names of {graph.name} alone",
            expected="identifiers or labels of its entities and relations",
            hint=f"The first is {rows[0]}.",
            path=path,
        )
    if not met.all():
        first = rows[int(met.int().argmin())]
        log.warning(
            "%s of %s known triples are left out, for they have names that %s has not: the first is (%s).",
            f"{int((~met).sum()):,}", f"{len(rows):,}", graph.name, ", ".join(first),
        )  # fmt: skip
    return ids.view(-1, 3)[met]


def _rows(given: Any, path: Path | None) -> list[tuple[str, str, str]]:
    """The names of each known triple."""
    if path is not None:
        from graphfm.datasets.triples.statements import read_statements  # half a second of imports, for files alone

        return read_statements(path).rows
    if hasattr(given, "columns"):
        from graphfm.datasets.tables.whole import as_pandas
        from graphfm.datasets.triples.columnar import from_columns

        return from_columns(as_pandas(given), Reading(), Path("frame")).rows
    rows = list(given)
    for row in rows:
        if isinstance(row, str) or len(row) != 3 or not all(isinstance(name, str) for name in row):
            raise DataError(f"{row!r} as a known triple", expected="(head, relation, tail), by name")
    return rows
