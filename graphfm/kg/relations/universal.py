"""The path reasoner for every graph: no parameter belongs to an entity or to a relation."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from graphfm.errors import DataError
from graphfm.kg.batches import evaluating
from graphfm.kg.paths.facts import Facts
from graphfm.kg.paths.frontier import Expansion
from graphfm.kg.paths.gate import LengthGate
from graphfm.kg.paths.layer import Messages, RelationVectors
from graphfm.kg.paths.pruning import PRUNING_EXPERTS, PruningMixture
from graphfm.kg.paths.reasoner import Reasoner
from graphfm.kg.relations.pair_rules import pair_rules
from graphfm.kg.relations.prior import ProfilePrior
from graphfm.kg.relations.relation_encoder import RelationEncoder
from graphfm.kg.relations.relation_graph import RelationFacts
from graphfm.kg.relations.relation_texts import RelationTexts
from graphfm.kg.relations.weighing import USUAL_WEIGHTS
from graphfm.settings import Count, Layers

ALL = 2**31  # a width that keeps every node


class UniversalReasoner(Reasoner):
    r"""MoKGR whose vectors of relations come from the relation graph, seen from the relation asked for.

    So it reasons on any graph, with relations that training had no name for (the idea of ULTRA, Galkin et al. 2024, and of
    KG-ICL, Cui et al. 2024, on the frontier of RED-GNN). Queries of one relation share one pass of the encoder. Beside
    `Reasoner`: layer norms, so that no scale depends on the size of a graph; a sum of messages divided by the root of its
    attention, with the attention itself as a further input; a head that starts from the vector of the relation asked for; a
    readout that sees that vector; and `ProfilePrior` for all entities, reached or not. While training each query draws a weight
    of the prior between 0 and 1; otherwise it counts as `graphfm.kg.relations.weighing` finds on the graph.

    Args:
        channels: d.
        num_layers: L, the longest path.
        min_length: the shortest path that counts.
        num_lengths: lengths that a query uses.
        experts: pruning experts, names of `graphfm.kg.paths.pruning.PRUNING_EXPERTS`.
        num_experts: pruning experts that a query uses.
        width: nodes that an expert keeps at each layer but the last, where all stay; None keeps all everywhere.
        attention_channels: width of the attention.
        encoder_layers: layers of `RelationEncoder`.
        pairs: the encoder reads which relations hold of the same pairs, too.
        texts: a relation without a fact is known by the relations of like texts, see `RelationTexts`.
        profile_channels: width of the vectors of `ProfilePrior`.
        noise: draw noise in the gates while training.

    Shapes:
        graph, head `(B,)`, rel `(B,)` below 2R -> scores `(B, V)`, reached `(B, V)`.

    Raises:
        DataError: a query whose head or relation the graph does not have, or a graph without its relation graph.
    """

    def __init__(
        self,
        *,
        channels: Count = 32,
        num_layers: Layers = 5,
        min_length: Count = 2,
        num_lengths: Count = 3,
        experts: Sequence[str] = ("score", "attention", "semantic"),
        num_experts: Count = 2,
        width: Count | None = 200,
        attention_channels: Count = 8,
        encoder_layers: Count = 4,
        pairs: bool = False,
        texts: bool = False,
        profile_channels: Count = 8,
        noise: bool = True,
    ) -> None:
        unknown = [name for name in experts if name not in PRUNING_EXPERTS]
        if unknown or not experts:
            raise ValueError(
                f"received the pruning experts {[*experts]}, expected some of {', '.join(PRUNING_EXPERTS)}"
            )
        kept = [] if width is None else [width] * (num_layers - 1) + [ALL]
        super().__init__(
            None,
            channels,
            lengths=LengthGate(
                channels,
                first=min_length,
                last=num_layers,
                k=min(num_lengths, num_layers - min_length + 1),
                noise=noise,
            ),
            pruning=[
                PruningMixture(
                    [PRUNING_EXPERTS[name]() for name in experts], channels, width=k, k=num_experts, noise=noise
                )
                for k in kept
            ],
            attention_channels=attention_channels,
        )
        self.encoder = RelationEncoder(channels, encoder_layers, pairs=pairs)
        self.tables = nn.ModuleList(_table(channels) for _ in range(num_layers))
        self.identity = nn.Parameter(torch.randn(num_layers, channels))
        self.start = nn.Linear(channels, channels)
        self.attended = nn.ModuleList(nn.Linear(1, channels) for _ in range(num_layers))
        self.norms = nn.ModuleList(nn.LayerNorm(channels) for _ in range(num_layers))
        self.read_state = nn.Linear(channels, channels)
        self.read_query = nn.Linear(channels, channels, bias=False)
        self.prior = ProfilePrior(channels, profile_channels=profile_channels)
        self.texts = RelationTexts(channels, encoder_layers, pairs=pairs) if texts else None

    def vectors(self, graph: Facts, rel: Tensor) -> RelationVectors:
        if not isinstance(graph, RelationFacts):
            raise DataError(
                "a graph without its relation graph",
                expected="one of graphfm.kg.relations.relation_graph.relation_facts",
            )
        asked, group = torch.unique(rel, return_inverse=True)
        x = self.encoder(graph.relations, asked)  # (G, 2R, d)
        if self.texts is not None and graph.texts is not None:
            x = self.texts(graph.relations, graph.texts, asked, x)
        kinds, ways = x.size(1) + 1, torch.arange(len(asked), device=rel.device)
        query = x[ways, asked].index_select(0, group)
        identity = self.identity.unsqueeze(1).expand(-1, len(asked), -1)
        tables = [
            torch.cat([table(x), own.unsqueeze(1)], 1).flatten(0, 1)
            for table, own in zip(self.tables, identity, strict=True)
        ]
        return RelationVectors(query, [*tables, x], own=group * kinds + rel, group=group)

    def begin(self, vectors: RelationVectors) -> Tensor:
        state: Tensor = self.start(vectors.query)
        return state

    def update(self, layer: int, messages: Messages, step: Expansion) -> Tensor:
        mass = step.sums(messages.pair_weight, messages.edge_weight).unsqueeze(1)  # (N', 1)
        mean = self.maps[layer](messages.total) * (1 + mass).rsqrt()
        attended: nn.Linear = self.attended[layer]  # type: ignore[assignment]
        mean = mean.addcmul_(torch.log1p(mass), attended.weight.T).add_(attended.bias)
        updated: Tensor = self.norms[layer](mean)
        return updated

    def read_out(self, layer: int, state: Tensor, query: Tensor, row: Tensor) -> Tensor:
        asked = self.read_query(query) + self.read_state.bias  # to B queries, not to N nodes
        hidden = asked.index_select(0, row).addmm_(state, self.read_state.weight.T)
        score: Tensor = self.scores[layer](hidden.relu_()).squeeze(-1)
        return score

    def completed(self, graph: Facts, head: Tensor, rel: Tensor, vectors: RelationVectors, scores: Tensor) -> Tensor:
        assert isinstance(graph, RelationFacts)
        prior, frequency = self._beside_paths(graph, vectors)
        if self.training:
            # Paths that can lean on the prior learn little of their own, and it is what carries over least.
            return scores + torch.rand_like(scores[:, :1]) * prior
        of_paths, of_prior, of_frequency, of_rules = USUAL_WEIGHTS if graph.weights is None else graph.weights.tolist()
        score = of_paths * scores + of_prior * prior + of_frequency * frequency
        return score + of_rules * pair_rules(graph, head, rel) if of_rules else score

    def _beside_paths(self, graph: RelationFacts, vectors: RelationVectors) -> tuple[Tensor, Tensor]:
        """The prior and the logarithm of the frequency, `(B, V)` each."""
        assert vectors.group is not None
        seen = vectors.tables[-1]  # (G, 2R, d)
        asked = torch.empty(len(seen), dtype=torch.long, device=seen.device)
        asked[vectors.group] = vectors.own % (seen.size(1) + 1)
        prior, frequency = self.prior(graph, seen, asked)
        return prior.index_select(0, vectors.group), frequency.index_select(0, vectors.group)

    @torch.no_grad()
    def parts(self, graph: RelationFacts, head: Tensor, rel: Tensor) -> tuple[Tensor, Tensor]:
        """What a score is made of: that of the paths, the prior, the logarithm of the frequency, the rules of the pair; and
        what is reached.

        Shapes: head, rel `(B,)` -> `(B, V, 4)`, `(B, V)`.
        """
        with evaluating(self):
            vectors = self.vectors(graph, rel)
            paths = self.of_paths(graph, head, rel, vectors)
            beside = self._beside_paths(graph, vectors)
        return torch.stack([paths.scores, *beside, pair_rules(graph, head, rel)], 2), paths.reached


def _table(channels: int) -> nn.Sequential:
    """A map of relation vectors of its own."""
    return nn.Sequential(
        nn.Linear(channels, channels), nn.ReLU(), nn.Linear(channels, channels), nn.LayerNorm(channels)
    )
