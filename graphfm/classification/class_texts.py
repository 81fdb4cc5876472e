"""Aligning graph and text: the contrastive loss, the texts of classes, and the training-free rows every result stands beside.

Nothing here knows a model: the functions take and give unit rows in the space of the text encoder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from graphfm.ops import Adjacency, adjacency, spmm

#: The one template of all graphs; an empty description leaves the name and a period.
DESCRIPTION_TEMPLATE = "{name}. {description}"
_HUMP = re.compile(r"(?<=[a-z]{2})(?=[A-Z][a-z]{2})")  # of two words, and not of PhD or iOS


def class_texts(
    class_names: Sequence[str], class_descriptions: Sequence[str] | None = None, *, template: str = DESCRIPTION_TEMPLATE
) -> list[str]:
    """The text of each class; underscores and humps of names are read as spaces; without descriptions the name stands alone.

    >>> class_texts(["machine_learning", "NeuralNetworks"]), class_texts(["Theory", "AI"], ["Proofs.", ""])
    (['machine learning', 'Neural Networks'], ['Theory. Proofs.', 'AI.'])
    """
    names = [_HUMP.sub(" ", name.replace("_", " ")) for name in class_names]
    if class_descriptions is None:
        return names
    return [
        template.format(name=name, description=description).rstrip()
        for name, description in zip(names, class_descriptions, strict=True)
    ]


def class_features(
    encode_text: Callable[[list[str]], Tensor],
    class_names: Sequence[str],
    class_descriptions: Sequence[str] | None = None,
    *,
    template: str = DESCRIPTION_TEMPLATE,
) -> Tensor:
    """Unit rows (number of classes, D): the zero-shot classifier made of class names, descriptions and one template."""
    return encode_text(class_texts(class_names, class_descriptions, template=template))


def smooth(x: Tensor, edges: Tensor | Adjacency, *, rounds: int = 2) -> Tensor:
    r"""Fixed smoothing over neighbours, the strongest cheap rule on homophilous graphs.

    .. math:: x_v \leftarrow \mathrm{normalize}(x_v / 2 + \mathrm{mean}_{u \in N(v)} x_u / 2)

    Nodes without neighbours stay as they are.

    Args:
        x: unit rows (N, D).
        edges: both directions of every edge, (2, E), or their adjacency.
        rounds: how often.
    """
    adj = adjacency(edges, len(x))
    isolated = (adj.degree == 0).unsqueeze(-1)  # (N, 1)
    for _ in range(rounds):
        x = torch.where(isolated, x, F.normalize(x + spmm(adj, x, reduce="mean"), dim=-1))
    return x
