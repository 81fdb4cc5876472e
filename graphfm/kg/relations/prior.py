"""What an entity's own surroundings say of its being an answer, whoever asks: a score for entities that no path reaches."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from graphfm.kg.known import inverse
from graphfm.kg.relations.relation_graph import RelationFacts
from graphfm.ops import typed_message


class ProfilePrior(nn.Module):
    r"""Scores every entity by its relation profile, which relations it answers in the graph and how often, and its neighbours'.

    With :math:`l_r = \log(1 + c(v, r))`, c(v, r) the number of facts (., r, v), L their sum over relations and p the mean of the
    relations' vectors weighed by l,

    .. math::
        h = \mathrm{ReLU}(W (p \,\|\, l_q \,\|\, \log(1 + L)) + W_q x_q), \qquad
        h' = \mathrm{ReLU}\Big(W_1 h + W_2 \mathop{\mathrm{mean}}_{(u, r, v)} w_r \odot h_u\Big), \qquad
        s_0 = a\, l_q + w^\top (h \,\|\, h')

    The first term alone is the baseline that ranks by frequency, and training starts from it. The whole is computed once for
    a relation asked, not once for a query.

    Args:
        channels: d, width of the vectors of relations.
        profile_channels: width of the vectors that a profile is a mean of.
        hidden: width of h.
    """

    def __init__(self, channels: int, *, profile_channels: int = 8, hidden: int = 16) -> None:
        super().__init__()
        self.sizes = [profile_channels, hidden]
        self.of_relation = nn.Sequential(
            nn.Linear(channels, channels),
            nn.ReLU(),
            nn.Linear(channels, sum(self.sizes)),
            nn.LayerNorm(sum(self.sizes)),
        )
        self.frequency = nn.Parameter(torch.tensor(1.0))
        self.of_profile = nn.Linear(profile_channels + 2, hidden)
        self.of_query = nn.Linear(channels, hidden, bias=False)
        self.of_self, self.of_neighbors = nn.Linear(hidden, hidden), nn.Linear(hidden, hidden, bias=False)
        self.score = nn.Linear(2 * hidden, 1)
        nn.init.zeros_(self.score.weight)
        nn.init.zeros_(self.score.bias)

    def forward(self, graph: RelationFacts, vectors: Tensor, asked: Tensor) -> tuple[Tensor, Tensor]:
        """Args: `vectors` `(G, 2R, d)` of relations, seen from each of the `asked` `(G,)`.

        Shapes: -> s_0 `(G, V)`, l_q `(G, V)`.
        """
        groups, kinds, _ = vectors.shape
        query = vectors[torch.arange(groups, device=asked.device), asked]  # (G, d)
        table, link = self.of_relation(vectors).transpose(0, 1).split(self.sizes, -1)  # (2R, G, p), (2R, G, h)
        # The edges out of v of relation r are the facts that v answers of the inverse; its identity edge says nothing.
        real = graph.rel < kinds
        answered = torch.where(real, inverse(graph.rel, graph.num_relations), 0)
        count = torch.log1p(graph.pair_ptr.diff().to(table.dtype)) * real
        is_asked = F.one_hot(asked, kinds).T.unsqueeze(2).to(table.dtype)  # (2R, G, 1)
        columns = torch.cat([table, is_asked], 2).flatten(1)  # (2R, G (p + 1))
        sums = F.embedding_bag(
            answered, columns, graph.ptr, mode="sum", per_sample_weights=count, include_last_offset=True
        ).view(graph.num_entities, groups, -1)
        total = torch.segment_reduce(count, "sum", offsets=graph.ptr)[:, None, None]  # (V, 1, 1)
        profile, own = sums[..., :-1] / (1 + total), sums[..., -1:]
        seen = torch.cat([profile, own, torch.log1p(total).expand_as(own)], 2)  # (V, G, p + 2)
        h = torch.relu(self.of_profile(seen) + self.of_query(query))
        around = typed_message(h, link.contiguous(), graph.messages, reduce="mean")
        further = torch.relu(self.of_self(h) + self.of_neighbors(around))
        score = self.score(torch.cat([h, further], 2))
        return (score + self.frequency * own).squeeze(2).T, own.squeeze(2).T
