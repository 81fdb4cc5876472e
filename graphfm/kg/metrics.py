"""Metrics of ranks: MRR, Hits@k, mean rank and its chance-adjusted forms; per direction, relation and category."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from graphfm.kg.ranks import Ranks
from graphfm.ops.cardinality import RELATION_CATEGORIES

TIES = ("realistic", "optimistic", "pessimistic")


def metrics(ranks: Ranks, *, hits: Sequence[int] = (1, 3, 10), ties: str = "realistic") -> dict[str, float]:
    """Summarise ranks; larger is better except for `mean_rank` and `amr`.

    `mrr` = mean of 1/rank; `hits@k` = share of ranks up to k. With E the expectation over random scores,
    `amr` = mean rank / E[mean rank], 1 at chance, and `amri` = 1 - (mean rank - 1) / (E[mean rank] - 1), 0 at chance
    and 1 if perfect (Berrendorf et al. 2020, arXiv 2002.06914).

    Args:
        ranks: of at least one query.
        hits: the k of Hits@k.
        ties: "realistic", "optimistic" or "pessimistic".

    Raises:
        ValueError: no ranks, or an unknown tie rule.
    """
    if ties not in TIES:
        raise ValueError(f"the tie rule is one of {TIES}, received {ties!r}")
    if not len(ranks):
        raise ValueError("metrics need the ranks of at least one query, received none")
    rank = getattr(ranks, ties).double()
    mean, expected = rank.mean().item(), (ranks.candidates.double() + 1).mean().item() / 2
    return {
        "mrr": rank.reciprocal().mean().item(),
        **{f"hits@{k}": (rank <= k).double().mean().item() for k in hits},
        "mean_rank": mean,
        "amr": mean / expected,
        "amri": 1 - (mean - 1) / (expected - 1) if expected > 1 else 1.0,
    }


def reciprocal_rank(ranks: Ranks) -> Tensor:
    """`(Q,)` 1 / realistic rank."""
    return ranks.realistic.reciprocal()


def bootstrap(
    ranks: Ranks,
    value: Callable[[Ranks], Tensor] = reciprocal_rank,
    *,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile bootstrap interval of the mean of a per-query value.

    Triples are drawn, not queries: the head and the tail query of one triple are not independent.

    Args:
        ranks: of Q queries.
        value: `(Q,)` values to average, by default reciprocal ranks.
        level: coverage.
        resamples: number of draws.
        seed: of the draws.
    """
    _, group = torch.unique(ranks.triple, return_inverse=True)
    per_query = value(ranks).double()
    size = torch.bincount(group).double()  # queries of each triple
    total = torch.zeros_like(size).index_add_(0, group, per_query)
    generator = torch.Generator().manual_seed(seed)
    means = torch.empty(resamples, dtype=torch.float64)
    for i in range(resamples):
        draw = torch.randint(len(size), (len(size),), generator=generator)
        means[i] = total[draw].sum() / size[draw].sum()
    low, high = torch.quantile(means, torch.tensor([(1 - level) / 2, (1 + level) / 2], dtype=torch.float64)).tolist()
    return low, high


def report(ranks: Ranks, *, categories: Tensor | None = None, hits: Sequence[int] = (1, 3, 10)) -> dict[str, Any]:
    """Everything about a set of ranks, ready for JSON: the protocol, all three tie rules, an interval and the parts.

    Args:
        ranks: of at least one query.
        categories: `(R,)` of `graphfm.ops.cardinality.relation_categories`; with it, metrics per category.
        hits: the k of Hits@k.
    """

    def part(mask: Tensor) -> dict[str, Any]:
        return {"queries": int(mask.sum()), **metrics(ranks[mask], hits=hits)}

    result: dict[str, Any] = {
        "protocol": ranks.protocol,
        "ties": "realistic",
        "queries": len(ranks),
        "queries_unseen": int(ranks.unseen.sum()),
        "candidates_mean": ranks.candidates.double().mean().item(),
        **metrics(ranks, hits=hits),
        "mrr_interval_95": bootstrap(ranks),
        "optimistic": metrics(ranks, hits=hits, ties="optimistic"),
        "pessimistic": metrics(ranks, hits=hits, ties="pessimistic"),
        "direction": {
            name: part(mask) for name, mask in (("tail", ~ranks.is_head), ("head", ranks.is_head)) if mask.any()
        },
        "relation": {int(r): part(ranks.relation == r) for r in ranks.relation.unique()},
    }
    if categories is not None:
        category = categories[ranks.relation]  # (Q,)
        result["category"] = {RELATION_CATEGORIES[int(c)]: part(category == c) for c in category.unique()}
    return result
