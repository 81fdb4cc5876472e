"""How well nodes are classified: accuracy and F1, what the probabilities are worth, and class by class who was taken for whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

BINS = 15


def accuracy_and_macro_f1(predicted: Tensor, y: Tensor) -> tuple[float, float]:
    """Accuracy, and the mean F1 of the classes that occur in labels or predictions; in percent.

    Args:
        predicted: (n,) classes, n > 0.
        y: (n,) the true ones.

    >>> accuracy_and_macro_f1(torch.tensor([0, 0, 0, 1, 1]), torch.tensor([0, 0, 1, 0, 1]))  # F1 of the classes: 2/3, 1/2
    (60.0, 58.33333333333333)
    """
    classes = int(torch.maximum(predicted.max(), y.max())) + 1
    right, truth, guess = (torch.bincount(c, minlength=classes).double() for c in (y[predicted == y], y, predicted))
    total = truth + guess  # F1 = 2 right / (truth + guess), undefined where a class does not occur
    occurs = total > 0
    return 100 * float(right.sum() / len(y)), 100 * float((2 * right[occurs] / total[occurs]).mean())


class Bin(NamedTuple):
    """Nodes whose confidence lies in one interval: how many, how sure on average, how often right (percent)."""

    low: float
    high: float
    nodes: int
    confidence: float
    accuracy: float


class Confidence(NamedTuple):
    """Of posteriors with known answers, in percent."""

    ece: float  # expected calibration error
    surest_half: float  # accuracy on the half of the nodes with the largest confidence
    bins: list[Bin]

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "ece": round(self.ece, 2),
            "surest_half": round(self.surest_half, 2),
            "by_confidence": [{k: round(v, 4) for k, v in b._asdict().items()} for b in self.bins],
        }


def confidence(posterior: Tensor, y: Tensor, *, bins: int = BINS) -> Confidence:
    r"""Calibration of posteriors.

    .. math:: \mathrm{ECE} = \sum_b \frac{n_b}{n} \lvert \mathrm{accuracy}_b - \mathrm{confidence}_b \rvert

    over intervals of equal width of the largest probability (Guo et al., ICML 2017). Empty intervals are left out.

    Args:
        posterior: rows sum to one.
        y: the classes.
        bins: number of intervals.

    Shapes:
        posterior (n, C), y (n,)

    >>> confidence(torch.tensor([[0.9, 0.1], [0.6, 0.4]]), torch.tensor([0, 1])).ece
    35.0
    """
    sure, predicted = posterior.double().max(-1)
    hit = (predicted == y).double()
    place = (sure * bins).long().clamp(max=bins - 1)
    count = torch.bincount(place, minlength=bins)
    total = torch.bincount(place, weights=sure, minlength=bins)
    hits = torch.bincount(place, weights=hit, minlength=bins)
    error = float((hits - total).abs().sum()) / max(len(y), 1)
    half = sure.argsort(descending=True, stable=True)[: (len(y) + 1) // 2]
    found = [
        Bin(b / bins, (b + 1) / bins, n, 100 * float(total[b]) / n, 100 * float(hits[b]) / n)
        for b, n in enumerate(count.tolist())
        if n
    ]
    return Confidence(round(100 * error, 6), 100 * float(hit[half].mean()) if len(half) else 0.0, found)


class ClassRow(NamedTuple):
    """One class, in percent; precision is None where nothing was given the class, recall where no node has it."""

    name: str
    nodes: int
    predicted: int
    precision: float | None
    recall: float | None
    f1: float | None
    taken_for: str  # the class its nodes were most often mistaken for, "" where never


def confusion_matrix(predicted: Tensor, y: Tensor, *, num_classes: int) -> Tensor:
    """Counts (C, C), true classes in rows.

    >>> confusion_matrix(torch.tensor([0, 1, 1]), torch.tensor([0, 0, 1]), num_classes=2).tolist()
    [[1, 1], [0, 1]]
    """
    return torch.bincount(y * num_classes + predicted, minlength=num_classes**2).view(num_classes, num_classes)


def per_class(matrix: Tensor, names: Sequence[str]) -> list[ClassRow]:
    """Rows of a confusion matrix (C, C), in the order of the classes."""
    rows = []
    for c, name in enumerate(names):
        right, nodes, predicted = int(matrix[c, c]), int(matrix[c].sum()), int(matrix[:, c].sum())
        wrong = matrix[c].clone()
        wrong[c] = 0
        rows.append(
            ClassRow(
                name,
                nodes,
                predicted,
                100 * right / predicted if predicted else None,
                100 * right / nodes if nodes else None,
                200 * right / (nodes + predicted) if nodes + predicted else None,
                names[int(wrong.argmax())] if int(wrong.sum()) else "",
            )
        )
    return rows


def as_dicts(rows: Sequence[ClassRow]) -> list[dict[str, Any]]:
    """Plain data for JSON."""
    return [{k: round(v, 2) if isinstance(v, float) else v for k, v in row._asdict().items()} for row in rows]
