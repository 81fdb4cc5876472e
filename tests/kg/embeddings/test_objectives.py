"""Can it memorise a small graph, and does it learn the patterns that its form promises, and not those it rules out?"""

from __future__ import annotations

from functools import partial

import pytest
import torch
from torch import Tensor

from graphfm.kg.embeddings.kge import KGEModel, TextEntities
from graphfm.kg.embeddings.objectives import all_entities_loss, negative_sampling_loss
from graphfm.kg.embeddings.optim import RowAdam
from graphfm.kg.embeddings.sampling import both
from graphfm.kg.known import KnownAnswers
from graphfm.kg.metrics import metrics
from graphfm.kg.ranking import rank
from graphfm.kg.scorers.complex import ComplEx
from graphfm.kg.scorers.compounde import CompoundE
from graphfm.kg.scorers.distmult import DistMult
from graphfm.kg.scorers.hyperbolic import Hyperbolic
from graphfm.kg.scorers.protate import PRotatE
from graphfm.kg.scorers.quate import QuatE
from graphfm.kg.scorers.rotate import RotatE
from graphfm.kg.scorers.scorer import Scorer
from graphfm.kg.scorers.transe import TransE
from graphfm.kg.scorers.tucker import TuckER


def fit(model: KGEModel, train: Tensor, *, steps: int = 200, lr: float = 0.05, loss=negative_sampling_loss) -> KGEModel:
    known = KnownAnswers(train, num_entities=model.num_entities, num_relations=model.num_relations)
    queries = both(train, model.num_relations)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        loss(model, queries, known).backward()
        optimizer.step()
    return model


def mrr(model: KGEModel, triples: Tensor, known: Tensor) -> float:
    index = KnownAnswers(known, num_entities=model.num_entities, num_relations=model.num_relations)
    return metrics(rank(model, triples, index))["mrr"]


def make(scorer, num_entities: int, num_relations: int, **options) -> KGEModel:
    torch.manual_seed(0)
    return KGEModel(scorer, num_entities=num_entities, num_relations=num_relations, **options)


@pytest.fixture
def random_graph() -> Tensor:
    generator = torch.Generator().manual_seed(0)
    columns = [torch.randint(size, (30,), generator=generator) for size in (20, 3, 20)]
    return torch.stack(columns, 1).unique(dim=0)


SAMPLED = partial(negative_sampling_loss, num_negatives=8)


MEMORISERS = [
    (RotatE(16, gamma=6.0), False, 0.99),
    (PRotatE(32, gamma=6.0), False, 0.99),
    (TransE(32, gamma=6.0), False, 0.95),
    (TransE(32, gamma=6.0, p=2), False, 0.8),  # a ball holds few tails at one distance
    (DistMult(32), True, 0.9),  # symmetric, so only reciprocal relations tell head from tail
    (ComplEx(16), False, 0.99),
    (QuatE(8), False, 0.99),
    (CompoundE(32, gamma=6.0), True, 0.99),
    (TuckER(16), True, 0.99),
    (Hyperbolic(16, kind="rotation"), True, 0.95),
    (Hyperbolic(16, kind="reflection"), True, 0.95),
    (Hyperbolic(16), True, 0.95),
]


@pytest.mark.parametrize(
    ("scorer", "reciprocal", "bar"),
    MEMORISERS,
    ids=lambda value: type(value).__name__ if isinstance(value, torch.nn.Module) else "",
)
def test_memorises_a_small_graph(scorer, reciprocal: bool, bar: float, random_graph: Tensor) -> None:
    model = make(scorer, 20, 3, reciprocal=reciprocal)
    assert mrr(model, random_graph, random_graph) < 0.6
    fit(model, random_graph, loss=SAMPLED)
    assert mrr(model, random_graph, random_graph) > bar


def test_every_scorer_memorises() -> None:
    assert {type(scorer) for scorer, *_ in MEMORISERS} == {
        cls for cls in Scorer.__subclasses__() if cls.__module__.startswith("graphfm")
    }


@pytest.mark.parametrize(
    "loss",
    [
        partial(negative_sampling_loss, num_negatives=8, shared=True),
        partial(negative_sampling_loss, num_negatives=8, subsampling=False, temperature=0.0),
        all_entities_loss,
        partial(all_entities_loss, smoothing=0.1, exclude_known=True),
        partial(all_entities_loss, binary=True, smoothing=0.1),
    ],
    ids=["shared", "uniform", "1-vs-all", "1-vs-all excluding known", "k-vs-all"],
)
def test_every_loss_memorises(loss, random_graph: Tensor) -> None:
    model = make(ComplEx(16), 20, 3)
    assert mrr(fit(model, random_graph, loss=loss), random_graph, random_graph) > 0.95


N = 20  # entities on a circle; relation s leads s steps on


def steps_on(s: int, relation: int, starts: Tensor) -> Tensor:
    return torch.stack([starts, torch.full_like(starts, relation), (starts + s) % N], 1)


EVERY, SOME, REST = torch.arange(N), torch.arange(0, N, 2), torch.arange(1, N, 2)


def test_symmetry() -> None:
    train = steps_on(N // 2, 0, EVERY)  # i <-> i + 10
    assert mrr(fit(make(RotatE(8, gamma=3.0), N, 1), train, loss=SAMPLED), train, train) > 0.95
    # h + r = t and t + r = h leave r = 0: an entity is then as near to itself as to its partner.
    assert mrr(fit(make(TransE(16, gamma=3.0), N, 1), train, loss=SAMPLED), train, train) < 0.8


def test_inversion() -> None:
    train, test = torch.cat([steps_on(1, 0, EVERY), steps_on(-1, 1, SOME)]), steps_on(-1, 1, REST)
    known = torch.cat([train, test])
    assert mrr(fit(make(RotatE(8, gamma=3.0), N, 2), train, loss=SAMPLED), test, known) > 0.9
    # A symmetric score cannot tell one step on from one step back.
    assert mrr(fit(make(DistMult(16), N, 2), train, loss=SAMPLED), test, known) < 0.75


def test_composition() -> None:
    train = torch.cat([steps_on(1, 0, EVERY), steps_on(2, 1, EVERY), steps_on(3, 2, SOME)])
    test = steps_on(3, 2, REST)
    known = torch.cat([train, test])
    assert mrr(fit(make(RotatE(8, gamma=3.0), N, 3), train, loss=SAMPLED), test, known) > 0.9
    assert mrr(fit(make(DistMult(16), N, 3), train, loss=SAMPLED), test, known) < 0.6


@pytest.mark.parametrize("table", [True, False])
def test_text_scores_entities_never_trained_on(table: bool) -> None:
    """Text says where on the circle an entity is, so a rotation learned on some entities holds for the others."""
    angle = torch.arange(N) * 2 * torch.pi / N
    text = torch.stack([angle.cos(), angle.sin()], 1)
    inside = steps_on(1, 0, torch.arange(15))  # mentions entities 0..15
    model = make(RotatE(8, gamma=3.0), 16, 1, entities=TextEntities(text[:16], 16, table=table))
    fit(model, inside, loss=SAMPLED)
    model.entities.append(text[16:])
    assert model.num_entities == N
    outside = steps_on(1, 0, torch.arange(16, 19))
    index = KnownAnswers(torch.cat([inside, outside]), num_entities=N, num_relations=1)
    ranks = rank(model, outside, index, train=inside)
    assert ranks.unseen.all()
    assert metrics(ranks)["mrr"] > 0.8
    entities = torch.tensor([3, 18, 3])
    torch.testing.assert_close(model.entities(entities), model.entities()[entities])


def test_sparse_gradients_train_like_dense_ones(random_graph: Tensor) -> None:
    """Every entity is in every batch here, so lazily updated rows and whole tables must agree."""
    known = KnownAnswers(random_graph, num_entities=20, num_relations=3)
    models = [make(RotatE(8, gamma=6.0), 20, 3, sparse=sparse) for sparse in (True, False)]
    for model in models:
        optimizer, generator = RowAdam(model.parameters(), lr=0.01), torch.Generator().manual_seed(0)
        for _ in range(5):
            optimizer.zero_grad()
            loss = negative_sampling_loss(model, both(random_graph, 3), known, num_negatives=50, generator=generator)
            loss.backward()
            assert model.entities.weight.grad.is_sparse == model.entities.sparse
            optimizer.step()
    torch.testing.assert_close(models[0].state_dict(), models[1].state_dict())
