"""Readers that compare with the class texts: a node's rows, smoothed rows, words, and what a model's experts read around it."""

from __future__ import annotations

import torch
from torch import Tensor

from graphfm.classification.propagate import COSINE_SCALE, smooth, text_log_posterior
from graphfm.classification.readers.target import Target, no_evidence
from graphfm.classification.words import tfidf

#: How much less the dense reading counts where a class word stands in the text.
WORDS_FIRST = 0.75


def text(target: Target, _: Tensor | None = None) -> Tensor:
    """Softmax of the cosines with the class texts, `graphfm.classification.propagate.text_log_posterior`."""
    return no_evidence(text_log_posterior(target.x, target.class_rows), target.known)


def smoothed(target: Target, _: Tensor | None = None) -> Tensor:
    """The same with rows smoothed twice, `graphfm.classification.propagate.smooth`; neighbours speak for an empty text."""
    rows = smooth(target.x, target.adj)
    return no_evidence(text_log_posterior(rows, target.class_rows), rows.square().sum(-1) > 0)


def class_words(target: Target, _: Tensor | None = None) -> Tensor:
    """Softmax of the TF-IDF cosines with the class texts, scaled as the dense ones are."""
    nodes, classes = tfidf(target.words)
    cosine = torch.from_numpy((nodes @ classes.T).toarray()).to(target.x)
    return no_evidence((COSINE_SCALE * cosine).log_softmax(-1), target.known)


def text_and_words(target: Target, _: Tensor | None = None) -> Tensor:
    """Both texts' readings multiplied; the dense one counts a quarter where words of a class text occur."""
    spoken = torch.from_numpy(target.words.speaks()).to(target.x).unsqueeze(-1)  # (N, 1)
    return ((1 - WORDS_FIRST * spoken) * text(target) + class_words(target)).log_softmax(-1)


def experts(target: Target, _: Tensor | None = None) -> Tensor:
    """Softmax of the cosines of `Target.view` with the class texts; no evidence where there is no neighbour."""
    assert target.view is not None, "experts read by their model: target(..., view=model.read_neighbours(graph))"
    return no_evidence(text_log_posterior(target.view, target.class_rows), target.adj.degree > 0)
