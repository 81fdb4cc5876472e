"""Path reasoners as a family: vectors of relations alone, so that a model answers on any graph of the same relations."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, cast

import torch
from torch import nn

from graphfm.datasets.triples.graph import Triples
from graphfm.errors import DataError
from graphfm.kg.names import folded
from graphfm.kg.paths.facts import Facts, facts
from graphfm.kg.paths.mokgr import METHODS
from graphfm.kg.paths.reasoner import Reasoner
from graphfm.models.families.family import Family, Named
from graphfm.models.vocabulary import core, relation_ids, relation_numbers, renumbered
from graphfm.settings import Count, check_options, declared


def path_model(
    *, num_relations: int, method: str = "mokgr", dim: Count = 64, method_options: Mapping[str, Any] | None = None
) -> Reasoner:
    """A `Reasoner` from plain values.

    Args:
        num_relations: R, without inverses.
        method: a name of `graphfm.kg.paths.mokgr.METHODS`, whatever its case.
        dim: its width.
        method_options: other arguments of the method, such as ``{"num_layers": 5}``.

    Raises:
        DataError: an unknown method, or an argument that it does not take.
    """
    name, options = folded(method), dict(method_options or {})
    if name not in METHODS:
        raise DataError(f"the method {method!r}", expected=f"one of {', '.join(METHODS)}")
    check_options(METHODS[name], options, known=_options(name), of=name)
    try:
        return METHODS[name](num_relations, channels=dim, **options)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} with {options}: {error}", expected="valid arguments") from error


def _options(method: str) -> tuple[str, ...]:
    return tuple(option for option in declared(METHODS[method]) if option not in ("num_relations", "channels"))


class Reasoners(Family):
    """Models of the relations they were trained on, and of any entities."""

    kind = "paths"
    build = staticmethod(path_model)
    task = "graphfm.training.links.path_training:PathTraining"
    named_by = "method"
    data = MappingProxyType({"queries": "both", "batch_size": 16})
    search = MappingProxyType(
        {"lr": "log:5e-4:2e-2", "dropout": "float:0:0.4", "decay": "float:0.7:1", "num_layers": "int:3:6"}
    )

    def models(self) -> Mapping[str, Named]:
        return {name: Named(name, make, _options(name)) for name, make in METHODS.items()}

    def check_data(self, name: str, settings: Mapping[str, Any]) -> None:
        if settings.get("encoder") is not None:
            raise DataError(f"an encoder for {name}", expected="no encoder: it reads the graph, not the texts")
        if settings.get("queries") == "pairs":
            raise DataError(
                f"queries='pairs' for {name}",
                expected="'both', 'bernoulli' or 'alternate': it learns one answer a query",
            )

    def new_entities(self, settings: Mapping[str, Any]) -> bool:
        return True

    def needs_triples(self, settings: Mapping[str, Any]) -> bool:
        return True  # where its paths start

    def observe(self, model: nn.Module, graph: Triples) -> Facts:
        head, rel, tail = graph.train.unbind(1)
        numbers = relation_numbers(model, graph).cpu()
        triples = torch.stack([head, numbers[rel], tail], 1)
        own = self.reasoner(model).num_relations
        assert own is not None  # it has tables
        return facts(triples, num_entities=graph.num_entities, num_relations=own)

    def place(self, model: nn.Module, known: Triples, graph: Triples, *, text_encoder: Any = None) -> nn.Module:
        return renumbered(model, known, graph, entities=None, relations=relation_ids(graph, known))

    def reasoner(self, model: nn.Module) -> Reasoner:
        return cast(Reasoner, core(model))


REASONERS = Reasoners()
