"""Why ULTRA gives an answer its score: the paths that the score hangs on, after NBFNet (Zhu et al. 2021, arXiv 2106.06935)."""

from __future__ import annotations

import torch
from torch import Tensor

from graphfm.kg.batches import evaluating
from graphfm.kg.known import inverse
from graphfm.kg.paths.explanation import Edge, Explanation, Path, rank_of
from graphfm.kg.relations.relation_graph import RelationFacts
from graphfm.kg.relations.ultra import Ultra
from graphfm.ops import Adjacency


def explain(
    model: Ultra,
    graph: RelationFacts,
    triple: tuple[int, int, int],
    *,
    top: int = 5,
    beam: int = 50,
    known: Tensor | None = None,
) -> Explanation:
    r"""The paths with the steepest score, by beam search from the answer back to the head (NBFNet, section 4.4).

    Each edge gets a factor of its own in each layer of the entity network, 1 in value. A path of l edges, one a layer, weighs the
    mean of the derivatives of the score by its factors: how much the answer would lose, to first order, with the path. The
    triple itself is taken out of the graph first. What the network makes of the relation graph is not part of a path.

    Args:
        model: ULTRA.
        graph: message graph, with the relation graph.
        triple: head, relation below 2R, tail.
        top: paths to return.
        beam: partial paths kept at each step back.
        known: `(K,)` other answers known to be true, which the rank leaves out.
    """
    head, rel, tail = triple
    graph = graph.without(torch.tensor([triple], device=graph.device))  # type: ignore[assignment]
    asked = torch.tensor([head], device=graph.device), torch.tensor([rel], device=graph.device)
    edges = graph.messages
    layers = len(model.entity_model.layers)
    with evaluating(model), torch.enable_grad():
        factors = torch.ones(layers, edges.num_edges, device=graph.device, requires_grad=True)
        scores = model.plain(graph, *asked, factors=factors)[0]
        (slope,) = torch.autograd.grad(scores[tail], factors)
    within = _reached(edges, head, layers)
    back = inverse(torch.arange(2 * graph.num_relations), graph.num_relations).tolist()
    found: list[Path] = []
    for length in range(1, layers + 1):
        if within[length][tail]:
            found += _walk_back(edges, slope, within, back, tail, length, beam=beam)
    found.sort(key=lambda path: -path.weight)
    scores = scores.detach()
    return Explanation(
        score=float(scores[tail]),
        rank=rank_of(model, scores, tail, known),
        reached=bool(found),
        paths=found[:top],
        lengths={},
        pruning=[],
    )


def _reached(edges: Adjacency, head: int, layers: int) -> list[Tensor]:
    """`(V,)` for each number of steps from 0 on: whether a walk of exactly that many ends there."""
    here = torch.zeros(edges.num_nodes, dtype=torch.bool, device=edges.src.device)
    here[head] = True
    found = [here]
    for _ in range(layers):
        here = torch.zeros_like(here).index_fill(0, edges.dst[here[edges.src]], True)
        found.append(here)
    return found


def _walk_back(
    edges: Adjacency, slope: Tensor, within: list[Tensor], back: list[int], tail: int, length: int, *, beam: int
) -> list[Path]:
    """The best paths of `length` edges that end at the tail; each step back goes only where the head can still be reached."""
    assert edges.edge_type is not None
    paths: list[tuple[float, tuple[Edge, ...], int]] = [(0.0, (), tail)]
    for layer in reversed(range(length)):
        grown = []
        for total, steps, at in paths:
            into = torch.arange(int(edges.ptr[at]), int(edges.ptr[at + 1]), device=edges.src.device)
            into = into[within[layer][edges.src[into]]]
            best = slope[layer, into].topk(min(beam, len(into)))
            for value, place in zip(best.values.tolist(), into[best.indices].tolist(), strict=True):
                source = int(edges.src[place])
                step = (source, back[int(edges.edge_type[place])], at)  # a message runs against the type it has
                grown.append((total + value, (step, *steps), source))
        grown.sort(key=lambda path: -path[0])
        paths = grown[:beam]
    return [Path(steps, total / length) for total, steps, _ in paths]
