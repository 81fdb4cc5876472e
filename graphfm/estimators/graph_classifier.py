"""`GraphClassifier`: the classes of a text graph's nodes, as scikit-learn has classifiers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from graphfm.classification.newcomers import newcomers
from graphfm.classification.pool import read
from graphfm.errors import DataError
from graphfm.estimators.graph_rows import GraphRows
from graphfm.models import opening
from graphfm.models.answering import answered
from graphfm.models.choices import choices

if TYPE_CHECKING:
    from os import PathLike
    from typing import Self

    from graphfm.datasets.text_graphs.graph import TextGraph


class GraphClassifier(GraphRows, ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Classes of a text graph's nodes from the names of the classes, and from labels where some are shown.

    Args:
        classes: names, or names with descriptions; the graph's own by default.
        checkpoint: a `GraphFM`, its file, run, name, or ``org/name``: its experts are one more reader.
        encoder: text encoder, as `graphfm.load_encoder` takes it, or any object with ``encode``; MiniLM by default.
        chunks: read texts that are longer than the encoder reads in pieces.

    Attributes:
        classes_: (C,) names, in the order of the columns of `predict_proba`.
        graph_: the graph that was fitted.
        answer_: the readings and their pool, `graphfm.classification.answer.Answer`.

    >>> model = GraphClassifier(["databases", "machine learning"]).fit(graph)   # doctest: +SKIP
    >>> model.predict_proba()                                                  # doctest: +SKIP
    >>> model.predict_proba(["a text that comes later"], neighbours=[[17, 4]])  # doctest: +SKIP
    """

    def __init__(
        self,
        classes: Sequence[str] | Mapping[str, str] | None = None,
        *,
        checkpoint: Any = None,
        encoder: Any = None,
        chunks: bool = False,
    ) -> None:
        self.classes = classes
        self.checkpoint = checkpoint
        self.encoder = encoder
        self.chunks = chunks

    def fit(self, X: TextGraph | str | PathLike[str], y: Iterable[Any] | None = None) -> Self:
        """Read a graph.

        Args:
            X: a text graph, its folder, or a name of the catalogue.
            y: (N,) labels that are shown, names or numbers of classes; None or -1 where none is. Left out, none is.

        Raises:
            DataError: no such graph, no classes, or labels that are none of them.
        """
        graph = opening.text_graph(X)
        chosen = choices(graph, self.classes)
        model = None if self.checkpoint is None else opening.graph_model(self.checkpoint)
        found = answered(graph, chosen, model=model, encoder=self.encoder, chunks=self.chunks)
        answer = found.answer
        if y is not None:
            told = _shown(y, chosen.names, graph.num_nodes)
            answer = replace(answer, pooled=read(replace(answer.target, shown=told)))
        self.graph_, self.answer_, self.encode_text_ = graph, answer, found.side.encode_text
        self.classes_ = np.array(chosen.names, dtype=object)
        return self

    def predict_proba(
        self, X: Sequence[str] | None = None, *, neighbours: Sequence[Sequence[int | str]] | None = None
    ) -> np.ndarray:
        """Probabilities (N, C) of the fitted graph's nodes, or (n, C) of texts that come to it.

        Args:
            X: texts; the nodes of the fitted graph where None.
            neighbours: for each text the ids of its neighbours in the graph.

        Raises:
            sklearn.exceptions.NotFittedError: before `fit`.
            DataError: no list of texts, or a neighbour that is no node.
        """
        check_is_fitted(self)
        if X is None or X is self.graph_:
            return np.asarray(self.answer_.posterior.double().numpy())
        if isinstance(X, str) or not all(isinstance(text, str) for text in X):
            raise DataError(
                f"an object of type {type(X).__name__}", expected="a list of texts, or nothing for the fitted graph"
            )
        texts = list(X)
        edges = self._edges(neighbours or [[]] * len(texts), len(texts))
        if not texts:
            return np.empty((0, len(self.classes_)))
        return np.asarray(newcomers(self.answer_)(texts, self.encode_text_(texts), edges).double().numpy())

    def predict(
        self, X: Sequence[str] | None = None, *, neighbours: Sequence[Sequence[int | str]] | None = None
    ) -> np.ndarray:
        """Names of the likeliest classes, see `predict_proba`."""
        probabilities = self.predict_proba(X, neighbours=neighbours)
        return np.asarray(self.classes_[probabilities.argmax(1)])

    def score(self, X: Any = None, y: Iterable[Any] | None = None, sample_weight: Any = None) -> float:
        """Accuracy: on the labels of the fitted graph, or of texts with their labels `y`."""
        check_is_fitted(self)
        names = [str(name) for name in self.classes_]
        graph = self.graph_
        right = graph.y if y is None else _shown(y, names, graph.num_nodes if X is None else len(X))
        known = (right >= 0).numpy()
        if not known.any():
            raise DataError("no labels", expected="at least one to count by")
        hits = self.predict_proba(X).argmax(1)[known] == right.numpy()[known]
        return float(np.average(hits, weights=None if sample_weight is None else np.asarray(sample_weight)[known]))

    def _edges(self, neighbours: Sequence[Sequence[int | str]], count: int) -> torch.Tensor:
        if len(neighbours) != count:
            raise DataError(f"neighbours of {len(neighbours)} texts", expected=f"a list for each of {count}")
        place = {str(node): row for row, node in enumerate(self.graph_.node_ids)}
        pairs = set()
        for number, ids in enumerate(neighbours):
            for node in map(str, ids):
                if node not in place:
                    raise DataError(
                        f"the neighbour {node!r} of text {number + 1}", expected=f"a node of {self.graph_.name}"
                    )
                pairs.add((place[node], self.graph_.num_nodes + number))
        return torch.tensor(sorted(pairs), dtype=torch.long).reshape(-1, 2).T


def _shown(y: Iterable[Any], names: list[str], nodes: int) -> torch.Tensor:
    """Classes (N,) of shown labels, -1 where none is."""
    number = {name: c for c, name in enumerate(names)}
    given = list(y)
    if len(given) != nodes:
        raise DataError(f"{len(given)} labels", expected=f"one for each of {nodes} nodes, None where none is shown")
    found = []
    for label in given:
        missing = label is None or label in (-1, "") or (isinstance(label, float) and np.isnan(label))
        known = isinstance(label, int | np.integer) and 0 <= int(label) < len(names)
        if not (missing or known or label in number):
            raise DataError(f"the label {label!r}", expected=f"one of {', '.join(names[:10])}, its number, or None")
        found.append(-1 if missing else int(label) if known else number[label])
    return torch.tensor(found)
