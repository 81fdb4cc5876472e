"""The words of a text: against those of the class texts, and by naive Bayes fitted to what is believed so far."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from graphfm.classification.folds import FOLDS
from graphfm.classification.propagate import COSINE_SCALE
from graphfm.classification.readers.calibrate import calibrated
from graphfm.classification.readers.dense import text
from graphfm.classification.readers.target import Target, no_evidence
from graphfm.classification.words import log_counts, tfidf

#: Counts that every word has in every class before any is seen.
SMOOTHING = 0.1
#: How much less the dense reading counts where a class word stands in the text.
WORDS_FIRST = 0.75
RANGE_OF_WORDS = torch.logspace(-3, 0.5, 22).tolist()


def class_words(target: Target, _: Tensor | None = None) -> Tensor:
    """Softmax of the TF-IDF cosines with the class texts, scaled as the dense ones are."""
    nodes, classes = tfidf(target.words)
    cosine = torch.from_numpy((nodes @ classes.T).toarray()).to(target.x)
    return no_evidence((COSINE_SCALE * cosine).log_softmax(-1), target.known)


def text_and_words(target: Target, _: Tensor | None = None) -> Tensor:
    """Both texts' readings multiplied; the dense one counts a quarter where words of a class text occur."""
    spoken = torch.from_numpy(target.words.speaks()).to(target.x).unsqueeze(-1)  # (N, 1)
    return ((1 - WORDS_FIRST * spoken) * text(target) + class_words(target)).log_softmax(-1)


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
