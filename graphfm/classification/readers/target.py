"""What readers read: texts as rows and as words, classes, edges, and who may be fitted to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor

from graphfm.classification.folds import folds, shares
from graphfm.classification.words import WordCounts, count_words
from graphfm.ops import Adjacency

#: Principal components that discriminants are fitted in: no less accurate than all 384 of MiniLM, and cheaper.
COMPONENTS = 128


@dataclass(frozen=True)
class Target:
    """A graph to classify; make it with `target`.

    Attributes:
        x: (N, D) unit text rows; zero where there is no text.
        class_rows: (C, D) unit rows of the class texts.
        words: counts of the full texts and of the class texts.
        adj: both directions of every edge.
        fold: (N,) from 0 to `FOLDS` - 1, -1 for a node without text: it is read, and nothing is fitted to it.
        share: (N,) weight of a node in a fit; equal texts share one.
        view: (N, D) unit rows that a model's experts read from the neighbours, `GraphFM.read_neighbours`.
        shown: (N,) class of the nodes whose label is shown, -1 elsewhere; None where none is.
    """

    x: Tensor
    class_rows: Tensor
    words: WordCounts
    adj: Adjacency
    fold: Tensor
    share: Tensor
    view: Tensor | None = None
    shown: Tensor | None = None

    @property
    def known(self) -> Tensor:
        """Mask (N,) of the nodes that have a text."""
        return self.fold >= 0

    def told(self, log_posterior: Tensor) -> Tensor:
        """Log posteriors (N, C) in which the shown labels are certain: one more reader, who knows those nodes alone."""
        if self.shown is None:
            return log_posterior
        label = torch.nn.functional.one_hot(self.shown.clamp_min(0), log_posterior.size(1)).to(log_posterior)
        certain = label.clamp_min(torch.finfo(label.dtype).tiny).log()
        return torch.where((self.shown >= 0).unsqueeze(-1), certain, log_posterior)

    @cached_property
    def reduced(self) -> Tensor:
        """Principal components (N, at most `COMPONENTS`) of the rows, centred."""
        return principal(self.x, self.share * self.known)


class Reader(Protocol):
    """``(target, log posterior (N, C) or None) -> log posterior (N, C)``."""

    def __call__(self, target: Target, current: Tensor | None = None, /) -> Tensor: ...


def target(
    texts: Sequence[str],
    x: Tensor,
    class_texts: Sequence[str],
    class_rows: Tensor,
    adj: Adjacency,
    *,
    view: Tensor | None = None,
) -> Target:
    """Everything the readers need, counted once.

    Args:
        texts: one a node.
        x: their unit rows (N, D).
        class_texts: one a class.
        class_rows: their unit rows (C, D).
        adj: both directions of every edge.
        view: see `Target`.
    """
    fold = folds(texts).to(x.device)
    rows = torch.where((fold >= 0).unsqueeze(-1), x, 0.0)
    return Target(rows, class_rows, count_words(texts, class_texts), adj, fold, shares(texts).to(x), view)


def principal(x: Tensor, weight: Tensor, *, components: int = COMPONENTS) -> Tensor:
    """Rows (N, D) on their first principal axes, (N, min(components, D)), centred at their weighted mean."""
    mean, axes = principal_axes(x, weight, components=components)
    return x - mean if axes is None else (x - mean) @ axes


def principal_axes(x: Tensor, weight: Tensor, *, components: int = COMPONENTS) -> tuple[Tensor, Tensor | None]:
    """The weighted mean (D,) of rows (N, D) and their first principal axes (D, components), None where all are kept."""
    total = weight.sum().clamp_min(1e-9)
    mean = (weight @ x) / total
    if components >= x.size(1):
        return mean, None
    centred = x - mean
    covariance = (centred * weight.unsqueeze(-1)).T @ centred / total
    return mean, torch.linalg.eigh(covariance).eigenvectors[:, -components:]  # ascending eigenvalues


def no_evidence(log_posterior: Tensor, known: Tensor) -> Tensor:
    """Log posteriors (N, C) in which the nodes that are not `known` (N,) have the mean of the others."""
    if bool(known.all()) or not bool(known.any()):
        return log_posterior
    prior = log_posterior[known].softmax(-1).mean(0).log()
    return torch.where(known.unsqueeze(-1), log_posterior, prior)
