from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import Tensor

from graphfm.kg.relations.relation_graph import RelationFacts, relation_facts
from graphfm.kg.relations.relation_texts import RelationTexts
from graphfm.kg.relations.universal import UniversalReasoner

#: Relation 5 has no fact; its text is that of relation 1, nearly; the text of 4 says nothing.
TEXTS = torch.nn.functional.normalize(
    torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [0, 0, 0], [0, 1, 0.1]]), dim=1
)
HEAD, REL = torch.tensor([0, 3, 4, 7, 0, 9]), torch.tensor([5, 1, 11, 2, 5, 0])
MUTE = (REL % 6) == 5


def reader(amount: float = 1.0, **options: object) -> UniversalReasoner:
    torch.manual_seed(0)
    model = UniversalReasoner(**({"channels": 8, "num_layers": 3, "width": 4, "pairs": True, "texts": True} | options))  # type: ignore[arg-type]
    torch.nn.init.normal_(model.prior.score.weight)
    if model.texts is not None:
        model.texts.amount.data.fill_(amount)
    return model.eval()


def graph_of(triples: Tensor, texts: Tensor | None = TEXTS) -> RelationFacts:
    return dataclasses.replace(relation_facts(triples, num_entities=22, num_relations=6), texts=texts)


def test_a_fresh_view_changes_nothing(triples: Tensor) -> None:
    model = reader(amount=RelationTexts(8).amount.item())
    assert torch.equal(model(graph_of(triples), HEAD, REL).scores, model(graph_of(triples, None), HEAD, REL).scores)


def test_only_relations_without_facts_are_seen_by_their_texts(triples: Tensor) -> None:
    model = reader()
    with_texts, without = (model(graph_of(triples, texts), HEAD, REL).scores for texts in (TEXTS, None))
    assert torch.equal(with_texts[~MUTE], without[~MUTE])
    assert all(not torch.equal(*pair) for pair in zip(with_texts[MUTE], without[MUTE], strict=True))


def test_without_texts_the_model_is_the_one_without_the_view(triples: Tensor) -> None:
    model, bare = reader(), reader(texts=False)
    missing = bare.load_state_dict(model.state_dict(), strict=False)
    assert not missing.missing_keys
    assert torch.equal(model(graph_of(triples, None), HEAD, REL).scores, bare(graph_of(triples), HEAD, REL).scores)


def test_a_text_that_says_nothing_is_not_read(triples: Tensor) -> None:
    model, silent = reader(), TEXTS.clone()
    silent[5] = 0
    assert torch.equal(
        model(graph_of(triples, silent), HEAD, REL).scores, model(graph_of(triples, None), HEAD, REL).scores
    )
    shares = RelationTexts(8).stand_ins(graph_of(triples).relations, TEXTS, torch.tensor([5, 11]))
    torch.testing.assert_close(shares.sum(1), torch.ones(2))
    assert not shares[:, [4, 5, 10, 11]].any()  # nothing to compare, and no facts to lend
    assert shares.argmax(1).tolist() == [1, 7]  # of the same direction


def test_a_text_is_believed_as_far_as_another_one_is_like_it(triples: Tensor) -> None:
    view, graph, texts = RelationTexts(8), graph_of(triples).relations, TEXTS.clone()
    sure = []
    for cosine in (0.4, 0.5, 0.6, 0.8):
        texts[:] = torch.tensor([1.0, 0, 0])
        texts[5] = torch.tensor([cosine, (1 - cosine**2) ** 0.5, 0])
        sure.append(view.sureness(graph, texts, torch.tensor([5, 11, 1])))
    torch.testing.assert_close(torch.stack(sure), torch.tensor([[0.0, 0, 0], [0, 0, 0], [0.5, 0.5, 0], [1, 1, 0]]))
    unlike = TEXTS.clone()
    unlike[5] = torch.tensor([0.6, -0.8, 0])  # to the others as little as by chance
    unlike[[0, 3]] = TEXTS[1]
    model = reader()
    assert torch.equal(
        model(graph_of(triples, unlike), HEAD, REL).scores, model(graph_of(triples, None), HEAD, REL).scores
    )


def test_no_text_stands_in_where_no_other_relation_has_one(triples: Tensor) -> None:
    alone = torch.zeros_like(TEXTS)
    alone[5] = TEXTS[5]
    model = reader()
    assert torch.equal(
        model(graph_of(triples, alone), HEAD, REL).scores, model(graph_of(triples, None), HEAD, REL).scores
    )


def test_numbers_of_relations_mean_nothing(triples: Tensor) -> None:
    model, renamed = reader(), triples.clone()
    order = torch.randperm(6, generator=torch.Generator().manual_seed(1))
    renamed[:, 1] = order[triples[:, 1]]
    texts = torch.empty_like(TEXTS).index_copy(0, order, TEXTS)
    both = torch.cat([order, order + 6])
    before, after = model(graph_of(triples), HEAD, REL).scores, model(graph_of(renamed, texts), HEAD, both[REL]).scores
    torch.testing.assert_close(after, before, atol=1e-4, rtol=1e-4)


def test_training_the_view_reaches_all_of_it_and_nothing_else(triples: Tensor) -> None:
    model = reader().requires_grad_(False)
    assert model.texts is not None
    model.texts.requires_grad_(True)
    torch.nn.init.normal_(model.texts.further[2].weight)  # type: ignore[arg-type]
    model(graph_of(triples), HEAD, REL).scores.square().sum().backward()
    silent = [name for name, p in model.texts.named_parameters() if p.grad is None or not p.grad.any()]
    assert not silent
    assert all(p.grad is None for name, p in model.named_parameters() if not name.startswith("texts."))


@pytest.mark.parametrize("hidden", [0, 1])
def test_hiding_facts_keeps_the_texts(triples: Tensor, hidden: int) -> None:
    graph = graph_of(triples).without(triples[:hidden])
    assert isinstance(graph, RelationFacts)
    assert graph.texts is TEXTS
    assert graph.to("meta").texts.device.type == "meta"  # type: ignore[union-attr]
