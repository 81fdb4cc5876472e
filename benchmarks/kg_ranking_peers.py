"""Ranking with RotatE in other libraries, as contestants of `kg_ranking.py`.

Each is a function that ranks the triples it was made for, metrics included, and returns how many queries that were.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import torch
from kg_training_peers import DIM, Eager
from torch import Tensor

from graphfm.datasets.triples.graph import Triples


@dataclass(frozen=True)
class Work:
    """What one turn of a contestant ranks."""

    graph: Triples
    device: torch.device
    count: int

    def triples(self) -> Tensor:
        """`count` random test triples, `(count, 3)`."""
        order = torch.randperm(len(self.graph.test), generator=torch.Generator().manual_seed(0))
        return self.graph.test[order[: self.count]]


def pykeen(work: Work) -> Callable[[], int]:
    """PyKEEN's evaluator, filtered, both directions, all its metrics."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pykeen.evaluation import RankBasedEvaluator
        from pykeen.models import RotatE
        from pykeen.triples import CoreTriplesFactory

    graph, triples = work.graph, work.triples()
    factory = CoreTriplesFactory(graph.train, num_entities=graph.num_entities, num_relations=graph.num_relations)
    model = RotatE(triples_factory=factory, embedding_dim=DIM, random_seed=0).to(work.device)

    def run() -> int:
        RankBasedEvaluator(filtered=True).evaluate(
            model,
            mapped_triples=triples,
            additional_filter_triples=[graph.train, graph.val, graph.test],
            batch_size=16,
            use_tqdm=False,
        ).get_metric("mrr")
        return 2 * len(triples)

    return run


def pyg(work: Work) -> Callable[[], int]:
    """PyG's `test`: tails only, not filtered, one triple at a time."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from torch_geometric.nn.kge import RotatE

    graph = work.graph
    model = RotatE(graph.num_entities, graph.num_relations, DIM).to(work.device)
    head, rel, tail = work.triples().to(work.device).unbind(1)

    def run() -> int:
        model.test(head, rel, tail, batch_size=20_000, log=False)
        return len(head)

    return run


def official(work: Work, *, batch_size: int = 16) -> Callable[[], int]:
    """The authors' loop, restated: Python lists each candidate of a query, a sort finds the answer's place.

    The modulus is written as a root of squares, not as the stacked norm of their code.
    """
    graph, triples = work.graph, work.triples()
    model = Eager(graph).to(work.device)
    true = {tuple(row) for _, split in graph.splits() for row in split.tolist()}

    @torch.no_grad()
    def run() -> int:
        places: list[int] = []
        for heads in (False, True):
            for batch in triples.split(batch_size):
                ids, bias = [], []
                for h, r, t in batch.tolist():
                    asked = h if heads else t
                    triple = (lambda v, r=r, t=t: (v, r, t)) if heads else (lambda v, h=h, r=r: (h, r, v))
                    # A known answer gives way to the asked one, a point below it.
                    row = [(-1.0, asked) if triple(v) in true else (0.0, v) for v in range(graph.num_entities)]
                    row[asked] = (0.0, asked)
                    bias.append([b for b, _ in row])
                    ids.append([v for _, v in row])
                head, rel, tail = batch.to(work.device).unbind(1)
                free = torch.tensor(ids, device=work.device)
                scores = model(tail, rel, free, sign=-1.0) if heads else model(head, rel, free)
                order = (scores + torch.tensor(bias, device=work.device)).argsort(dim=1, descending=True)
                answer = head if heads else tail
                places += [int((row == a).nonzero()) + 1 for row, a in zip(order, answer, strict=True)]
        assert 0 < sum(1 / place for place in places) <= len(places)
        return len(places)

    return run
