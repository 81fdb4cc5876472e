"""What is believed so far, heard along edges as far as held-out texts show that neighbours tell."""

from __future__ import annotations

import torch
from torch import Tensor

from graphfm.classification.decide import decide
from graphfm.classification.readers.target import Target


def neighbours(target: Target, current: Tensor | None = None) -> Tensor:
    """Log posteriors after the propagation that `graphfm.classification.decide.decide` settles on."""
    assert current is not None, "propagation starts at a posterior"
    posterior = decide(current, target.adj, fold=target.fold).apply(current, target.adj)
    return posterior.clamp_min(torch.finfo(posterior.dtype).tiny).log()
