"""The best new triples of one relation over all its heads, in bounded memory."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from graphfm.kg.batches import chunks, rows_that_fit
from graphfm.kg.ranking import finite
from graphfm.kg.ranks import compare, slack
from graphfm.models.candidates import AnswerSet
from graphfm.models.completing import Wanted
from graphfm.models.question_tables import ASKED_AT_ONCE
from graphfm.progress import progress_bar

if TYPE_CHECKING:
    from graphfm.models.link_scores import LinkScores

EVERY_HEAD = "all"


@torch.no_grad()
def discover(
    model: LinkScores,
    relation: str,
    ask: Wanted,
    *,
    heads: str | os.PathLike[str] | Iterable[str] | None = "range",
    progress: bool = False,
) -> dict[str, Any]:
    """The columns of `LinkModel.discover` by name.

    The best of all so far are carried along; no more than one batch of scores is held. A triple from an entity to itself is
    left out of a relation none of whose training triples is one.
    """
    rel, graph = model.relation_id(relation), model.graph
    asked = _heads(model, rel, heads).to(model.device)
    own = graph.train[graph.train[:, 1] == rel]
    loops = bool((own[:, 0] == own[:, 2]).any())
    known = [model.known] + ([] if ask.known is None else [ask.known.to(model.device)])
    kept: list[Tensor] = [torch.empty(0, device=model.device, dtype=torch.float64)] + [
        torch.empty(0, dtype=kind, device=model.device) for kind in (torch.long, torch.long, torch.float64)
    ]  # score, head, tail, rank

    def step(start: int, stop: int) -> list[Tensor]:
        head = asked[start:stop]
        rels = torch.full_like(head, rel)
        scores = finite(model.scores(head, rels))
        near = slack(model.model, scores)
        if ask.candidates is not None:
            scores = scores.masked_fill(~ask.candidates.mask(rels), -torch.inf)
        new = scores.clone()
        for index in known:
            new[index.answers(head, rels)] = -torch.inf
        if not loops:
            new[torch.arange(len(head), device=head.device), head] = -torch.inf
        best, place = new.flatten().topk(min(ask.top, new.numel()))
        place = place[best > -torch.inf]
        row, tail = place // new.size(1), place % new.size(1)
        score = scores[row, tail]
        ranks = [
            (greater.sum(1) + at_least.sum(1) + 1).double() / 2
            for some in torch.arange(len(row), device=row.device).split(ASKED_AT_ONCE)
            for greater, at_least in [compare(scores[row[some]], score[some, None], near[row[some], None])]
        ]
        return [score.double(), head[row], tail, torch.cat(ranks) if ranks else score.double()]

    size = min(ASKED_AT_ONCE, rows_that_fit(graph.num_entities, model.device))
    with progress_bar(f"asking {len(asked):,} heads", total=len(asked), show=progress) as update:
        for found in chunks(step, len(asked), size):
            kept = [torch.cat(pair) for pair in zip(kept, found, strict=True)]
            order = kept[0].argsort(descending=True, stable=True)[: ask.top]
            kept = [column[order] for column in kept]
            update(advance=size)
    score, head, tail, rank = kept
    named = {
        f"{end}_{what}": [names[i] for i in ids.tolist()]
        for end, ids in (("head", head), ("tail", tail))
        for what, names in (("id", graph.entities), ("label", graph.entity_labels))
    }
    numbers = {"score": score.float().cpu().numpy(), "rank": rank.cpu().numpy()}
    if model.calibration is not None:
        numbers["p_beats_random"] = model.probability(score.float()).numpy()
    return named | numbers


def _heads(model: LinkScores, rel: int, heads: str | os.PathLike[str] | Iterable[str] | None) -> Tensor:
    """The heads to ask about that have a training triple or, to the model, a text. Shapes: `-> (n,)`."""
    met = torch.ones_like(model.trained_entities) if not model.needs_triples else model.trained_entities
    if heads is None or (isinstance(heads, str) and heads == EVERY_HEAD):
        return met.nonzero().flatten()
    inverse = torch.tensor([rel + model.graph.num_relations])
    return (AnswerSet(model.graph, heads).mask(inverse)[0] & met).nonzero().flatten()
