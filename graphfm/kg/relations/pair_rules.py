"""What follows from the other relations that hold of the same two entities: the shortest rules, with no parameter."""

from __future__ import annotations

import torch
from torch import Tensor

from graphfm.kg.paths.frontier import ranges
from graphfm.kg.relations.relation_graph import RelationFacts


def pair_rules(graph: RelationFacts, head: Tensor, rel: Tensor) -> Tensor:
    r"""Evidence of rules p(x, y) -> q(x, y), where p may be an inverse: minus the logarithm that none of them holds,

    .. math::
        s(y) = -\sum_{p:\, p(x, y)} \log\Big(1 - \frac{|p \cap q|}{|p| + 1}\Big)

    with the confidences of the observed graph, taken to be independent (noisy-or; AnyBURL, Meilicke et al. 2019, has a bound of
    it). It is 0 where no other relation joins the two.

    Shapes: head, rel `(B,)` below 2R -> `(B, V)`.
    """
    v, kinds = graph.num_entities, 2 * graph.num_relations
    asked, group = torch.unique(rel, return_inverse=True)
    joined, (_, share) = graph.relations.together  # share of the facts of `src` that `dst` holds of, too
    own, edge, _ = ranges(joined.ptr, asked)
    table = share.new_zeros(len(asked), kinds + 1)  # the identity says nothing
    table[own, joined.src[edge]] = -torch.log1p(-share[edge])
    query, pair, _ = ranges(graph.ptr, head)
    told = table[group[query], graph.rel[pair]]
    own, edge, _ = ranges(graph.pair_ptr, pair)
    place = query.index_select(0, own) * v + graph.tail.index_select(0, edge)
    return told.new_zeros(len(head) * v).index_add(0, place, told.index_select(0, own)).view(-1, v)
