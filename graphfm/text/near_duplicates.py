"""Near-duplicate texts between two corpora, whatever their form: a title here, the same title and its abstract there."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor

CONTAINMENT = 0.9
ROWS_AT_ONCE = 256  # bounds the memory: a common word makes nearly every pair share something

_WORD = re.compile(r"[^\W_]+")


class NearDuplicates(NamedTuple):
    """P pairs of near-duplicate texts, by source, then target."""

    source: Tensor  # (P,) ids in the first corpus
    target: Tensor  # (P,) ids in the second
    containment: Tensor  # (P,) in [0, 1]


def near_duplicates(
    sources: Sequence[str], targets: Sequence[str], *, containment: float = CONTAINMENT
) -> NearDuplicates:
    r"""All pairs of a source and a target text of which one holds nearly all words of the other.

    Texts are sets of lower-case words; the order of words does not matter, for some corpora have lost it. With the weight
    :math:`w_t = \ln((n + 1) / n_t)` of a word that is in :math:`n_t` of all :math:`n` texts, a pair is one of near-duplicates if

    .. math:: \frac{\sum_{t \in A \cap B} w_t}{\min(\sum_{t \in A} w_t, \sum_{t \in B} w_t)} \ge \text{containment}
              \quad\text{and}\quad \sum_{t \in A \cap B} w_t \ge \ln(n_A n_B)

    The second condition asks for so many rare words in common that, were words independent, chance would not give a single
    such pair; texts with exactly the same words need not meet it. Source: resemblance and containment are those of Broder
    (1997), computed exactly with an inverted index in place of sketches.

    Args:
        sources: n_A texts.
        targets: n_B texts.
        containment: share of the words, by weight, that must be common.

    >>> near_duplicates(["Red trees", "a walk"], ["trees, red!", "walks"]).source.tolist()
    [0]
    """
    a, b = _word_sets(sources, targets)
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    if a.nnz and b.nnz:
        known = np.asarray(a.sum(0) + b.sum(0)).ravel()
        weight = np.log((len(sources) + len(targets) + 1) / known)
        found = list(_pairs(a, b, weight, containment=containment))
    row, col, share = (np.concatenate(parts) for parts in zip(*found, strict=True)) if found else ([], [], [])
    return NearDuplicates(
        torch.as_tensor(row, dtype=torch.long),
        torch.as_tensor(col, dtype=torch.long),
        torch.as_tensor(share, dtype=torch.float),
    )


def _pairs(
    a: sp.csr_matrix, b: sp.csr_matrix, weight: np.ndarray, *, containment: float
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    size_a, size_b, transposed = a @ weight, b @ weight, b.T.tocsr()
    evidence = math.log(a.shape[0] * b.shape[0])
    for start in range(0, a.shape[0], ROWS_AT_ONCE):
        shared = (a[start : start + ROWS_AT_ONCE].multiply(weight).tocsr() @ transposed).tocoo()
        row, col, common = shared.row + start, shared.col, shared.data
        less, more = np.minimum(size_a[row], size_b[col]), np.maximum(size_a[row], size_b[col])
        rounding = 1e-9 * more
        keep = common >= containment * less - rounding
        keep &= (common >= evidence) | (common >= more - rounding)
        order = np.lexsort((col[keep], row[keep]))
        yield row[keep][order], col[keep][order], (common / np.maximum(less, 1e-300))[keep][order]


def _word_sets(*corpora: Sequence[str]) -> list[sp.csr_matrix]:
    """A 0/1 matrix (texts, words) for each corpus, over one vocabulary."""
    vocabulary: dict[str, int] = {}
    rows = []
    for texts in corpora:
        start, words = [0], list[int]()
        for text in texts:
            words += [vocabulary.setdefault(word, len(vocabulary)) for word in set(_WORD.findall(text.lower()))]
            start.append(len(words))
        rows.append((start, words))
    return [
        sp.csr_matrix((np.ones(len(words)), words, start), shape=(len(start) - 1, len(vocabulary)))
        for start, words in rows
    ]
