"""One rule of greater and equal: the sorted counts are the compared ones, and both are what the ranking gives."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from graphfm.kg.known import KnownAnswers
from graphfm.kg.ranking import rank
from graphfm.kg.ranks import compare, ranks_among, slack


class Fixed(torch.nn.Module):
    """Scores that are given, and the share of the largest within which they tie."""

    def __init__(self, scores: torch.Tensor, tie: float) -> None:
        super().__init__()
        self.scores, self.tie = scores, tie

    def forward(self, data: object, head: torch.Tensor, rel: torch.Tensor) -> torch.Tensor:
        return self.scores.expand(len(head), -1)


@given(st.lists(st.integers(-6, 6), min_size=1, max_size=12), st.sampled_from([0.0, 1e-6, 0.2]))
def test_sorted_compared_and_ranked_agree(values: list[int], tie: float) -> None:
    scores = torch.tensor(values, dtype=torch.float32) / 3
    model = Fixed(scores, tie)
    near = slack(model, scores)
    greater, at_least = (mask.sum(1) for mask in compare(scores, scores[:, None], near))
    by_sorting = ranks_among(scores, scores, near)
    assert by_sorting.tolist() == ((greater + at_least + 1) / 2).tolist()
    size = len(values)
    triples = torch.stack([torch.zeros(size), torch.zeros(size), torch.arange(size)], 1).long()
    nothing_known = KnownAnswers(triples[:0], num_entities=size, num_relations=1)
    ranks = rank(model, triples, nothing_known, directions=("tail",))
    assert ranks.realistic.tolist() == by_sorting.tolist()
    assert (by_sorting.sum() == size * (size + 1) / 2) or tie  # ties share their places
