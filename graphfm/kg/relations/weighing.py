"""How much the parts of a score count on one graph: four numbers, fitted to facts of the graph that are hidden meanwhile.

What carries over from one graph to the next differs: a dense graph of concepts is answered by what occurs often, a railway
network by its paths alone, a family by what else holds of two people. The observed graph itself tells which: some of its facts
are hidden, from the relation graph too, asked about like any question, and paths, prior, frequency and rules of the pair
(`graphfm.kg.relations.pair_rules`) are weighed by how they fare. Only facts count whose ends stay joined by other paths, as
those of a question mostly are; the last link to a leaf of the graph says that paths are worth nothing. No parameter of the
network changes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import torch
from torch import Tensor

from graphfm.kg.known import KnownAnswers, head_queries
from graphfm.kg.paths.reasoner import at_once
from graphfm.kg.paths.twins import twins
from graphfm.kg.relations.relation_graph import RelationFacts, relation_graph

USUAL_WEIGHTS = (1.0, 0.5, 0.0, 0.0)  # paths, prior, frequency, rules of the pair, where a graph says nothing
MOST_HIDDEN, FEWEST_WEIGHED = 100, 10  # facts hidden at most; questions that must be left
SCORES_HELD = 2**25  # scores held at a time: fewer facts of a large graph
PULL = 4.0  # weight of the squared distance to `USUAL_WEIGHTS` beside the sum of all losses: few questions move little
MOST_STEPS = 30  # of Newton's method; five or so are enough


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
    sizes = {"num_entities": graph.num_entities, "num_relations": graph.num_relations}
    left = torch.ones_like(triples[:, 0], dtype=torch.bool).index_fill(0, drawn, False)
    joined_without = relation_graph(triples[left], **sizes)
    hidden = dataclasses.replace(graph.without(asked), relations=joined_without)  # type: ignore[call-arg]
    known = KnownAnswers(triples, **sizes)
    alone = hidden.pair_ptr[hidden.ptr].diff() == 1  # the identity edge is left: no path leads there
    asked = asked[~(alone[asked[:, 0]] | alone[asked[:, 2]])]
    if len(asked) < FEWEST_WEIGHED:
        return graph
    # Questions of one relation share a look at it, and equal ones or those of twins an answer; stable, so that they come in one
    # order everywhere.
    twin_of = twins(hidden)
    key, order = torch.sort(asked[:, 1] * graph.num_entities + twin_of[asked[:, 0]], stable=True)
    once, place = torch.unique_consecutive(key, return_inverse=True)
    batches, size = [], at_once(graph)
    for number, questions in enumerate(once.split(size)):
        mine = place // size == number
        head, rel, tail = asked[order[mine]].unbind(1)
        found = parts_of(hidden, questions % graph.num_entities, questions // graph.num_entities)  # type: ignore[arg-type]
        parts, reached = (x[place[mine] - number * size] for x in found)
        for x in (parts, reached):
            _swap(x, head, twin_of[head])
        joined = reached[torch.arange(len(tail), device=tail.device), tail]
        if joined.any():
            batches.append((parts[joined], tail[joined], torch.stack(known.answers(head[joined], rel[joined]))))
    if sum(len(tail) for _, tail, _ in batches) < FEWEST_WEIGHED:
        return graph
    return dataclasses.replace(graph, weights=_fitted(batches))


def _swap(x: Tensor, one: Tensor, other: Tensor) -> None:
    """Put the columns `one` and `other` `(B,)` of rows `(B, V, ...)` in each other's places."""
    rows = torch.arange(len(x), device=x.device)
    x[rows, one], x[rows, other] = x[rows, other], x[rows, one]


@torch.no_grad()
def _fitted(batches: list[tuple[Tensor, Tensor, Tensor]]) -> Tensor:
    """Weights `(4,)` of the least cross-entropy, held near `USUAL_WEIGHTS`: a convex problem, by Newton's method.

    Not by `torch.optim`, whose import takes longer than all the rest.
    """
    usual = torch.tensor(USUAL_WEIGHTS, dtype=torch.double, device=batches[0][0].device)
    weights, (loss, slope, curve) = usual, _loss(batches, usual, usual)
    for _ in range(MOST_STEPS):
        step = torch.linalg.solve(curve, slope)
        if slope @ step < 1e-6:
            break
        found = _loss(batches, weights - step, usual)
        while found[0] > loss and slope @ step > 1e-6:  # too far: half of the way
            step = step / 2
            found = _loss(batches, weights - step, usual)
        weights, (loss, slope, curve) = weights - step, found
    return weights.to(batches[0][0].dtype)


def _loss(
    batches: list[tuple[Tensor, Tensor, Tensor]], weights: Tensor, usual: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Summed cross-entropy without other true answers, and the pull; its gradient `(4,)` and its matrix of second derivatives."""
    loss = PULL * (weights - usual).square().sum()
    slope, curve = (
        2 * PULL * (weights - usual),
        2 * PULL * torch.eye(len(weights), dtype=weights.dtype, device=weights.device),
    )
    for parts, tail, (row, entity) in batches:
        scores = parts @ weights.to(parts.dtype)
        rows = torch.arange(len(tail), device=tail.device)
        answer = scores[rows, tail]
        scores[row, entity] = -torch.inf
        scores[rows, tail] = answer
        share = scores.softmax(1).unsqueeze(2) * parts  # (B, V, 3)
        mean, chosen = share.sum(1), parts[rows, tail]
        loss = loss + (scores.logsumexp(1) - answer).sum()
        slope = slope + (mean - chosen).sum(0)
        curve = curve + share.flatten(0, 1).T @ parts.flatten(0, 1) - mean.T @ mean
    return loss, slope, curve
