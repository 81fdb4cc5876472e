"""Sums over coordinates: each tier against plain broadcasting, values and gradients."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from graphfm.kg.scorers import pairing
from graphfm.kg.scorers.pairing import ABSOLUTE, DOT, MODULUS, SINE, SQUARE, Pairing

PAIRINGS = {"modulus": MODULUS, "absolute": ABSOLUTE, "sine": SINE, "square": SQUARE, "dot": DOT}
FORMULAS = {
    "modulus": lambda q, p: torch.complex(*(q - p).chunk(2, -1)).abs(),
    "absolute": lambda q, p: (q - p).abs(),
    "sine": lambda q, p: (q - p).sin().abs(),
    "square": lambda q, p: (q - p) ** 2,
    "dot": lambda q, p: q * p,
}


def inputs(name: str, dtype: torch.dtype = torch.float64, *, b: int = 5, u: int = 7, n: int = 4) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(len(name))
    query, point = (torch.randn(k, 6, generator=generator, dtype=dtype) for k in (b, u))
    return query, point, torch.randint(u, (b, n), generator=generator)


@pytest.mark.parametrize("tier", ["native", pytest.param("compiled", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", list(PAIRINGS))
def test_equals_broadcasting_with_gradients(name: str, tier: pairing.Tier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "NATIVE_BLOCK", 18)  # several blocks of pairs
    monkeypatch.setattr(pairing, "POINTS", 3)  # and of points
    query, point, index = inputs(name)
    weight = torch.randn(len(query), len(point), dtype=torch.float64)
    for chosen in (None, index):
        of = weight if chosen is None else weight.gather(1, chosen)
        got_q, got_p, ref_q, ref_p = (x.clone().requires_grad_() for x in (query, point, query, point))
        got = PAIRINGS[name](got_q, got_p, chosen, tier=tier)
        other = ref_p[None] if chosen is None else ref_p[chosen]
        reference = FORMULAS[name](ref_q[:, None], other).sum(-1)
        torch.testing.assert_close(got, reference)
        (got * of).sum().backward()
        (reference * of).sum().backward()
        torch.testing.assert_close(got_q.grad, ref_q.grad)
        torch.testing.assert_close(got_p.grad, ref_p.grad)


@pytest.mark.parametrize("pair", PAIRINGS.values(), ids=list(PAIRINGS))
def test_gradient_is_finite_where_query_and_point_meet(pair: Pairing) -> None:
    query, point = torch.ones(1, 4, requires_grad=True), torch.ones(2, 4, requires_grad=True)
    pair(query, point, tier="native").sum().backward()
    assert query.grad is not None
    assert point.grad is not None
    assert torch.isfinite(query.grad).all()
    assert torch.isfinite(point.grad).all()
    if pair is not DOT:
        assert query.grad.abs().sum() == 0


def test_compiled_tier_agrees_where_it_is_chosen_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "WORTH_COMPILING", 1)
    query, point, index = inputs("modulus", torch.float32)
    for chosen in (None, index):
        results = []
        for tier in ("auto", "native"):
            q, p = query.clone().requires_grad_(), point.clone().requires_grad_()
            scores = MODULUS(q, p, chosen, tier=tier)
            scores.square().sum().backward()
            results.append((scores, q.grad, p.grad))
        torch.testing.assert_close(results[0], results[1])


def test_nothing_asked_nothing_scored() -> None:
    query, point, index = inputs("modulus")
    assert MODULUS(query[:0], point).shape == (0, 7)
    assert MODULUS(query, point[:0]).shape == (5, 0)
    assert MODULUS(query[:0], point, index[:0]).shape == (0, 4)
    assert MODULUS(query, point, index[:, :0]).shape == (5, 0)
