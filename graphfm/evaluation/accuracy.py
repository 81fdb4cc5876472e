"""How many nodes are classified right: accuracy, and F1 averaged over classes."""

from __future__ import annotations

import torch
from torch import Tensor


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
