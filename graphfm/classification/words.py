"""The words of texts, counted: a second reader of a node, which sees the full text where an encoder sees its beginning.

No stemmer: a light one for English cost a point of accuracy on labelled graphs, cutting words to their first five to seven
letters won nothing. English stop words are left out where the corpus is English, which won half a point; rules that find
such words by their frequency lost. Scripts written without spaces are cut into pairs of letters, as search engines do.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

#: Letters of any script, with the marks that belong to them; digits and underscores part words.
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u065f\u0900-\u0dff"
_WORD = re.compile(rf"[^\W\d_](?:[^\W\d_]|[{_MARKS}])+")
#: Thai to Khmer, kana, Han: no spaces between words.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
LEAST_TEXTS = 2  # a word of a single text tells nothing of another
#: A corpus is English if so many of its words are English stop words: prose has 40%, titles a quarter.
ENGLISH = 0.15


class WordCounts(NamedTuple):
    """How often each of V words stands in the texts of N nodes and of C classes."""

    nodes: sp.csr_matrix  # (N, V)
    classes: sp.csr_matrix  # (C, V)
    vocabulary: list[str]

    def speaks(self) -> np.ndarray:
        """Whether a node's text holds any word of any class text, (N,) bool."""
        named = np.asarray((self.classes > 0).sum(0)).ravel() > 0
        return np.asarray(self.nodes @ named.astype(np.float32)).ravel() > 0


def split_words(text: str) -> list[str]:
    """Words of two letters or more, in lower case; pairs of letters where words are written without spaces.

    >>> split_words("Graphs, 2 trees_and x"), split_words("图神经")
    (['graphs', 'trees', 'and'], ['图神', '神经'])
    """
    words: list[str] = []
    for word in _WORD.findall(text.casefold()):
        if not _UNSPACED.search(word):
            words.append(word)
            continue
        for run in _UNSPACED.findall(word):
            words += [run[i : i + 2] for i in range(len(run) - 1)] if len(run) > 1 else [run]
    return words


def count_words(texts: Sequence[str], class_texts: Sequence[str], *, least: int = LEAST_TEXTS) -> WordCounts:
    """Words that stand in two different texts at least, or in a class text and any other.

    Args:
        texts: one a node.
        class_texts: one a class.
        least: different texts a word must stand in.
    """
    place: dict[str, int] = {}  # distinct text -> its row
    row_of = np.fromiter((place.setdefault(text, len(place)) for text in texts), dtype=np.int64, count=len(texts))
    bags = [Counter(split_words(text)) for text in place]
    class_bags = [Counter(split_words(text)) for text in class_texts]
    stop = _stop_words(bags)
    frequency = Counter(word for bag in bags for word in bag if word not in stop)
    named = {word for bag in class_bags for word in bag}
    # Sorted, so that columns do not depend on the order of the nodes.
    vocabulary = sorted(word for word, count in frequency.items() if count >= least or word in named)
    column = {word: i for i, word in enumerate(vocabulary)}
    return WordCounts(_matrix(bags, column)[row_of], _matrix(class_bags, column), vocabulary)


def tfidf(words: WordCounts) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    r"""Unit rows (N, V) and (C, V) of :math:`(1 + \ln k)(\ln\frac{1 + N}{1 + \mathrm{df}} + 1)`; zero rows without words."""
    frequency = np.asarray((words.nodes > 0).sum(0)).ravel()
    weight = (np.log((1 + words.nodes.shape[0]) / (1 + frequency)) + 1).astype(np.float32)
    return _unit_rows(words.nodes, weight), _unit_rows(words.classes, weight)


def log_counts(counts: sp.csr_matrix) -> sp.csr_matrix:
    """ln(1 + k) of counts (N, V): the tenth time says less than the first."""
    return counts.log1p()


def _stop_words(bags: Sequence[Counter[str]]) -> frozenset[str]:
    """English stop words where the corpus is English, else none."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    total = sum(bag.total() for bag in bags)
    stopped = sum(count for bag in bags for word, count in bag.items() if word in ENGLISH_STOP_WORDS)
    return frozenset(ENGLISH_STOP_WORDS) if stopped > ENGLISH * total else frozenset()


def _matrix(bags: Sequence[Counter[str]], column: dict[str, int]) -> sp.csr_matrix:
    start, columns, values = [0], list[int](), list[int]()
    for bag in bags:
        known = sorted((column[word], count) for word, count in bag.items() if word in column)
        columns += [c for c, _ in known]
        values += [count for _, count in known]
        start.append(len(columns))
    shape = (len(bags), len(column))
    return sp.csr_matrix((np.asarray(values, np.float32), np.asarray(columns, np.int32), start), shape=shape)


def _unit_rows(counts: sp.csr_matrix, weight: np.ndarray) -> sp.csr_matrix:
    scaled = counts.copy()
    scaled.data = (1 + np.log(scaled.data)) * weight[scaled.indices]
    length = np.sqrt(np.asarray(scaled.multiply(scaled).sum(1)).ravel())
    return sp.diags(1 / np.maximum(length, 1e-9)).dot(scaled).tocsr().astype(np.float32)
