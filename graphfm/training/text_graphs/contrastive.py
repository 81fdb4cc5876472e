"""The contrastive loss of pretraining, on unit rows."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

MAX_LOGIT_SCALE = 100.0


def info_nce(graph: Tensor, text: Tensor, logit_scale: Tensor, *, text_id: Tensor | None = None) -> Tensor:
    r"""Symmetric InfoNCE between graph rows and text rows, with repeated texts taken out of the negatives.

    .. math:: L = \tfrac12 [\mathrm{CE}(e^s Z U^T) + \mathrm{CE}(e^s U Z^T)], \quad e^s \le 100

    Source: CLIP (arXiv 2103.00020), on graphs GraphCLIP (arXiv 2410.10329).

    Args:
        graph: unit rows :math:`Z`, (B, D).
        text: unit rows :math:`U`, (B, D); row i belongs to row i of `graph`.
        logit_scale: the log temperature :math:`s`, a scalar.
        text_id: (B,) equal numbers for equal texts; such pairs are no negatives of one another.
    """
    with torch.autocast(graph.device.type, enabled=False):  # half precision cannot tell near cosines apart
        logits = logit_scale.exp().clamp(max=MAX_LOGIT_SCALE) * (graph.float() @ text.float().T)  # (B, B)
    if text_id is not None:
        same = text_id[:, None] == text_id[None, :]
        same.fill_diagonal_(False)
        logits = logits.masked_fill(same, float("-inf"))
    labels = torch.arange(len(graph), device=graph.device)
    return 0.5 * (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels))
