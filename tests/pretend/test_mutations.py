"""A move to the device that is taken away is found: so would be one that somebody forgets."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from types import FunctionType
from typing import Any, cast

import pytest

from graphfm.kg import ranking
from graphfm.models import GraphFM
from graphfm.models.link_scores import LinkScores
from graphfm.training.links.link_task import LinkTask
from graphfm.training.text_graphs.corpus import Batch
from tests.faults.samples import text_graph
from tests.pretend import jobs
from tests.pretend.device import TwoDevicesError, pretending
from tests.pretend.mutation import moves, without_move


def _function(what: Any) -> FunctionType:
    return cast(FunctionType, what.func if isinstance(what, cached_property) else what)


def _judged(folder: Path) -> Any:
    return jobs.judged(jobs.reasoner("cuda", "redgnn"))


def _classified(folder: Path) -> Any:
    return jobs.graph_model("cuda").read_neighbours(text_graph())


def _trained(folder: Path) -> Any:
    return jobs.trained_links("gpu", folder, "redgnn")


def _sampled(folder: Path) -> Any:
    return jobs.trained_links("gpu", folder, "rotate", num_negatives=4)


MUTATIONS: list[tuple[Any, int, Callable[[Path], Any]]] = [
    (vars(LinkScores)["known"], 0, _judged),
    (vars(LinkScores)["facts"], 0, _judged),
    (LinkScores.score, 0, _judged),
    (ranking.rank, 1, _judged),
    (ranking.rank, 2, _judged),
    (ranking.rank_candidates, 1, _judged),
    (GraphFM._inputs, 0, _classified),
    (GraphFM._inputs, 1, _classified),
    (GraphFM._inputs, 2, _classified),
    (GraphFM.read_neighbours, 0, _classified),
    (LinkTask.on_fit_start, 0, _sampled),
    (LinkTask._prepare, 1, _trained),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("what", "number", "job"), MUTATIONS, ids=[f"{_function(what).__qualname__}-{n}" for what, n, _ in MUTATIONS]
)
def test_a_move_that_is_missing_raises(what: Any, number: int, job: Callable[[Path], Any], tmp_path: Path) -> None:
    with pretending(), without_move(_function(what), number), pytest.raises(TwoDevicesError):
        job(tmp_path)


def test_a_mutation_takes_one_move_and_gives_it_back() -> None:
    before = GraphFM._inputs.__code__
    assert moves(GraphFM._inputs) == 3
    with without_move(GraphFM._inputs, 1):
        assert GraphFM._inputs.__code__ != before
    assert GraphFM._inputs.__code__ == before
    assert moves(cast(FunctionType, Batch._make)) == 0
