"""Curvature functions against mpmath near k = 0, against geoopt away from it, and their laws everywhere."""

from __future__ import annotations

from collections.abc import Callable

import mpmath
import pytest
import torch
from geoopt.manifolds.stereographic import math as geoopt_math
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from graphfm.ops import kappa

CURVATURES = [-2.0, -1.0, -1e-3, -1e-6, 0.0, 1e-6, 1e-3, 1.0, 2.0]
NEAR_ZERO = [sign * 10.0**e for sign in (-1, 1) for e in (-8, -6, -4, -3, -2, -1)] + [0.0]


def scalar(k: float, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.tensor(k, dtype=dtype)


def points(seed: int, k: Tensor, *, n: int = 6, radius: float = 1.0) -> Tensor:
    """Points at tangent norms up to `radius` times the largest one allowed."""
    v = torch.randn(n, 4, dtype=k.dtype, generator=torch.Generator().manual_seed(seed))
    limit = torch.where(k > 0, kappa.MAX_SPHERICAL, 3.0) / k.abs().clamp_min(1.0).sqrt()
    v = v / v.norm(dim=-1, keepdim=True) * torch.linspace(0, 1, n, dtype=k.dtype).unsqueeze(-1) * radius * limit
    return kappa.expmap0(v, k=k)


def mp_tan(z: mpmath.mpf) -> mpmath.mpf:
    root = mpmath.sqrt(z)
    return (mpmath.tan(root) / root).real if z else mpmath.mpf(1)


def mp_artan(z: mpmath.mpf) -> mpmath.mpf:
    root = mpmath.sqrt(z)
    return (mpmath.atan(root) / root).real if z else mpmath.mpf(1)


@pytest.mark.parametrize(
    ("dtype", "value_error", "slope_error"), [(torch.float32, 3e-7, 8e-6), (torch.float64, 6e-16, 8e-12)]
)
@pytest.mark.parametrize(("ours", "truth"), [(kappa.tan_ratio, mp_tan), (kappa.artan_ratio, mp_artan)])
def test_ratios_and_their_slopes_equal_mpmath(
    ours: Callable[[Tensor], Tensor],
    truth: Callable[[mpmath.mpf], mpmath.mpf],
    dtype: torch.dtype,
    value_error: float,
    slope_error: float,
) -> None:
    grid = [s * m * 10.0**e for s in (-1, 1) for e in range(-8, 0) for m in (1.01, 1.9, 2.1, 4.9, 5.1, 9.2)]
    z = torch.tensor(grid, dtype=dtype, requires_grad=True)
    y = ours(z)
    (slope,) = torch.autograd.grad(y.sum(), z)
    with mpmath.workdps(40):
        for i, value in enumerate(z.tolist()):
            x = mpmath.mpf(value)
            assert float(abs(y[i].item() / truth(x) - 1)) < value_error
            assert float(abs(slope[i].item() / mpmath.diff(truth, x) - 1)) < slope_error


def mp_dist(x: list[float], y: list[float], k: mpmath.mpf) -> mpmath.mpf:
    """The formula of the paper: 2 artan_k |(-x) (+) y|, as a power series near k = 0."""
    x2, y2 = sum(mpmath.mpf(a) ** 2 for a in x), sum(mpmath.mpf(a) ** 2 for a in y)
    xy = -sum(mpmath.mpf(a) * mpmath.mpf(b) for a, b in zip(x, y, strict=True))
    total = [
        ((1 - 2 * k * xy - k * y2) * -mpmath.mpf(a) + (1 + k * x2) * mpmath.mpf(b)) / (1 - 2 * k * xy + k**2 * x2 * y2)
        for a, b in zip(x, y, strict=True)
    ]
    m = mpmath.sqrt(sum(t**2 for t in total))
    return 2 * m * (mp_artan(k * m**2) if abs(k) > 1e-12 else 1 - k * m**2 / 3)


@pytest.mark.parametrize(("dtype", "error"), [(torch.float32, 2e-5), (torch.float64, 1e-11)])
@pytest.mark.parametrize("value", NEAR_ZERO)
def test_the_gradient_of_the_distance_in_k_is_right_through_zero(
    value: float, dtype: torch.dtype, error: float
) -> None:
    """geoopt's has the wrong sign at k = -1e-8, and +13.9 for -0.07 at k = -1e-6 in float32."""
    x, y = torch.tensor([0.3, -0.2, 0.1], dtype=dtype), torch.tensor([-0.1, 0.25, 0.4], dtype=dtype)
    k = scalar(value, dtype).requires_grad_()
    d = kappa.dist(x, y, k=k)
    (slope,) = torch.autograd.grad(d, k)
    with mpmath.workdps(60):
        exact = mpmath.mpf(k.item())
        assert float(abs(d.item() / mp_dist(x.tolist(), y.tolist(), exact) - 1)) < error
        truth = mpmath.diff(lambda q: mp_dist(x.tolist(), y.tolist(), q), exact, h=mpmath.mpf(10) ** -20)
        assert float(abs(slope.item() / truth - 1)) < error


@pytest.mark.parametrize("value", [-2.0, -1.0, -0.1, 0.1, 1.0])
def test_equals_geoopt_away_from_zero(value: float) -> None:
    k = scalar(value)
    x, y = points(0, k, radius=0.5), points(1, k, radius=0.5).flip(0)
    v = 0.3 * torch.randn(6, 4, dtype=k.dtype)
    pairs = [
        (kappa.expmap0(v, k=k), geoopt_math.expmap0(v, k=k)),
        (kappa.logmap0(x, k=k), geoopt_math.logmap0(x, k=k)),
        (kappa.expmap(x, v, k=k), geoopt_math.expmap(x, v, k=k)),
        (kappa.logmap(x, y, k=k), geoopt_math.logmap(x, y, k=k)),
        (kappa.mobius_add(x, y, k=k), geoopt_math.mobius_add(x, y, k=k)),
        (kappa.conformal_factor(x, k=k), geoopt_math.lambda_x(x, k=k, keepdim=True)),
        (kappa.dist(x, y, k=k), geoopt_math.dist(x, y, k=k)),
        (kappa.dist2(x, y, k=k), geoopt_math.dist(x, y, k=k) ** 2),
        (kappa.expmap(x.t(), v.t(), k=k, dim=0), kappa.expmap(x, v, k=k).t()),
    ]
    for ours, theirs in pairs:
        assert torch.allclose(ours, theirs, rtol=1e-9, atol=1e-12)


@settings(deadline=None, max_examples=40)
@given(value=st.sampled_from(CURVATURES), seed=st.integers(0, 2**31))
def test_laws_of_the_space(value: float, seed: int) -> None:
    k = scalar(value)
    x, y, z = (points(seed + i, k, radius=0.8)[torch.randperm(6)] for i in range(3))
    v = kappa.logmap0(x, k=k)
    assert torch.allclose(kappa.expmap0(v, k=k), x, rtol=1e-8)
    assert torch.allclose(kappa.dist(x, torch.zeros_like(x), k=k), 2 * v.norm(dim=-1), rtol=1e-8)  # the convention
    assert torch.allclose(kappa.expmap(x, kappa.logmap(x, y, k=k), k=k), y, rtol=1e-6, atol=1e-8)
    assert torch.allclose(kappa.mobius_add(-x, kappa.mobius_add(x, y, k=k), k=k), y, rtol=1e-6, atol=1e-8)
    assert torch.allclose(kappa.dist(x, y, k=k), kappa.dist(y, x, k=k), atol=1e-12)
    assert (kappa.dist(x, z, k=k) <= kappa.dist(x, y, k=k) + kappa.dist(y, z, k=k) + 1e-9).all()
    shift = [kappa.mobius_add(z, point, k=k) for point in (x, y)]
    assert torch.allclose(kappa.dist(*shift, k=k), kappa.dist(x, y, k=k), rtol=1e-5, atol=1e-7)  # an isometry
    sum_ = kappa.mobius_add(x, y, k=k)
    terms = kappa.mobius_terms(*(kappa.square_norm(x), (x * y).sum(-1, keepdim=True), kappa.square_norm(y)), k=k)
    assert torch.allclose(terms[2], kappa.square_norm(sum_), rtol=1e-6)


@pytest.mark.parametrize("value", CURVATURES)
def test_the_midpoint_of_two_points_is_halfway(value: float) -> None:
    k = scalar(value)
    x, y = points(2, k, radius=0.7), points(3, k, radius=0.7)
    factors = [kappa.conformal_factor(point, k=k) for point in (x, y)]
    total, mass = factors[0] * x + factors[1] * y, factors[0] + factors[1] - 2
    mid = kappa.expmap0(kappa.midpoint_tangent(total, mass, k=k), k=k)
    assert torch.allclose(kappa.dist(x, mid, k=k), kappa.dist(y, mid, k=k), atol=1e-7)
    assert torch.allclose(2 * kappa.dist(x, mid, k=k), kappa.dist(x, y, k=k), atol=1e-7)


@pytest.mark.parametrize("value", [-1.0, 0.0, 1.0])
def test_gradcheck(value: float) -> None:
    k = scalar(value).requires_grad_()
    x, y = (torch.tensor([[0.3, -0.2], [0.0, 0.0], [0.1, 0.4]], dtype=torch.float64, requires_grad=True) for _ in "xy")
    y = (y.detach() + 0.2).requires_grad_()
    mass = torch.tensor([[1.0], [0.5], [-0.7 if value > 0 else 2.0]], dtype=torch.float64, requires_grad=True)

    def unguarded(x: Tensor, y: Tensor, k: Tensor, mass: Tensor) -> list[Tensor]:
        return [
            kappa.expmap(x, y, k=k),
            kappa.logmap(x, y, k=k),
            kappa.dist2(x, y, k=k),
            kappa.dist(x, y, k=k),
            kappa.midpoint_tangent(x, mass, k=k),
            kappa.clip_tangent(9 * x, k=k),
        ]

    # k = 0 is where the clip begins; finite differences cannot look at it.
    parts = range(6) if value else range(5)
    for i in parts:
        assert torch.autograd.gradcheck(lambda *inputs, i=i: unguarded(*inputs)[i], (x, y, k, mass), fast_mode=True), i


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("value", CURVATURES)
def test_gradients_are_finite_at_every_edge(value: float, dtype: torch.dtype) -> None:
    k = scalar(value, dtype).requires_grad_()
    zero, tiny, huge = torch.zeros(4), torch.full((4,), 1e-25), torch.full((4,), 1e3)
    v = torch.stack([zero, tiny, huge, -huge, torch.eye(4)[0]]).to(dtype).requires_grad_()
    x = kappa.expmap0(kappa.clip_tangent(v, k=k), k=k)
    factor = kappa.conformal_factor(x, k=k)
    pairs = torch.cat([factor * x, factor - 1], -1)
    sums = (pairs.unsqueeze(0) + pairs.unsqueeze(1)).view(-1, 5)
    values = [
        x,
        kappa.logmap0(x, k=k),
        kappa.dist(x.unsqueeze(0), x.unsqueeze(1), k=k),  # of equal and of almost antipodal points, too
        kappa.dist2(x.unsqueeze(0), x.unsqueeze(1), k=k),
        kappa.mobius_add(x, x.flip(0), k=k),
        kappa.midpoint_tangent(sums[:, :4], sums[:, 4:], k=k),
    ]
    for i, out in enumerate(values):
        assert out.isfinite().all(), i
        for gradient in torch.autograd.grad(out.sum(), [v, k], retain_graph=True):
            assert gradient.isfinite().all(), i


@pytest.mark.parametrize("value", [-2.0, -1e-3, 1e-3, 2.0])
def test_clipping_keeps_the_direction_and_stays_where_the_round_trip_holds(value: float) -> None:
    k = scalar(value, torch.float32)
    v = torch.randn(50, 8) * torch.logspace(-3, 4, 50).unsqueeze(-1)
    clipped = kappa.clip_tangent(v, k=k)
    assert torch.allclose(torch.cosine_similarity(v, clipped), torch.ones(50))
    limit = kappa.MAX_HYPERBOLIC[torch.float32] if value < 0 else kappa.MAX_SPHERICAL
    reach = clipped.norm(dim=-1) * abs(value) ** 0.5
    assert torch.allclose(reach, (v.norm(dim=-1) * abs(value) ** 0.5).clamp_max(limit))
    assert torch.allclose(kappa.logmap0(kappa.expmap0(clipped, k=k), k=k), clipped, rtol=1e-4)


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")  # the tracer's own
def test_traces_into_one_graph() -> None:
    """No branch depends on data: nothing to break the tracer, no host sync on a GPU."""

    def layer(v: Tensor, k: Tensor) -> Tensor:
        x = kappa.expmap0(kappa.clip_tangent(v, k=k), k=k)
        return kappa.logmap0(kappa.mobius_add(x, -x.flip(0), k=k), k=k) * kappa.dist(x, x.flip(0), k=k).unsqueeze(-1)

    v, k = torch.randn(5, 3), torch.tensor(-0.5)
    traced = torch.compile(layer, backend="eager", fullgraph=True)
    assert torch.allclose(traced(v, k), layer(v, k))
