"""Ranks collected over batches and over processes give the metrics of all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from graphfm.kg.metrics import metrics
from graphfm.kg.ranks import Ranks
from graphfm.training.links.rank_metric import RankMetric


def ranks_of(greater: list[int]) -> Ranks:
    n, one = len(greater), torch.tensor(greater) + 1
    index = torch.arange(n)
    return Ranks(one, one, torch.full((n,), 9), index // 2, index % 2, index % 2 == 1, index == 0)


def test_metric_collects_batches() -> None:
    ranks = ranks_of([0, 1, 3, 0])
    metric = RankMetric()
    for i in range(4):
        metric.update(ranks[torch.arange(4) == i])
    assert metric.compute() == metrics(ranks)
    assert torch.equal(metric.ranks().realistic, ranks.realistic)
    with pytest.raises(ValueError, match="one protocol"):
        metric.update(Ranks.from_columns(ranks.columns(), protocol="another"))
    metric.reset()
    metric.update(Ranks.from_columns(ranks.columns(), protocol="another"))


def _two_processes(rank: int, path: str) -> None:
    dist.init_process_group("gloo", init_method=f"file://{path}", rank=rank, world_size=2)
    ranks = ranks_of([0, 1, 3, 0, 5])
    metric = RankMetric()
    metric.update(ranks[torch.arange(5) % 2 == rank])  # 3 queries here, 2 there
    assert metric.compute() == pytest.approx(metrics(ranks))
    dist.destroy_process_group()


@pytest.mark.slow
def test_metric_reduces_over_processes(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1]))  # the other processes import this module by its name
    mp.spawn(_two_processes, args=(str(tmp_path / "store"),), nprocs=2)
