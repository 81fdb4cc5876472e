"""A relation of which the graph has no fact, seen through the relations whose texts are like its own.

One fact is enough for the relation graph to tell where a relation belongs; without any, it is a node without edges. Then its text
is all there is. The text enters by its likeness to other texts alone, never as a vector: so nothing that is learnt belongs to a
word, and what is learnt on some names holds for others. (SEMMA, Arun et al. 2025, arXiv 2505.20422, reads the vectors.)
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from graphfm.kg.relations.relation_encoder import RelationEncoder
from graphfm.kg.relations.relation_graph import RelationGraph

LIKENESS = 10.0  # times the cosine, before anything is learnt
#: Cosines of the nearest text: up to the first it is not read, from the second on wholly believed.
UNLIKE, LIKE = 0.5, 0.7


class RelationTexts(nn.Module):
    r"""The second view of relations: vectors seen from others that stand in for the one asked for.

    With unit text vectors t, each relation r that has facts stands in for q, which has none, by the share

    .. math::
        w_r = \mathrm{softmax}_r\big(a^\top f_r + \mathrm{MLP}(f_r)\big), \qquad
        f_r = \big(c_r,\; [\text{r, q of one direction}],\; \log(1 + \text{facts of } r) / 5,\; c_r - \max_s c_s\big),
        \qquad c_r = t_q^\top t_r.

    An encoder of its own starts from these shares where the structural one starts from q; q itself gets the mean of the
    stand-ins' vectors. The vectors are :math:`X + \alpha\, s\, (X_\text{text} - X)`, with :math:`\alpha = 0` before
    training, and s going from 0 to 1 as the nearest text goes from `UNLIKE` to `LIKE`: on a dense graph of concepts the
    graph alone, which knows what occurs often, is better than a relation whose name is like the one asked for by chance.
    Vectors seen from a relation that has a fact, or to whose text no other is like, stay what they are, bit by bit.

    Args:
        channels: d.
        num_layers: layers of the encoder.
        pairs: see `graphfm.kg.relations.relation_encoder.RelationLayer`.
        hidden: width of the MLP.
    """

    def __init__(self, channels: int, num_layers: int = 4, *, pairs: bool = False, hidden: int = 16) -> None:
        super().__init__()
        self.likeness = nn.Parameter(torch.tensor([LIKENESS, 2.0, 0.0, 0.0]))
        self.further = nn.Sequential(nn.Linear(4, hidden), nn.ReLU(), nn.Linear(hidden, 1, bias=False))
        nn.init.zeros_(self.further[2].weight)  # type: ignore[arg-type]
        self.encoder = RelationEncoder(channels, num_layers, pairs=pairs)
        self.amount = nn.Parameter(torch.zeros(()))

    def sureness(self, graph: RelationGraph, texts: Tensor, asked: Tensor) -> Tensor:
        """How far the text of each relation asked for is believed: 0 where it has a fact, or no other is like it. `(G,)`."""
        cosine, can = self._likeness(graph, texts, asked)
        nearest = cosine.masked_fill(~can, -1.0).amax(1)
        return ((nearest - UNLIKE) / (LIKE - UNLIKE)).clamp(0, 1) * (graph.facts[asked] == 0)

    def _likeness(self, graph: RelationGraph, texts: Tensor, asked: Tensor) -> tuple[Tensor, Tensor]:
        """Cosines `(G, 2R)` to all relations, either direction alike, and which of them have facts and a text `(2R,)`."""
        cosine = (texts[asked % graph.num_relations] @ texts.T).repeat(1, 2)
        return cosine, (graph.facts > 0) & texts.any(1).repeat(2)

    def stand_ins(self, graph: RelationGraph, texts: Tensor, asked: Tensor) -> Tensor:
        """Shares of all relations, each row a sum of one. Shapes: `texts (R, D)`, `asked (G,)` below 2R -> `(G, 2R)`."""
        size = graph.num_relations
        cosine, can = self._likeness(graph, texts, asked)
        nearest = cosine.masked_fill(~can, -1.0).amax(1, keepdim=True)
        forth = torch.arange(2 * size, device=asked.device) < size
        same = (forth == (asked < size).unsqueeze(1)).to(cosine.dtype)
        number = torch.log1p(graph.facts).expand_as(cosine) / 5  # of about one
        features = torch.stack([cosine, same, number, cosine - nearest], 2)  # (G, 2R, 4)
        logit = features @ self.likeness + self.further(features).squeeze(2)
        return logit.masked_fill(~can, -torch.inf).softmax(1)

    def forward(self, graph: RelationGraph, texts: Tensor, asked: Tensor, x: Tensor) -> Tensor:
        """Args: `texts` `(R, D)`; `x` `(G, 2R, d)` vectors of relations from the graph alone, seen from the `asked` `(G,)`.

        Shapes: -> `(G, 2R, d)`.
        """
        sure = self.sureness(graph, texts, asked)
        rows = sure.nonzero().squeeze(1)
        if not len(rows):
            return x
        shares = self.stand_ins(graph, texts, asked[rows])
        seen = self.encoder.seen_from(graph, shares)
        own = F.one_hot(asked[rows], x.size(1)).bool().unsqueeze(2)
        seen = torch.where(own, torch.einsum("gr,grd->gd", shares, seen).unsqueeze(1), seen)
        return x.index_copy(0, rows, x[rows] + self.amount * sure[rows, None, None] * (seen - x[rows]))
