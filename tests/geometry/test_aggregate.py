"""Intrinsic aggregation: the fused path against one map after the other, and against other models of the same space."""

from __future__ import annotations

import math

import geoopt
import pytest
import torch
from torch import Tensor

from graphfm.geometry import ConstantCurvature, EuclideanSpace, HyperbolicSpace, SphericalSpace
from graphfm.geometry.conv import aggregate
from graphfm.ops import adjacency, segment_softmax

N, C = 20, 4


def tangents() -> tuple[Tensor, Tensor]:
    """Messages and roots of norm below 0.35, which no space clips."""
    directions = torch.nn.functional.normalize(torch.randn(2, N, C, dtype=torch.float64), dim=-1)
    messages, root = 0.35 * torch.rand(2, N, 1, dtype=torch.float64) * directions
    return messages, root


@pytest.mark.parametrize("weighted", [True, False])
def test_equals_geoopts_maps_one_after_the_other(space: ConstantCurvature, edges: Tensor, *, weighted: bool) -> None:
    messages, root = tangents()
    adj = adjacency(edges, N)
    weight = segment_softmax(torch.randn(70, dtype=torch.float64), adj.dst, N) if weighted else None
    out = aggregate(space, messages, root, adj, weight)

    reference = geoopt.Stereographic(space.k.detach())
    points, steps = reference.expmap0(messages), reference.expmap0(root)
    for v in range(N):
        into = adj.dst == v
        mid = torch.zeros(C, dtype=torch.float64)
        if into.any():
            weights = weight[into] if weighted else torch.ones(int(into.sum()), dtype=torch.float64)
            mid = reference.weighted_midpoint(points[adj.src[into]], weights)
        assert torch.allclose(out[v], reference.logmap0(reference.mobius_add(mid, steps[v])), atol=1e-9)


def test_a_node_without_neighbours_keeps_its_root(space: ConstantCurvature, edges: Tensor) -> None:
    messages, root = tangents()
    out = aggregate(space, messages, root, adjacency(edges, N))
    assert torch.allclose(out[18:], root[18:])
    assert torch.allclose(aggregate(space, messages, root, adjacency(edges[:, :0], N)), root)


def test_the_hyperboloid_gives_the_same_as_the_ball(edges: Tensor) -> None:
    """Two models of one space: tangent vectors differ by a factor of 2 and by the time coordinate. The Lorentz path is the
    general one, geoopt's maps and an ambient centroid."""
    messages, root = tangents()
    adj = adjacency(edges, N)
    ball = aggregate(HyperbolicSpace(-1.0).double(), messages, root, adj)
    lifted = [torch.cat([torch.zeros(N, 1), 2 * v], dim=-1) for v in (messages, root)]
    hyperboloid = aggregate(geoopt.Lorentz(torch.tensor(1.0, dtype=torch.float64)), *lifted, adj)
    assert torch.allclose(hyperboloid[:, 1:], 2 * ball, atol=1e-6)


def test_the_sphere_gives_the_same_as_its_projection(edges: Tensor) -> None:
    messages, _ = tangents()
    adj = adjacency(edges, N)
    sphere = geoopt.Sphere()
    origin = sphere.origin(C + 1, dtype=torch.float64).as_subclass(Tensor)
    basis = torch.linalg.svd(origin.unsqueeze(0)).Vh[1:]  # (C, C + 1) of the tangent space at the origin
    zero = torch.zeros(N, C, dtype=torch.float64)
    projected = aggregate(SphericalSpace(1.0).double(), messages, zero, adj)
    ambient = aggregate(sphere, 2 * messages @ basis, zero @ basis, adj)
    connected = adj.degree > 0
    assert torch.allclose(ambient[connected] @ basis.t(), 2 * projected[connected], atol=1e-6)


def test_flat_limit_and_flat_spaces_agree(edges: Tensor) -> None:
    messages, root = tangents()
    adj = adjacency(edges, N)
    flat = aggregate(EuclideanSpace(), messages, root, adj)
    assert torch.allclose(aggregate(geoopt.Euclidean(1), messages, root, adj), flat)
    assert torch.allclose(aggregate(geoopt.Stereographic(torch.tensor(0.0)).double(), messages, root, adj), flat)
    for tiny in (-1e-9, 1e-9):
        assert torch.allclose(aggregate(geoopt.Stereographic(torch.tensor(tiny)).double(), messages, root, adj), flat)


def test_product_is_the_product_of_its_factors(edges: Tensor) -> None:
    messages, root = tangents()
    adj = adjacency(edges, N)
    ball, flat = geoopt.PoincareBall(), geoopt.Euclidean(1)
    product = geoopt.ProductManifold((ball.double(), 2), (flat, 2))
    out = aggregate(product, messages, root, adj)
    assert torch.allclose(out[:, :2], aggregate(ball, messages[:, :2], root[:, :2], adj), atol=1e-9)
    assert torch.allclose(out[:, 2:], aggregate(flat, messages[:, 2:], root[:, 2:], adj))


def test_gradcheck(space: ConstantCurvature) -> None:
    adj = adjacency(torch.tensor([[0, 1, 2, 0], [1, 2, 1, 2]]), 3)
    messages, root = (0.3 * torch.randn(3, 2, dtype=torch.float64, requires_grad=True) for _ in range(2))
    weight = torch.tensor([0.3, 0.7, 0.5, 0.5], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda m, r, w: aggregate(space, m, r, adj, w), (messages, root, weight))


def test_the_sphere_keeps_points_within_a_hemisphere() -> None:
    """Beyond it the mean of scattered neighbours would jump to the antipode."""
    space, adj = SphericalSpace(1.0).double(), adjacency(torch.tensor([[0, 1], [2, 2]]), 3)
    messages = torch.tensor([[1.4, 0.3], [-1.4, 0.3], [0.0, 0.0]], dtype=torch.float64)
    out = aggregate(space, messages, torch.zeros_like(messages), adj)
    clipped = aggregate(space, messages * (math.pi / 4 / messages[0].norm()), torch.zeros_like(messages), adj)
    assert torch.allclose(out, clipped)
    assert out[2].norm() < math.pi / 4 + 1e-9
