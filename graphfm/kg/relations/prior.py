"""What an entity's own edges say of its being an answer, whoever asks: a score for entities that no path reaches."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from graphfm.kg.known import inverse
from graphfm.kg.paths.facts import Facts


class ProfilePrior(nn.Module):
    r"""Scores every entity by its relation profile: which relations it answers in the graph, and how often.

    With :math:`l_r = \log(1 + c(v, r))`, c(v, r) the number of facts (., r, v), L their sum over relations and p the mean of the
    relations' vectors weighed by l,

    .. math:: s_0(v) = a\, l_q + \mathrm{MLP}(p \,\|\, l_q \,\|\, \log(1 + L) \,\|\, x_q)

    The first term alone is the baseline that ranks by frequency, and training starts from it.

    Args:
        channels: d, width of the vector of the relation asked for.
        profile_channels: width of the vectors that a profile is a mean of.
        hidden: width of the map.
    """

    def __init__(self, channels: int, *, profile_channels: int = 8, hidden: int = 16) -> None:
        super().__init__()
        self.frequency = nn.Parameter(torch.tensor(1.0))
        self.of_profile = nn.Linear(profile_channels + 2, hidden)
        self.of_query = nn.Linear(channels, hidden, bias=False)
        self.score = nn.Linear(hidden, 1)
        nn.init.zeros_(self.score.weight)
        nn.init.zeros_(self.score.bias)

    def forward(self, graph: Facts, table: Tensor, query: Tensor, asked: Tensor) -> Tensor:
        """Args: `table` `(G, 2R + 1, p)` vectors of relations, `query` `(G, d)`, `asked` `(G,)` relations.

        Shapes: -> `(G, V)`.
        """
        groups, kinds, _ = table.shape
        # The edges out of v of relation r are the facts that v answers of the inverse; its identity edge says nothing.
        answered = torch.where(graph.rel < kinds - 1, inverse(graph.rel, graph.num_relations), graph.rel)
        count = torch.log1p(graph.pair_ptr.diff().to(table.dtype)) * (graph.rel < kinds - 1)
        is_asked = F.one_hot(asked, kinds).to(table.dtype).unsqueeze(2)  # (G, 2R + 1, 1)
        columns = torch.cat([table, is_asked], 2).transpose(0, 1).flatten(1)  # (2R + 1, G (p + 1))
        sums = F.embedding_bag(
            answered, columns, graph.ptr, mode="sum", per_sample_weights=count, include_last_offset=True
        ).view(graph.num_entities, groups, -1)
        total = _sum(count, graph.ptr)[:, None, None]  # (V, 1, 1)
        profile, own = sums[..., :-1] / (1 + total), sums[..., -1:]
        seen = torch.cat([profile, own, torch.log1p(total).expand_as(own)], 2)  # (V, G, p + 2)
        score = self.score(torch.relu(self.of_profile(seen) + self.of_query(query)))
        return (score + self.frequency * own).squeeze(2).T


def _sum(values: Tensor, ptr: Tensor) -> Tensor:
    """Sums of the ranges of a pointer."""
    before = torch.cat([values.new_zeros(1), values.cumsum(0)])
    return before[ptr[1:]] - before[ptr[:-1]]
