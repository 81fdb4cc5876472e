"""Linear discriminants of the text rows, fitted to what is believed so far."""

from __future__ import annotations

import torch
from torch import Tensor

from graphfm.classification.folds import FOLDS
from graphfm.classification.readers.calibrate import calibrated
from graphfm.classification.readers.target import Target

RANGE_OF_DISCRIMINANTS = torch.logspace(-2, 0.5, 21).tolist()


def discriminants(target: Target, current: Tensor | None = None) -> Tensor:
    """The rows read by `discriminant_log_posterior`, in the principal components of `Target.reduced`."""
    assert current is not None, "discriminants are fitted to a posterior"
    return discriminant_log_posterior(target.reduced, current.exp(), target.fold, share=target.share)


def discriminant_log_posterior(x: Tensor, posterior: Tensor, fold: Tensor, *, share: Tensor | None = None) -> Tensor:
    r"""Log posteriors of linear discriminants fitted to soft classes, each node read by a fit without its fold.

    .. math::
        \log p(c \mid x) = \log\mathrm{softmax}_c
        \big[\log \pi_c + \tau (x^T \Sigma^{-1} \mu_c - \tfrac12 \mu_c^T \Sigma^{-1} \mu_c)\big]

    :math:`\Sigma`: the common covariance within classes, shrunk as Ledoit and Wolf (2004) do. :math:`\tau` undoes its
    overconfidence (`graphfm.classification.readers.calibrate.calibrated`).

    Args:
        x: rows of the nodes.
        posterior: soft classes.
        fold: of each node, -1 for one that nothing is fitted to.
        share: weight of each node in the fit.

    Shapes:
        x (N, D), posterior (N, C), fold, share (N,) -> (N, C)
    """
    score = held_out_scores(x, posterior, fold, torch.ones_like(x[:, 0]) if share is None else share)
    return calibrated(score, posterior, RANGE_OF_DISCRIMINANTS, known=fold >= 0)


def held_out_scores(x: Tensor, posterior: Tensor, fold: Tensor, share: Tensor) -> Tensor:
    """Scores (N, C) of `discriminant_log_posterior`, each node's by a fit without its fold; zero without evidence."""
    score, known = torch.zeros_like(posterior), fold >= 0
    for k in range(FOLDS):
        inside, others = fold == k, known & (fold != k)
        if not bool(inside.any()) or int(others.sum()) < 2:
            continue  # nothing to read, or nothing to fit to: no evidence
        weight, bias = linear_discriminants(x[others], posterior[others], share[others])
        score[inside] = x[inside] @ weight + bias
    return score


def linear_discriminants(x: Tensor, posterior: Tensor, share: Tensor) -> tuple[Tensor, Tensor]:
    """Weights (D, C) and biases (C,) of the linear discriminants of soft classes (N, C)."""
    soft = posterior * share.unsqueeze(-1)
    count = soft.sum(0)
    mean = soft.T @ x / count.clamp_min(1e-6).unsqueeze(-1)  # (C, D)
    second = (x * share.unsqueeze(-1)).T @ x
    within = (second - (mean * count.unsqueeze(-1)).T @ mean) / share.sum()
    weight = torch.linalg.solve(_shrunk(within, x - posterior @ mean, share), mean.T)
    return weight, -0.5 * (mean.T * weight).sum(0)


def _shrunk(covariance: Tensor, deviation: Tensor, share: Tensor) -> Tensor:
    """Covariance (D, D) of rows (N, D) drawn to a multiple of the identity (Ledoit and Wolf, 2004)."""
    size, dim = float(share.sum()), deviation.size(1)
    target = torch.eye(dim, dtype=covariance.dtype, device=covariance.device) * (covariance.trace() / dim)
    fourth = float((deviation.square().sum(1).square() * share).sum()) / size
    spread = (fourth - float(covariance.square().sum())) / size
    rest = float((covariance - target).square().sum())
    part = min(max(spread / max(rest, 1e-12), 1e-6), 1.0)
    # A ridge for rows that do not vary at all.
    return (1 - part) * covariance + part * target + 1e-9 * torch.eye(dim, dtype=covariance.dtype)
