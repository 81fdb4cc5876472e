"""One batch spread over several processes: the rows of all of them, with gradient, so that the loss is that of one process.

Every process computes the same loss from the same gathered rows. The backward pass of the gathering sums what all of them ask
of a row, which is W times its gradient, and the strategy then takes the mean over the W processes: what is left is the gradient
of the one loss, for the parameters behind the rows as for those inside the loss.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

AllGather = Callable[..., Any]  # Lightning's: (tensor (...), sync_grads=bool) -> (W, ...)


class Asked(NamedTuple):
    """What the contrastive losses of B targets are made of."""

    own: Tensor  # (B, D) rows of the targets
    neighbor: Tensor  # (B, D) rows of a neighbour of each
    place: Tensor  # (B,) -1 where that neighbour does not count
    target: Tensor  # (B, D) texts to find
    target_id: Tensor  # (B,)


def gather(asked: Asked, all_gather: AllGather) -> Asked:
    """The parts of all processes, one after the other; B is the same in each."""
    return Asked(*(all_gather(part, sync_grads=part.requires_grad).flatten(0, 1) for part in asked))


def mean_over_union(node: Tensor, weights: Tensor, all_gather: AllGather) -> Tensor:
    """Mean gate weights over the nodes of all processes, a node that several of them hold counted once.

    Args:
        node: (n,) ids of this process's nodes, which may be of any number.
        weights: (n, K) their gate weights, the same wherever a node is.
        all_gather: of Lightning.

    Shapes:
        -> (1, K)
    """
    most = int(all_gather(torch.tensor(len(node), device=node.device)).max())
    every = all_gather(F.pad(node, (0, most - len(node)), value=-1)).flatten()
    ids, count = torch.unique(every[every >= 0], return_counts=True)
    share = 1 / count[torch.searchsorted(ids, node)]  # (n,)
    total: Tensor = all_gather((share.unsqueeze(-1) * weights).sum(0), sync_grads=True).sum(0, keepdim=True)
    return total / len(ids)
