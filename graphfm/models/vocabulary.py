"""One model, several vocabularies: names of a graph matched with the names a model was trained on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from graphfm.datasets.triples.graph import Triples
from graphfm.errors import DataError
from graphfm.kg.known import KnownAnswers


def index(graph: Triples, *further: Tensor) -> KnownAnswers:
    """Every triple of a graph, whatever its split, and further ones. Shapes: `further (n, 3)`."""
    triples = torch.cat([*(rows for _, rows in graph.splits()), *further])
    return KnownAnswers(triples, num_entities=graph.num_entities, num_relations=graph.num_relations)


def as_values(graph: Triples) -> dict[str, Any]:
    """A graph as plain values and tensors, as far as answers by name need it; for the file of a model."""
    return {
        "name": graph.name,
        "entities": graph.entities,
        "relations": graph.relations,
        "entity_labels": [] if graph.entity_labels is graph.entities else graph.entity_labels,
        "relation_labels": [] if graph.relation_labels is graph.relations else graph.relation_labels,
        "triples": {split: rows.int() for split, rows in graph.splits()},
        "candidates": graph.info.get("candidates"),
    }


def from_values(content: Mapping[str, Any]) -> Triples:
    """The graph that `as_values` gave."""
    return Triples(
        content["name"],
        content["entities"],
        content["relations"],
        **{split: rows.long() for split, rows in content["triples"].items()},
        entity_labels=content["entity_labels"],
        relation_labels=content["relation_labels"],
        info={} if content.get("candidates") is None else {"candidates": content["candidates"]},
    )


def entity_texts(graph: Triples) -> list[str]:
    """The text of every entity, its label where it has no text."""
    return graph.entity_labels if graph.entity_text is None else graph.entity_text


class Renumbered(nn.Module):
    """A model of triples in the ids of another graph.

    Args:
        model: `model(data, head, rel) -> scores (B, V)`.
        entities: `(V',)` the model's id of each entity of the graph; None where ids mean nothing to the model.
        relations: `(R',)` the model's id of each relation of the graph, -1 where it has none.
        num_relations: R of the model.
    """

    def __init__(self, model: nn.Module, entities: Tensor | None, relations: Tensor, *, num_relations: int) -> None:
        super().__init__()
        self.model = model
        self.register_buffer("entities", entities, persistent=False)
        inverse = torch.where(relations < 0, relations, relations + num_relations)
        both = torch.cat([relations, inverse])  # an inverse of the graph is one of the model
        self.register_buffer("relations", both, persistent=False)
        self.entities: Tensor | None
        self.relations: Tensor
        self.tie: float = getattr(model, "tie", 0.0)
        if entities is None and hasattr(model, "twins"):
            self.twins = model.twins

    def forward(self, data: Any, head: Tensor, rel: Tensor) -> Any:
        """Shapes: `head, rel (B,) -> (B, V')`, or what the model returns where entities have no ids of its own."""
        if self.entities is None:
            return self.model(data, head, self.relations[rel])
        return self.model(data, self.entities[head], self.relations[rel])[:, self.entities]


def renumbered(
    model: nn.Module, known: Triples, graph: Triples, *, entities: Tensor | None, relations: Tensor
) -> nn.Module:
    """A model in the ids of another graph; the model itself, where all ids are the same.

    Args:
        model: in the ids of `known`.
        known: the graph whose ids are the model's.
        graph: the other graph.
        entities: `(V',)` of `entity_ids`; None where ids of entities mean nothing to the model.
        relations: `(R',)` of `relation_ids`.
    """
    if graph.relations == known.relations and (entities is None or graph.entities == known.entities):
        return model
    return Renumbered(model, entities, relations, num_relations=known.num_relations)


def core(model: nn.Module) -> nn.Module:
    """The module that was trained, in whichever ids it is asked."""
    return model.model if isinstance(model, Renumbered) else model


def relation_numbers(model: nn.Module, graph: Triples) -> Tensor:
    """The model's id of each relation of the graph it is on and, after them, of each inverse; -1 where it has none.

    Shapes: `-> (2R',)`.
    """
    return model.relations if isinstance(model, Renumbered) else torch.arange(2 * graph.num_relations)


def relation_ids(graph: Triples, known: Triples) -> Tensor:
    """For each relation of a graph its id in `known`, `(R',)`; -1 for an unknown one, which no triple may use.

    Raises:
        DataError: a relation in use that is not in `known`.
    """
    used = torch.cat([rows for _, rows in graph.splits()])[:, 1].unique().tolist()
    missing = [graph.relations[r] for r in used if graph.relations[r] not in known.relation_to_id]
    if missing:
        raise _unknown("relations", missing, graph.num_relations, known, hint="")
    return torch.tensor([known.relation_to_id.get(relation, -1) for relation in graph.relations], dtype=torch.long)


def entity_ids(graph: Triples, known: Triples, *, new_from: int | None) -> tuple[Tensor, list[int]]:
    """For each entity of a graph its id in `known`, `(V',)`, and the entities of the graph that `known` lacks.

    Args:
        graph: the graph.
        known: the vocabulary of the model.
        new_from: id of the first new entity, for a model that takes new ones; None for one that does not.

    Raises:
        DataError: new entities for a model that takes none.
    """
    new = [i for i, entity in enumerate(graph.entities) if entity not in known.entity_to_id]
    if new and new_from is None:
        hint = "A model trained with an encoder for entity texts scores new entities too."
        raise _unknown("entities", [graph.entities[i] for i in new], graph.num_entities, known, hint=hint)
    ids = known.entity_to_id | {graph.entities[i]: (new_from or 0) + n for n, i in enumerate(new)}
    return torch.tensor([ids[entity] for entity in graph.entities], dtype=torch.long), new


def _unknown(what: str, missing: list[str], total: int, known: Triples, *, hint: str) -> DataError:
    some = ", ".join(map(repr, missing[:3]))
    return DataError(
        f"{len(missing)} of {total} {what} the model was not trained on ({some})",
        expected=f"{what} of {known.name}",
        hint=hint,
    )
