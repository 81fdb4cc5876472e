"""Knowledge graph embeddings as a family: a vector for each entity and relation, or for each entity's text."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from graphfm.datasets.triples.graph import Triples
from graphfm.errors import DataError
from graphfm.kg.embeddings.kge import KGEModel, TextEntities
from graphfm.kg.names import ALIASES, make_scorer, scorer_options, scorers
from graphfm.kg.scorers.scorer import Scorer
from graphfm.models.families.family import Family, Named
from graphfm.models.vocabulary import core, entity_ids, entity_texts, relation_ids, renumbered
from graphfm.settings import Count
from graphfm.text import embed


def kge_model(
    *,
    num_entities: int,
    num_relations: int,
    scorer: str = "RotatE",
    dim: Count = 200,
    scorer_options: Mapping[str, Any] | None = None,
    reciprocal: bool = False,
    sparse: bool = False,
    text_dim: int | None = None,
    text_table: bool = True,
) -> KGEModel:
    """A `KGEModel` from plain values; texts are zero until they are loaded.

    Args:
        num_entities: V.
        num_relations: R, without inverses.
        scorer: name of a scorer, see `graphfm.kg.names`.
        dim: its width.
        scorer_options: its other arguments, such as ``{"gamma": 9.0}``.
        reciprocal, sparse: see `KGEModel`.
        text_dim: width of entity texts; entities are then `TextEntities`.
        text_table: with texts, a free vector per entity too.

    Raises:
        DataError: an unknown scorer or option, or a scorer without an inverse that is not `reciprocal`.
    """
    made = make_scorer(scorer, dim, dict(scorer_options or {}))
    entities = None
    if text_dim is not None:
        entities = TextEntities(torch.zeros(num_entities, text_dim), made.entity_dim, table=text_table, sparse=sparse)
    try:
        return KGEModel(
            made,
            num_entities=num_entities,
            num_relations=num_relations,
            entities=entities,
            reciprocal=reciprocal,
            sparse=sparse,
        )
    except NotImplementedError as error:
        hint = "It has no inverse in closed form."
        raise DataError(f"{scorer} without reciprocal relations", expected="reciprocal: true", hint=hint) from error


class Embeddings(Family):
    """Models of the entities and relations they were trained on; with texts, of any entity that has one."""

    kind = "kge"
    build = staticmethod(kge_model)
    task = "graphfm.training.links.kge_training:KGETraining"
    named_by = "scorer"
    search = MappingProxyType({"lr": "log:1e-4:1e-1", "num_negatives": "choice:16,64,256", "temperature": "float:0:2"})

    def models(self) -> Mapping[str, Named]:
        made = {name: Named(name, scorer, scorer_options(scorer)) for name, scorer in scorers().items()}
        for name, scorer in scorers().items():
            if scorer.inverse is Scorer.inverse:  # none in closed form
                made[name] = made[name]._replace(trained_with={"reciprocal": True})
        return made | {
            alias: made[name]._replace(name=alias, implied=options) for alias, (name, options) in ALIASES.items()
        }

    def new_entities(self, settings: Mapping[str, Any]) -> bool:
        return settings.get("text_dim") is not None

    def needs_triples(self, settings: Mapping[str, Any]) -> bool:
        return not self.new_entities(settings)  # else they have texts

    def place(self, model: nn.Module, known: Triples, graph: Triples, *, text_encoder: Any = None) -> nn.Module:
        relations = relation_ids(graph, known)
        reads: Any = getattr(model, "entities", None)
        reads = reads if isinstance(reads, TextEntities) else None
        ids, new = entity_ids(graph, known, new_from=None if reads is None else len(reads))
        if new:
            texts = entity_texts(graph)
            model = copy.deepcopy(model)
            grown: Any = model.entities
            grown.append(embed([texts[i] for i in new], text_encoder))
        return renumbered(model, known, graph, entities=ids, relations=relations)

    def vectors(self, model: nn.Module) -> dict[str, Tensor] | None:
        if core(model) is not model:
            return None  # the rows of a placed model are not the entities of its graph
        own: Any = model
        with torch.no_grad():
            return {"entities": own.entities(), "relations": own.relations}


EMBEDDINGS = Embeddings()
