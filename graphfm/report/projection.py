"""Rows of an embedding in two dimensions, for maps."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from numpy.typing import NDArray
from torch import Tensor

POINTS, STEPS = 1000, 500  # bound the cost of a map to about a second, whatever the size of the graph
LEAST_POINTS = 4  # points: fewer have no neighbourhoods
VARIES = 1e-6  # largest distance from the mean, in units of the longest row, below which all rows are equal


class Projection(NamedTuple):
    """`points` (n, 2) of the rows `chosen` (n,)."""

    chosen: Tensor
    points: NDArray[Any]


def projection(rows: Tensor, *, among: Tensor | None = None) -> Projection | None:
    """t-SNE of at most `POINTS` rows, drawn with a fixed seed; None for too few rows, or rows that do not vary.

    Args:
        rows: (N, D).
        among: ids of the rows that may be drawn; all by default.
    """
    from sklearn.manifold import TSNE

    ids = torch.arange(len(rows)) if among is None else among
    chosen = ids[torch.randperm(len(ids), generator=torch.Generator().manual_seed(0))[:POINTS]]
    shown = rows[chosen].double()
    if len(shown) < LEAST_POINTS or not bool(shown.isfinite().all()):
        return None
    spread = (shown - shown.mean(0)).norm(dim=1).max()
    if not float(spread) > VARIES * float(shown.norm(dim=1).max()):
        return None  # t-SNE would divide by the spread, and its C code would not come back
    perplexity = min(30.0, max(1.0, (len(chosen) - 1) / 3))
    made = TSNE(perplexity=perplexity, init="pca", random_state=0, max_iter=STEPS).fit_transform(shown.float().numpy())
    return Projection(chosen, made)
