"""Why a reasoner gives an answer its score: the paths with most attention, and what the gates chose."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from graphfm.kg.batches import evaluating
from graphfm.kg.paths.facts import Facts
from graphfm.kg.paths.reasoner import Reasoner, Step
from graphfm.kg.ranks import ranks_among, slack

Edge = tuple[int, int, int]  # head, relation (r + R: against its direction), tail


@dataclass(frozen=True)
class Path:
    """Edges from the head of the query to the answer, and their weight."""

    edges: tuple[Edge, ...]
    weight: float


@dataclass(frozen=True)
class Explanation:
    """What led to the score of one answer.

    Args:
        score: of the answer.
        rank: of the answer among all entities but other known answers, in the middle of ties.
        reached: whether any path of a length that may count leads to it.
        paths: by weight, largest first.
        lengths: weight that the length gate gives to each path length; empty without such a gate.
        pruning: for each layer, the weights of its pruning experts; empty without pruning.
    """

    score: float
    rank: float
    reached: bool
    paths: list[Path]
    lengths: dict[int, float]
    pruning: list[list[float]]


@torch.no_grad()
def explain(
    model: Reasoner,
    graph: Facts,
    triple: tuple[int, int, int],
    *,
    top: int = 5,
    beam: int = 50,
    known: Tensor | None = None,
) -> Explanation:
    r"""The paths that carry an answer's score, by beam search from the answer back to the head.

    A path of l edges weighs :math:`g(l) \prod_i \alpha_i`: the gate's weight of its length times the attention of its
    edges. Edges that stay where they are drop out of a path, and so do loops, which come back to an entity of the path;
    what is then the same path adds up. The triple itself is taken out of the graph first, so that nothing is explained by
    itself.

    Args:
        model: the reasoner.
        graph: message graph.
        triple: head, relation below 2R, tail.
        top: paths to return.
        beam: partial paths kept at each step back.
        known: `(K,)` other answers known to be true, which the rank leaves out.
    """
    head, rel, tail = triple
    graph = graph.without(torch.tensor([triple], device=graph.device))
    asked = torch.tensor([head], device=graph.device), torch.tensor([rel], device=graph.device)
    with evaluating(model):
        result, layers = model(graph, *asked), list(model.layers(graph, *asked))
    lengths: dict[int, float] = {}
    found: dict[tuple[Edge, ...], float] = {}
    for length, layer in enumerate(layers, start=1):
        if layer.length_weight is None:
            continue
        gate = lengths[length] = float(layer.length_weight[0])
        at_tail = (layer.expansion.nodes.entity[layer.kept] == tail).nonzero()
        if gate and len(at_tail):
            for edges, attention in _walk_back(layers[:length], int(layer.kept[at_tail[0]]), beam=beam):
                path = without_loops(tuple(edge for edge in edges if edge[1] != 2 * graph.num_relations))
                found[path] = found.get(path, 0.0) + gate * attention
    ranked = sorted(found.items(), key=lambda item: _order(item[1], item[0]))[:top]
    scores = result.scores[0]
    return Explanation(
        score=float(scores[tail]),
        rank=rank_of(model, scores, tail, known),
        reached=bool(result.reached[0, tail]),
        paths=[Path(edges, weight) for edges, weight in ranked],
        lengths=lengths,
        pruning=[layer.pruning_gate[0].tolist() for layer in layers if layer.pruning_gate is not None],
    )


def rank_of(model: nn.Module, scores: Tensor, tail: int, known: Tensor | None) -> float:
    """Rank of an answer by its score among all entities but other known answers `(K,)`, in the middle of ties."""
    rivals = torch.ones_like(scores, dtype=torch.bool)
    if known is not None:
        rivals[known] = False
    rivals[tail] = True
    return float(ranks_among(scores[rivals], scores[tail : tail + 1], slack(model, scores)))


def without_loops(path: tuple[Edge, ...]) -> tuple[Edge, ...]:
    """A path that visits no entity twice; one that ends where it starts is what it is about, and stays.

    >>> without_loops(((0, 5, 1), (1, 6, 0), (0, 7, 2)))
    ((0, 7, 2),)
    """
    kept: list[Edge] = []
    for edge in path:
        kept.append(edge)
        first = next((place for place, other in enumerate(kept) if other[0] == edge[2]), None)
        if first is not None:
            del kept[first:]
    return tuple(kept) or path


def _walk_back(layers: list[Step], place: int, *, beam: int) -> list[tuple[tuple[Edge, ...], float]]:
    """Best paths from the head to a node of the last layer's step, and the product of their attention."""
    paths: list[tuple[tuple[Edge, ...], float]] = [((), 1.0)]
    ends = [place]
    for number in reversed(range(len(layers))):
        layer, grown = layers[number], list[tuple[float, tuple[Edge, ...], int]]()
        for (edges, weight), end in zip(paths, ends, strict=True):
            into = slice(int(layer.expansion.edges.ptr[end]), int(layer.expansion.edges.ptr[end + 1]))
            source = layer.expansion.edges.src[into]
            kind = layer.expansion.pair_rel[layer.expansion.edge_pair[into]]
            # What is equal up to rounding stays in the order of the edges, so that the machine does not choose.
            rounded = layer.attention[into].round(decimals=5)
            best = rounded.argsort(descending=True, stable=True)[:beam]
            at = int(layer.expansion.nodes.entity[end])
            nodes = source[best]
            columns = layer.attention[into][best], nodes, kind[best], layer.frontier.entity[nodes]
            for attention, node, by, come_from in zip(*(column.tolist() for column in columns), strict=True):
                grown.append((weight * attention, ((come_from, by, at), *edges), node))
        grown.sort(key=lambda item: _order(item[0], item[1]))
        paths = [(edges, weight) for weight, edges, _ in grown[:beam]]
        ends = [_before(layers, number, source) for *_, source in grown[:beam]]
    return paths


def _order(weight: float, path: tuple[Edge, ...]) -> tuple[float, tuple[Edge, ...]]:
    """Greatest weight first; paths whose weights are equal up to rounding by their edges."""
    return -float(f"{weight:.4g}"), path


def _before(layers: list[Step], number: int, source: int) -> int:
    """Where a node of a layer's frontier is among the nodes of the step before."""
    key: Tensor = layers[number].frontier.key[source]
    return int(layers[number - 1].expansion.nodes.find(key)) if number else 0
