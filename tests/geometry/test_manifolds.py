"""The spaces as geoopt manifolds: maps, curvature, optimisers."""

from __future__ import annotations

import copy
import io

import geoopt
import pytest
import torch
from torch import Tensor, nn

from graphfm.geometry import ConstantCurvature, EuclideanSpace, HyperbolicSpace, SphericalSpace, curvature_parameters


def random_points(space: ConstantCurvature, n: int = 8) -> Tensor:
    return space.expmap0(0.6 * torch.randn(n, 4, dtype=torch.float64) / (1 + space.k.abs()).sqrt())


def test_round_trips_and_distances(space: ConstantCurvature) -> None:
    x, y, z = (random_points(space) for _ in range(3))
    assert space.check_point_on_manifold(x)
    assert torch.allclose(space.expmap0(space.logmap0(x)), x)
    assert torch.allclose(space.expmap(x, space.logmap(x, y)), y)
    assert torch.allclose(space.dist0(x), 2 * space.logmap0(x).norm(dim=-1))
    assert torch.allclose(space.dist(x, y), space.norm(x, space.logmap(x, y)))  # the metric and the map agree
    assert torch.allclose(space.dist(x, y, keepdim=True).square(), space.dist2(x, y, keepdim=True))
    assert (space.dist(x, z) <= space.dist(x, y) + space.dist(y, z) + 1e-9).all()
    assert torch.allclose(space.mobius_add(-x, space.mobius_add(x, y)), y)


@pytest.mark.parametrize("k", [-1.0, 1.0])
def test_maps_equal_those_of_geoopt(k: float) -> None:
    ours = (HyperbolicSpace if k < 0 else SphericalSpace)(k).double()
    theirs = geoopt.Stereographic(torch.tensor(k, dtype=torch.float64))
    x, y, weights = random_points(ours), random_points(ours), torch.rand(8, dtype=torch.float64)
    u = ours.logmap(x, y)
    assert torch.allclose(u, theirs.logmap(x, y))
    assert torch.allclose(ours.expmap(x, u), theirs.expmap(x, u))
    assert torch.allclose(ours.weighted_midpoint(x, weights), theirs.weighted_midpoint(x, weights))
    batch, shape = torch.stack([x, y]), {"reducedim": [0], "keepdim": True}
    assert torch.allclose(ours.weighted_midpoint(batch, **shape), theirs.weighted_midpoint(batch, **shape))
    assert torch.allclose(ours.weighted_midpoint(x, lincomb=True), theirs.weighted_midpoint(x, lincomb=True))
    assert torch.allclose(ours.random(3, 4).norm(dim=-1) > 0, torch.tensor(True))


@pytest.mark.parametrize(("space", "sign"), [(HyperbolicSpace(), -1), (SphericalSpace(), 1)])
@pytest.mark.parametrize("push", [-1, 1])
def test_curvature_moves_freely_but_keeps_its_sign_and_bounds(space: ConstantCurvature, sign: int, push: int) -> None:
    space = copy.deepcopy(space)
    optimizer = torch.optim.SGD(space.parameters(), lr=0.5)
    start = space.k.item()
    for _ in range(300):
        optimizer.zero_grad()
        (push * space.k).backward()
        optimizer.step()
        assert space.raw.grad != 0
        assert 1e-3 <= sign * space.k.item() <= 5
    assert abs(space.k.item() - start) > 0.5


def test_curvature_settings() -> None:
    assert HyperbolicSpace(-2.5).k.item() == pytest.approx(-2.5)
    assert SphericalSpace().k.item() == pytest.approx(1.0)
    assert EuclideanSpace().k == 0
    model = nn.ModuleList([HyperbolicSpace(), SphericalSpace(learnable=False), EuclideanSpace()])
    assert curvature_parameters(model) == [model[0].raw]
    for k in (1.0, -5.0, 0.0):
        with pytest.raises(ValueError, match=r"expected -5\.0 < k < -0\.001"):
            HyperbolicSpace(k)
    with pytest.raises(ValueError, match=r"expected 0\.001 < k < 5\.0"):
        SphericalSpace(-1.0)


def test_state_round_trip_as_plain_tensors() -> None:
    saved = io.BytesIO()
    torch.save(HyperbolicSpace(-3.0).state_dict(), saved)
    saved.seek(0)
    space = HyperbolicSpace()
    space.load_state_dict(torch.load(saved, weights_only=True))
    assert space.k.item() == pytest.approx(-3.0)


@pytest.mark.parametrize("space", [HyperbolicSpace(), SphericalSpace(), EuclideanSpace()], ids=lambda s: s.name)
def test_geoopts_optimisers_train_manifold_parameters(space: ConstantCurvature) -> None:
    """A point finds the Frechet mean of three; it stays on the manifold and the gradient vanishes there."""
    targets = space.expmap0(0.4 * torch.randn(3, 4)).detach()
    point = geoopt.ManifoldParameter(space.expmap0(0.4 * torch.randn(4)).detach(), manifold=space)
    optimizer = geoopt.optim.RiemannianAdam([point], lr=3e-2)
    for _ in range(300):
        optimizer.zero_grad()
        space.dist2(point, targets).sum().backward()
        optimizer.step()
    pull = space.logmap(point.detach(), targets).sum(0)
    assert space.norm(point.detach(), pull) < 1e-3
    assert space.check_point_on_manifold(point)
