r"""The entity network of ULTRA where a question reaches, exactly.

After l layers a question can have changed the state of entities within l steps of its head alone. All others have the state of
a graph in which nobody asks, which depends on the relation asked for and is computed once for all its questions. So a question
is the *difference* to that state, kept for a growing frontier:

.. math::
    \delta m_u = b_u + \sum_{(u, v, r)} w_r \odot \delta x_v, \qquad
    z_u = \bar z_u + W [\delta x_u \| \delta m_u], \qquad
    \delta x_u \leftarrow \delta x_u + f(z_u) - f(\bar z_u)

with :math:`f = \mathrm{ReLU} \circ \mathrm{LN}` and a bar over what belongs to nobody's question. The scores are those of the
dense network up to rounding. Within six steps of an entity lie 4 to 60% of the nodes of common benchmark graphs, summed over
the layers; nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from graphfm.kg.known import inverse
from graphfm.kg.paths.frontier import Expansion, expand, spread, start, worth_spreading
from graphfm.kg.relations.relation_graph import RelationFacts
from graphfm.ops import typed_message
from graphfm.ops.adjacency import sums_of_rows

if TYPE_CHECKING:
    from graphfm.kg.relations.ultra import EntityModel

AT_ONCE = 2**22  # numbers in a state of all entities for the questions answered together
MOST = 32  # questions answered together, at most
PAIRS_AT_ONCE = 2**15  # pairs (entity, relation) whose messages stay near the processor


class Reach:
    """Answers questions about one relation, in both directions.

    Args:
        model: the entity network.
        graph: message graph.
        vectors: `(2R, d)` of all relations, seen from the one asked for.
        step: of one question out of every entity; None on a graph too large for messages of all its pairs at once.
    """

    def __init__(self, model: EntityModel, graph: RelationFacts, vectors: Tensor, step: Expansion | None) -> None:
        self.model, self.graph, self.vectors = model, graph, vectors
        self.layers: list[Any] = list(model.layers)
        back = inverse(torch.arange(len(vectors), device=vectors.device), graph.num_relations)
        silent = torch.zeros_like(vectors[:1])  # nothing passes along identity edges
        self.tables, self.before, self.added = [], [], []
        x = torch.zeros(graph.num_entities, vectors.size(1), device=vectors.device)
        for number, layer in enumerate(self.layers):
            table = layer.relation_projection(vectors)
            self.tables.append(torch.cat([table[back], silent]))  # by the relation of a step away from the head
            if number == 0:  # nobody asks, so the first states are zero and so are their messages
                before = layer.linear.bias.expand_as(x)
            elif step is None:
                before = layer.before_norm(x, typed_message(x, table, graph.messages))
            else:
                before = layer.before_norm(x, _messages(x, self.tables[-1], step))
            added = layer.added(before if number else before[:1]).expand_as(x)
            x = x + added
            self.before.append(before)
            self.added.append(added)
        self.state = x

    def __call__(self, head: Tensor, rel: Tensor) -> Tensor:
        """Shapes: `head, rel (B,) -> (B, V)`; `rel` is the relation that `vectors` look from, or its inverse."""
        size = max(1, min(MOST, AT_ONCE // self.state.numel()))
        # Before what each part needs, so that its memory comes free in one piece.
        scores = self.state.new_empty(len(head), len(self.state))
        for number, part in enumerate(zip(head.split(size), rel.split(size), strict=True)):
            scores[number * size : (number + 1) * size] = self._answer(*part)
        return scores

    def _answer(self, head: Tensor, rel: Tensor) -> Tensor:
        """`__call__` for a few questions: what they reach, over the scores that nobody's question has."""
        boundary = change = self.vectors.index_select(0, rel)  # (B, d)
        frontier, step = start(head, self.graph.num_entities), None
        asker = frontier.key
        for layer, table, before, added in zip(self.layers, self.tables, self.before, self.added, strict=True):
            if worth_spreading(self.graph, frontier, len(head)):  # what is not reached has changed by nothing
                frontier, change, _ = spread(
                    frontier, change, num_queries=len(head), num_entities=self.graph.num_entities
                )
            if step is None or len(frontier) != len(step.old):  # else it would reach the same nodes again
                step = expand(self.graph, frontier, num_queries=len(head))
            one = step.one or step  # where all questions do the same, the rows of one serve all
            by_node = (-1, len(one.nodes), change.size(1))
            message = _messages(change, table, step)  # (N', d)
            message[step.nodes.find(asker)] += boundary
            weight, channels = layer.linear.weight, change.size(1)
            now, all_old = message @ weight[:, channels:].T, len(step.old) == len(step.nodes)
            if all_old:  # each is at its own place
                now.addmm_(change, weight[:, :channels].T)
            else:
                now.index_add_(0, step.old, change @ weight[:, :channels].T)
            now.view(by_node).add_(before.index_select(0, one.nodes.entity))
            now = layer.added(now)
            now.view(by_node).sub_(added.index_select(0, one.nodes.entity))
            change = now.add_(change) if all_old else now.index_add_(0, step.old, change)
            frontier = step.nodes
        query = self.vectors.index_select(0, rel)
        if len(change) == len(head) * len(self.state):  # everywhere
            return self.model.score(change.view(len(head), *self.state.shape).add_(self.state), query.unsqueeze(1))
        state = self.state.index_select(0, frontier.entity).add_(change)
        found = self.model.score(state, query, frontier.row)
        asked, way = torch.unique(rel, return_inverse=True)
        of_nobody = self.model.score(self.state, self.vectors[asked].unsqueeze(1))  # what no question reaches
        scores = of_nobody.index_select(0, way)
        scores.view(-1)[frontier.key] = found
        return scores


def _messages(change: Tensor, table: Tensor, step: Expansion) -> Tensor:
    """Messages at the nodes reached: of each edge the change at its source times the vector of its relation.

    Shapes: `change (N, d)`, `table (2R + 1, d)` -> `(N', d)`.
    """
    one = step.one or step
    passed = change.index_select(0, step.pair_source)  # (P, d)
    passed.view(-1, len(one.pair_source), change.size(1)).mul_(table.index_select(0, one.pair_rel))
    return sums_of_rows(passed, step.edge_pair, step.edges.ptr, None)
