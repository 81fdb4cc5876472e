"""`LinkPredictor`: whether triples are true, as scikit-learn has classifiers, and what completes them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from graphfm.datasets.triples.graph import Triples
from graphfm.datasets.triples.splits import split_triples
from graphfm.errors import DataError
from graphfm.estimators.graph_rows import GraphRows
from graphfm.models import opening

if TYPE_CHECKING:
    from os import PathLike
    from typing import Self

    from graphfm.models.asking import Completion

#: Fewer triples than this are all trained on, and nothing is calibrated.
LEAST_TO_CALIBRATE = 50


class LinkPredictor(GraphRows, ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Links of a knowledge graph: trained on its triples, or answered by a model that was trained on others.

    Args:
        model: what to train, see `graphfm.link_prediction`.
        settings: its other settings by name, such as ``{"dim": 100, "epochs": 20}``.
        checkpoint: in place of training: a `LinkModel`, its file, run, name (``"default"``, ``"ultra-50g"``), or ``org/name``.
        out: folder of the run; a temporary one by default.
        seed: of the training.

    Attributes:
        model_: the `LinkModel`.
        classes_: False and True.

    >>> links = LinkPredictor("rotate", settings={"epochs": 20}).fit(triples)     # doctest: +SKIP
    >>> links.predict_proba([("aspirin", "treats", "headache")])                 # doctest: +SKIP
    >>> links.complete(head="aspirin", relation="treats").frame()                # doctest: +SKIP
    """

    def __init__(
        self,
        model: str = "rotate",
        *,
        settings: Mapping[str, Any] | None = None,
        checkpoint: Any = None,
        out: str | PathLike[str] | None = None,
        seed: int = 0,
    ) -> None:
        self.model = model
        self.settings = settings
        self.checkpoint = checkpoint
        self.out = out
        self.seed = seed

    def fit(self, X: Any, y: Any = None) -> Self:
        """Train on triples, or read them where there is a `checkpoint`.

        Args:
            X: `graphfm.datasets.Triples`, their folder, file or name, or rows of (head, relation, tail): a list, an array or a
                frame of names. Of rows a tenth is kept for validation, which calibrates the probabilities.
            y: not read; every row is a fact.

        Raises:
            DataError: no triples, or what `graphfm.link_prediction` raises.
        """
        del y
        graph = X if isinstance(X, Triples | str) or hasattr(X, "__fspath__") else _graph(named_rows(X), seed=self.seed)
        if self.checkpoint is not None:
            self.model_ = opening.link_model(self.checkpoint, data=graph)
        else:
            from graphfm.training.link_prediction import link_prediction

            with tempfile.TemporaryDirectory(prefix="graphfm-") as folder:
                out = Path(folder) / "run" if self.out is None else self.out
                made = {"progress": False, **(self.settings or {})}
                self.model_ = link_prediction(graph, model=self.model, out=out, seed=self.seed, **made)
        self.classes_ = np.array([False, True])
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """Scores (n,) of triples; they order the answers to one question, and mean nothing between relations.

        Args:
            X: rows of (head, relation, tail), identifiers or labels.

        Raises:
            sklearn.exceptions.NotFittedError: before `fit`.
            DataError: rows of another shape, or an unknown name, with the nearest ones.
        """
        check_is_fitted(self)
        rows = named_rows(X)
        ids = [(self.model_.entity_id(h), self.model_.relation_id(r), self.model_.entity_id(t)) for h, r, t in rows]
        return np.asarray(self.model_.score(torch.tensor(ids, dtype=torch.long).reshape(-1, 3)).double().numpy())

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities (n, 2) that a triple is false and true, against a random wrong answer to the same question.

        Raises:
            DataError: what `decision_function` raises, or a model without calibration.
        """
        check_is_fitted(self)
        if self.model_.calibration is None:
            hint = f"Fit on {LEAST_TO_CALIBRATE} triples or more, or on validation triples; `decision_function` needs neither."
            raise DataError("scores that were not calibrated", expected="a model with calibration", hint=hint)
        true = self.model_.probability(torch.from_numpy(self.decision_function(X))).numpy()
        return np.stack([1 - true, true], axis=1)

    def predict(self, X: Any) -> np.ndarray:
        """Whether triples (n,) are likelier true than not, see `predict_proba`."""
        return np.asarray(self.predict_proba(X)[:, 1] >= 0.5)

    def complete(self, **question: Any) -> Completion:
        """The best answers to (head, relation, ?) or (?, relation, tail), see `graphfm.complete`."""
        from graphfm.models.asking import complete

        check_is_fitted(self)
        return complete(self.model_, **question)


def named_rows(X: Any) -> list[tuple[str, str, str]]:
    """Rows of three names, from a list, an array or a frame of any library.

    Raises:
        DataError: rows of another length, or something that is no name.
    """
    table = X.rows() if hasattr(X, "rows") else X.to_pylist() if hasattr(X, "to_pylist") else X
    table = (
        table.to_numpy().tolist()
        if hasattr(table, "to_numpy")
        else table.tolist()
        if hasattr(table, "tolist")
        else table
    )
    if isinstance(table, str) or not hasattr(table, "__iter__"):
        raise DataError(f"an object of type {type(X).__name__}", expected="rows of (head, relation, tail)")
    rows = []
    for number, row in enumerate(table, start=1):
        cells = (
            list(row.values()) if isinstance(row, Mapping) else list(row) if isinstance(row, list | tuple) else [row]
        )
        if len(cells) != 3 or not all(isinstance(cell, str | int) and str(cell) for cell in cells):
            raise DataError(f"{cells!r} as row {number}"[:200], expected="three names: head, relation, tail")
        rows.append((str(cells[0]), str(cells[1]), str(cells[2])))
    return rows


def _graph(rows: list[tuple[str, str, str]], *, seed: int) -> Triples:
    if not rows:
        raise DataError("no triples", expected="at least one")
    entities = sorted({row[0] for row in rows} | {row[2] for row in rows})
    relations = sorted({row[1] for row in rows})
    place, kind = ({name: i for i, name in enumerate(names)} for names in (entities, relations))
    triples = torch.tensor([[place[h], kind[r], place[t]] for h, r, t in rows])
    train, val = triples, triples[:0]
    if len(rows) >= LEAST_TO_CALIBRATE:
        with suppress(DataError):  # where every triple is the only one of an entity, all are needed
            train, val, _ = split_triples(triples, val=0.1, test=0, seed=seed)
    return Triples("triples", entities, relations, train=train, val=val)
