"""The table of families: every model is found, every number has a range, and a family is all that a kind of model needs."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any, get_args

import pytest
import torch
from torch import Tensor, nn

from graphfm.datasets import Triples
from graphfm.errors import DataError
from graphfm.evaluation.links import judge
from graphfm.kg.paths.reasoner import Reasoner, ReasonerOptions
from graphfm.models import LinkModel
from graphfm.models.families import FAMILIES, Family, family_of, find_model
from graphfm.models.vocabulary import core, relation_numbers
from graphfm.settings import Bound, declared
from graphfm.training.link_prediction import link_prediction
from graphfm.training.links.link_data import SIZES, LinkData
from graphfm.training.links.link_settings import setting_names, task_of


@pytest.mark.parametrize(
    ("name", "kind", "kept"),
    [
        ("rotate", "kge", "RotatE"),
        ("ROTH", "kge", "RotH"),
        ("p-RotatE", "kge", "PRotatE"),
        ("MoKGR", "paths", "mokgr"),
        ("RED-GNN", "paths", "redgnn"),
    ],
)
def test_a_name_finds_its_family_and_model(name: str, kind: str, kept: str) -> None:
    family, model = find_model(name)
    assert (family.kind, model.name) == (kind, kept)
    assert family_of(kind) is family


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(DataError, match=r"unknown model 'mokg'.*RotatE.*redgnn.*Did you mean mokgr\?"):
        find_model("mokg")
    with pytest.raises(DataError, match="family 'trees', expected one of foundation, kge, paths"):
        family_of("trees")


MODELS = [name for family in FAMILIES for name in family.models()]


@pytest.mark.parametrize("name", MODELS)
def test_every_number_that_a_user_sets_has_a_range(name: str) -> None:
    family, model = find_model(name)
    hints = {option: hint for option, hint in declared(model.make).items() if option in model.options}
    for place in (link_prediction, LinkData, task_of(family)):
        hints |= declared(place)
    assert [setting for setting, hint in hints.items() if setting not in SIZES and not _bounded(hint)] == []
    assert set(setting_names(name)) <= hints.keys()
    assert "seed" not in setting_names(name), "the run decides it"


def _bounded(hint: Any) -> bool:
    """Whether every number in a type has a bound; booleans and words need none."""
    if any(isinstance(part, Bound) for part in getattr(hint, "__metadata__", ())):
        return True
    return hint not in (int, float) and all(_bounded(part) for part in get_args(hint) if part is not Any)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.kind)
def test_a_family_and_its_task_know_each_other(family: Family) -> None:
    task = task_of(family)
    assert task.family is family
    assert set(declared(family.build)) <= set(declared(task)), "the task hands on every setting of a model"
    assert import_module(type(family).__module__).__doc__


def test_reasoners_hand_on_every_option_of_the_reasoner() -> None:
    parameters = inspect.signature(Reasoner).parameters.values()
    own = ("num_relations", "channels", "lengths", "pruning", "stop")
    assert [p.name for p in parameters if p.name not in own] == list(ReasonerOptions.__annotations__)


def test_what_a_model_reads_and_is_called_follows_it_to_another_graph(ring: Triples) -> None:
    torch.manual_seed(0)
    family, options = family_of("paths"), {"num_layers": 2, "min_length": 1}
    settings = {"num_relations": 2, "method": "mokgr", "dim": 8, "method_options": options}
    model = LinkModel(family.build(**settings), ring, kind="paths", settings=settings)
    train = torch.stack([ring.train[:, 0], 1 - ring.train[:, 1], ring.train[:, 2]], 1)
    turned = Triples("turned", ring.entities, ring.relations[::-1], train=train)
    placed = model.on(turned)
    assert core(placed.model) is model.model
    assert placed.reasoner is model.model
    assert relation_numbers(placed.model, turned).tolist() == [1, 0, 3, 2]
    assert torch.equal(placed.facts.keys, model.facts.keys)
    back = placed.on(ring)
    assert back.model is model.model, "placed from where it was trained, not from where it stood last"
    ours, theirs = (m.predict_tails("person_03", "two_on") for m in (model, placed))
    assert ours["tail_id"].tolist() == theirs["tail_id"].tolist()


class Degree(nn.Module):
    """Scores an entity by how often it is an answer: a model of no vocabulary at all."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(scale))

    def forward(self, facts: Tensor, head: Tensor, rel: Tensor) -> Tensor:
        return (facts * self.scale).expand(len(head), -1)


class Degrees(Family):
    """It asks nothing of names: every relation of every graph can be asked for."""

    kind = "degrees"
    build = Degree
    new_relations = True

    def new_entities(self, settings: Any) -> bool:
        return True

    def observe(self, model: nn.Module, graph: Triples) -> Tensor:
        return torch.bincount(graph.train[:, [0, 2]].flatten(), minlength=graph.num_entities).float()


def test_a_family_without_a_vocabulary_is_on_any_graph(ring: Triples) -> None:
    everywhere = LinkModel(Degree(2.0), Triples("nowhere", [], []), kind=Degrees(), settings={"scale": 2.0})
    with pytest.raises(DataError, match="belongs to no graph, expected a graph to answer on"):
        everywhere.predict_tails("person_03", "next_to")
    everywhere.card["untrained_relations"] = ["two_on"]
    placed = everywhere.on(ring)
    best = int(torch.bincount(ring.train[:, [0, 2]].flatten()).argmax())
    assert placed.predict_tails("person_03", "two_on")["score"].max() == 2.0 * float(placed.facts[best])
    assert judge(placed)["report"]["queries"] == 2 * len(ring.test)
    other = Triples("other", ["a", "b"], ["never seen"], train=torch.tensor([[0, 0, 1]]))
    assert placed.on(other).predict_heads("never seen", "b", top=1)["rank"].tolist() == [1.5]
    with pytest.raises(DataError, match="degrees, which follows no paths, expected a path reasoner"):
        placed.explain("person_03", "two_on", "person_05")
