"""The knowledge graph job in minutes: ask a model that has never seen Python's library about it, then let one learn it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import torch

from graphfm.datasets.triples.graph import Triples
from graphfm.evaluation.links import judge
from graphfm.kg.ranks import ranks_among, slack
from graphfm.models import LinkModel
from graphfm.training.link_prediction import link_prediction

#: Relations whose missing ends a Python programmer can judge.
ASKED_RELATIONS = ("subclass_of", "overrides", "imports", "raises", "instantiates", "calls")


class Prediction(NamedTuple):
    """A held-out fact, its rank among all entities that are not known answers, and the best such entities, best first."""

    head: str
    relation: str
    tail: str
    rank: float
    best: list[str]


class Untrained(NamedTuple):
    """How the model that comes with the package answers before any training: as `judge` says, and the same facts by name."""

    result: dict[str, Any]
    predictions: list[Prediction]


class QuickstartKG(NamedTuple):
    """What the run made, and what was there before it."""

    model: LinkModel
    predictions: list[Prediction]
    checkpoint: Path
    untrained: Untrained


def quickstart_kg(
    *,
    out: Path,
    library: Triples | None = None,
    held_out: int = 250,
    epochs: int = 5,
    steps: int = 200,
    seed: int = 0,
    show: Callable[[Untrained], None] | None = None,
    progress: bool = True,
) -> QuickstartKG:
    """Run it; a second call with the same folder finds the model trained.

    Args:
        out: folder of the run.
        library: the knowledge graph; `python-stdlib` by default.
        held_out: test triples to rank, and validation triples to choose the best epoch by.
        epochs: of `steps` batches each.
        steps: batches an epoch.
        seed: of the choice of triples, weights and batches.
        show: is given the answers of the model that comes with the package, before training begins.
        progress: show how far the training is.
    """
    from graphfm.datasets import load_triples

    whole = library or load_triples("python-stdlib")
    generator = torch.Generator().manual_seed(seed)
    chosen = [rows[torch.randperm(len(rows), generator=generator)] for rows in (whole.val, whole.test)]
    val, test = (rows[:held_out] for rows in chosen)
    # What is not ranked stays hidden: it is neither a fact nor a training query.
    graph = replace(whole, val=val, test=test)
    ready = LinkModel.load("default").on(graph)
    untrained = Untrained(judge(ready), predictions(ready, ASKED_RELATIONS))
    if show is not None:
        show(untrained)
    model = link_prediction(
        graph,
        out=out / "kg",
        model="mokgr",
        num_layers=3,
        min_length=1,
        num_lengths=2,
        width=100,
        dim=32,
        activation="relu",
        dropout=0.1,
        lr=5e-3,
        decay=0.7,
        batch_size=16,
        steps_per_epoch=steps,
        epochs=epochs,
        seed=seed,
        progress=progress,
    )
    return QuickstartKG(model, predictions(model, ASKED_RELATIONS), out / "kg" / "model.ckpt", untrained)


def predictions(model: LinkModel, relations: tuple[str, ...], *, each: int = 2, top: int = 3) -> list[Prediction]:
    """The first test facts of some relations, whether the model finds them or not.

    Args:
        model: answers.
        relations: identifiers; those that the graph lacks are left out.
        each: facts of a relation.
        top: answers to name.
    """
    graph, found = model.graph, []
    for relation in relations:
        if relation not in graph.relation_to_id:
            continue
        rel = graph.relation_to_id[relation]
        for h, _, t in graph.test[graph.test[:, 1] == rel][:each].tolist():
            head, rows = torch.tensor([h], device=model.device), torch.tensor([rel], device=model.device)
            scores = model.scores(head, rows)[0]
            answers = model.known.answers(head, rows)[1]
            open_ = torch.ones_like(scores, dtype=torch.bool)
            open_[answers] = False
            open_[t] = True
            rank = float(ranks_among(scores[open_], scores[[t]], slack(model.model, scores)))
            order = scores.masked_fill(~open_, -torch.inf).argsort(descending=True, stable=True)[:top]
            names = [graph.entity_labels[i] for i in order.tolist()]
            found.append(
                Prediction(graph.entity_labels[h], graph.relation_labels[rel], graph.entity_labels[t], rank, names)
            )
    return found
