r"""Texts that come to a graph which has been answered: read by what was fitted to it, without answering the graph again.

The pool's posteriors P of the graph's nodes take the place of labels. A newcomer is read three times, by the class texts, by
linear discriminants and by naive Bayes, the latter two fitted to P; the mean of the three is its own word p. Its neighbours are
heard by the rule and the strength that the graph's texts decided on (`graphfm.classification.propagate`):

.. math:: q(c) \propto p(c) \Big[\prod_{u \in N} \sum_{c'} H_{cc'} P_u(c')\Big]^{\beta / (1 + (d - 1) \rho)}

The answer is the pool (`graphfm.classification.pool`) of the two, what the text says alone and what it says with its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from graphfm.classification.answer import Answer
from graphfm.classification.pool import pool
from graphfm.classification.propagate import CORRELATION, PROPAGATION_ROUNDS, text_log_posterior
from graphfm.classification.readers.fitted import (
    RANGE_OF_DISCRIMINANTS,
    RANGE_OF_WORDS,
    held_out_scores,
    held_out_word_scores,
    linear_discriminants,
    sharpness,
)
from graphfm.classification.readers.target import principal_axes
from graphfm.classification.words import split_words


@dataclass(frozen=True, eq=False)
class Newcomers:
    """Reads texts that come to a graph; made by `newcomers`.

    Attributes:
        answer: of the graph.
        axes: mean (D,) and principal axes (D, K) of its rows, or None for all.
        linear: weights (K, C) and biases (C,) of the discriminants, with their temperature.
        log_share: (V, C) of each word in each class, and the temperature of naive Bayes.
        column: of each word.
        prior: (C,) log prior.
    """

    answer: Answer
    axes: tuple[Tensor, Tensor | None]
    linear: tuple[Tensor, Tensor, float]
    log_share: tuple[np.ndarray, float]
    column: dict[str, int]
    prior: Tensor

    def __call__(self, texts: Sequence[str], x: Tensor, edges: Tensor) -> Tensor:
        """Posteriors (n, C) of n texts; one that is empty, and has no neighbours, is near the prior.

        Args:
            texts: the newcomers.
            x: their unit rows (n, D), by the encoder of the graph.
            edges: (2, m) from a neighbour to a newcomer; newcomers are numbered after the graph's N nodes.
        """
        nodes, own = len(self.answer.posterior), self.own(texts, x)
        if not self.answer.decision.used or not edges.numel():
            return pool([own])
        source, target = edges[0], edges[1] - nodes
        degree = torch.bincount(target, minlength=len(texts)).to(own).clamp_min(1)
        weight = (self.answer.decision.strength / (1 + (degree - 1) * CORRELATION)).unsqueeze(-1)
        posterior = own.exp()
        for _ in range(PROPAGATION_ROUNDS):
            heard = torch.cat([self.answer.posterior, posterior])[source] @ self.answer.decision.compat
            message = torch.zeros_like(own).index_add_(0, target, heard.clamp_min(1e-9).log())
            posterior = (own + weight * message).softmax(-1)
        return pool([own, posterior.clamp_min(torch.finfo(own.dtype).tiny).log()])

    def own(self, texts: Sequence[str], x: Tensor) -> Tensor:
        """Log posteriors (n, C) of the texts by themselves."""
        mean, axes = self.axes
        weight, bias, sharp = self.linear
        rows = x - mean if axes is None else (x - mean) @ axes
        shares, sharp_words = self.log_share
        readings = [
            text_log_posterior(x, self.answer.target.class_rows),
            (sharp * (rows @ weight + bias) + self.prior).log_softmax(-1),
            (sharp_words * torch.from_numpy(self._counted(texts) @ shares).to(x) + self.prior).log_softmax(-1),
        ]
        read = torch.stack(readings).mean(0).log_softmax(-1)
        said = torch.tensor([bool(text.strip()) for text in texts])
        return torch.where(said.unsqueeze(-1), read, self.prior)

    def _counted(self, texts: Sequence[str]) -> np.ndarray:
        """Log counts (n, V) of the words that the graph has."""
        counts = np.zeros((len(texts), len(self.column)), dtype=np.float32)
        for row, text in zip(counts, texts, strict=True):
            for word in split_words(text):
                if word in self.column:
                    row[self.column[word]] += 1
        return np.log1p(counts)


def newcomers(answer: Answer) -> Newcomers:
    """What reads later texts, fitted to a graph's answer.

    Raises:
        ValueError: a graph without a single text.
    """
    target, posterior = answer.target, answer.posterior
    known = target.known
    if not bool(known.any()):
        raise ValueError("a graph without texts")
    weight = target.share * known
    axes = principal_axes(target.x, weight)
    rows = target.reduced
    held_out = held_out_scores(rows, posterior, target.fold, target.share)
    sharp, prior = sharpness(held_out[known], posterior[known], RANGE_OF_DISCRIMINANTS)
    word_scores, log_share = held_out_word_scores(target, posterior)
    sharp_words, _ = sharpness(word_scores[known], posterior[known], RANGE_OF_WORDS)
    linear = linear_discriminants(rows[known], posterior[known], target.share[known])
    column = {word: i for i, word in enumerate(target.words.vocabulary)}
    return Newcomers(answer, axes, (*linear, sharp), (log_share, sharp_words), column, prior.log_softmax(-1))
