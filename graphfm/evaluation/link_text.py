"""Link prediction on text graphs: held-out neighbours among all nodes that are none, scored by frozen rows.

Nothing is trained. The structure every method sees lacks the held-out edges. Ranks are those of `graphfm.kg.ranking`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from graphfm.classification.propagate import smooth
from graphfm.evaluation.held_out import HeldOut
from graphfm.kg.batches import chunks, rows_that_fit
from graphfm.kg.known import KnownAnswers
from graphfm.kg.metrics import metrics
from graphfm.kg.ranking import rank
from graphfm.ops import Adjacency, spmm

if TYPE_CHECKING:
    import pandas as pd

    from graphfm.models.graph_model import GraphFM

PairScorer = Callable[
    [Any, Tensor, Tensor], Tensor
]  # as `rank` calls it: data, head (B,), relation (B,) -> scores (B, N)


class LinkTextRow(NamedTuple):
    """One line of the table; every value between 0 and 1."""

    method: str
    mrr: float
    hits_at_1: float
    hits_at_3: float
    hits_at_10: float
    auc: float


def link_text_rows(held_out: HeldOut, x: Tensor, *, model: GraphFM | None = None, seed: int = 0) -> list[LinkTextRow]:
    """Rank each end of every held-out edge among all nodes that are no neighbours of the other end.

    Ties count by their mean. The area under the ROC curve is that of the held-out pairs, in both directions, against as many
    pairs of the same first node and a random node that is not its neighbour.

    Args:
        held_out: a graph without the edges that are asked for, and those edges.
        x: unit text embeddings of its nodes, (N, D).
        model: adds the row ``graphfm``.
        seed: of the random scores and of the negatives of the AUC.
    """
    known = known_pairs(held_out)
    pairs = torch.cat([held_out.edges, held_out.edges.flip(0)], dim=1)  # (2, 2H)
    source, positive = pairs
    relation = torch.zeros_like(source)
    generator = torch.Generator().manual_seed(seed)
    negative = known.sample_unknown(source, relation, 1, generator=generator).flatten()
    rows = []
    for method, scorer in pair_scorers(held_out, x, model=model, generator=generator).items():
        ranks = rank(scorer, torch.stack([source, relation, positive], dim=1), known, directions=("tail",))
        found = metrics(ranks)
        score = pair_scores(scorer, source, torch.stack([positive, negative], dim=1), num_nodes=len(x))
        rows.append(LinkTextRow(method, found["mrr"], found["hits@1"], found["hits@3"], found["hits@10"], _area(score)))
    return rows


def known_pairs(held_out: HeldOut) -> KnownAnswers:
    """What is no wrong answer: all neighbours of a node, held out or not, and the node itself."""
    n = held_out.graph.num_nodes
    nodes = torch.arange(n).expand(2, n)
    seen = held_out.graph.undirected_edge_index()
    source, target = torch.cat([seen, held_out.edges, held_out.edges.flip(0), nodes], dim=1)
    triples = torch.stack([source, torch.zeros_like(source), target], dim=1)
    return KnownAnswers(triples, num_entities=n, num_relations=1)


def pair_scorers(
    held_out: HeldOut, x: Tensor, *, model: GraphFM | None = None, generator: torch.Generator
) -> Mapping[str, PairScorer]:
    """The rows of the table: chance, structure alone, text alone, text smoothed, and the model's."""
    adj = held_out.graph.adjacency()
    degree = adj.degree.float()
    found = {
        "random": lambda data, head, rel: torch.rand(len(head), len(x), generator=generator),
        "degree": lambda data, head, rel: degree.expand(len(head), -1),
        "common neighbours": _common_neighbours(adj, torch.ones(len(x))),
        # Adamic and Adar (2003): a common neighbour with few others says more.
        "Adamic-Adar": _common_neighbours(adj, 1 / degree.clamp(min=2).log()),
        "text": cosine(x),
        "text+smooth": cosine(smooth(x, adj)),
    }
    return found if model is None else found | {"graphfm": cosine(model.encode(held_out.graph, x=x).features)}


def cosine(z: Tensor) -> PairScorer:
    """Scores of unit rows (N, D): z_u . z_v."""
    return lambda data, head, rel: z[head] @ z.T


def _common_neighbours(adj: Adjacency, weight: Tensor) -> PairScorer:
    """Sum of the weights (N,) of the nodes that are neighbours of both."""

    def score(data: Any, head: Tensor, rel: Tensor) -> Tensor:
        one = torch.zeros(adj.num_nodes, len(head))
        one[head, torch.arange(len(head))] = 1.0
        return spmm(adj, weight[:, None] * spmm(adj, one)).T

    return score


def pair_scores(scorer: PairScorer, source: Tensor, target: Tensor, *, num_nodes: int) -> Tensor:
    """Scores (Q, m) of `source (Q,)` with each of `target (Q, m)`."""

    def step(start: int, stop: int) -> Tensor:
        head, row = torch.unique(source[start:stop], return_inverse=True)
        return scorer(None, head, torch.zeros_like(head))[row[:, None], target[start:stop]]

    order = torch.argsort(source, stable=True)  # equal queries meet in one piece
    source, target = source[order], target[order]
    scores = torch.cat(list(chunks(step, len(source), rows_that_fit(num_nodes, source.device))))
    return torch.empty_like(scores).index_copy_(0, order, scores)


def held_out_frame(held_out: HeldOut) -> pd.DataFrame:
    """The held-out edges, one line each: ``src, dst``."""
    import pandas as pd

    ids = held_out.graph.node_ids
    return pd.DataFrame([(ids[u], ids[v]) for u, v in held_out.edges.T.tolist()], columns=["src", "dst"])


def as_json(held_out: HeldOut, encoder: str, rows: Sequence[LinkTextRow], **more: Any) -> dict[str, Any]:
    """The result as plain data: ``data, encoder, num_nodes, num_edges, num_held_out, rows`` and whatever is added."""
    graph = held_out.graph
    return {
        "data": graph.name,
        "encoder": encoder,
        "num_nodes": graph.num_nodes,
        "num_edges": graph.num_edges + held_out.edges.size(1),
        "num_held_out": held_out.edges.size(1),
        "rows": [
            {"method": row.method, **{name: round(value, 4) for name, value in list(row._asdict().items())[1:]}}
            for row in rows
        ],
        **more,
    }


def _area(score: Tensor) -> float:
    """Area under the ROC curve of the first column of (Q, 2) against the second."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(torch.tensor([1, 0]).expand_as(score).flatten(), score.flatten()))
