"""Posteriors as columns: the answer, its probability, the next best, and the probability of every class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from torch import Tensor

from graphfm.errors import DataError

#: What a node below the threshold is given.
NONE = "none of these"


def prediction_columns(
    posterior: Tensor, class_names: Sequence[str], *, top: int = 1, abstain: float = 0.0
) -> dict[str, Any]:
    """``predicted, score``, then ``predicted_2, score_2`` and so on up to `top`, then ``p(NAME)`` of every class.

    Args:
        posterior: (N, C), rows sum to one.
        class_names: C; a name that occurs again is numbered.
        top: classes to name for each node.
        abstain: below this probability `predicted` is `NONE`; the other columns stay.
    """
    score, best = posterior.sort(dim=-1, descending=True, stable=True)
    columns: dict[str, Any] = {}
    for k in range(min(top, len(class_names))):
        end = f"_{k + 1}" if k else ""
        columns[f"predicted{end}"] = [class_names[c] for c in best[:, k].tolist()]
        columns[f"score{end}"] = score[:, k].numpy()
    sure = (score[:, 0] >= abstain).tolist()
    columns["predicted"] = [name if kept else NONE for name, kept in zip(columns["predicted"], sure, strict=True)]
    return columns | {f"p({name})": posterior[:, c].numpy() for c, name in enumerate(_numbered(class_names))}


def check_asked(*, top: int, abstain: float, num_classes: int) -> None:
    """Refuse what cannot be given, before anything is read.

    Raises:
        DataError: no class or more than there are, or a threshold that is no probability.
    """
    if not 1 <= top <= num_classes:
        raise DataError(f"top {top} of {num_classes} classes", expected=f"1 to {num_classes}")
    if not 0 <= abstain <= 1:
        raise DataError(f"abstain {abstain:g}", expected="a probability, 0 to 1")


def _numbered(names: Sequence[str]) -> list[str]:
    again = Counter[str]()
    numbered = []
    for name in names:
        again[name] += 1
        numbered.append(name if again[name] == 1 else f"{name} {again[name]}")
    return numbered
