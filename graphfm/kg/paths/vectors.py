"""What a reasoner reads of relations: their vectors, from a table it learnt or from the graph they stand in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor


class RelationVectors(NamedTuple):
    """Vectors of relations for B queries, which may see them in G ways: G = 1 in a table, else one for each relation asked.

    K = 2R + 1 relations, inverses and the identity included; relation r of way g is row `g * K + r` of a table.
    """

    query: Tensor  # (B, d) of the relation asked for
    tables: Sequence[Tensor]  # for each layer (G * K, d), and after them what else a model reads
    own: Tensor  # (B,) row of the relation asked for, in every table
    group: Tensor | None = None  # (B,) the way of each query; None where G = 1
