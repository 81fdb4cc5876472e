"""The plain triples of a set with qualifiers, for models that know no others."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import torch

from graphfm.datasets.tables.notes import DataWarning
from graphfm.datasets.triples.graph import Triples


def main_triples(triples: Triples) -> Triples:
    """The set without its qualifiers, and without the entities and relations that only they have.

    Such entities could be no answer: left among the candidates they would make every rank look better than it is. A set
    without qualifiers is given back as it is.

    Warns:
        DataWarning: how many statements have qualifiers, and what is left out with them.
    """
    if not triples.qualifiers or triples.inference is not None:
        return triples
    rows = torch.cat([split for _, split in triples.splits()])
    pairs = torch.cat([found.pairs for found in triples.qualifiers.values()])
    gone_entities = _only_in(pairs[:, 1], rows[:, [0, 2]], triples.num_entities)
    gone_relations = _only_in(pairs[:, 0], rows[:, 1], triples.num_relations)
    kept: dict[str, Any] = {}
    places = []
    for what, names, gone in (
        ("entity", triples.entities, gone_entities),
        ("relation", triples.relations, gone_relations),
    ):
        stays = (~gone).nonzero().flatten().tolist()
        places.append((~gone).long().cumsum(0) - 1)
        kept["entities" if what == "entity" else "relations"] = [names[i] for i in stays]
        for attribute in (f"{what}_labels", f"{what}_text"):
            values = getattr(triples, attribute)
            kept[attribute] = values if values is None else [values[i] for i in stays]
    for split, ids in triples.splits():
        kept[split] = torch.stack([places[0][ids[:, 0]], places[1][ids[:, 1]], places[0][ids[:, 2]]], dim=1)
    qualified = sum(int((found.ptr.diff() > 0).sum()) for found in triples.qualifiers.values())
    warnings.warn(
        f"{triples.name}: {qualified:,} of {len(rows):,} statements have qualifiers, which this model cannot use; they are "
        f"left out, with {int(gone_entities.sum()):,} entities and {int(gone_relations.sum()):,} relations that only they have",
        DataWarning,
        stacklevel=2,
    )
    return replace(triples, **kept, qualifiers={})


def _only_in(some: torch.Tensor, others: torch.Tensor, size: int) -> torch.Tensor:
    """Which ids occur in `some` and not in `others`, (size,)."""
    there, elsewhere = torch.zeros(size, dtype=torch.bool), torch.zeros(size, dtype=torch.bool)
    there[some.flatten()] = True
    elsewhere[others.flatten()] = True
    return there & ~elsewhere
