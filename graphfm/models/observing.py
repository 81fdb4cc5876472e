"""What a model reads of a graph beside a query."""

from __future__ import annotations

import torch
from torch import Tensor

from graphfm.datasets.triples.graph import Triples
from graphfm.kg.paths.facts import Facts, facts


def message_graph(graph: Triples, *, relations: Tensor | None = None, num_relations: int | None = None) -> Facts:
    """The training triples of a graph, sorted for a `graphfm.kg.paths.reasoner.Reasoner`.

    Args:
        graph: the graph.
        relations: `(R,)` the model's id of each relation, where it has ids of its own.
        num_relations: relations of the model; those of the graph where it has none of its own.
    """
    head, rel, tail = graph.train.unbind(1)
    triples = graph.train if relations is None else torch.stack([head, relations.cpu()[rel], tail], 1)
    return facts(triples, num_entities=graph.num_entities, num_relations=num_relations or graph.num_relations)
