"""How much paths, prior and frequency count on one graph: three numbers, fitted to facts of the graph that are hidden meanwhile.

What carries over from one graph to the next differs: a dense graph of concepts is answered by what occurs often, a railway
network by its paths alone. The observed graph itself tells which: some of its facts are hidden, asked about like any question,
and the three parts of the score weighed by how they fare. Only facts count whose ends stay joined by other paths, as those of a
question mostly are; the last link to a leaf of the graph says that paths are worth nothing. No parameter of the network changes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import torch
from torch import Tensor

from graphfm.kg.known import KnownAnswers, head_queries
from graphfm.kg.losses import cross_entropy
from graphfm.kg.relations.relation_graph import RelationFacts

USUAL_WEIGHTS = (1.0, 0.5, 0.0)  # paths, prior, frequency, where a graph says nothing of them
MOST_HIDDEN, FEWEST_WEIGHED = 100, 10  # facts hidden at most; questions that must be left
WEIGHED_AT_ONCE = 32  # questions
SCORES_HELD = 2**25  # scores held at a time: fewer facts of a large graph
PULL = 4.0  # weight of the squared distance to `USUAL_WEIGHTS` beside the sum of all losses: few questions move little


def weigh(
    parts_of: Callable[[RelationFacts, Tensor, Tensor], tuple[Tensor, Tensor]], graph: RelationFacts, triples: Tensor
) -> RelationFacts:
    """The graph with weights of the parts of a score on it.

    Args:
        parts_of: `UniversalReasoner.parts`.
        graph: message graph of the triples.
        triples: `(n, 3)` its facts, of which at most `MOST_HIDDEN` are drawn, the same ones every time.
    """
    most = min(MOST_HIDDEN, SCORES_HELD // max(1, 2 * graph.num_entities))
    if 2 * min(most, len(triples)) < FEWEST_WEIGHED:
        return graph
    drawn = torch.randperm(len(triples), generator=torch.Generator().manual_seed(0))[:most].to(triples.device)
    asked = torch.cat([triples[drawn], head_queries(triples[drawn], graph.num_relations)])
    hidden = graph.without(asked)
    known = KnownAnswers(triples, num_entities=graph.num_entities, num_relations=graph.num_relations)
    # Questions of one relation share a look at it; stable, so that equal questions come in one order everywhere.
    order = torch.argsort(asked[:, 1] * graph.num_entities + asked[:, 0], stable=True)
    batches = []
    for rows in asked[order].split(WEIGHED_AT_ONCE):
        head, rel, tail = rows.unbind(1)
        parts, reached = parts_of(hidden, head, rel)  # type: ignore[arg-type]
        joined = reached[torch.arange(len(tail), device=tail.device), tail]
        if joined.any():
            batches.append((parts[joined], tail[joined], torch.stack(known.answers(head[joined], rel[joined]))))
    if sum(len(tail) for _, tail, _ in batches) < FEWEST_WEIGHED:
        return graph
    return dataclasses.replace(graph, weights=_fitted(batches))


@torch.enable_grad()
def _fitted(batches: list[tuple[Tensor, Tensor, Tensor]]) -> Tensor:
    """Weights `(3,)` of the least cross-entropy, held near `USUAL_WEIGHTS`; a convex problem."""
    start = torch.tensor(USUAL_WEIGHTS, device=batches[0][0].device)
    change = torch.zeros_like(start, requires_grad=True)
    optimizer = torch.optim.LBFGS([change], max_iter=30, line_search_fn="strong_wolfe")
    total = sum(len(tail) for _, tail, _ in batches)

    def closure() -> Tensor:
        optimizer.zero_grad()
        weights = start + change
        losses = [cross_entropy(parts @ weights, tail, exclude=out) * len(tail) for parts, tail, out in batches]
        loss = (torch.stack(losses).sum() + PULL * change.square().sum()) / total
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)
    return (start + change).detach()
