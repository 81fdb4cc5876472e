"""Scores of a classifier that was fitted to soft classes, made into posteriors."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from graphfm.classification.propagate import confusion


def calibrated(
    score: Tensor, posterior: Tensor, temperatures: Sequence[float], *, known: Tensor | None = None
) -> Tensor:
    r"""Log posteriors :math:`\log\mathrm{softmax}_c(\tau s_{vc} + \log \pi_c)` of scores, each of a fit without its node.

    The temperature :math:`\tau` makes the readings, blurred as `graphfm.classification.propagate.confusion` says, likeliest for
    the soft classes they were fitted to; :math:`\pi` is the mean of those.

    Args:
        score: of each class.
        posterior: soft classes.
        temperatures: to choose from.
        known: nodes that have something to be read; the others get the prior.

    Shapes:
        score, posterior (N, C), known (N,) -> (N, C)
    """
    known = torch.ones(len(score), dtype=torch.bool, device=score.device) if known is None else known
    read, soft = score[known], posterior[known]
    if not len(soft):
        return posterior.clamp_min(1e-12).log()
    prior, blur = soft.mean(0).clamp_min(torch.finfo(score.dtype).tiny).log(), confusion(soft)

    def likelihood(temperature: float) -> float:
        blurred = (temperature * read + prior).softmax(-1) @ blur
        return float((soft * blurred.clamp_min(1e-12).log()).sum())

    best = max(temperatures, key=likelihood)
    return torch.where(known.unsqueeze(-1), best * score + prior, prior).log_softmax(-1)
