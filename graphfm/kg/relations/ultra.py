r"""ULTRA (Galkin et al. 2024, arXiv 2310.04562): a network over relations feeds a network over entities.

Both run the same layer on typed edges, with state x, boundary b and a vector w for each type of edge:

.. math::
    m_u = b_u + \sum_{(u, v, r)} w_r \odot x_v, \qquad x_u \leftarrow x_u + \mathrm{ReLU}(\mathrm{LN}(W [x_u \| m_u] + c))

**A message goes against its edge**, from v to u, as in the compiled kernel that the public weights were trained with, and both
directions of a question (h, r, ?) and (?, r, t) look at the relation graph from the *direct* relation r; only the boundary of
the entity network has the vector of r or of its inverse. Parameters have the names of the public files.
"""

from __future__ import annotations

from typing import Any, ClassVar, cast

import torch
from torch import Tensor, nn

from graphfm.kg.paths.frontier import out_of_all
from graphfm.kg.paths.twins import twins
from graphfm.kg.relations.reach import PAIRS_AT_ONCE, Reach
from graphfm.kg.relations.relation_graph import EDGE_KINDS, RelationFacts, RelationGraph
from graphfm.ops import typed_message
from graphfm.settings import Count, Layers

CHANNELS, LAYERS = 64, 6  # of the public weights


class UltraLayer(nn.Module):
    """What a node makes of its state and of the sum of its messages."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.linear = nn.Linear(2 * channels, channels)
        self.layer_norm = nn.LayerNorm(channels)

    def before_norm(self, state: Tensor, message: Tensor) -> Tensor:
        """Shapes: `(..., d)` each -> `(..., d)`."""
        channels = state.size(-1)
        weight, bias = self.linear.weight, self.linear.bias
        return nn.functional.linear(message, weight[:, channels:], bias) + state @ weight[:, :channels].T

    def added(self, before: Tensor) -> Tensor:
        """What is added to the state."""
        return torch.relu_(self.layer_norm(before))


class KindLayer(UltraLayer):
    """With one vector for each kind of edge of the relation graph."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels)
        self.relation = nn.Embedding(EDGE_KINDS, channels)


class EntityLayer(UltraLayer):
    """With a map of its own from the relation vectors to those of the edges."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels)
        self.relation_projection = nn.Sequential(
            nn.Linear(channels, channels), nn.ReLU(), nn.Linear(channels, channels)
        )


class RelationModel(nn.Module):
    """The network over relations."""

    def __init__(self, channels: int, num_layers: int) -> None:
        super().__init__()
        self.channels = channels
        self.layers = nn.ModuleList(KindLayer(channels) for _ in range(num_layers))

    def forward(self, graph: RelationGraph, asked: Tensor) -> Tensor:
        """Shapes: `asked (G,)` below R -> vectors `(2R, G, d)`."""
        layers: Any = self.layers
        x = layers[0].linear.weight.new_zeros(2 * graph.num_relations, len(asked), self.channels)
        x[asked, torch.arange(len(asked), device=asked.device)] = 1.0
        boundary = x
        for layer in layers:
            message = graph.sum(x, layer.relation.weight) + boundary
            x = x + layer.added(layer.before_norm(x, message))
        return x


class EntityModel(nn.Module):
    """The network over entities, and the map from a state and the vector of the relation asked for to a score."""

    def __init__(self, channels: int, num_layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(EntityLayer(channels) for _ in range(num_layers))
        self.mlp = nn.Sequential(nn.Linear(2 * channels, 2 * channels), nn.ReLU(), nn.Linear(2 * channels, 1))

    def score(self, state: Tensor, query: Tensor, row: Tensor | None = None) -> Tensor:
        """The query's half of the first map is computed as often as queries differ.

        Shapes: `state (..., d)`, `query (..., d)`, which broadcast -> `(...)`; with the `row (N,)` of each state's query,
        `state (N, d)`, `query (B, d)` -> `(N,)`.
        """
        first, last, channels = cast(nn.Linear, self.mlp[0]), self.mlp[2], state.size(-1)
        of_query = nn.functional.linear(query, first.weight[:, channels:], first.bias)
        if row is not None:
            of_query = of_query.index_select(0, row)
        of_state = state @ first.weight[:, :channels].T
        hidden = of_state.add_(of_query) if of_state.dim() == of_query.dim() else of_state + of_query
        scores: Tensor = last(hidden.relu_()).squeeze(-1)
        return scores


class Ultra(nn.Module):
    """The foundation model ULTRA, for any graph; a public file loads by ``load_state_dict(file["model"])``.

    While training, a batch runs as the equations say. Otherwise each distinct question is asked once, the relation network runs
    once for each relation, and the entity network where a question reaches (`graphfm.kg.relations.reach`): the same scores up
    to rounding.

    Args:
        channels: d, 64 in the public weights.
        num_layers: of each network, 6 in the public weights.

    Shapes:
        graph, head `(B,)`, rel `(B,)` below 2R -> scores `(B, V)`.

    >>> sum(p.numel() for p in Ultra().parameters())
    168705
    """

    #: Scores nearer than this share of the largest are equal: sums are ordered differently from one batch to the next.
    tie: ClassVar[float] = 1e-6

    def __init__(self, channels: Count = CHANNELS, num_layers: Layers = LAYERS) -> None:
        super().__init__()
        self.relation_model = RelationModel(channels, num_layers)
        self.entity_model = EntityModel(channels, num_layers)

    def forward(self, graph: RelationFacts, head: Tensor, rel: Tensor) -> Tensor:
        if self.training or torch.is_grad_enabled():
            return self.plain(graph, head, rel)
        size, direct = graph.num_entities, rel % graph.num_relations
        scores = torch.empty(len(head), size, device=head.device)
        asked, group = torch.unique(direct, return_inverse=True)
        step = out_of_all(graph) if len(graph.rel) <= PAIRS_AT_ONCE else None
        for number, relation in enumerate(asked):
            place = (group == number).nonzero().squeeze(1)
            vectors = self.relation_model(graph.relations, relation.unsqueeze(0)).squeeze(1)  # (2R, d)
            question, row = torch.unique(rel[place] * size + head[place], return_inverse=True)
            found = Reach(self.entity_model, graph, vectors, step)(question % size, question // size)
            scores[place] = found.index_select(0, row)
        return scores

    def twins(self, graph: RelationFacts) -> Tensor:
        """`(V,)` entities whose queries have the same answers as each one's, with the two swapped."""
        return twins(graph)

    def plain(self, graph: RelationFacts, head: Tensor, rel: Tensor, *, factors: Tensor | None = None) -> Tensor:
        """The equations, dense over all entities: what trains, what explains, and what the fast way is tested against.

        Args:
            graph, head, rel: as of `forward`.
            factors: `(L, E)` of the messages of each layer of the entity network, in the order of `graph.messages`.
        """
        asked, group = torch.unique(rel % graph.num_relations, return_inverse=True)  # the direct relations
        vectors = self.relation_model(graph.relations, asked).index_select(1, group)  # (2R, B, d)
        rows = torch.arange(len(head), device=head.device)
        query = vectors[rel, rows]  # (B, d)
        x = torch.zeros(graph.num_entities, *query.shape, device=head.device, dtype=query.dtype)
        x = x.index_put((head, rows), query)
        boundary, edges = x, graph.messages
        layers: Any = self.entity_model.layers
        for number, layer in enumerate(layers):
            factor = None if factors is None else factors[number]
            message = typed_message(x, layer.relation_projection(vectors), edges, factor) + boundary
            x = x + layer.added(layer.before_norm(x, message))
        return self.entity_model.score(x, query).T
