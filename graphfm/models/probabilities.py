"""Probabilities for a `LinkScores`: fitted on validation triples, tried on test triples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from graphfm.kg.calibration import Method, calibrate, reliability
from graphfm.kg.known import head_queries
from graphfm.models.vocabulary import index

if TYPE_CHECKING:
    from graphfm.models.link_scores import LinkScores


LEAST_HELD_OUT = 5  # validation triples, for a fit: 20 scores


def contrast(model: LinkScores, triples: Tensor, *, seed: int = 0, at_most: int | None = None) -> tuple[Tensor, Tensor]:
    """Scores of true triples and of as many wrong ones: for each triple one with another tail and one with another head.

    Args:
        model: the scorer.
        triples: `(n, 3)` true triples; `at_most` of them, chosen at random.
        seed: of the draws.
        at_most: bound of n; fewer by default for a model that can only score all entities at once.

    Shapes: `-> (2n,), (2n,)`.
    """
    generator = torch.Generator().manual_seed(seed)
    at_most = at_most or (10_000 if hasattr(model.model, "score") else 500)
    rows = triples[torch.randperm(len(triples), generator=generator)[:at_most]]
    queries = torch.cat([rows, head_queries(rows, model.graph.num_relations)])
    head, rel, _ = queries.unbind(1)
    wrong = index(model.graph).sample_unknown(head, rel, 1, generator=generator)
    return model.score(queries), model.score(torch.cat([queries[:, :2], wrong], dim=1))


def fit_calibration(model: LinkScores, triples: Tensor, *, method: Method = "platt", seed: int = 0) -> None:
    """Give the model its probabilities, from triples it was not trained on, `(n, 3)`.

    It stays without where there are fewer than `LEAST_HELD_OUT` of them, or where true ones do not have the higher scores: a
    probability never falls with the score.
    """
    model.calibration = None
    if len(triples) < LEAST_HELD_OUT:
        return
    found = calibrate(*contrast(model, triples, seed=seed), method=method)
    rises = found.scores[0] > 0 if method == "platt" else found.values[-1] > found.values[0]
    model.calibration = found if rises else None


def check_calibration(model: LinkScores, *, split: str = "test", seed: int = 1) -> dict[str, Any] | None:
    """`graphfm.kg.calibration.reliability` on a split; None for a model without probabilities, or without triples.

    Half of the triples are wrong ones, so 1/2 is the prior, as it was in the fit.
    """
    triples = getattr(model.graph, split)
    if model.calibration is None or not len(triples):
        return None
    positive, negative = contrast(model, triples, seed=seed)
    true = torch.arange(len(positive) + len(negative)) < len(positive)
    found = reliability(model.probability(torch.cat([positive, negative])), true)
    return {"method": model.calibration.method, "split": split, "prior": 0.5, **found}
