"""Which gates a trained reasoner uses for which relation."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from graphfm.kg.batches import evaluating
from graphfm.kg.known import head_queries
from graphfm.kg.paths.facts import Facts
from graphfm.kg.paths.reasoner import Reasoner


class GateUse(NamedTuple):
    """Mean gate weights of the queries of each relation; rows sum to one, but for what early stop ended."""

    relation: Tensor  # (M,) relations asked for, r + R for heads
    queries: Tensor  # (M,) their number
    lengths: Tensor  # (M, lengths)
    pruning: Tensor  # (M, layers, experts); no layers without pruning


@torch.no_grad()
def gate_use(
    model: Reasoner, graph: Facts, triples: Tensor, *, per_relation: int = 20, batch_size: int = 32
) -> GateUse:
    """Ask for both ends of some triples of each relation, and average what the gates say.

    Args:
        model: the reasoner.
        graph: message graph.
        triples: `(n, 3)` to ask about.
        per_relation: at most so many queries of a relation, the first ones.
        batch_size: queries at a time.
    """
    asked = torch.cat([triples, head_queries(triples, graph.num_relations)]).to(graph.device)
    asked = asked[asked[:, 1].argsort(stable=True)]
    _, counts = asked[:, 1].unique_consecutive(return_counts=True)
    place = torch.arange(len(asked), device=graph.device) - torch.repeat_interleave(counts.cumsum(0) - counts, counts)
    asked = asked[place < per_relation]
    lengths, pruning = [], []
    with evaluating(model):
        for batch in asked.split(batch_size):
            layers = list(model.layers(graph, batch[:, 0], batch[:, 1]))
            weights = [layer.length_weight for layer in layers if layer.length_weight is not None]
            lengths.append(_filled(weights, model.lengths.last - model.lengths.first + 1))
            chosen = [layer.pruning_gate for layer in layers if layer.pruning_gate is not None]
            pruning.append(_filled(chosen, len(model.pruning)) if chosen else weights[0].new_zeros(len(batch), 0, 0))
    relation, row, queries = asked[:, 1].unique_consecutive(return_inverse=True, return_counts=True)

    def mean(parts: list[Tensor]) -> Tensor:
        values = torch.cat(parts)
        total = values.new_zeros(len(relation), *values.shape[1:]).index_add(0, row, values)
        return total / queries.view(-1, *[1] * (values.dim() - 1))

    return GateUse(relation, queries, mean(lengths), mean(pruning))


def _filled(parts: list[Tensor], size: int) -> Tensor:
    """Stack along dimension 1; layers that an early stop left out count as zero."""
    return torch.stack([*parts, *[torch.zeros_like(parts[0])] * (size - len(parts))], 1)
