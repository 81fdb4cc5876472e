"""Probabilities of listed answers for a `LinkModel`: fitted on validation triples, tried on test triples."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from graphfm.kg.batches import chunks, rows_that_fit
from graphfm.kg.calibration import Method, reliability
from graphfm.kg.known import KnownAnswers, head_queries
from graphfm.kg.listed import best_scores, fit_listed
from graphfm.models.probabilities import fit_calibration
from graphfm.models.question_tables import ASKED_AT_ONCE

if TYPE_CHECKING:
    from graphfm.models.link_scores import LinkScores

SHOWN_TO_A_QUESTION = 10  # answers of a question that are judged: as many as `complete` shows
P_BANDS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 1.0)  # of probability, for the table of a page


class Lists(NamedTuple):
    """The best answers to Q questions about held-out triples, answers of training left out: `(Q, K)` each, on the CPU."""

    score: Tensor
    true: Tensor  # one of the held-out triples
    counted: Tensor  # not known from elsewhere


def lists(
    model: LinkScores, triples: Tensor, *, what: str = "entities", at_most: int | None = None, seed: int = 0
) -> Lists:
    """The lists that a user would see of the questions that some held-out triples answer.

    Args:
        model: the scorer.
        triples: `(n, 3)` true triples that it was not trained on.
        what: "entities", each triple's tail and its head, or "relations".
        at_most: triples whose questions are asked, chosen at random; all of `triples` are true.
        seed: of the choice.
    """
    graph = model.graph
    true = KnownAnswers(triples, num_entities=graph.num_entities, num_relations=graph.num_relations).to(model.device)
    rows = triples[torch.randperm(len(triples), generator=torch.Generator().manual_seed(seed))[:at_most]]
    asked = torch.cat([rows, head_queries(rows, graph.num_relations)])[:, :2] if what == "entities" else rows[:, [0, 2]]
    one, other = torch.unique(asked, dim=0).to(model.device).unbind(1)
    relations = model.askable.to(model.device)

    def step(start: int, stop: int) -> Lists:
        a, b = one[start:stop], other[start:stop]
        if what == "entities":
            score, answer = best_scores(model.scores(a, b), model.learnt.answers(a, b))
            triple = a[:, None], b[:, None], answer
        else:
            learnt = model.learnt.contains(a[:, None], relations[None], b[:, None])
            score, answer = best_scores(model.relation_scores(a, b), learnt)
            triple = a[:, None], relations[answer], b[:, None]
        is_true = true.contains(*triple)
        return Lists(score.cpu(), is_true.cpu(), (is_true | ~model.known.contains(*triple)).cpu())

    parts = list(chunks(step, len(one), min(ASKED_AT_ONCE, rows_that_fit(graph.num_entities, model.device))))
    return Lists(*(torch.cat(column) for column in zip(*parts, strict=True)))


def fit_probabilities(model: LinkScores, triples: Tensor, *, method: Method = "platt") -> None:
    """Give the model both probabilities that its validation triples, `(n, 3)`, support: of lists, and against random answers."""
    fit_calibration(model, triples, method=method)
    fit_lists(model, triples)


def fit_lists(model: LinkScores, triples: Tensor) -> None:
    """Give the model the probabilities that triples it was not trained on, `(n, 3)`, can support, and no others."""
    model.listed = {}
    for what in ("entities", "relations"):
        most = _affordable(model, what)
        if len(triples) and most:
            found = fit_listed(*lists(model, triples, what=what, at_most=most))
            if found is not None:
                model.listed[what] = found


def check_lists(model: LinkScores, *, split: str = "test") -> dict[str, Any] | None:
    """What the probability of a listed answer is worth on a split: how often the best new answers to each question are true.

    New answers are those of neither training nor the other split; one is true where it is a triple of this split.

    Returns:
        By "entities" and "relations", what the model has: `graphfm.kg.calibration.reliability`, the base rate, bands of
        probability; None without any, or without triples.
    """
    triples, found = getattr(model.graph, split), {}
    for what, calibration in model.listed.items():
        most = _affordable(model, what)
        if not len(triples) or not most:
            continue
        score, true, counted = lists(model, triples, what=what, at_most=most, seed=1)
        shown = counted & torch.isfinite(score)
        shown &= shown.cumsum(1) <= SHOWN_TO_A_QUESTION
        query, place = shown.nonzero().unbind(1)
        p = calibration(score[query, place], query, score)
        y = true[query, place]
        found[what] = {
            "split": split,
            "shown": SHOWN_TO_A_QUESTION,
            "questions": len(score),
            "answers": len(p),
            "base_rate": y.double().mean().item(),
            **reliability(p, y),
            "bands": bands(p, y),
        }
    return found or None


def bands(probability: Tensor, true: Tensor) -> list[dict[str, float]]:
    """By band of probability: how many answers, their mean probability, the share that is true."""
    found = []
    for low, high in itertools.pairwise(P_BANDS):
        inside = (probability >= low) & ((probability < high) | (high == P_BANDS[-1]))
        if inside.any():
            mean = {
                "probability": probability[inside].double().mean().item(),
                "true": true[inside].double().mean().item(),
            }
            found.append({"low": low, "high": high, "answers": int(inside.sum()), **mean})
    return found


def _affordable(model: LinkScores, what: str) -> int:
    """How many triples to ask about: fewer of a model that scores all entities at once, for which a relation is a query."""
    if hasattr(model.model, "score"):
        return 5_000
    return 500 if what == "entities" else 2_000 // max(len(model.askable), 1)
