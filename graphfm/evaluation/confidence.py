"""What a probability is worth: calibration error, accuracy by confidence, accuracy on the surest half."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

BINS = 15


class Bin(NamedTuple):
    """Nodes whose confidence lies in one interval: how many, how sure on average, how often right (percent)."""

    low: float
    high: float
    nodes: int
    confidence: float
    accuracy: float


class Confidence(NamedTuple):
    """Of posteriors with known answers, in percent."""

    ece: float  # expected calibration error
    surest_half: float  # accuracy on the half of the nodes with the largest confidence
    bins: list[Bin]

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "ece": round(self.ece, 2),
            "surest_half": round(self.surest_half, 2),
            "by_confidence": [{k: round(v, 4) for k, v in b._asdict().items()} for b in self.bins],
        }


def confidence(posterior: Tensor, y: Tensor, *, bins: int = BINS) -> Confidence:
    r"""Calibration of posteriors.

    .. math:: \mathrm{ECE} = \sum_b \frac{n_b}{n} \lvert \mathrm{accuracy}_b - \mathrm{confidence}_b \rvert

    over intervals of equal width of the largest probability (Guo et al., ICML 2017). Empty intervals are left out.

    Args:
        posterior: rows sum to one.
        y: the classes.
        bins: number of intervals.

    Shapes:
        posterior (n, C), y (n,)

    >>> confidence(torch.tensor([[0.9, 0.1], [0.6, 0.4]]), torch.tensor([0, 1])).ece
    35.0
    """
    sure, predicted = posterior.double().max(-1)
    hit = (predicted == y).double()
    place = (sure * bins).long().clamp(max=bins - 1)
    count = torch.bincount(place, minlength=bins)
    total = torch.bincount(place, weights=sure, minlength=bins)
    hits = torch.bincount(place, weights=hit, minlength=bins)
    error = float((hits - total).abs().sum()) / max(len(y), 1)
    half = sure.argsort(descending=True, stable=True)[: (len(y) + 1) // 2]
    found = [
        Bin(b / bins, (b + 1) / bins, n, 100 * float(total[b]) / n, 100 * float(hits[b]) / n)
        for b, n in enumerate(count.tolist())
        if n
    ]
    return Confidence(round(100 * error, 6), 100 * float(hit[half].mean()) if len(half) else 0.0, found)
