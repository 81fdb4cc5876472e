"""Counts that tell whether a set of triples is what it claims: repeats, leaks, unseen entities, kinds of relations."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from graphfm.ops.cardinality import RELATION_CATEGORIES, relation_categories

if TYPE_CHECKING:
    from graphfm.datasets.triples.graph import Triples


def statistics(triples: Triples) -> dict[str, Any]:
    """Sizes, repeats, leaks and unseen entities of a set, on main triples; those of an inference graph nested below.

    - ``entities``, ``relations``: those that occur (an inductive set shares relations that one graph may lack);
    - ``triples``, ``duplicates``, ``qualified``: by split, all rows, rows that repeat one, rows with qualifiers;
    - ``unseen_entities``, ``with_unseen_entity``: entities of val and test that training lacks, rows that have one;
    - ``leaks``: rows of one split that are also in another; ``linked_in_train``: test rows whose head and tail some
      training triple joins, in either direction; ``inverse_in_train``: those that one joins from tail to head;
    - ``relation_categories``: how many relations are 1-1, 1-N, N-1, N-N in training.
    """
    splits = dict(triples.splits())
    every = torch.cat(list(splits.values()))
    qualifiers = [found.pairs for found in triples.qualifiers.values()]
    relations = torch.cat([every[:, 1], *(pairs[:, 0] for pairs in qualifiers)])
    entities = torch.cat([every[:, [0, 2]].flatten(), *(pairs[:, 1] for pairs in qualifiers)])
    keys = {split: _keys(rows, triples) for split, rows in splits.items()}
    seen = torch.zeros(triples.num_entities, dtype=torch.bool)
    seen[splits["train"][:, [0, 2]].flatten()] = True
    train_pairs, test_pairs = _pairs(splits["train"], triples), _pairs(splits["test"], triples)
    trained = splits["train"][:, 1].unique()
    categories = relation_categories(splits["train"], triples.num_relations)[trained].tolist()
    counts: dict[str, Any] = {
        "entities": len(entities.unique()),
        "relations": len(relations.unique()),
        "triples": {split: len(rows) for split, rows in splits.items()},
        "duplicates": {split: _duplicates(triples, split) for split in splits},
        "unseen_entities": {s: int((~seen[splits[s][:, [0, 2]].unique()]).sum()) for s in ("val", "test")},
        "with_unseen_entity": {s: int((~seen[splits[s][:, [0, 2]]]).any(1).sum()) for s in ("val", "test")},
        "leaks": {
            f"{one}_in_{other}": int(torch.isin(keys[one], keys[other]).sum())
            for one, other in (("test", "train"), ("val", "train"), ("test", "val"))
        },
        "linked_in_train": int(torch.isin(test_pairs, train_pairs).sum()),
        "inverse_in_train": _turned_round(splits["test"], splits["train"], triples.num_entities),
        "relation_categories": {name: categories.count(i) for i, name in enumerate(RELATION_CATEGORIES)},
    }
    if triples.qualifiers:
        counts["qualified"] = {split: int((found.ptr.diff() > 0).sum()) for split, found in triples.qualifiers.items()}
    if triples.inference is not None:
        counts["inference"] = statistics(triples.inference) | _against(triples.inference, triples)
    return counts


def _against(graph: Triples, training: Triples) -> dict[str, int]:
    """What an observed graph and its queries share with the training graph and its own, by name."""
    known = torch.cat([rows for _, rows in training.splits()])
    every = torch.cat([rows for _, rows in graph.splits()])
    same = torch.tensor([training.entity_to_id.get(entity, -1) for entity in graph.entities], dtype=torch.long)
    head, relation, tail = graph.test.unbind(1)
    renamed = torch.stack([same[head], relation, same[tail]], dim=1)
    renamed = renamed[(renamed >= 0).all(1)]
    return {
        "shared_entities": int((same >= 0).sum()),
        "shared_relations": int(torch.isin(every[:, 1].unique(), known[:, 1]).sum()),
        "test_in_training_graph": int(torch.isin(_keys(renamed, training), _keys(known, training)).sum()),
    }


def _duplicates(triples: Triples, split: str) -> int:
    """Statements that repeat an earlier one of their split; qualifiers tell statements apart."""
    keys = _keys(getattr(triples, split), triples)
    if split not in triples.qualifiers:
        return len(keys) - len(keys.unique())
    ptr, pairs = (tensor.tolist() for tensor in triples.qualifiers[split])
    ranges = pairwise(ptr)
    statements = {
        (key, tuple(sorted(map(tuple, pairs[start:end]))))
        for key, (start, end) in zip(keys.tolist(), ranges, strict=True)
    }
    return len(keys) - len(statements)


def _keys(rows: Tensor, triples: Triples) -> Tensor:
    """One integer for each triple; equal where the triples are."""
    head, relation, tail = rows.unbind(1)
    return (head * triples.num_relations + relation) * triples.num_entities + tail


def _turned_round(rows: Tensor, known: Tensor, size: int) -> int:
    """How many rows have a known triple from their tail to their head; a self loop is its own inverse and does not count."""
    there = known[:, 0] * size + known[:, 2]
    turned = rows[:, 2] * size + rows[:, 0]
    return int((torch.isin(turned, there) & (rows[:, 0] != rows[:, 2])).sum())


def _pairs(rows: Tensor, triples: Triples) -> Tensor:
    """One integer for each pair of head and tail, whatever the direction."""
    ends = rows[:, [0, 2]].sort(dim=1).values
    return ends[:, 0] * triples.num_entities + ends[:, 1]
