"""Path reasoning on a knowledge graph: for each query its own growing subgraph, from the head towards the answers."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal, NamedTuple

import torch
from torch import Tensor, nn
from typing_extensions import TypedDict

from graphfm.errors import DataError
from graphfm.kg.paths.facts import Facts
from graphfm.kg.paths.frontier import Expansion, Frontier, after_spreading, expand, spread, start, worth_spreading
from graphfm.kg.paths.gate import Balance, EarlyStop, LastLength, LengthGate
from graphfm.kg.paths.layer import Carry, Messages, PathLayer, RelationVectors, dropout_of
from graphfm.kg.paths.pruning import Candidates, PruningMixture
from graphfm.kg.paths.twins import twins
from graphfm.settings import Count, Share

# Queries evaluated at once: more fill the memory and gain nothing, but on small graphs, where each call does little.
FEWEST_AT_ONCE, MOST_AT_ONCE, NODES_AT_ONCE, EDGES_AT_ONCE = 64, 256, 2**15, 2**22
ACTIVATIONS = {"identity": nn.Identity, "relu": nn.ReLU, "tanh": nn.Tanh}


class ReasonerOptions(TypedDict, total=False):
    """Settings of every path reasoner, whatever its lengths and its pruning; `Reasoner` says what they mean."""

    attention_channels: Count
    activation: Literal["identity", "relu", "tanh"]
    dropout: Share
    query_readout: bool
    query_match: bool
    relation_dropout: Share


class Reasoning(NamedTuple):
    """Scores `(B, V)`, 0 where an entity is not reached; the mask of those reached by a path of a length that may count,
    whatever the gate makes of that length; balance losses of the gates.
    """

    scores: Tensor
    reached: Tensor
    balance: Balance


class Step(NamedTuple):
    """What one layer did, as `Reasoner.layers` tells it.

    On dense graphs several queries step out of all entities together: then the frontier holds some that are not reached, whose
    edges have attention 0, and of the N' nodes those of `kept` alone count.
    """

    expansion: Expansion
    frontier: Frontier  # where it began
    attention: Tensor  # (E,) edges by destination
    score: Tensor  # (N',) times the weight of pruning
    kept: Tensor  # (M,) places of the nodes that are reached and stay, among the N'
    length_weight: Tensor | None  # (B,) of the length gate, where paths of this length count; 0 once a query has ended
    pruning_gate: Tensor | None  # (B, experts); 0 once a query has ended
    balance: Balance


def at_once(graph: Facts) -> int:
    """Queries that are evaluated together on a graph."""
    nodes, edges = max(1, graph.num_entities), max(1, graph.num_edges)
    fit = min(NODES_AT_ONCE // nodes, EDGES_AT_ONCE // edges, MOST_AT_ONCE)
    return max(FEWEST_AT_ONCE, fit)


class Reasoner(nn.Module):
    r"""Layers of query-conditioned attention over a growing frontier, with gates over lengths and over pruning.

    No parameter belongs to an entity, so a trained model reasons on any graph with the same relations. What it knows of
    relations comes from `vectors`, here tables; `graphfm.kg.relations.universal` reads them from the graph.

    Args:
        num_relations: R, without inverses; None for a subclass that has no tables.
        channels: d.
        lengths: `LengthGate` or `LastLength`; its `last` is the number of layers.
        pruning: one `PruningMixture` for each layer; without, every node reached is kept.
        stop: ends the paths of a query early.
        attention_channels: width of the attention.
        activation: "identity", "relu" or "tanh".
        dropout: of the summed messages.
        query_readout: score a node by :math:`(w^l + e_{r_q})^\top h^l` in place of the paper's :math:`w^{l\top} h^l`, so
            that what counts as evidence may differ between relations asked for.
        query_match: mark edges of the relation asked for, see `PathLayer`.
        relation_dropout: share of the training queries that are not told which relation they ask for: the marks of
            `query_match` have to suffice, as they must for a relation of few triples. Their semantic pruning expert has
            nothing to choose by: it keeps nodes by its noise, or without noise all of them.

    Shapes:
        graph, head `(B,)`, rel `(B,)` below 2R -> scores `(B, V)`, reached `(B, V)`.

    Raises:
        ValueError: a setting that does not exist, or `relation_dropout` without `query_match`.
        DataError: a query whose head or relation the graph does not have.
    """

    #: Scores of a query nearer than this share of the largest are equal: the order of a sum of messages differs between
    #: entities that are alike, and with the batch, and rounding with it.
    tie: ClassVar[float] = 1e-6

    def __init__(
        self,
        num_relations: int | None,
        channels: int,
        *,
        lengths: LengthGate | LastLength,
        pruning: Sequence[PruningMixture] = (),
        stop: EarlyStop | None = None,
        attention_channels: int = 5,
        activation: str = "identity",
        dropout: float = 0.0,
        query_readout: bool = False,
        query_match: bool = False,
        relation_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if not 0 <= relation_dropout < 1:
            raise ValueError(f"received relation_dropout={relation_dropout}, expected at least 0 and below 1")
        if relation_dropout and not query_match:
            raise ValueError(f"received relation_dropout={relation_dropout} without query_match")
        if activation not in ACTIVATIONS:
            raise ValueError(f"received activation={activation!r}, expected one of {', '.join(ACTIVATIONS)}")
        if len(pruning) not in (0, lengths.last):
            raise ValueError(f"received {len(pruning)} pruning mixtures for {lengths.last} layers")
        self.num_relations, self.channels = num_relations, channels
        count = range(lengths.last)
        self.steps = nn.ModuleList(
            PathLayer(num_relations, channels, attention_channels=attention_channels, query_match=query_match)
            for _ in count
        )
        self.maps = nn.ModuleList(nn.Linear(channels, channels, bias=False) for _ in count)
        self.scores = nn.ModuleList(nn.Linear(channels, 1, bias=False) for _ in count)
        self.activation, self.dropout = ACTIVATIONS[activation](), dropout
        self.carry = Carry(channels, channels)
        self.query = None if num_relations is None else nn.Embedding(2 * num_relations, channels)
        self.query_readout = query_readout
        self.relation_dropout = relation_dropout
        self.lengths, self.pruning, self.stop = lengths, nn.ModuleList(pruning), stop

    def forward(self, graph: Facts, head: Tensor, rel: Tensor) -> Reasoning:
        if not self.training and len(head) > (size := at_once(graph)):
            parts = [self(graph, *part) for part in zip(head.split(size), rel.split(size), strict=True)]
            balance = functools.reduce(operator.add, (part.balance for part in parts))
            return Reasoning(torch.cat([p.scores for p in parts]), torch.cat([p.reached for p in parts]), balance)
        self._check(graph, head, rel)
        vectors = self.vectors(graph, rel)
        scores, reached, balance = self.of_paths(graph, head, rel, vectors)
        return Reasoning(self.completed(graph, head, rel, vectors, scores), reached, balance)

    def twins(self, graph: Facts) -> Tensor:
        """`(V,)` entities whose queries have the same answers as each one's, with the two swapped.

        To be overridden by a reasoner that knows more of an entity than its facts.
        """
        return twins(graph)

    def of_paths(self, graph: Facts, head: Tensor, rel: Tensor, vectors: RelationVectors) -> Reasoning:
        """What paths alone say of all entities, and which they reach."""
        nodes, values, balance = [], [], _no_balance(vectors.query)
        for layer in self.layers(graph, head, rel, vectors):
            balance = balance + layer.balance
            if layer.length_weight is not None:
                weighed = layer.length_weight.index_select(0, layer.expansion.nodes.row) * layer.score
                nodes.append(layer.expansion.nodes.key.index_select(0, layer.kept))
                values.append(weighed.index_select(0, layer.kept))
        key, value = torch.cat(nodes), torch.cat(values)
        flat = value.new_zeros(len(head) * graph.num_entities)
        seen = torch.zeros_like(flat, dtype=torch.bool)
        seen[key] = True
        shape = (len(head), graph.num_entities)
        return Reasoning(flat.index_add(0, key, value).view(shape), seen.view(shape), balance)

    def vectors(self, graph: Facts, rel: Tensor) -> RelationVectors:
        """What is known of relations to answer queries of `rel` `(B,)`."""
        assert self.query is not None
        return RelationVectors(self.query(rel), [step.relation.weight for step in self.steps], own=rel)  # type: ignore[union-attr, misc]

    def begin(self, vectors: RelationVectors) -> Tensor:
        """States `(B, d)` of the heads before the first layer."""
        return torch.zeros_like(vectors.query)

    def update(self, layer: int, messages: Messages, step: Expansion) -> Tensor:
        """What a layer hands to the carry, `(N', d)`."""
        updated: Tensor = self.activation(self.maps[layer](messages.total))
        return updated

    def completed(self, graph: Facts, head: Tensor, rel: Tensor, vectors: RelationVectors, scores: Tensor) -> Tensor:
        """Scores `(B, V)` of all entities from those of the entities reached, which are 0 elsewhere."""
        return scores

    def layers(self, graph: Facts, head: Tensor, rel: Tensor, vectors: RelationVectors | None = None) -> Iterator[Step]:
        """Reason layer by layer; what `forward` adds up, and what explanations read."""
        if vectors is None:
            self._check(graph, head, rel)
            vectors = self.vectors(graph, rel)
        frontier = start(head, graph.num_entities)
        source, weights, step = frontier.key, None, None
        going = torch.ones(len(head), 1, dtype=torch.bool, device=head.device)  # (B, 1) of queries not ended early
        state = self.begin(vectors)  # (B, d)
        query, hidden = self._told(vectors.query)  # (B, d), (B,)
        # Without pruning, nodes that are not reached yet may stand among the others: (N,) those that are, None if all.
        live, keeps_all = None, self._keeps_all(graph)
        for i in range(self.lengths.last):
            before = state.index_select(0, frontier.find(source))
            if keeps_all and live is None and worth_spreading(graph, frontier, len(head)):
                frontier, state, live = spread(frontier, state, num_queries=len(head), num_entities=graph.num_entities)
            # Where a step reached nothing new and nothing was pruned, the next one is the same again.
            if step is None or len(frontier) != len(step.nodes) or len(frontier) != len(step.old):
                step = expand(graph, frontier, num_queries=len(head), group=vectors.group)
            messages = self.steps[i](state, vectors.tables[i], vectors.own, frontier.row, step, hidden, live)
            update, stopped = self.update(i, messages, step), None
            if self.stop is not None:
                update, stopped = self.stop(update, step.nodes.row, num_queries=len(head))
            state = self.carry(dropout_of(update, self.dropout if self.training else 0.0), state, step.old)
            score = self.read_out(i, state, query, step.nodes.row)

            kept, gate, balance = torch.arange(len(step.nodes), device=score.device), None, _no_balance(query)
            if len(self.pruning):
                is_new = torch.ones_like(step.nodes.key, dtype=torch.bool).index_fill_(0, step.old, False)
                edges = messages.pair_logit, step.edge_pair, step.edges.dst
                nodes = Candidates(state, score, step.nodes.row, is_new, messages.query, *edges)
                weight, factor, gate, balance = self.pruning[i](nodes, before)
                state = state if factor is None else state * factor.unsqueeze(1)
                if weight is not None:
                    score, kept = score * weight, (weight > 0).nonzero().squeeze(1)
            reached = step.nodes
            if live is not None:
                kept, state, live = after_spreading(step, state, live)
            elif len(kept) < len(reached):
                reached, state = reached.take(kept), state.index_select(0, kept)
            if i + 1 == self.lengths.first:
                weights, even = self.lengths(state.index_select(0, reached.find(source)), query)
                balance = balance + even
            yield Step(
                expansion=step,
                frontier=frontier,
                attention=messages.edge_weight,
                score=score,
                kept=kept,
                length_weight=None if weights is None else (weights * going)[:, i + 1 - self.lengths.first],
                pruning_gate=None if gate is None else gate * going,
                balance=balance,
            )
            frontier = reached
            if stopped is not None and not self.training and i + 1 >= max(self.lengths.first, self.lengths.last / 2):
                going = going & ~stopped.unsqueeze(1)
                stay = going[frontier.row, 0].nonzero().squeeze(1)
                frontier, state = frontier.take(stay), state.index_select(0, stay)
                if not len(frontier):
                    return

    def _told(self, query: Tensor) -> tuple[Tensor, Tensor | None]:
        """What queries are told of the relation they ask for, and in training which of them nothing. Shapes: `(B, d), (B,)`."""
        if not (self.training and self.relation_dropout):
            return query, None
        hidden = torch.rand(len(query), device=query.device) < self.relation_dropout
        return query.masked_fill(hidden.unsqueeze(1), 0.0), hidden

    def _keeps_all(self, graph: Facts) -> bool:
        """Whether nothing that is reached is ever dropped, and no gradient wanted."""
        if self.stop is not None or torch.is_grad_enabled():
            return False
        return all(layer.width >= graph.num_entities for layer in self.pruning)  # type: ignore[operator]

    def read_out(self, layer: int, state: Tensor, query: Tensor, row: Tensor) -> Tensor:
        """Scores `(N,)` of states `(N, d)`, whose queries are the `row` of `query` `(B, d)`."""
        if not self.query_readout:
            return self.scores[layer](state).squeeze(-1)
        (weight,) = self.scores[layer].parameters()
        reading = weight + query  # (B, d)
        return (state * reading.index_select(0, row)).sum(-1)

    def _check(self, graph: Facts, head: Tensor, rel: Tensor) -> None:
        if self.num_relations not in (None, graph.num_relations):
            raise DataError(
                f"a graph of {graph.num_relations} relations", expected=f"the {self.num_relations} of the model"
            )
        for what, ids, size in (("relation", rel, 2 * graph.num_relations), ("head", head, graph.num_entities)):
            if len(ids) and (int(ids.min()) < 0 or int(ids.max()) >= size):
                raise DataError(
                    f"a query of {what} {int(ids.min())}..{int(ids.max())}",
                    expected=f"{what} ids in 0..{size - 1}",
                    hint="The model reasons with the relations it was trained on." if what == "relation" else "",
                )


def _no_balance(like: Tensor) -> Balance:
    zero = like.new_zeros(())
    return Balance(zero, zero)
