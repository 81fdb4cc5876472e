"""Readers fitted to what is believed so far: discriminants of rows, naive Bayes of words, neighbours; and rounds of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from graphfm.classification.decide import decide
from graphfm.classification.folds import FOLDS
from graphfm.classification.propagate import confusion
from graphfm.classification.readers.target import Reader, Target
from graphfm.classification.words import log_counts

#: Counts that every word has in every class before any is seen.
SMOOTHING = 0.1
RANGE_OF_WORDS = torch.logspace(-3, 0.5, 22).tolist()
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
    overconfidence (`graphfm.classification.readers.fitted.calibrated`).

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


def naive_bayes(target: Target, current: Tensor | None = None) -> Tensor:
    r"""Log posteriors of multinomial naive Bayes on log counts, fitted to soft classes, each node read without its fold.

    .. math:: \theta_{wc} \propto 0.1 + \sum_{v \notin \text{fold}} F_{vw} q_{vc}, \quad
              s_{vc} = \sum_w F_{vw} \ln \theta_{wc}, \quad F = \ln(1 + K)

    Source: Rennie et al. (ICML 2003) for the log counts; Nigam et al. (2000) for fitting to soft classes.

    Shapes:
        current (N, C) -> (N, C)
    """
    assert current is not None, "naive Bayes is fitted to a posterior"
    score, _ = held_out_word_scores(target, current.exp())
    return calibrated(score, current.exp(), RANGE_OF_WORDS, known=target.known)


def held_out_word_scores(target: Target, posterior: Tensor) -> tuple[Tensor, np.ndarray]:
    """Scores (N, C) of `naive_bayes`, each node's by a fit without its fold, and the log shares (V, C) of a fit to all."""
    counts, fold = log_counts(target.words.nodes), target.fold.numpy()
    soft = (posterior * target.share.unsqueeze(-1)).numpy()
    parts = [counts[fold == k] for k in range(FOLDS)]
    seen = [part.T @ soft[fold == k] for k, part in enumerate(parts)]  # (V, C) each
    total, score = sum(seen), np.zeros_like(soft)
    for k, part in enumerate(parts):
        if part.shape[0]:
            score[fold == k] = part @ _log_share(total - seen[k])
    return torch.from_numpy(score), _log_share(total)


def _log_share(seen: np.ndarray) -> np.ndarray:
    """ln of the share (V, C) of each word in each class, smoothed."""
    smoothed = np.maximum(seen, 0) + SMOOTHING
    return np.asarray(np.log(smoothed / smoothed.sum(0)))


def neighbours(target: Target, current: Tensor | None = None) -> Tensor:
    """Log posteriors after the propagation that `graphfm.classification.decide.decide` settles on."""
    assert current is not None, "propagation starts at a posterior"
    posterior = decide(current, target.adj, fold=target.fold).apply(current, target.adj)
    return posterior.clamp_min(torch.finfo(posterior.dtype).tiny).log()


@dataclass(frozen=True)
class Rounds:
    r"""A reader made of readers.

    .. math:: \log p \leftarrow a \log s + (1 - a)\,\mathrm{mean}_r \log p_r, \qquad q = \mathrm{structure}(p)

    with s the seed and :math:`p_r` what each reader says, fitted to q. The readings are of one text and thus averaged, while
    neighbours are a second source and multiply. Anchoring transduction at the text classifier is TransCLIP's idea (Zanella
    et al., NeurIPS 2024); two views that are fitted to each other are co-training (Blum and Mitchell, 1998).

    Args:
        seed: the first reading.
        anchor: its weight a.
        rounds: how often.
        structure: whether neighbours are heard after every round; without, nothing here knows of edges.
        readers: what is fitted.
    """

    seed: Reader
    anchor: float
    rounds: int
    structure: bool = True
    readers: Sequence[Reader] = (naive_bayes, discriminants)

    def __call__(self, target: Target, _: Tensor | None = None) -> Tensor:
        seed = self.seed(target, None)
        current = self._heard(target, seed)
        for _round in range(self.rounds):
            read = torch.stack([reader(target, current) for reader in self.readers]).mean(0)
            current = self._heard(target, (self.anchor * seed + (1 - self.anchor) * read).log_softmax(-1))
        return current

    def _heard(self, target: Target, log_posterior: Tensor) -> Tensor:
        told = target.told(log_posterior)
        return target.told(neighbours(target, told)) if self.structure else told


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
