"""Every scorer against an independent formula, and the identities that all of them promise."""

from __future__ import annotations

import importlib
import math
import pkgutil
from collections.abc import Callable

import geoopt
import pytest
import torch
from torch import Tensor

import graphfm.kg.scorers
from graphfm.kg.embeddings.kge import KGEModel
from graphfm.kg.scorers.complex import ComplEx
from graphfm.kg.scorers.compounde import CompoundE
from graphfm.kg.scorers.distmult import DistMult
from graphfm.kg.scorers.hyperbolic import Hyperbolic
from graphfm.kg.scorers.protate import PRotatE
from graphfm.kg.scorers.quate import QuatE
from graphfm.kg.scorers.rotate import RotatE, rotate
from graphfm.kg.scorers.scorer import Scorer
from graphfm.kg.scorers.transe import TransE
from graphfm.kg.scorers.tucker import TuckER

V, R, D = 11, 3, 6
SCORERS: dict[str, Callable[[], Scorer]] = {
    "rotate": lambda: RotatE(D, gamma=9.0),
    "rotate-2": lambda: RotatE(D, gamma=9.0, p=2),
    "protate": lambda: PRotatE(D, gamma=9.0),
    "transe-1": lambda: TransE(D, gamma=9.0),
    "transe-2": lambda: TransE(D, gamma=9.0, p=2),
    "distmult": lambda: DistMult(D),
    "complex": lambda: ComplEx(D),
    "quate": lambda: QuatE(D),
    "compounde": lambda: CompoundE(D, gamma=9.0),
    "tucker": lambda: TuckER(D, relation_dim=4),
    "roth": lambda: Hyperbolic(D, kind="rotation"),
    "refh": lambda: Hyperbolic(D, kind="reflection"),
    "atth": lambda: Hyperbolic(D),
}
NO_INVERSE = (Hyperbolic, CompoundE, TuckER)


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


def quaternion(h: Tensor, r: Tensor, t: Tensor) -> Tensor:
    """One triple with quaternions as complex 2 x 2 matrices, whose product is the product of matrices."""

    def matrix(a: Tensor, b: Tensor, c: Tensor, d: Tensor) -> Tensor:
        first, second = torch.complex(a, b), torch.complex(c, d)
        return torch.stack([torch.stack([first, second]), torch.stack([-second.conj(), first.conj()])])

    total = h.new_zeros(())
    for k in range(D):
        p, q, s = (matrix(*x.view(4, D)[:, k]) for x in (h, r, t))
        total = total + (p @ q @ s.conj().T).trace().real / 2 / torch.linalg.det(q).real.sqrt()
    return total


def compound(h: Tensor, r: Tensor) -> Tensor:
    """The head moved by the product of three 3 x 3 matrices in homogeneous coordinates, pair by pair."""
    half, moved = D // 2, torch.zeros_like(h)
    for k in range(half):
        pair = [k, k + half]
        (x, y), (a, b), angle = r[:D][pair].tolist(), r[D : 2 * D][pair].tolist(), r[2 * D + k].item()
        c, s = math.cos(angle), math.sin(angle)
        translate, turn, scale = (
            torch.tensor(rows, dtype=h.dtype)
            for rows in (
                [[1, 0, x], [0, 1, y], [0, 0, 1]],
                [[c, -s, 0], [s, c, 0], [0, 0, 1]],
                [[a, 0, 0], [0, b, 0], [0, 0, 1]],
            )
        )
        moved[pair] = (translate @ turn @ scale @ torch.cat([h[pair], h.new_ones(1)]))[:2]
    return moved


def rotated(scorer: RotatE, h: Tensor, r: Tensor, t: Tensor) -> Tensor:
    turn = torch.polar(torch.ones_like(r), r * math.pi / ((9.0 + 2) / D ** (1 / scorer.p)))
    return 9.0 - torch.linalg.vector_norm(as_complex(h) * turn - as_complex(t), ord=scorer.p)


def phases(scorer: PRotatE, h: Tensor, r: Tensor, t: Tensor) -> Tensor:
    angle = (h + r - t) * math.pi * D / (9.0 + 2)
    return 9.0 - scorer.modulus * torch.polar(torch.ones_like(angle), angle).imag.abs().sum()


def tucker(scorer: TuckER, h: Tensor, r: Tensor, t: Tensor) -> Tensor:
    return sum(h[i] * r[j] * (scorer.core[i, j] * t).sum() for i in range(len(h)) for j in range(len(r)))


FORMULAS: dict[type[Scorer], Callable[..., Tensor]] = {
    RotatE: rotated,
    PRotatE: phases,
    TransE: lambda scorer, h, r, t: 9.0 - torch.linalg.vector_norm(h + r - t, ord=scorer.p),
    DistMult: lambda scorer, h, r, t: torch.einsum("i,i,i", h, r, t),
    ComplEx: lambda scorer, h, r, t: (as_complex(h) * as_complex(r) * as_complex(t).conj()).sum().real,
    QuatE: lambda scorer, h, r, t: quaternion(h, r, t),
    CompoundE: lambda scorer, h, r, t: 9.0 - (compound(h, r) - t).abs().sum(),
    TuckER: tucker,
    Hyperbolic: lambda scorer, h, r, t: hyperbolic(h, r, t, scorer),
}


@pytest.fixture(params=list(SCORERS))
def model(request: pytest.FixtureRequest) -> KGEModel:
    torch.manual_seed(0)
    scorer = SCORERS[request.param]()
    model = KGEModel(scorer, num_entities=V, num_relations=R, reciprocal=isinstance(scorer, NO_INVERSE)).double()
    with torch.no_grad():
        for parameter in (model.entities.weight, model.relations):
            parameter.normal_(std=0.5)
    return model


def test_every_scorer_is_tested() -> None:
    for module in pkgutil.iter_modules(graphfm.kg.scorers.__path__, "graphfm.kg.scorers."):
        importlib.import_module(module.name)  # a scorer that no test imports counts too

    def leaves(cls: type) -> set[type]:
        return set().union(*(leaves(sub) for sub in cls.__subclasses__())) or {cls}

    ours = {cls for cls in leaves(Scorer) if cls.__module__.startswith("graphfm")}
    assert ours == {type(make()) for make in SCORERS.values()} == set(FORMULAS)


def test_score_equals_an_independent_formula(model: KGEModel) -> None:
    with torch.no_grad():
        scores = model(None, torch.arange(V).repeat_interleave(R), torch.arange(R).repeat(V)).view(V, R, V)
        e, r, formula = model.entities(), model.relations, FORMULAS[type(model.scorer)]
        expected = [[[formula(model.scorer, e[h], r[k], e[t]) for t in range(V)] for k in range(R)] for h in range(V)]
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


def test_quaternion_at_the_origin_has_a_finite_gradient() -> None:
    rel = torch.zeros(1, 4 * D, requires_grad=True)
    QuatE(D).query(torch.ones(1, 4 * D), rel).sum().backward()
    assert torch.isfinite(rel.grad).all()


def test_compounde_starts_as_a_rotation() -> None:
    model = KGEModel(CompoundE(D), num_entities=V, num_relations=R, reciprocal=True)
    with torch.no_grad():
        model.relations[:, :D] = 0
    heads, rels = model.entities.weight[:R], model.relations[:R]
    assert torch.equal(model.scorer.query(heads, rels), rotate(heads, rels[:, 2 * D :]))


def test_tucker_drops_out_in_training_only() -> None:
    model = KGEModel(TuckER(50, dropout=0.5), num_entities=V, num_relations=R, reciprocal=True)
    torch.manual_seed(0)
    ids = torch.arange(R)
    assert not torch.equal(model(None, ids, ids), model(None, ids, ids))
    model.eval()
    assert torch.equal(model(None, ids, ids), model(None, ids, ids))


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
    with pytest.raises(ValueError, match="p=3"):
        RotatE(4, p=3)
    with pytest.raises(ValueError, match="even dim"):
        Hyperbolic(5)
    with pytest.raises(ValueError, match="even dim"):
        CompoundE(5)
    for scorer in (Hyperbolic(4), CompoundE(4), TuckER(4)):
        with pytest.raises(NotImplementedError, match="reciprocal=True"):
            KGEModel(scorer, num_entities=V, num_relations=R)
