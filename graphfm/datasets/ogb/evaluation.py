"""Ranking as OGB ranks: its own evaluator, guarded against what it gets wrong."""

from __future__ import annotations

from torch import Tensor

from graphfm.datasets.ogb.package import entry, locate, quiet
from graphfm.errors import DataError


def evaluate(name: str, *, positive: Tensor, negative: Tensor) -> dict[str, float]:
    """MRR and Hits@k by OGB's own evaluator: each answer ranked among its candidates, at the mean of its ties.

    Args:
        name: the data set, ``ogbl-wikikg2`` or ``ogbl-biokg``.
        positive: scores of the answers; those of both directions, one after the other, for OGB's number.
        negative: scores of the candidates of each answer, `triples(name).info["negatives"]`.

    Shapes:
        positive (n,), negative (n, K)

    Returns:
        ``mrr``, ``hits@1``, ``hits@3`` and ``hits@10``, from 0 to 1.

    Raises:
        DataError: scores of the wrong shape, or not finite: the evaluator would call NaN a perfect score.
    """
    entry(name, kind="kg")
    if positive.dim() != 1 or negative.dim() != 2 or len(positive) != len(negative) or not len(positive):
        shapes = f"scores of shape {tuple(positive.shape)} and {tuple(negative.shape)}"
        raise DataError(shapes, expected="(n,) for the answers and (n, K) for their candidates")
    if not (positive.isfinite().all() and negative.isfinite().all()):
        raise DataError("scores that are not finite", expected="finite scores", hint="Look for NaN in the parameters.")
    with quiet(name, locate(name, None), allow_large=False):
        from ogb.linkproppred import Evaluator

        result = Evaluator(name).eval({"y_pred_pos": positive, "y_pred_neg": negative})
    return {metric.removesuffix("_list"): float(values.mean()) for metric, values in result.items()}
