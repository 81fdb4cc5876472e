"""Readers that are fitted to what others believe, round after round, anchored at a first reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from graphfm.classification.readers.discriminants import discriminants
from graphfm.classification.readers.lexical import naive_bayes
from graphfm.classification.readers.neighbours import neighbours
from graphfm.classification.readers.target import Reader, Target


@dataclass(frozen=True)
class Rounds:
    r"""A reader made of readers.

    .. math:: \log p \leftarrow a \log s + (1 - a)\,\mathrm{mean}_r \log p_r, \qquad q = \mathrm{structure}(p)

    with s the seed and :math:`p_r` what each reader says, fitted to q. The readings are of one text and thus averaged, while
    neighbours are a second source and multiply. Anchoring transduction at the text classifier is TransCLIP's idea (Zanella
    et al., NeurIPS 2024); two views that are fitted to each other are co-training (Blum and Mitchell, 1998).

    Args:
        seed: the first reading.
        anchor: its weight a.
        rounds: how often.
        structure: whether neighbours are heard after every round; without, nothing here knows of edges.
        readers: what is fitted.
    """

    seed: Reader
    anchor: float
    rounds: int
    structure: bool = True
    readers: Sequence[Reader] = (naive_bayes, discriminants)

    def __call__(self, target: Target, _: Tensor | None = None) -> Tensor:
        seed = self.seed(target, None)
        current = self._heard(target, seed)
        for _round in range(self.rounds):
            read = torch.stack([reader(target, current) for reader in self.readers]).mean(0)
            current = self._heard(target, (self.anchor * seed + (1 - self.anchor) * read).log_softmax(-1))
        return current

    def _heard(self, target: Target, log_posterior: Tensor) -> Tensor:
        told = target.told(log_posterior)
        return target.told(neighbours(target, told)) if self.structure else told
