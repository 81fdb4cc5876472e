"""The graph encoder: geometry experts fused by a structure gate, anchored to the text embedding they start from.

What the gate reads, the structural descriptors of a graph, is computed once a graph.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from graphfm.errors import DataError
from graphfm.geometry import GeometricMixture, make_expert, make_gate
from graphfm.geometry.structure import DESCRIPTOR_NAMES, Descriptors, estimated_descriptors
from graphfm.ops import Adjacency, adjacency, spmm
from graphfm.settings import Count, Layers, Share

if TYPE_CHECKING:
    from graphfm.datasets.text_graphs.graph import TextGraph

#: Length below which what the graph says is not stretched to one. A hidden node among hidden nodes starts at zero, where
#: the gradient of stretching is one over this: boundless, it would drown that of all other nodes when clipped.
LEAST_LENGTH = 0.1


class Encoded(NamedTuple):
    """`features` (N, D): unit rows in the text space; `weights` (N, K): how much each expert counts."""

    features: Tensor
    weights: Tensor


class GraphEncoder(nn.Module):
    r"""Texts and structure in, unit rows of the text space out.

    .. math::
        p_v = \mathrm{normalize}\big(\mathrm{mean}_{u \to v}\, x_u + \mathrm{MLP}(h_v)\big), \qquad
        z_v = \mathrm{normalize}(x_v + \alpha\, p_v), \qquad \alpha = 0 \text{ at first}

    with :math:`h_v` the fused experts (`graphfm.geometry.GeometricMixture`). An untrained encoder therefore gives the text
    embedding back, and what training adds is measurable (ReZero, https://arxiv.org/abs/2003.04887). What the graph says
    starts as the mean of the neighbours' texts, which holds on every graph, and the experts learn what to correct: the
    last map of the MLP starts at zero. A node without neighbours keeps its text embedding. A node whose text is hidden has
    no anchor: it enters as a learned mask vector and leaves as :math:`p_v`, shorter than one where little is known.

    Args:
        mixture: experts and gate, text width D in, C channels out.
        text_dim: D.

    Shapes:
        x (N, D) unit rows, edges (2, E) or an adjacency, structure (N, S), hidden (N,) bool
        -> features (N, D), weights (N, K)
    """

    def __init__(self, mixture: GeometricMixture, *, text_dim: int) -> None:
        super().__init__()
        width = mixture.out_channels
        self.mixture = mixture
        last = nn.Linear(2 * width, text_dim)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.projection = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), last)
        self.mask = nn.Parameter(torch.zeros(text_dim))
        self.alpha = nn.Parameter(torch.zeros(()))
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def forward(
        self, x: Tensor, edges: Tensor | Adjacency, structure: Tensor, *, hidden: Tensor | None = None
    ) -> Encoded:
        adj = adjacency(edges, len(x))
        shown = x if hidden is None else torch.where(hidden[:, None], self.mask, x)
        h, weights = self.mixture(shown, adj, structure)
        p = F.normalize(spmm(adj, shown, reduce="mean") + self.projection(h), dim=-1, eps=LEAST_LENGTH)
        z = F.normalize(x + self.alpha * torch.where((adj.degree > 0).unsqueeze(-1), p, 0.0), dim=-1)
        return Encoded(z if hidden is None else torch.where(hidden[:, None], p, z), weights)


def graph_encoder(
    text_dim: Count,
    *,
    hidden_channels: Count = 128,
    num_layers: Layers = 2,
    experts: Sequence[str] = ("hyperbolic", "spherical", "euclidean"),
    attention: bool = False,
    dropout: Share = 0.1,
    gate: str = "structural",
    learnable_curvature: bool = True,
) -> GraphEncoder:
    """The standard encoder from plain hyper-parameters, which a checkpoint can hold; compose `GraphEncoder` for any other.

    Args:
        text_dim: D, width of the text encoder.
        hidden_channels: C, width of the experts.
        num_layers: layers of each expert, hops it sees.
        experts: geometries by name (`graphfm.geometry.experts`); one may be named more than once.
        attention: geodesic attention in place of the mean.
        dropout: between the layers of an expert.
        gate: ``structural``, or one of the controls ``uniform``, ``random``, ``shuffled`` (`graphfm.geometry.mixture`).
        learnable_curvature: let training move the curvatures from -1 and 1.

    Raises:
        DataError: an unknown geometry or gate.
    """
    if not experts:
        raise DataError("no experts", expected="at least one geometry")
    width = hidden_channels
    layers = {"num_layers": num_layers, "dropout": dropout, "attention": attention}
    members = [make_expert(name, text_dim, width, width, learnable=learnable_curvature, **layers) for name in experts]
    weights = make_gate(gate, len(DESCRIPTOR_NAMES), len(members))
    return GraphEncoder(GeometricMixture(members, weights, out_channels=width), text_dim=text_dim)


def descriptors(graph: TextGraph, *, seed: int = 0) -> Descriptors:
    """What the gate knows of every node, and how exactly (`graphfm.geometry.structure.estimated_descriptors`).

    Args:
        graph: any text graph; directions are ignored.
        seed: of what is estimated on large graphs.
    """

    def make(graph: TextGraph) -> Descriptors:
        return estimated_descriptors(graph.undirected_edge_index(), graph.num_nodes, seed=seed)

    return graph.cached(("descriptors", seed), make)
