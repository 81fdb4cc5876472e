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
    if not bool(known.any()):
        return posterior.clamp_min(1e-12).log()
    best, prior = sharpness(score[known], posterior[known], temperatures)
    return torch.where(known.unsqueeze(-1), best * score + prior, prior).log_softmax(-1)


def sharpness(score: Tensor, posterior: Tensor, temperatures: Sequence[float]) -> tuple[float, Tensor]:
    r"""The temperature :math:`\tau` of `calibrated` and the log prior (C,) beside it; `score, posterior` (n, C), n at least 1."""
    prior, blur = posterior.mean(0).clamp_min(torch.finfo(score.dtype).tiny).log(), confusion(posterior)

    def likelihood(temperature: float) -> float:
        blurred = (temperature * score + prior).softmax(-1) @ blur
        return float((posterior * blurred.clamp_min(1e-12).log()).sum())

    return max(temperatures, key=likelihood), prior
