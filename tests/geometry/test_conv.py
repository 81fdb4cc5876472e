"""Geodesic attention and the layer around it."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from graphfm.geometry import ConstantCurvature, GeodesicAttention, GeometricConv
from graphfm.geometry.conv import tangent_gelu
from graphfm.ops import adjacency

N, D = 20, 8


def test_attention_sums_to_one_and_falls_with_the_geodesic_distance(space: ConstantCurvature, edges: Tensor) -> None:
    attention = GeodesicAttention(space, D).double()
    x, adj = torch.randn(N, D, dtype=torch.float64), adjacency(edges, N)
    weight = attention(x, adj)
    total = weight.new_zeros(N).index_add(0, adj.dst, weight)
    assert torch.allclose(total, (adj.degree > 0).double())

    query, key = space.expmap0(attention.query(x)), space.expmap0(attention.key(x))
    logits = -space.dist(query[adj.dst], key[adj.src]).square()
    for v in range(N):
        into = adj.dst == v
        assert torch.allclose(weight[into], logits[into].softmax(0))


def test_norms_at_initialisation_are_where_curvature_acts(space: ConstantCurvature) -> None:
    conv = GeometricConv(space, 384, 128).double()
    x = torch.nn.functional.normalize(torch.randn(200, 384, dtype=torch.float64), dim=-1)
    for linear in (conv.message, conv.root):
        hidden = linear(x)
        assert 0.6 < hidden.norm(dim=-1).mean() < math.pi / 4
        assert 0.9 < tangent_gelu(hidden).norm(dim=-1).mean() / 0.7 < 1.3
