"""Experts: curvature acts, symmetry holds, nothing breaks at the edges of the numbers."""

from __future__ import annotations

import geoopt
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.nn import SAGEConv

from graphfm.geometry import (
    ConstantCurvature,
    EuclideanExpert,
    EuclideanSpace,
    GeometricConv,
    GeometricExpert,
    HyperbolicExpert,
    HyperbolicSpace,
    SphericalExpert,
    SphericalSpace,
)
from graphfm.geometry.conv import tangent_gelu
from graphfm.ops import adjacency, spmm

N, D, C = 20, 32, 16
EXPERTS = [HyperbolicExpert, EuclideanExpert, SphericalExpert]


def unit_rows(n: int = N, width: int = D, **options: torch.dtype) -> Tensor:
    return F.normalize(torch.randn(n, width, **options), dim=-1)


def relative_gap(a: Tensor, b: Tensor) -> float:
    return ((a - b).norm() / b.norm()).item()


class TangentExpert(nn.Module):
    """The layer the literature calls hyperbolic: every map returns to the origin before it averages."""

    def __init__(self, space: ConstantCurvature) -> None:
        super().__init__()
        self.space = space
        self.convs = nn.ModuleList([GeometricConv(space, D, C), GeometricConv(space, C, C)])

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        adj = adjacency(edges, x.size(0))
        for layer, conv in enumerate(self.convs):
            x = tangent_gelu(x) if layer else x
            messages, root = (self.space.logmap0(self.space.expmap0(v)) for v in (conv.message(x), conv.root(x)))
            x = self.space.logmap0(self.space.expmap0(spmm(adj, messages, reduce="mean") + root))
        return x


def outputs_of_three_curvatures(build: type[nn.Module], x: Tensor, edges: Tensor) -> list[Tensor]:
    """The same weights in hyperbolic, flat and spherical space."""
    outputs: list[Tensor] = []
    weights: dict[str, Tensor] = {}
    for space in (HyperbolicSpace(-0.5), EuclideanSpace(), SphericalSpace(0.5)):
        model = build(space).double()
        weights = weights or {name: value for name, value in model.state_dict().items() if "space" not in name}
        model.load_state_dict({k: v for k, v in weights.items() if "manifold" not in k}, strict=False)
        outputs.append(model(x, edges))
    return outputs


def test_curvature_acts_and_would_not_in_a_tangent_layer(edges: Tensor) -> None:
    x = unit_rows(dtype=torch.float64)
    hyperbolic, flat, spherical = outputs_of_three_curvatures(lambda space: GeometricExpert(space, D, C, C), x, edges)
    for curved, other in [(hyperbolic, flat), (spherical, flat), (hyperbolic, spherical)]:
        assert relative_gap(curved, other) > 0.02
    tangent = outputs_of_three_curvatures(TangentExpert, x, edges)
    assert relative_gap(tangent[0], tangent[1]) < 1e-9
    assert relative_gap(tangent[2], tangent[1]) < 1e-9


def test_curvature_acts_on_unit_rows_of_real_width(edges: Tensor) -> None:
    """Unit rows of dimension 384 at initialisation: the output moves by more than a tenth with the curvature."""
    x = unit_rows(width=384)
    weights = EuclideanExpert(384, 128, 128).state_dict()
    flat, *curved = [
        build.load_state_dict(weights, strict=False) and build(x, edges)
        for build in (EuclideanExpert(384, 128, 128), HyperbolicExpert(384, 128, 128), SphericalExpert(384, 128, 128))
    ]
    for out in curved:
        assert 0.1 < relative_gap(out, flat) < 1
    assert 0.3 < flat.norm(dim=-1).mean() < 2


def test_the_flat_expert_is_graph_sage(edges: Tensor) -> None:
    expert, first, second = EuclideanExpert(D, C, C), SAGEConv(D, C), SAGEConv(C, C)
    for conv, sage in zip(expert.convs, (first, second), strict=True):
        sage.lin_l.load_state_dict({"weight": conv.message.weight, "bias": conv.root.bias})
        sage.lin_r.load_state_dict({"weight": conv.root.weight})
    x = unit_rows()
    assert torch.allclose(expert(x, edges), second(tangent_gelu(first(x, edges)), edges), atol=1e-6)


@pytest.mark.parametrize("attention", [True, False])
@pytest.mark.parametrize("build", EXPERTS)
def test_symmetries(build: type[GeometricExpert], edges: Tensor, *, attention: bool) -> None:
    expert, x = build(D, C, C, attention=attention, dropout=0.5).double().eval(), unit_rows(dtype=torch.float64)
    out = expert(x, edges)
    assert torch.equal(out, expert(x, edges))
    assert torch.equal(out, expert(x, adjacency(edges, N)))

    order = torch.randperm(N)  # new name of each old node
    renamed = torch.empty_like(x).index_copy(0, order, x)
    shuffled = order[edges][:, torch.randperm(edges.size(1))]
    assert torch.allclose(expert(renamed, shuffled)[order], out)

    other = torch.randint(7, (2, 11))
    both = expert(torch.cat([x, unit_rows(7, dtype=torch.float64)]), torch.cat([edges, other + N], dim=1))
    assert torch.allclose(both[:N], out)


@pytest.mark.parametrize("attention", [True, False])
@pytest.mark.parametrize("build", EXPERTS)
def test_every_parameter_learns_and_bfloat16_autocast_changes_nothing(
    build: type[GeometricExpert], edges: Tensor, *, attention: bool
) -> None:
    expert, x = build(D, C, C, attention=attention), unit_rows()
    out = expert(x, edges)
    out.square().sum().backward()
    for name, parameter in expert.named_parameters():
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().sum() > 0, name
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(expert(x, edges), out)
        assert expert(x.bfloat16(), edges).dtype == torch.float32


@pytest.mark.parametrize("attention", [True, False])
@pytest.mark.parametrize("k", [-4.9, -1.0, -0.0011, 0.0, 0.0011, 1.0, 4.9])
def test_finite_at_the_origin_near_the_boundary_and_near_zero_curvature(
    k: float, edges: Tensor, *, attention: bool
) -> None:
    space = EuclideanSpace() if k == 0 else HyperbolicSpace(k) if k < 0 else SphericalSpace(k)
    expert = GeometricExpert(space, D, C, C, attention=attention)
    x = unit_rows() * torch.logspace(-30, 4, N).unsqueeze(-1)
    x[:3] = 0
    x[17] = -x[16]  # far out, and opposite
    x.requires_grad_()
    out = expert(x, torch.cat([edges, torch.tensor([[16, 17], [0, 0]])], dim=1))
    out.sum().backward()
    assert out.isfinite().all()
    for tensor in [x, *(p for p in expert.parameters() if p.requires_grad)]:
        assert tensor.grad.isfinite().all()


@pytest.mark.parametrize(
    "manifold",
    [
        geoopt.PoincareBall(learnable=True),
        geoopt.SphereProjection(learnable=True),
        geoopt.Stereographic(-0.3, learnable=True),
        geoopt.Lorentz(learnable=True),
        geoopt.Sphere(),
        geoopt.Euclidean(1),
        geoopt.ProductManifold((geoopt.PoincareBall(), 6), (geoopt.Sphere(), 6), (geoopt.Euclidean(1), 4)),
    ],
    ids=lambda manifold: manifold.name,
)
def test_any_geoopt_manifold_fits_an_expert(manifold: geoopt.Manifold, edges: Tensor) -> None:
    expert = GeometricExpert(manifold, D, C, C)
    x = unit_rows()
    out = expert(x, edges)
    assert out.shape == (N, C)
    assert out.isfinite().all()
    out.square().sum().backward()
    for name, parameter in expert.named_parameters():
        assert not parameter.requires_grad or parameter.grad.isfinite().all(), name
    order = torch.randperm(N)
    assert torch.allclose(expert(torch.empty_like(x).index_copy(0, order, x), order[edges])[order], out, atol=1e-4)


def test_refuses_what_it_cannot_do() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        EuclideanExpert(D, C, C, num_layers=0)
    with pytest.raises(TypeError, match=r"Lorentz.* stereographic"):
        GeometricExpert(geoopt.Lorentz(), D, C, C, attention=True)
