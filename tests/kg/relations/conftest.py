"""A made knowledge graph, small enough to check by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor


@pytest.fixture
def triples() -> Tensor:
    """Sixty facts of 5 relations among 20 entities, two of them repeated."""
    generator = torch.Generator().manual_seed(0)
    drawn = torch.stack([torch.randint(high, (58,), generator=generator) for high in (20, 5, 18)], 1)
    return torch.cat([drawn, drawn[:2]])
