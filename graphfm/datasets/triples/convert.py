"""Triples from and to labelled rows, pandas frames and NetworkX graphs; `triples_tensors` has the forms made of ids.

Every conversion keeps all triples, repeated ones too. Forms without room for qualifiers refuse a set that has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from graphfm.datasets.triples.graph import SPLITS, Qualifiers, Triples
from graphfm.datasets.triples.tensors import from_data, from_hetero, from_pykeen, to_hetero, to_pykeen
from graphfm.errors import DataError

if TYPE_CHECKING:
    import networkx
    import pandas

__all__ = [
    "from_data",
    "from_frame",
    "from_hetero",
    "from_labels",
    "from_networkx",
    "from_pykeen",
    "to_frame",
    "to_hetero",
    "to_networkx",
    "to_pykeen",
]

_SPLIT_NAMES = {**{split: split for split in SPLITS}, "training": "train", "testing": "test"}
_SPLIT_NAMES |= dict.fromkeys(("valid", "validation", "dev"), "val")
_Pairs = Sequence[tuple[str, str]]


def from_labels(
    rows: Mapping[str, Sequence[tuple[str, str, str]]],
    *,
    name: str = "triples",
    entities: Sequence[str] | None = None,
    relations: Sequence[str] | None = None,
    qualifiers: Mapping[str, Sequence[_Pairs]] | None = None,
    **rest: Any,
) -> Triples:
    """Triples from rows of names.

    Args:
        rows: head, relation, tail of each row, by split ("train", "val", "test"; "valid", "dev" and the like are val).
        entities, relations: names in the order of their ids; sorted names of all rows where not given.
        qualifiers: the pairs (qualifier relation, value) of each row, by split.
        rest: further fields of `Triples`.

    Raises:
        DataError: on an unknown split, or a name that is not in the vocabulary given.

    >>> from_labels({"train": [("ann", "parent_of", "bob")], "valid": [("bob", "parent_of", "eve")]})
    triples: 3 entities, 1 relation, 1 / 1 / 0 triples
    """
    rows = {_split(split): list(some) for split, some in rows.items()}
    pairs = {_split(split): list(some) for split, some in (qualifiers or {}).items()}
    every = list(chain.from_iterable(rows.values()))
    extra = [pair for some in pairs.values() for pair in chain.from_iterable(some)]
    if entities is None:
        entities = sorted({*(end for head, _, tail in every for end in (head, tail)), *(value for _, value in extra)})
    if relations is None:
        relations = sorted({*(relation for _, relation, _ in every), *(relation for relation, _ in extra)})
    entity_ids = {entity: i for i, entity in enumerate(entities)}
    relation_ids = {relation: i for i, relation in enumerate(relations)}
    splits: dict[str, Any] = {}
    found: dict[str, Qualifiers] = {}
    try:
        for split, some in rows.items():
            ids = [(entity_ids[h], relation_ids[r], entity_ids[t]) for h, r, t in some]
            splits[split] = torch.tensor(ids, dtype=torch.long).reshape(-1, 3)
        for split, some_pairs in pairs.items():
            ptr = np.concatenate([[0], np.cumsum([len(pair) for pair in some_pairs], dtype=np.int64)])
            id_pairs = [(relation_ids[r], entity_ids[v]) for r, v in chain.from_iterable(some_pairs)]
            if id_pairs:
                found[split] = Qualifiers(torch.from_numpy(ptr), torch.tensor(id_pairs, dtype=torch.long))
    except KeyError as error:
        raise DataError(f"the unknown name {error.args[0]!r}", expected="a name of the vocabulary given") from None
    return Triples(name, [*entities], [*relations], **splits, qualifiers=found, **rest)


def from_frame(
    frame: pandas.DataFrame,
    *,
    head: str = "head",
    relation: str = "relation",
    tail: str = "tail",
    split: str = "split",
    name: str = "frame",
    entities: Sequence[str] | None = None,
    relations: Sequence[str] | None = None,
) -> Triples:
    """Triples from a pandas frame with one row a triple.

    Args:
        head, relation, tail: names of the columns.
        split: column with the split of each row; all is training where there is no such column.
        name: name of the set.
        entities, relations: names in the order of their ids; sorted where not given.

    A column ``qualifiers`` holds lists of pairs (qualifier relation, value).

    Raises:
        DataError: on a column that is not there, an empty cell or an unknown split.
    """
    columns = [head, relation, tail]
    for column in columns:
        if column not in frame.columns:
            raise DataError(f"no column {column!r}", expected=f"one of {', '.join(map(repr, frame.columns))}")
        if frame[column].isna().any():
            row = int(np.flatnonzero(frame[column].isna().to_numpy())[0])
            raise DataError(f"nothing in column {column!r}, row {row}", expected="a name in each cell")
    names = zip(*(map(str, frame[column].tolist()) for column in columns), strict=True)
    splits = frame[split].tolist() if split in frame.columns else ["train"] * len(frame)
    pairs = frame["qualifiers"].tolist() if "qualifiers" in frame.columns else None
    return _grouped(names, splits, pairs, name=name, entities=entities, relations=relations)


def to_frame(triples: Triples) -> pandas.DataFrame:
    """One row a triple, by name: head, relation, tail, split, and qualifiers where the set has any."""
    import pandas

    head, relation, tail = torch.cat([rows for _, rows in triples.splits()]).numpy().T
    entities, relations = np.array(triples.entities, dtype=object), np.array(triples.relations, dtype=object)
    frame = pandas.DataFrame({"head": entities[head], "relation": relations[relation], "tail": entities[tail]})
    frame["split"] = [split for split, rows in triples.splits() for _ in range(len(rows))]
    if triples.qualifiers:
        pairs = [some for split in SPLITS for some in _qualifiers(triples, split)]
        frame["qualifiers"] = pandas.Series(pairs, dtype=object)
    return frame


def from_networkx(
    graph: networkx.Graph, *, relation: str = "relation", split: str = "split", name: str | None = None
) -> Triples:
    """Triples from a directed NetworkX graph; ids follow the order of its nodes and the sorted relations.

    Args:
        relation: edge attribute with the relation; the key of the edge where a multigraph has no such attribute.
        split: edge attribute with the split; training where an edge has none.
        name: name of the set; that of the graph by default.

    The node attributes ``label`` and ``text`` are taken over, and the relations in ``graph.graph["relations"]``.

    Raises:
        DataError: on an undirected graph, or an edge without relation.
    """
    if not graph.is_directed():
        raise DataError("an undirected graph", expected="a directed one", hint="Triples need to know head and tail.")
    rows, splits, pairs = [], [], []
    edges: Iterable[tuple[Any, Any, Any, dict]] = (
        graph.edges(keys=True, data=True)
        if graph.is_multigraph()
        else ((head, tail, None, edge) for head, tail, edge in graph.edges(data=True))
    )
    for head, tail, key, edge in edges:
        kind = edge.get(relation, key if isinstance(key, str) else None)
        if kind is None:
            raise DataError(f"an edge {head!r} to {tail!r} without {relation!r}", expected="a relation on each edge")
        rows.append((str(head), str(kind), str(tail)))
        splits.append(edge.get(split, "train"))
        pairs.append(edge.get("qualifiers", ()))
    entities = [str(node) for node in graph.nodes]
    if len(set(entities)) != len(entities):
        raise DataError("two nodes with one name", expected="nodes whose str() differ")
    rest: dict[str, Any] = {}
    for attribute, field in (("label", "entity_labels"), ("text", "entity_text")):
        if any(attribute in node for _, node in graph.nodes(data=True)):
            rest[field] = [str(node.get(attribute, key)) for key, node in graph.nodes(data=True)]
    relations = graph.graph.get("relations")
    return _grouped(
        rows, splits, pairs, name=name or graph.name or "graph", entities=entities, relations=relations, **rest
    )


def to_networkx(triples: Triples) -> networkx.MultiDiGraph:
    """A multigraph with one edge a triple, nodes by name in the order of their ids.

    Nodes carry ``label`` and ``text``, edges ``relation``, ``split`` and, in a hyper-relational set, ``qualifiers``.
    """
    import networkx

    graph = networkx.MultiDiGraph(name=triples.name, relations=[*triples.relations])
    texts = triples.entity_text or triples.entity_labels
    for entity, label, text in zip(triples.entities, triples.entity_labels, texts, strict=True):
        graph.add_node(entity, label=label, text=text)
    for split, rows in triples.splits():
        for (head, relation, tail), pairs in zip(rows.tolist(), _qualifiers(triples, split), strict=True):
            edge: dict[str, Any] = {"relation": triples.relations[relation], "split": split}
            if pairs:
                edge["qualifiers"] = pairs
            graph.add_edge(triples.entities[head], triples.entities[tail], **edge)
    return graph


def _qualifiers(triples: Triples, split: str) -> list[list[tuple[str, str]]]:
    """The qualifiers of each row of a split, by name."""
    if split not in triples.qualifiers:
        return [[] for _ in range(len(getattr(triples, split)))]
    ptr, pairs = (tensor.tolist() for tensor in triples.qualifiers[split])
    names = [(triples.relations[relation], triples.entities[value]) for relation, value in pairs]
    return [names[start:end] for start, end in pairwise(ptr)]


def _grouped(
    rows: Iterable[tuple[str, str, str]], splits: Sequence[str], pairs: Sequence[_Pairs] | None, **rest: Any
) -> Triples:
    """Triples from rows that each say their split."""
    by_split: dict[str, list] = {}
    pairs_by_split: dict[str, list] = {}
    for row, split, some in zip(rows, splits, pairs or [()] * len(splits), strict=True):
        by_split.setdefault(split, []).append(row)
        pairs_by_split.setdefault(split, []).append([(str(relation), str(value)) for relation, value in some])
    return from_labels(by_split, qualifiers=pairs_by_split if pairs else None, **rest)


def _split(name: str) -> str:
    if name not in _SPLIT_NAMES:
        raise DataError(f"the split {name!r}", expected="one of " + ", ".join(_SPLIT_NAMES))
    return _SPLIT_NAMES[name]
