"""Transductive refinement: the classes described by the nodes that seem to belong to them, beside their given texts.

A class is named in a few words; its nodes speak at length. Each round fits the nodes' embeddings to the posteriors of the
round before, reads every node by a fit that has not seen it, averages that reading with the class texts', and propagates
along edges as `classify.decide` decides anew. A round is kept only if neighbours, who never see a node's own text, predict
the new reading of it better than the old one: two views of a node that agree more. No labels are read.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from graphfm.classify.decide import FOLDS, Decision, decide, folds, use_structure
from graphfm.classify.propagate import confusion, text_log_posterior
from graphfm.ops import Adjacency

ROUNDS = 3
TEMPERATURES = torch.logspace(-2, 0.5, 21).tolist()


class Refined(NamedTuple):
    """Posteriors (N, C), the decision behind them, and how many rounds were kept."""

    posterior: Tensor
    decision: Decision
    rounds: int


class View(NamedTuple):
    """A model's reading of the neighbours: unit rows (N, D), each of a node hidden from it, and log posteriors (N, C)."""

    rows: Tensor
    log_posterior: Tensor


def refine(
    x: Tensor,
    log_posterior: Tensor,
    adj: Adjacency,
    *,
    decision: Decision,
    view: View | None = None,
    rounds: int = ROUNDS,
) -> Refined:
    r"""Posteriors refined by the nodes themselves; those of `decision` where there is no evidence to refine by.

    .. math:: \log p_v \leftarrow \tfrac12 \log p^{text}_v + \tfrac12 \log p^{nodes}_v

    both readings are of one text and thus averaged (a logarithmic opinion pool), while neighbours are a second source and
    multiply (`classify.propagate`). Anchoring transduction at the text classifier is TransCLIP's idea (Zanella et
    al., NeurIPS 2024).

    Args:
        x: unit rows of the nodes.
        log_posterior: log posteriors from the class texts.
        adj: both directions of every edge.
        decision: for `log_posterior`; where it leaves structure out, so does this.
        view: what else reads the neighbours; its rows are read by the nodes they seem to belong to in the same way.
        rounds: at most so many.

    Shapes:
        x (N, D), log_posterior (N, C)
    """
    seen = None if view is None else view.log_posterior
    best = Refined(decision.apply(log_posterior, adj, view=seen), decision, 0)
    if not decision.used:
        return best
    for kept in range(1, rounds + 1):
        pooled = _pooled(x, log_posterior, best.posterior)
        seen = None if view is None else _pooled(view.rows, view.log_posterior, best.posterior)
        now = decide(pooled, adj, view=seen)
        if not now.used or now.evidence <= best.decision.evidence:
            break
        best = Refined(now.apply(pooled, adj, view=seen), now, kept)
    return best


def _pooled(rows: Tensor, log_posterior: Tensor, posterior: Tensor) -> Tensor:
    """Two readings of the same rows, by the class texts and by the nodes of each class, averaged."""
    return (0.5 * log_posterior + 0.5 * nodes_log_posterior(rows, posterior)).log_softmax(-1)


def nodes_log_posterior(x: Tensor, posterior: Tensor) -> Tensor:
    r"""Log posteriors of linear discriminants fitted to soft classes, each node read by a fit without it.

    .. math::
        \log p(c \mid x) = \log\mathrm{softmax}_c
        \big[\log \pi_c + \tau (x^T \Sigma^{-1} \mu_c - \tfrac12 \mu_c^T \Sigma^{-1} \mu_c)\big]

    :math:`\Sigma`: the common covariance within classes, shrunk as Ledoit and Wolf (2004) do. :math:`\tau` undoes its
    overconfidence: it makes the held-out readings, blurred as `graphfm.classify.propagate.confusion` says, likeliest.

    Args:
        x: rows of the nodes.
        posterior: soft classes.

    Shapes:
        x (N, D), posterior (N, C) -> (N, C)
    """
    fold = folds(len(x)).to(x.device)
    score = torch.empty_like(posterior)
    for k in range(FOLDS):
        held_out = fold == k
        weight, bias = _discriminants(x[~held_out], posterior[~held_out])
        score[held_out] = x[held_out] @ weight + bias
    prior, blur = posterior.mean(0).clamp_min(torch.finfo(x.dtype).tiny).log(), confusion(posterior)

    def likelihood(temperature: float) -> float:
        blurred = (temperature * score + prior).softmax(-1) @ blur
        return float((posterior * blurred.clamp_min(1e-12).log()).sum())

    return (max(TEMPERATURES, key=likelihood) * score + prior).log_softmax(-1)


def _discriminants(x: Tensor, posterior: Tensor) -> tuple[Tensor, Tensor]:
    """Weights (D, C) and biases (C,) of the linear discriminants of soft classes (N, C)."""
    count = posterior.sum(0)
    mean = posterior.T @ x / count.clamp_min(1e-6).unsqueeze(-1)  # (C, D)
    within = (x.T @ x - (mean * count.unsqueeze(-1)).T @ mean) / len(x)
    weight = torch.linalg.solve(_shrunk(within, x - posterior @ mean), mean.T)
    return weight, -0.5 * (mean.T * weight).sum(0)


def _shrunk(covariance: Tensor, deviation: Tensor) -> Tensor:
    """Covariance (D, D) of rows (N, D) drawn to a multiple of the identity (Ledoit and Wolf, 2004)."""
    size, dim = deviation.shape
    target = torch.eye(dim, dtype=covariance.dtype, device=covariance.device) * (covariance.trace() / dim)
    spread = deviation.square().sum(1).square().mean() / size - covariance.square().sum() / size
    share = (spread / (covariance - target).square().sum().clamp_min(1e-12)).clamp(1e-6, 1)
    return (1 - share) * covariance + share * target


def with_structure(
    x: Tensor, class_rows: Tensor, adj: Adjacency, read: Tensor | None = None, *, names: tuple[str, str]
) -> tuple[dict[str, Tensor], dict[str, Decision]]:
    """Posteriors and decisions by name: structure used as decided, and then refined.

    Args:
        x: unit text rows of the nodes (N, D).
        class_rows: unit rows of the classes (C, D).
        adj: both directions of every edge.
        read: what a model's experts read from the neighbours of each node (N, D), `graphfm.GraphFM.read_neighbours`.
        names: of the two.
    """
    log_posterior = text_log_posterior(x, class_rows)
    view = None if read is None else View(read, text_log_posterior(read, class_rows))
    posterior, decision = use_structure(log_posterior, adj, view=None if view is None else view.log_posterior)
    refined = refine(x, log_posterior, adj, decision=decision, view=view)
    posteriors, decisions = (posterior, refined.posterior), (decision, refined.decision)
    return dict(zip(names, posteriors, strict=True)), dict(zip(names, decisions, strict=True))
