"""Class texts, and fixed smoothing against its definition."""

import torch
import torch.nn.functional as F

from graphfm.classification.propagate import smooth
from graphfm.classification.seen_texts import class_features, class_texts


def rows(n: int) -> torch.Tensor:
    return F.normalize(torch.randn(n, 8, generator=torch.Generator().manual_seed(0)), dim=-1)


def test_class_texts_follow_the_one_template():
    assert class_texts(["a_b", "c"]) == ["a b", "c"]
    assert class_texts(["a_b", "c"], ["d e", ""]) == ["a b. d e", "c."]
    seen: list[str] = []
    class_features(lambda texts: (seen.extend(texts), torch.ones(len(texts), 1))[1], ["x"], ["y."])
    assert seen == ["x. y."]


def test_smooth_follows_its_definition_and_leaves_isolated_nodes():
    x = rows(5)
    edges = torch.tensor([[0, 1, 1, 2, 2, 0], [1, 0, 2, 1, 0, 2]])  # a triangle; 3 and 4 have no edge
    expected = x.clone()
    for _ in range(2):
        new = expected.clone()
        for v in range(3):
            neighbours = [u for u in range(3) if u != v]
            new[v] = F.normalize(expected[v] / 2 + expected[neighbours].mean(0) / 2, dim=0)
        expected = new
    assert torch.allclose(smooth(x, edges), expected, atol=1e-6)
    assert torch.equal(smooth(x, edges)[3:], x[3:])
