"""Triples from and to forms that hold ids: PyG `Data` and `HeteroData`, PyKEEN's `TriplesFactory`.

These forms hold one split each. For PyG `Data`, the way there is `Triples.data`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch_geometric.data import Data, HeteroData

from graphfm.datasets.triples.graph import SPLITS, Triples
from graphfm.errors import DataError

if TYPE_CHECKING:
    from pykeen.triples import CoreTriplesFactory, TriplesFactory


def from_data(
    train: Data,
    *,
    val: Data | None = None,
    test: Data | None = None,
    inverse: bool = False,
    entities: Sequence[str] | None = None,
    relations: Sequence[str] | None = None,
    name: str = "data",
) -> Triples:
    """Triples from PyG graphs with ``edge_index`` and ``edge_type``.

    Args:
        train: the training graph; without `val` and `test`, its edge masks ``train_mask``, ... split it.
        val, test: one graph for each further split.
        inverse: the second half of the edges are the inverses of the first, as relation r + R; they are left out.
        entities, relations: their names; the numbers where not given.
        name: name of the set.

    Raises:
        DataError: on a graph without edge types, or edges that are not the inverses they are said to be.
    """
    graphs = {"train": train, "val": val, "test": test}
    rows: dict[str, Any] = {
        split: _rows(graph, split, inverse=inverse) for split, graph in graphs.items() if graph is not None
    }
    masks = {split: train[f"{split}_mask"] for split in SPLITS if f"{split}_mask" in train}
    if val is None and test is None and "train" in masks and len(masks["train"]) == train.num_edges:
        rows = {split: rows["train"][mask[: len(rows["train"])]] for split, mask in masks.items()}
    num_nodes = max(int(graph.num_nodes or 0) for graph in graphs.values() if graph is not None)
    num_relations = max((int(some[:, 1].max()) + 1 for some in rows.values() if len(some)), default=0)
    return Triples(
        name,
        [*entities] if entities is not None else [str(i) for i in range(num_nodes)],
        [*relations] if relations is not None else [str(i) for i in range(num_relations)],
        **rows,
    )


def _rows(data: Data, split: str, *, inverse: bool) -> Tensor:
    if data.edge_index is None or "edge_type" not in data:
        raise DataError(f"a {split} graph without edge_index and edge_type", expected="typed edges")
    rows = torch.stack([data.edge_index[0], data.edge_type, data.edge_index[1]], dim=1).long()  # (E, 3)
    if not inverse:
        return rows
    first, second = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    offset = second[:, 1] - first[:, 1] if len(first) == len(second) else torch.zeros(1)
    if len(first) != len(second) or not torch.equal(first[:, [0, 2]], second[:, [2, 0]]) or len(offset.unique()) > 1:
        raise DataError(f"other edges in the second half of {split}", expected="the inverse of each edge, as r + R")
    return first


def to_hetero(triples: Triples, *, split: str = "train") -> HeteroData:
    """One split as a PyG graph: nodes ``entity`` and an edge type for each relation, empty ones too, in their order."""
    _refuse_qualifiers(triples, form="HeteroData")
    graph = HeteroData()
    graph["entity"].num_nodes = triples.num_entities
    rows = getattr(triples, split)
    order = rows[:, 1].argsort(stable=True)
    sizes = torch.bincount(rows[:, 1], minlength=triples.num_relations).tolist()
    for relation, some in zip(triples.relations, rows[order].split(sizes), strict=True):
        graph["entity", relation, "entity"].edge_index = some[:, [0, 2]].t().contiguous()
    return graph


def from_hetero(
    train: HeteroData,
    *,
    val: HeteroData | None = None,
    test: HeteroData | None = None,
    entities: Sequence[str] | None = None,
    name: str = "hetero",
) -> Triples:
    """Triples from PyG heterogeneous graphs: each edge type is a relation, all nodes are entities.

    Entities are numbered through the node types in order. A relation is named by the middle of its edge type, or by all
    three parts where several edge types share the middle.

    Args:
        train, val, test: one graph for each split, with the same node types.
        entities: their names; the number, or ``type/number`` where there are several node types, if not given.
        name: name of the set.

    Raises:
        DataError: on an edge type of `val` or `test` that `train` does not have.
    """
    offsets: dict[str, int] = {}
    names: list[str] = []
    size = 0
    for kind in train.node_types:
        count = int(train[kind].num_nodes or 0)
        offsets[kind], size = size, size + count
        names += [str(i) if len(train.node_types) == 1 else f"{kind}/{i}" for i in range(count)]
    middles = [middle for _, middle, _ in train.edge_types]
    ids = {edge_type: i for i, edge_type in enumerate(train.edge_types)}
    splits: dict[str, Any] = {}
    for split, graph in (("train", train), ("val", val), ("test", test)):
        rows = [torch.empty(0, 3, dtype=torch.long)]
        if graph is None:
            continue
        for edge_type in graph.edge_types:
            if edge_type not in ids:
                raise DataError(f"the edge type {edge_type} in {split}", expected="the edge types of train")
            head, tail = graph.edge_index_dict[edge_type]
            relation = torch.full_like(head, ids[edge_type])
            rows.append(torch.stack([head + offsets[edge_type[0]], relation, tail + offsets[edge_type[2]]], dim=1))
        splits[split] = torch.cat(rows)
    relations = [kind[1] if middles.count(kind[1]) == 1 else "__".join(kind) for kind in train.edge_types]
    return Triples(name, [*entities] if entities is not None else names, relations, **splits)


def to_pykeen(triples: Triples) -> dict[str, TriplesFactory]:
    """PyKEEN's factories of the splits that are not empty, named for its ``pipeline``: training, validation, testing.

    All three share the whole vocabulary, so that PyKEEN keeps the triples whose entities training lacks.
    """
    from pykeen.triples import TriplesFactory

    _refuse_qualifiers(triples, form="TriplesFactory")
    names = {"train": "training", "val": "validation", "test": "testing"}
    return {
        names[split]: TriplesFactory(rows, triples.entity_to_id, triples.relation_to_id)
        for split, rows in triples.splits()
        if len(rows)
    }


def from_pykeen(
    training: CoreTriplesFactory,
    *,
    validation: CoreTriplesFactory | None = None,
    testing: CoreTriplesFactory | None = None,
    name: str = "pykeen",
) -> Triples:
    """Triples from PyKEEN's factories, matched by label; labels that training lacks come after its own.

    What PyKEEN dropped when the factories were made (triples with unseen entities, unless it was given the vocabulary)
    is not in them. Inverse triples are not stored in factories and need no care.
    """
    factories = {"train": training, "val": validation, "test": testing}
    entity_ids: dict[str, int] = {}
    relation_ids: dict[str, int] = {}
    splits: dict[str, Any] = {}
    for split, factory in factories.items():
        if factory is None:
            continue
        entity_of = _renumber(getattr(factory, "entity_to_id", None), factory.num_entities, entity_ids)
        relation_of = _renumber(getattr(factory, "relation_to_id", None), factory.real_num_relations, relation_ids)
        head, relation, tail = factory.mapped_triples.long().unbind(1)
        splits[split] = torch.stack([entity_of[head], relation_of[relation], entity_of[tail]], dim=1)
    return Triples(name, [*entity_ids], [*relation_ids], **splits)


def _renumber(label_to_id: dict[str, int] | None, size: int, ids: dict[str, int]) -> Tensor:
    """For each id of a factory its id in the common vocabulary, which grows by the labels that are new to it."""
    labels = {i: label for label, i in label_to_id.items()} if label_to_id else {i: str(i) for i in range(size)}
    table = torch.zeros(max(labels, default=-1) + 1, dtype=torch.long)
    for i in sorted(labels):
        table[i] = ids.setdefault(labels[i], len(ids))
    return table


def _refuse_qualifiers(triples: Triples, *, form: str) -> None:
    if triples.qualifiers:
        hint = "Go on with the main triples by dataclasses.replace(triples, qualifiers={})."
        raise DataError("statements with qualifiers", expected=f"plain triples, {form} holds no others", hint=hint)
