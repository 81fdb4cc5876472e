"""Entities that a graph holds the same facts of: no model without vectors of entities can tell them apart.

Swapping two of them leaves the graph as it is. So what is asked of one is answered by what is found for the other, with the two
swapped among the answers, and a question need not be asked for each: in InGram's graphs from NELL a quarter of the different
questions are spared, in GraIL's smallest one three fifths.
"""

from __future__ import annotations

import torch
from torch import Tensor

from graphfm.kg.paths.facts import Facts
from graphfm.kg.paths.frontier import ranges

_FACTOR = 0x9E3779B97F4A7C15 - 2**64  # odd, so that multiplying by it loses nothing (Knuth; splitmix64)


def twins(graph: Facts) -> Tensor:
    """The first entity that each one can be swapped with, itself where there is none. Shapes: `-> (V,)`.

    >>> from graphfm.kg.paths.facts import facts
    >>> twins(facts(torch.tensor([[0, 0, 1], [0, 0, 2], [0, 1, 3]]), num_entities=4, num_relations=2)).tolist()
    [0, 1, 1, 3]
    """
    v, identity = graph.num_entities, 2 * graph.num_relations
    own = torch.arange(v, device=graph.device)
    ptr = graph.pair_ptr.index_select(0, graph.ptr)  # (V + 1,) the edges of entity x are ptr[x]:ptr[x + 1]
    source = torch.repeat_interleave(own, ptr.diff())
    # Relation and destination as one integer, ascending for each source; the identity edge is the same for all.
    fact = (graph.keys - source * ((identity + 1) * v)).clamp_(max=identity * v)  # (E,)
    total = torch.zeros_like(own).index_add_(0, source, _mixed(fact))
    kinds, kind = torch.unique(total, return_inverse=True)
    first = torch.full_like(kinds, v).scatter_reduce_(0, kind, own, "amin").index_select(0, kind)  # (V,)
    return torch.where(_equal(ptr, fact, own, first), first, own)


def _mixed(x: Tensor) -> Tensor:
    """Integers whose sums do not meet but by chance, of others from 0 on."""
    x = x + 1  # 0 would stay 0, a fact that is not there
    for shift in (29, 32):
        x = x * _FACTOR
        x = x ^ (x >> shift)
    return x * _FACTOR


def _equal(ptr: Tensor, fact: Tensor, one: Tensor, other: Tensor) -> Tensor:
    """Whether two entities have the same list of facts, for each pair of them: equal sums may be chance. Shapes: `-> (n,)`."""
    size = ptr.diff()
    same = size.index_select(0, one) == size.index_select(0, other)
    pairs = (same & (one != other)).nonzero().squeeze(1)
    owner, mine, _ = ranges(ptr, one.index_select(0, pairs))
    _, theirs, _ = ranges(ptr, other.index_select(0, pairs))
    differ = fact.index_select(0, mine) != fact.index_select(0, theirs)
    same[pairs[owner[differ]]] = False
    return same
