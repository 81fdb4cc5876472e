"""Boundary scores where they can be counted by hand, and gaps on outcomes that were made."""

from __future__ import annotations

import pytest
import torch

from graphfm.ops import adjacency
from graphfm.report.boundary import boundary_gaps, curvature_heterogeneity, gate_disagreement, participation


def two_cliques() -> torch.Tensor:
    """Cliques of nodes 0-5 and 6-11 joined by an edge 0-6; node 12 alone."""
    edges = [(a + side, b + side) for side in (0, 6) for a in range(6) for b in range(a)] + [(6, 0)]
    once = torch.tensor(edges).T
    return torch.cat([once, once.flip(0)], dim=1)


def test_participation_is_that_of_the_bridge() -> None:
    found = participation(two_cliques(), 13)
    expected = torch.zeros(13)
    expected[[0, 6]] = 1 - (5 / 6) ** 2 - (1 / 6) ** 2
    assert torch.allclose(found, expected, atol=1e-6)
    assert torch.equal(found, participation(two_cliques(), 13))


def test_curvature_differs_at_the_bridge_alone() -> None:
    found = curvature_heterogeneity(two_cliques(), 13)
    assert set(found.topk(2).indices.tolist()) == {0, 6}
    assert found[12] == 0
    ring = torch.stack([torch.arange(8), (torch.arange(8) + 1) % 8])
    assert torch.allclose(curvature_heterogeneity(ring, 8), torch.zeros(8), atol=1e-6)


def test_gate_disagreement_between_equal_and_opposite_gates() -> None:
    adj = adjacency(two_cliques(), 13)
    equal = torch.tensor([[0.2, 0.3, 0.5]]).expand(13, 3)
    assert gate_disagreement(equal, adj).abs().max() < 1e-6
    sides = torch.eye(2)[[0] * 6 + [1] * 6 + [0]]
    found = gate_disagreement(sides, adj)
    assert set(found.topk(2).indices.tolist()) == {0, 6}
    assert found[12] == 0
    star = torch.tensor([[0, 0, 1, 2], [1, 2, 0, 0]])
    opposite = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    assert torch.allclose(gate_disagreement(opposite, adjacency(star, 3)), torch.full((3,), 2.0).log())


def test_gaps_are_differences_of_differences() -> None:
    """The text loses 50 points at the boundary; a method that is right everywhere gains those back and loses none."""
    score = torch.arange(400).float()
    text = torch.ones(400, dtype=torch.bool)
    text[300::2] = False
    hits = {"text": text, "perfect": torch.ones(400, dtype=torch.bool)}
    plain, perfect = boundary_gaps({"made": score}, hits, torch.ones(400, dtype=torch.bool), text="text")
    assert plain.accuracy == [100, 100, 100, 50]
    assert (plain.gap, plain.difference, plain.error) == (-50, 0, 0)
    assert (perfect.gap, perfect.difference) == (0, 50)
    assert perfect.error == pytest.approx(5.0)  # sqrt(.5 * .5 / 100), in points
    assert sum(perfect.sizes) == 400


def test_nodes_without_a_label_are_not_counted_and_constant_scores_say_nothing() -> None:
    hits = {"text": torch.tensor([True, False, True, False, True])}
    counted = torch.tensor([True, True, True, True, False])
    (gap,) = boundary_gaps({"a": torch.tensor([0.0, 0, 1, 1, 9]), "b": torch.ones(5)}, hits, counted, text="text")
    assert gap.score == "a"
    assert sum(gap.sizes) == 4
    assert [accuracy for accuracy in gap.accuracy if accuracy is not None] == [50, 50]
