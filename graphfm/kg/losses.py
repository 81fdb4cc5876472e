"""Losses of scores. They know nothing of models: positive and negative scores, or scores of all entities, come in."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def self_adversarial(
    positive: Tensor,
    negative: Tensor,
    *,
    temperature: float = 1.0,
    weight: Tensor | None = None,
    exclude: Tensor | None = None,
) -> Tensor:
    r"""Negative sampling loss that dwells on the hardest negatives (Sun et al. 2019, arXiv 1902.10197, eq. 5 and 6).

    .. math::
        -\tfrac12 \Big[\log\sigma(s) + \sum_j p_j \log\sigma(-s_j)\Big], \quad p = \mathrm{softmax}(\alpha s_j)

    without a gradient through p, averaged over queries by their weights.

    Args:
        positive: `(B,)`.
        negative: `(B, n)`.
        temperature: alpha; 0 gives uniform negative sampling.
        weight: `(B,)`, for instance `subsampling_weights`.
        exclude: `(B, n)` negatives that are true after all.
    """
    if exclude is not None:
        # Not -inf: where all are excluded, their softmax would be NaN.
        negative = negative.masked_fill(exclude, torch.finfo(negative.dtype).min / 2)
    share = (temperature * negative.detach()).softmax(dim=1)
    each = F.logsigmoid(positive) + (share * F.logsigmoid(-negative)).sum(1)
    return -(each.mean() if weight is None else (weight * each).sum() / weight.sum()) / 2


def cross_entropy(scores: Tensor, answer: Tensor, *, smoothing: float = 0.0, exclude: Tensor | None = None) -> Tensor:
    """1-vs-all: one answer against all entities.

    Args:
        scores: `(B, V)`.
        answer: `(B,)`.
        smoothing: share of the target spread over all entities.
        exclude: query and entity of other true answers, `(2, K)`; they are left out of the softmax.
    """
    if exclude is not None:
        row, entity = exclude[:, exclude[1] != answer[exclude[0]]]
        scores = scores.index_put((row, entity), scores.new_tensor(torch.finfo(scores.dtype).min / 2))
        log_share = scores.log_softmax(1)
        kept = torch.ones_like(scores, dtype=torch.bool).index_put((row, entity), torch.tensor(False))
        spread = torch.where(kept, log_share, 0.0).sum(1) / kept.sum(1)
        chosen = log_share.gather(1, answer[:, None]).squeeze(1)
        return -((1 - smoothing) * chosen + smoothing * spread).mean()
    return F.cross_entropy(scores, answer, label_smoothing=smoothing)


def binary_cross_entropy(scores: Tensor, answers: tuple[Tensor, Tensor], *, smoothing: float = 0.0) -> Tensor:
    """k-vs-all: every entity is true or false for a query (Dettmers et al. 2018).

    Args:
        scores: `(B, V)`, one row for each different (h, r).
        answers: query and entity of all answers, `(K,)` each, as `KnownAnswers.answers` gives them.
        smoothing: targets become `(1 - smoothing) y + 1 / V`.
    """
    target = torch.zeros_like(scores)
    target[answers] = 1.0
    if smoothing:
        target = (1 - smoothing) * target + 1 / scores.size(1)
    return F.binary_cross_entropy_with_logits(scores, target)


def lp_penalty(*vectors: Tensor, p: float = 3.0, parts: int = 1) -> Tensor:
    """Sum of |x|^p over coordinates, averaged over rows: N3 for complex vectors with `parts=2`, L3 with `parts=1`.

    N3 (Lacroix et al. 2018, arXiv 1806.07297) takes moduli; give it the vectors of the batch, head, relation and tail.

    Args:
        vectors: `(B, D)` each.
        p: exponent.
        parts: 2 where rows are `[real | imaginary]`.
    """
    total = vectors[0].new_zeros(())
    for vector in vectors:
        # The floor keeps the gradient of the modulus finite at 0.
        size = (
            vector.abs() if parts == 1 else torch.stack(vector.chunk(parts, -1)).square().sum(0).clamp_min(1e-20).sqrt()
        )
        total = total + size.pow(p).sum(-1).mean()
    return total
