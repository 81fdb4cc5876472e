"""Does it learn: rules on one graph that hold on another, with no entity in common."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from graphfm.kg.known import KnownAnswers
from graphfm.kg.metrics import metrics
from graphfm.kg.paths.facts import facts
from graphfm.kg.paths.mokgr import adaprop, mokgr, red_gnn
from graphfm.kg.ranking import rank


def family(seed: int, *, size: int) -> tuple[Tensor, Tensor]:
    """Relation 2 follows wherever relation 0 and then relation 1 lead; facts of 0 and 1, and triples of 2 to ask for."""
    generator = torch.Generator().manual_seed(seed)
    first, second = torch.randperm(size, generator=generator), torch.randperm(size, generator=generator)
    every = torch.arange(size)
    base = [torch.stack([every, torch.full_like(every, r), step], 1) for r, step in ((0, first), (1, second))]
    return torch.cat(base), torch.stack([every, torch.full_like(every, 2), second[first]], 1)


@pytest.mark.parametrize("build", [mokgr, adaprop, red_gnn])
def test_learns_a_rule_that_holds_on_another_graph(build) -> None:
    size = 30
    torch.manual_seed(0)
    options = {} if build is red_gnn else {"width": 8}
    model = build(3, channels=16, num_layers=3, **options)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
    for seed in range(2, 42):
        base, asked = family(seed, size=size)
        graph = facts(torch.cat([base, asked]), num_entities=size, num_relations=3)
        result = model(graph.without(asked), asked[:, 0], asked[:, 1])
        optimizer.zero_grad()
        F.cross_entropy(result.scores, asked[:, 2]).backward()
        optimizer.step()

    base, asked = family(1, size=25)
    other = facts(base, num_entities=25, num_relations=3)
    known = KnownAnswers(torch.cat([base, asked]), num_entities=25, num_relations=3)
    ranks = rank(model, asked, known, data=other, directions=("tail",), batch_size=7)
    assert metrics(ranks)["mrr"] > 0.95


def test_widths_must_fit_the_layers() -> None:
    with pytest.raises(ValueError, match="2 widths for 3 layers"):
        adaprop(3, num_layers=3, width=[5, 5])
