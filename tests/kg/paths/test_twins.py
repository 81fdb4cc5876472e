"""Entities with the same facts, against loops; and what is asked of one for the other."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from graphfm.errors import DataError
from graphfm.kg.known import KnownAnswers
from graphfm.kg.paths import twins as module
from graphfm.kg.paths.facts import facts
from graphfm.kg.paths.mokgr import mokgr
from graphfm.kg.paths.twins import twins
from graphfm.kg.ranking import rank
from graphfm.kg.relations.relation_graph import relation_facts
from graphfm.kg.relations.ultra import Ultra
from graphfm.kg.relations.universal import UniversalReasoner
from graphfm.kg.relations.weighing import weigh
from graphfm.models.vocabulary import Renumbered

V, R = 9, 2


def some_triples(seed: int, size: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    # Few tails, so that entities are often alike.
    return torch.stack([torch.randint(n, (size,), generator=generator) for n in (V, R, 3)], 1)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**31), size=st.integers(0, 20), repeated=st.booleans())
def test_swapping_twins_leaves_the_graph_and_all_with_the_same_facts_are_twins(
    seed: int, size: int, repeated: bool
) -> None:
    triples = some_triples(seed, size)
    found = twins(facts(triples, num_entities=V, num_relations=R, repeated=repeated)).tolist()
    edges = [(h, r, t) for h, r, t in triples.tolist()] + [(t, r + R, h) for h, r, t in triples.tolist()]
    edges = edges if repeated else [*set(edges)]
    facts_of = [sorted((r, t) for h, r, t in edges if h == v) for v in range(V)]
    assert found == [facts_of.index(own) for own in facts_of]
    for v, twin in enumerate(found):
        swap = {v: twin, twin: v}
        assert sorted(edges) == sorted((swap.get(h, h), r, swap.get(t, t)) for h, r, t in edges)


def test_sums_that_meet_by_chance_make_no_twins(monkeypatch: pytest.MonkeyPatch) -> None:
    triples = some_triples(0, 12)
    graph = facts(triples, num_entities=V, num_relations=R)
    right = twins(graph)
    assert len(right.unique()) < V
    monkeypatch.setattr(module, "_mixed", torch.zeros_like)  # now all sums are the same
    found = twins(graph)
    for v, twin in enumerate(found.tolist()):  # fewer may be found, none that is wrong
        assert right[v] == right[twin]


def hub(num_entities: int = 40) -> Tensor:
    """Leaves, each with a fact of one of two hubs and one of the other two, and some facts among all."""
    generator = torch.Generator().manual_seed(1)
    leaves = torch.arange(4, num_entities)
    to_hubs = [
        torch.stack(
            [leaves, torch.full_like(leaves, i), 2 * i + torch.randint(2, leaves.shape, generator=generator)], 1
        )
        for i in range(2)
    ]
    others = torch.stack([torch.randint(n, (12,), generator=generator) for n in (num_entities, 3, num_entities)], 1)
    return torch.cat([*to_hubs, others])


def universal() -> nn.Module:
    torch.manual_seed(0)
    model = UniversalReasoner(channels=8, num_layers=4, pairs=True)
    torch.nn.init.normal_(model.prior.score.weight)  # zero at the start of training
    return model


@pytest.mark.parametrize("name", ["mokgr", "universal", "ultra"])
def test_twins_are_asked_about_once_and_ranked_as_if_each_was(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    made: dict[str, Any] = {
        "mokgr": lambda: mokgr(3, channels=8, num_layers=4),
        "universal": universal,
        "ultra": lambda: Ultra(8),
    }
    model, triples = made[name](), hub()
    sizes = {"num_entities": 40, "num_relations": 3}
    read = facts if name == "mokgr" else relation_facts
    graph, known = read(triples[::2], **sizes, repeated=name == "ultra"), KnownAnswers(triples, **sizes)
    asked = list[int]()
    model.register_forward_pre_hook(lambda _, args: asked.append(len(args[1])))
    together, shared = rank(model, triples, known, data=graph), sum(asked)
    asked.clear()
    monkeypatch.setattr(type(model), "twins", lambda self, graph: torch.arange(graph.num_entities))
    each = rank(model, triples, known, data=graph)
    assert shared < 0.8 * sum(asked)
    assert torch.equal(together.realistic, each.realistic)
    assert torch.equal(together.candidates, each.candidates)


def test_what_a_model_refuses_is_refused_by_the_model() -> None:
    model, triples = mokgr(3, channels=8, num_layers=3), hub()
    known = KnownAnswers(triples, num_entities=40, num_relations=3)
    few = facts(triples[triples[:, [0, 2]].amax(1) < 9], num_entities=9, num_relations=3)
    with pytest.raises(DataError, match=r"expected head ids in 0\.\.8"):
        rank(model, triples, known, data=few)
    assert len(rank(model, triples[:0], known)) == 0


def test_a_model_on_the_ids_of_another_graph_says_which_are_twins() -> None:
    model, graph = universal(), relation_facts(hub(), num_entities=40, num_relations=3)
    found = Renumbered(model, None, torch.arange(3), num_relations=3)
    assert torch.equal(found.twins(graph), twins(graph))
    assert not hasattr(Renumbered(model, torch.arange(40), torch.arange(3), num_relations=3), "twins")


def test_a_graph_is_weighed_the_same_where_twins_share_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    model, triples = universal().eval(), hub(300)
    graph = relation_facts(triples, num_entities=300, num_relations=3)
    asked = list[int]()

    def parts(*args: Any) -> tuple[Tensor, Tensor]:
        asked.append(len(args[1]))
        return model.parts(*args)  # type: ignore[operator]

    together, shared = weigh(parts, graph, triples).weights, sum(asked)
    asked.clear()
    monkeypatch.setattr("graphfm.kg.relations.weighing.twins", lambda graph: torch.arange(graph.num_entities))
    each = weigh(parts, graph, triples).weights
    assert shared < sum(asked)
    assert together is not None
    assert each is not None
    torch.testing.assert_close(together, each, atol=1e-4, rtol=1e-4)
