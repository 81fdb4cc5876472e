"""Ranks collected over the batches and the processes of a training, for one value of each metric at its end."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torchmetrics import Metric

from graphfm.kg.metrics import metrics
from graphfm.kg.ranks import Ranks


class RankMetric(Metric):
    """Collects ranks over batches and processes: `update(ranks)`, then `compute()` gives `metrics` of all of them.

    Args:
        hits: the k of Hits@k.
        ties: "realistic", "optimistic" or "pessimistic".
    """

    full_state_update = False

    def __init__(self, *, hits: Sequence[int] = (1, 3, 10), ties: str = "realistic") -> None:
        super().__init__()
        self.hits, self.ties = tuple(hits), ties
        self.add_state("rows", default=[], dist_reduce_fx="cat")
        self.rows: list[Tensor] | Tensor
        self.protocol = ""

    def update(self, ranks: Ranks) -> None:
        """Add ranks.

        Raises:
            ValueError: their protocol is not that of the ranks before.
        """
        if self.protocol not in ("", ranks.protocol):
            raise ValueError(
                f"ranks of one protocol can be joined, received {ranks.protocol!r} after {self.protocol!r}"
            )
        self.protocol = ranks.protocol
        assert isinstance(self.rows, list)
        self.rows.append(ranks.columns().to(self.device))  # (Q, 7)

    def reset(self) -> None:
        """Forget all ranks."""
        super().reset()
        self.protocol = ""

    def ranks(self) -> Ranks:
        """All ranks collected so far."""
        rows = (torch.cat(self.rows) if isinstance(self.rows, list) else self.rows).cpu()
        return Ranks.from_columns(rows, protocol=self.protocol)

    def compute(self) -> dict[str, float]:
        """`metrics` of all ranks collected so far."""
        return metrics(self.ranks(), hits=self.hits, ties=self.ties)
