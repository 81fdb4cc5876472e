"""Compatibility against brute force and against rewired edges; propagation at its limits, where the answer is known."""

import pytest
import torch

from graphfm.classification.propagate import compatibility, confusion, propagate, text_log_posterior
from graphfm.ops import adjacency


def undirected(edges: torch.Tensor) -> torch.Tensor:
    edges = edges[:, edges[0] != edges[1]]
    return torch.cat([edges, edges.flip(0)], dim=1).unique(dim=1)


def random_graph(num_nodes: int, num_edges: int, *, seed: int = 0) -> torch.Tensor:
    return undirected(torch.randint(num_nodes, (2, num_edges), generator=torch.Generator().manual_seed(seed)))


def soft(num_nodes: int, num_classes: int, *, seed: int = 0, scale: float = 2.0) -> torch.Tensor:
    return (scale * torch.randn(num_nodes, num_classes, generator=torch.Generator().manual_seed(seed))).softmax(-1)


def test_text_posteriors_keep_the_order_of_cosines():
    x = torch.nn.functional.normalize(torch.randn(20, 6, generator=torch.Generator().manual_seed(0)), dim=-1)
    log_posterior = text_log_posterior(x[:15], x[15:])
    assert torch.allclose(log_posterior.exp().sum(-1), torch.ones(15))
    assert torch.equal(log_posterior.argsort(-1), (x[:15] @ x[15:].T).argsort(-1))


def test_compatibility_of_hard_classes_counts_edges():
    edges = random_graph(60, 300)
    y = torch.arange(60) % 3
    edges = edges[
        :, (y[edges[0]] == y[edges[1]]) | (edges.sum(0) % 4 > 0)
    ]  # a fourth of the edges between classes is gone
    posterior = torch.nn.functional.one_hot(y, 3).double()
    found = compatibility(posterior, adjacency(edges, 60))
    degree = torch.bincount(edges[0], minlength=60).double()
    share = (posterior.T @ degree) / degree.sum()
    joint = torch.zeros(3, 3, dtype=torch.float64)
    for u, v in edges.T.tolist():
        joint[y[u], y[v]] += 1 / edges.size(1)
    plain = joint / torch.outer(share, share)
    assert torch.allclose(found, found.T)
    assert ((found - 1).abs() <= (plain - 1).abs() + 1e-9).all()  # shrunk to chance, never past it
    assert ((found - 1) * (plain - 1) >= -1e-9).all()


def test_the_standard_error_is_that_of_rewired_edges():
    """Entries of rewired graphs lie within one standard error of chance, and so become chance, about 68 times in 100."""
    posterior = soft(80, 4).double()
    stubs = random_graph(80, 300)[0]
    chance = []
    for seed in range(60):
        order = torch.randperm(len(stubs), generator=torch.Generator().manual_seed(seed))
        pairs = stubs[order][: len(stubs) // 2 * 2].view(2, -1)
        edges = torch.cat([pairs, pairs.flip(0)], dim=1)
        rows, cols = torch.triu_indices(4, 4)
        chance.append(compatibility(posterior, adjacency(edges, 80))[rows, cols] == 1)
    assert 0.58 < torch.stack(chance).double().mean() < 0.78


def test_hidden_nodes_are_not_looked_at():
    edges, posterior = random_graph(50, 200), soft(50, 3)
    keep = torch.arange(50) < 40
    changed = torch.where(keep[:, None], posterior, soft(50, 3, seed=9))
    adj = adjacency(edges, 50)
    assert torch.equal(compatibility(posterior, adj, keep=keep), compatibility(changed, adj, keep=keep))
    inside = edges[:, keep[edges].all(0)]
    among_kept = compatibility(posterior[:40], adjacency(inside, 40))
    assert torch.allclose(compatibility(posterior, adj, keep=keep), among_kept, atol=1e-5)


def test_compatibility_by_chance_changes_nothing():
    edges, log_posterior = random_graph(30, 90), soft(30, 4).log()
    adj, chance = adjacency(edges, 30), torch.ones(4, 4)
    assert torch.allclose(propagate(log_posterior, adj, chance, strength=8.0), log_posterior.exp(), atol=1e-6)
    assert torch.allclose(propagate(log_posterior, adj, 2 * torch.eye(4), strength=0.0), log_posterior.exp())


def test_one_round_is_bayes_rule():
    """One neighbour, one round: p(c) times the chance of the neighbour's classes beside c."""
    own, other = torch.tensor([0.6, 0.4]), torch.tensor([0.1, 0.9])
    compat = torch.tensor([[1.5, 0.5], [0.5, 1.5]])
    found = propagate(
        torch.stack([own, other]).log(), adjacency(torch.tensor([[0, 1], [1, 0]]), 2), compat, strength=1.0, rounds=1
    )
    expected = own * (compat @ other)
    assert torch.allclose(found[0], expected / expected.sum())


@pytest.mark.parametrize(("own", "expected"), [(1.8, 1), (0.2, 0)])
def test_likes_attract_or_repel(own: float, expected: int):
    """A node that cannot tell joins its neighbours where equals meet, and shuns them where they do not."""
    star = undirected(torch.tensor([[0, 0, 0], [1, 2, 3]]))
    posterior = torch.tensor([[0.5, 0.5], [0.1, 0.9], [0.1, 0.9], [0.1, 0.9]])
    compat = torch.tensor([[own, 2 - own], [2 - own, own]])
    assert int(propagate(posterior.log(), adjacency(star, 4), compat, strength=1.0, rounds=1)[0].argmax()) == expected


def test_isolated_nodes_and_graphs_without_edges():
    none = adjacency(torch.empty(2, 0, dtype=torch.long), 5)
    posterior = soft(5, 3)
    assert torch.equal(compatibility(posterior, none), torch.ones(3, 3))
    assert torch.allclose(propagate(posterior.log(), none, 3 * torch.eye(3), strength=4.0), posterior)


def test_confusion_of_certain_posteriors_is_the_identity():
    certain = torch.eye(3)[[0, 1, 2, 2, 1]]
    assert torch.allclose(confusion(certain), torch.eye(3))
    assert torch.allclose(confusion(soft(40, 3)).sum(1), torch.ones(3))
