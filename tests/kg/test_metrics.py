"""Metrics on ranks small enough to work out by hand."""

from __future__ import annotations

import json

import pytest
import torch

from graphfm.kg.metrics import bootstrap, metrics, report
from graphfm.kg.ranks import Ranks


def ranks_of(greater: list[int], equal: list[int], candidates: int = 9) -> Ranks:
    n = len(greater)
    opt = torch.tensor(greater) + 1
    index = torch.arange(n)
    return Ranks(
        opt,
        opt + torch.tensor(equal) - 1,
        torch.full((n,), candidates),
        index // 2,
        index % 2,
        index % 2 == 1,
        index == 0,
    )


def test_metrics_by_hand() -> None:
    ranks = ranks_of([0, 1, 3, 0], [1, 1, 1, 3])  # realistic 1, 2, 4, 2; optimistic 1, 2, 4, 1
    got = metrics(ranks)
    assert got["mrr"] == pytest.approx((1 + 1 / 2 + 1 / 4 + 1 / 2) / 4)
    assert (got["hits@1"], got["hits@3"], got["hits@10"]) == (0.25, 0.75, 1.0)
    assert got["mean_rank"] == 2.25
    assert got["amr"] == pytest.approx(2.25 / 5)
    assert got["amri"] == pytest.approx(1 - 1.25 / 4)
    assert metrics(ranks, ties="optimistic")["hits@1"] == 0.5
    assert metrics(ranks, ties="pessimistic")["mean_rank"] == 2.5


def test_constant_and_perfect_scorers() -> None:
    constant = metrics(ranks_of([0] * 4, [9] * 4))
    assert constant["mrr"] == pytest.approx(2 / 10)
    assert (constant["amr"], constant["amri"]) == (1, 0)
    perfect = metrics(ranks_of([0] * 4, [1] * 4))
    assert (perfect["mrr"], perfect["amri"]) == (1, 1)


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="received 'average'"):
        metrics(ranks_of([0], [1]), ties="average")
    with pytest.raises(ValueError, match="at least one query"):
        metrics(ranks_of([], []))


def test_bootstrap_brackets_the_mean_and_draws_triples_together() -> None:
    generator = torch.Generator().manual_seed(0)
    ranks = ranks_of(torch.randint(8, (400,), generator=generator).tolist(), [1] * 400)
    low, high = bootstrap(ranks)
    assert low < metrics(ranks)["mrr"] < high
    # Head and tail rank of a triple always sum to the same: drawing whole triples leaves nothing to vary.
    paired = ranks_of([0, 1] * 50, [1] * 100)
    assert bootstrap(paired) == (0.75, 0.75)


def test_report_is_json_and_its_parts_add_up() -> None:
    ranks = ranks_of([0, 1, 3, 0], [1, 1, 1, 3])
    got = json.loads(json.dumps(report(ranks, categories=torch.tensor([0, 3]))))
    assert got["queries_unseen"] == 1
    assert set(got["category"]) == {"1-1", "N-N"}
    for parts in (got["direction"], got["relation"], got["category"]):
        weighted = sum(p["queries"] * p["mrr"] for p in parts.values()) / got["queries"]
        assert weighted == pytest.approx(got["mrr"])
