"""Who is hidden together: folds drawn by what a node says, so that no answer depends on the order of the lines."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor

FOLDS = 5


def folds(texts: Sequence[str]) -> Tensor:
    """Fold (N,) of each node, 0 to `FOLDS` - 1, by a digest of its text; an empty text is in none, -1.

    Neither order nor ids matter, and equal texts are hidden together: none is read by a fit that has seen its copy.
    """
    known: dict[str, int] = {}
    for text in set(texts):
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        known[text] = int.from_bytes(digest[:8], "big") % FOLDS if text.strip() else -1
    return torch.tensor([known[text] for text in texts])


def folds_by_position(num_nodes: int, *, seed: int = 0) -> Tensor:
    """Fold (N,) of nodes of which nothing but their place is known."""
    return torch.randint(FOLDS, (num_nodes,), generator=torch.Generator().manual_seed(seed))


def shares(texts: Sequence[str]) -> Tensor:
    """One over the number of nodes with the same text, (N,): a text copied a hundred times is one witness."""
    count = Counter(texts)
    return torch.tensor([1 / count[text] for text in texts])
