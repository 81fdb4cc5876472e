"""Every scorer against an independent formula, and the identities that all of them promise."""

from __future__ import annotations

import math
from collections.abc import Callable

import geoopt
import pytest
import torch
from torch import Tensor

from graphfm.kg.complex import ComplEx
from graphfm.kg.distmult import DistMult
from graphfm.kg.hyperbolic import Hyperbolic
from graphfm.kg.kge import KGEModel
from graphfm.kg.protate import PRotatE
from graphfm.kg.rotate import RotatE
from graphfm.kg.scorer import Scorer
from graphfm.kg.transe import TransE

V, R, D = 11, 3, 6
SCORERS: dict[str, Callable[[], Scorer]] = {
    "rotate": lambda: RotatE(D, gamma=9.0),
    "protate": lambda: PRotatE(D, gamma=9.0),
    "transe-1": lambda: TransE(D, gamma=9.0),
    "transe-2": lambda: TransE(D, gamma=9.0, p=2),
    "distmult": lambda: DistMult(D),
    "complex": lambda: ComplEx(D),
    "roth": lambda: Hyperbolic(D, kind="rotation"),
    "refh": lambda: Hyperbolic(D, kind="reflection"),
    "atth": lambda: Hyperbolic(D),
}


def as_complex(x: Tensor) -> Tensor:
    return torch.complex(*x.chunk(2, -1))


def hyperbolic(h: Tensor, r: Tensor, t: Tensor, scorer: Hyperbolic) -> Tensor:
    """One triple with geoopt and 2 x 2 matrices."""
    half = D // 2
    curvature = r[D + half]
    ball = geoopt.PoincareBall(c=(1 + curvature.exp()).log())

    def turned(angles: Tensor, *, flip: bool) -> Tensor:
        out = torch.zeros(D, dtype=h.dtype)
        for k, a in enumerate(angles.tolist()):
            c, s = math.cos(a), math.sin(a)
            matrix = torch.tensor([[c, s], [s, -c]] if flip else [[c, -s], [s, c]], dtype=h.dtype)
            out[[k, k + half]] = matrix @ h[[k, k + half]]
        return out

    if scorer.kind == "attention":
        x, y = turned(r[D : D + half], flip=False), turned(r[D + half + 1 : 2 * D + 1], flip=True)
        a = torch.exp(torch.stack([x @ r[2 * D + 1 :], y @ r[2 * D + 1 :]]) / math.sqrt(D))
        moved = (a[0] * x + a[1] * y) / a.sum()
    else:
        moved = turned(r[D : D + half], flip=scorer.kind == "reflection")
    lhs = ball.mobius_add(ball.expmap0(moved), ball.expmap0(r[:D]))
    return -(ball.dist(lhs, ball.expmap0(t[:D])) ** 2) + h[D] + t[D]


def reference(scorer: Scorer, h: Tensor, r: Tensor, t: Tensor) -> Tensor:
    if isinstance(scorer, RotatE):
        turn = torch.polar(torch.ones_like(r), r * math.pi / ((9.0 + 2) / D))
        return 9.0 - (as_complex(h) * turn - as_complex(t)).abs().sum()
    if isinstance(scorer, PRotatE):
        angle = (h + r - t) * math.pi * D / (9.0 + 2)
        return 9.0 - scorer.modulus * torch.polar(torch.ones_like(angle), angle).imag.abs().sum()
    if isinstance(scorer, TransE):
        return 9.0 - torch.linalg.vector_norm(h + r - t, ord=scorer.p)
    if isinstance(scorer, DistMult):
        return torch.einsum("i,i,i", h, r, t)
    if isinstance(scorer, ComplEx):
        return (as_complex(h) * as_complex(r) * as_complex(t).conj()).sum().real
    assert isinstance(scorer, Hyperbolic), f"{type(scorer).__name__} has no reference formula"
    return hyperbolic(h, r, t, scorer)


@pytest.fixture(params=list(SCORERS))
def model(request: pytest.FixtureRequest) -> KGEModel:
    torch.manual_seed(0)
    scorer = SCORERS[request.param]()
    model = KGEModel(scorer, num_entities=V, num_relations=R, reciprocal=isinstance(scorer, Hyperbolic)).double()
    with torch.no_grad():
        for parameter in (model.entities.weight, model.relations):
            parameter.normal_(std=0.5)
    return model


def test_every_scorer_is_tested() -> None:
    def leaves(cls: type) -> set[type]:
        return set().union(*(leaves(sub) for sub in cls.__subclasses__())) or {cls}

    ours = {cls for cls in leaves(Scorer) if cls.__module__.startswith("graphfm")}
    assert ours == {type(make()) for make in SCORERS.values()}


def test_score_equals_an_independent_formula(model: KGEModel) -> None:
    with torch.no_grad():
        scores = model(None, torch.arange(V).repeat_interleave(R), torch.arange(R).repeat(V)).view(V, R, V)
        e, r = model.entities(), model.relations
        expected = [[[reference(model.scorer, e[h], r[k], e[t]) for t in range(V)] for k in range(R)] for h in range(V)]
    torch.testing.assert_close(scores, torch.tensor(expected, dtype=torch.float64), rtol=1e-6, atol=1e-7)


def test_score_broadcasts(model: KGEModel) -> None:
    head, rel = torch.tensor([3, 0, 3, 9]), torch.tensor([1, 5, 0, 2])
    every = model(None, head, rel)  # (4, V)
    tails = torch.randint(V, (4, 5))
    column = (head[:, None], rel[:, None])
    torch.testing.assert_close(model.score(*column, tails), every.gather(1, tails))
    torch.testing.assert_close(model.score(*column, torch.arange(V)), every)
    torch.testing.assert_close(model.score(*column, tails[:1]), every[:, tails[0]])
    torch.testing.assert_close(model.score(head, rel, tails[:, 0]), every.gather(1, tails[:, :1]).squeeze(1))
    torch.testing.assert_close(model.score(head[0], rel[0], tails[0]), every[0, tails[0]])
    torch.testing.assert_close(model.score(head[0], rel[0], tails[0, 0]), every[0, tails[0, 0]])
    # Many heads for one tail, and three dimensions.
    heads = torch.arange(V)
    torch.testing.assert_close(
        model.score(heads, rel[0], tails[0, 0]), model(None, heads, rel[:1].expand(V))[:, tails[0, 0]]
    )
    cube = model.score(head.view(2, 2, 1), rel.view(2, 2, 1), tails[:2].view(2, 1, 5))
    torch.testing.assert_close(cube.view(4, 5), every.gather(1, tails[:2].repeat_interleave(2, dim=0)))


def test_head_score_is_tail_score_under_the_inverse_relation(model: KGEModel) -> None:
    if model.reciprocal:
        pytest.skip("reciprocal relations are relations of their own")
    h, r, t = torch.randint(V, (50,)), torch.randint(R, (50,)), torch.randint(V, (50,))
    torch.testing.assert_close(model.score(h, r, t), model.score(t, r + R, h))
    torch.testing.assert_close(model.score(h, r, t), model(None, t, r + R).gather(1, h[:, None]).squeeze(1))


def test_gradients_are_right(model: KGEModel) -> None:
    heads, rels = model.entities.weight.detach()[:3], model.relations.detach()[:3]
    query = model.scorer.query(heads, rels).detach()
    tail, index = model.entities.weight.detach()[:5], torch.tensor([[0, 4], [2, 2], [1, 3]])
    for chosen in (None, index):
        ins = (query.requires_grad_(), tail.requires_grad_())
        assert torch.autograd.gradcheck(lambda q, t, c=chosen: model.scorer.match(q, t, c), ins, atol=1e-6)


def test_rows_are_independent_of_the_batch(model: KGEModel) -> None:
    head, rel = torch.arange(V), torch.arange(V) % (2 * R)
    alone = torch.cat([model(None, head[i : i + 1], rel[i : i + 1]) for i in range(V)])
    torch.testing.assert_close(alone, model(None, head, rel))


def test_rotate_inverse_is_the_negated_phase() -> None:
    scorer = RotatE(D)
    r = torch.randn(4, D)
    assert torch.equal(scorer.inverse(r), -r)
    h = torch.randn(4, 2 * D)
    torch.testing.assert_close(scorer.query(scorer.query(h, r), scorer.inverse(r)), h)


def test_official_starting_values() -> None:
    torch.manual_seed(0)
    model = KGEModel(RotatE(500, gamma=24.0), num_entities=40, num_relations=7)
    for weight in (model.entities.weight, model.relations):
        assert weight.abs().max() <= 26 / 500
        assert weight.abs().max() > 0.99 * 26 / 500
    angle = model.relations * math.pi / model.scorer.bound
    assert 3.1 < angle.abs().max() <= math.pi


def test_hyperbolic_stays_finite_far_out() -> None:
    model = KGEModel(Hyperbolic(D), num_entities=V, num_relations=R, reciprocal=True)
    with torch.no_grad():
        model.entities.weight.normal_(std=100.0)
        model.relations.normal_(std=100.0)
    scores = model(None, torch.arange(V), torch.arange(V) % R)
    scores.sum().backward()
    assert torch.isfinite(scores).all()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters())


def test_wrong_choices_are_named() -> None:
    with pytest.raises(ValueError, match="p=3"):
        TransE(4, p=3)
    with pytest.raises(ValueError, match="even dim"):
        Hyperbolic(5)
    with pytest.raises(NotImplementedError, match="reciprocal=True"):
        KGEModel(Hyperbolic(4), num_entities=V, num_relations=R)
