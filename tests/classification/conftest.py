"""A made graph with texts: three classes with words of their own, rows that half show the class, edges within classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from graphfm.classification.readers.target import Target, target
from graphfm.ops import adjacency

CLASSES = ["cooking", "astronomy", "football"]
WORDS = [
    ["oven", "flour", "recipe", "dough", "simmer", "spice"],
    ["planet", "orbit", "telescope", "comet", "galaxy", "lens"],
    ["goal", "striker", "referee", "penalty", "stadium", "league"],
]


class Made(NamedTuple):
    texts: list[str]
    x: Tensor  # (N, D)
    class_rows: Tensor  # (C, D)
    edges: Tensor  # (2, 2M)
    y: Tensor  # (N,)

    def target(self) -> Target:
        return target(self.texts, self.x, CLASSES, self.class_rows, adjacency(self.edges, len(self.texts)))


@pytest.fixture(scope="session")
def made() -> Callable[..., Made]:
    def make(num_nodes: int = 150, *, noise: float = 0.6, seed: int = 0) -> Made:
        generator = torch.Generator().manual_seed(seed)
        y = torch.randint(3, (num_nodes,), generator=generator)
        class_rows = F.normalize(torch.randn(3, 16, generator=generator), dim=-1)
        x = F.normalize(class_rows[y] + noise * torch.randn(num_nodes, 16, generator=generator), dim=-1)
        texts = []
        for node, c in enumerate(y.tolist()):
            own = [WORDS[c][int(i)] for i in torch.randint(6, (4,), generator=generator)]
            named = [CLASSES[c]] if node % 4 == 0 else []
            texts.append(" ".join([*named, *own, "and the page", f"number{'abcdefghij'[node % 10]}{node}"]))
        pairs = torch.randint(num_nodes, (2, 6 * num_nodes), generator=generator)
        pairs = pairs[:, (y[pairs[0]] == y[pairs[1]]) & (pairs[0] != pairs[1])]
        return Made(texts, x, class_rows, torch.cat([pairs, pairs.flip(0)], 1), y)

    return make
