"""The contrastive loss against a plain computation."""

import math

import pytest
import torch
import torch.nn.functional as F

from graphfm.training.text_graphs.contrastive import info_nce

SCALE = torch.tensor(math.log(5.0))


def rows(n: int, dim: int = 8, seed: int = 0) -> torch.Tensor:
    return F.normalize(torch.randn(n, dim, generator=torch.Generator().manual_seed(seed)), dim=-1)


def test_info_nce_is_the_mean_of_two_softmax_losses():
    graph, text = rows(6), rows(6, seed=1)
    expected = 0.0
    for a, b in ((graph, text), (text, graph)):
        for i in range(6):
            logits = [5.0 * float(a[i] @ b[j]) for j in range(6)]
            expected += (math.log(sum(map(math.exp, logits))) - logits[i]) / 12
    assert float(info_nce(graph, text, SCALE)) == pytest.approx(expected, rel=1e-5)


def test_equal_texts_are_no_negatives_of_one_another():
    graph, text = rows(5), rows(5, seed=1)
    twin = torch.tensor([0, 1, 2, 3, 0])
    text[4] = text[0]
    logits = 5 * graph @ text.T
    logits[0, 4] = logits[4, 0] = -torch.inf
    expected = 0.5 * (F.cross_entropy(logits, torch.arange(5)) + F.cross_entropy(logits.T, torch.arange(5)))
    assert torch.allclose(info_nce(graph, text, SCALE, text_id=twin), expected)
    assert info_nce(graph, text, SCALE, text_id=twin) < info_nce(graph, text, SCALE)


def test_the_temperature_is_capped():
    graph, text = rows(4), rows(4, seed=1)
    assert torch.equal(info_nce(graph, text, torch.tensor(50.0)), info_nce(graph, text, torch.tensor(90.0)))
