"""Are nodes at structural boundaries harder, and does structure make them so? Accuracy by label-free boundary scores.

Nodes between communities are harder to classify even from their texts alone. What a method does there is therefore judged
against the text-only classifier: the difference of the two differences between boundary and interior.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from graphfm.geometry.curvature import edge_curvature
from graphfm.ops import Adjacency, spmm
from graphfm.report.communities import communities

QUARTILES = 4
LEAST_DEGREE = 2  # a node of one neighbour has no two sides


class Gap(NamedTuple):
    """How one method fares from interior to boundary, in percent and points.

    Attributes:
        score: name of the boundary score.
        method: what is judged.
        accuracy: by quartile of the score; None where ties leave a quartile empty.
        sizes: labelled nodes by quartile.
        gap: accuracy at the boundary less that in the interior.
        difference: `gap` less the gap of the text-only classifier.
        error: standard error of `difference`, nodes taken as independent.
    """

    score: str
    method: str
    accuracy: list[float | None]
    sizes: list[int]
    gap: float
    difference: float
    error: float


def participation(edge_index: Tensor, num_nodes: int, *, seed: int = 0) -> Tensor:
    r"""Participation coefficient over communities: 0 with all neighbours in one of them, near 1 with few in each.

    .. math:: p_v = 1 - \sum_s (d_{vs} / d_v)^2

    Source: Guimera and Amaral (Nature 2005), with :math:`d_{vs}` the neighbours of v in community s.

    Args:
        edge_index: both directions of every edge, (2, 2M).
        num_nodes: N.
        seed: of the communities.

    Shapes:
        returns (N,); zero for nodes without neighbours
    """
    member = communities(edge_index, num_nodes, seed=seed)
    size = int(member.max()) + 1 if num_nodes else 1
    pairs, counts = (edge_index[1] * size + member[edge_index[0]]).unique(return_counts=True)
    node = pairs // size
    degree = torch.bincount(edge_index[1], minlength=num_nodes)
    share = (counts / degree[node]).square()
    return torch.where(degree > 0, 1 - torch.zeros(num_nodes).index_add_(0, node, share), 0.0)


def gate_disagreement(weights: Tensor, adj: Adjacency) -> Tensor:
    r"""Jensen-Shannon divergence, in nats, between a node's gate weights and its neighbours' mean.

    .. math:: \mathrm{JS}(g_v \,\|\, \bar g_v) = H\big(\tfrac12 (g_v + \bar g_v)\big) - \tfrac12 H(g_v) - \tfrac12 H(\bar g_v)

    Shapes:
        weights (N, K), rows sum to one -> (N,); zero for nodes without neighbours
    """
    around = torch.where(adj.degree.unsqueeze(-1) > 0, spmm(adj, weights, reduce="mean"), weights)
    middle = torch.special.entr((weights + around) / 2).sum(-1)
    ends = torch.special.entr(weights).sum(-1) + torch.special.entr(around).sum(-1)
    return (middle - ends / 2).clamp_min(0)


def curvature_heterogeneity(edge_index: Tensor, num_nodes: int) -> Tensor:
    """Standard deviation of the Jost-Liu curvature of a node's edges (N,); zero with fewer than two."""
    found = edge_curvature(edge_index, num_nodes)
    ends = found.edge_index.flatten()
    curvature = found.jost_liu.repeat(2).double()
    count = torch.bincount(ends, minlength=num_nodes).clamp_min(1)
    mean = torch.zeros(num_nodes, dtype=torch.float64).index_add_(0, ends, curvature) / count
    deviation = (curvature - mean[ends]).square()
    return (torch.zeros(num_nodes, dtype=torch.float64).index_add_(0, ends, deviation) / count).sqrt().float()


def boundary_gaps(
    scores: Mapping[str, Tensor], hits: Mapping[str, Tensor], eligible: Tensor, *, text: str
) -> list[Gap]:
    """Accuracy of every method by quartile of every boundary score, beside the text-only classifier.

    Args:
        scores: boundary scores (N,) by name, larger nearer a boundary. Equal scores share a quartile.
        hits: whether each method is right at each node (N,) bool, by name.
        eligible: (N,) bool, the nodes to count: labelled, with at least `LEAST_DEGREE` neighbours.
        text: the method of `hits` that reads texts alone.

    Returns:
        a row per score and method; none for a score that is the same everywhere.
    """
    gaps = []
    for name, score in scores.items():
        values = score[eligible].double()
        if not len(values) or float(values.max()) == float(values.min()):
            continue
        cuts = torch.quantile(values, torch.arange(1, QUARTILES, dtype=torch.float64) / QUARTILES)
        quartile = torch.bucketize(values, cuts)
        sizes = torch.bincount(quartile, minlength=QUARTILES).tolist()
        known = [q for q in range(QUARTILES) if sizes[q]]
        if len(known) < 2:
            continue
        first, last = quartile == known[0], quartile == known[-1]
        base = hits[text][eligible].double()
        for method, hit in hits.items():
            right = hit[eligible].double()
            accuracy = [100 * float(right[quartile == q].mean()) if sizes[q] else None for q in range(QUARTILES)]
            gap, more = 100 * float(right[last].mean() - right[first].mean()), 100 * (right - base)
            difference, error = _difference(more[last], more[first])
            gaps.append(Gap(name, method, accuracy, sizes, gap, difference, error))
    return gaps


def _difference(a: Tensor, b: Tensor) -> tuple[float, float]:
    """Difference of two means with its standard error."""
    variance = sum(float(part.var(correction=0)) / len(part) for part in (a, b))
    return float(a.mean() - b.mean()), variance**0.5
