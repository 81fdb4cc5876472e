"""Foundation models as a family: nothing in them belongs to an entity or to a relation, so that they answer on any graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

import torch
from torch import nn

from graphfm.datasets.triples.graph import Triples
from graphfm.errors import DataError
from graphfm.kg.names import folded
from graphfm.kg.paths.reasoner import Reasoner
from graphfm.kg.relations import ultra_paths
from graphfm.kg.relations.relation_graph import RelationFacts, relation_facts
from graphfm.kg.relations.ultra import Ultra
from graphfm.kg.relations.universal import UniversalReasoner
from graphfm.kg.relations.weighing import weigh
from graphfm.models.families.family import Explainer, Family, Named
from graphfm.models.relation_names import relation_vectors
from graphfm.settings import check_options, declared

#: The models by name: our path reasoner on relations from the graph, and ULTRA.
NETWORKS: dict[str, type[nn.Module]] = {"universal": UniversalReasoner, "ultra": Ultra}


def foundation_model(*, network: str = "universal", network_options: Mapping[str, Any] | None = None) -> nn.Module:
    """A foundation model from plain values.

    Args:
        network: a name of `NETWORKS`, whatever its case.
        network_options: its arguments, such as ``{"channels": 64}``.

    Raises:
        DataError: an unknown name, or an argument that it does not take.
    """
    name, options = folded(network), dict(network_options or {})
    if name not in NETWORKS:
        raise DataError(f"the network {network!r}", expected=f"one of {', '.join(NETWORKS)}")
    made = NETWORKS[name]
    check_options(made, options, known=tuple(declared(made)), of=name)
    try:
        return made(**options)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} with {options}: {error}", expected="valid arguments") from error


class FoundationModels(Family):
    """Models of any entities and any relations: to place one on a graph is to read the graph."""

    kind = "foundation"
    build = staticmethod(foundation_model)
    task = "graphfm.training.links.foundation_training:FoundationTraining"
    named_by = "network"
    data = MappingProxyType({"queries": "relations", "batch_size": 32})
    search = MappingProxyType({"lr": "log:5e-5:5e-3", "weight_decay": "log:1e-5:1e-2"})
    new_relations = True

    def models(self) -> Mapping[str, Named]:
        return {name: Named(name, made, tuple(declared(made))) for name, made in NETWORKS.items()}

    def check_data(self, name: str, settings: Mapping[str, Any]) -> None:
        if settings.get("encoder") is not None:
            raise DataError(f"an encoder for {name}", expected="no encoder: it reads the graph, not the texts")

    def new_entities(self, settings: Mapping[str, Any]) -> bool:
        return True

    def needs_triples(self, settings: Mapping[str, Any]) -> bool:
        return True  # where its paths start

    def observe(self, model: nn.Module, graph: Triples) -> RelationFacts:
        return relation_facts(
            graph.train,
            num_entities=graph.num_entities,
            num_relations=graph.num_relations,
            repeated=isinstance(model, Ultra),  # as its weights were trained
        )

    def with_names(self, facts: Any, graph: Triples) -> Any:
        return replace(facts, texts=relation_vectors(graph))

    def about_relation(self, model: nn.Module, facts: Any, graph: Triples, relation: int) -> str:
        if facts is None or bool(facts.relations.facts[relation]):
            return ""
        said, guess = f"No fact has the relation {graph.relation_labels[relation]!r}", "little more than a guess"
        view = model.texts if isinstance(model, UniversalReasoner) else None
        if view is None or facts.texts is None or not bool(facts.texts[relation].any()):
            hint = "" if view is None or facts.texts is not None else " `graphfm complete --by-name` reads it."
            return f"{said}, and its name is not read: the answers are {guess}.{hint}"
        asked = torch.tensor([relation], device=facts.device)
        if not bool(view.sureness(facts.relations, facts.texts, asked)):
            return f"{said}, and no other relation has a name like it: the answers are {guess}."
        cosine = (facts.texts @ facts.texts[relation]).masked_fill(facts.relations.facts[: graph.num_relations] == 0, 0)
        nearest = [graph.relation_labels[i] for i in cosine.topk(min(3, len(cosine))).indices if cosine[i] > 0]
        return f"{said}: the answers come from relations of like names ({', '.join(nearest)})."

    def reads_relations(self, model: nn.Module) -> bool:
        return isinstance(model, UniversalReasoner) and model.texts is not None

    def prepared(self, model: nn.Module, facts: Any, graph: Triples) -> Any:
        if not isinstance(model, UniversalReasoner):
            return facts
        return weigh(model.parts, facts, graph.train.to(facts.device))

    def explainer(self, model: nn.Module) -> Explainer | None:
        return partial(ultra_paths.explain, model) if isinstance(model, Ultra) else super().explainer(model)

    def reasoner(self, model: nn.Module) -> Reasoner | None:
        return model if isinstance(model, Reasoner) else None


FOUNDATION = FoundationModels()
