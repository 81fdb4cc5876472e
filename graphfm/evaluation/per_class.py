"""What went right and wrong class by class: precision, recall, and who was taken for whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor


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
