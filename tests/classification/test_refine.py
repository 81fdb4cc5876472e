"""Refinement helps where classes are clusters that their names miss, and stays away without evidence."""

import pytest
import torch
import torch.nn.functional as F

from graphfm.classification.decide import use_structure
from graphfm.classification.folds import folds_by_position
from graphfm.classification.propagate import text_log_posterior
from graphfm.classification.readers.fitted import discriminant_log_posterior
from graphfm.classification.refine import refine
from graphfm.ops import adjacency


def clusters(*, seed: int = 0, num_nodes: int = 900) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Classes, rows around their own middles, class rows turned away from these, and edges mostly within classes."""
    generator = torch.Generator().manual_seed(seed)
    y = torch.randint(3, (num_nodes,), generator=generator)
    middle = F.normalize(torch.randn(3, 24, generator=generator), dim=-1)
    named = F.normalize(middle + 0.35 * torch.randn(3, 24, generator=generator), dim=-1)
    x = F.normalize(middle[y] + 0.3 * torch.randn(num_nodes, 24, generator=generator), dim=-1)
    u, v = torch.randint(num_nodes, (2, 12 * num_nodes), generator=generator)
    keep = (torch.rand(len(u), generator=generator) < torch.where(y[u] == y[v], 0.3, 0.05)) & (u != v)
    edges = torch.stack([u, v])[:, keep]
    return y, x, named, torch.cat([edges, edges.flip(0)], dim=1).unique(dim=1)


def accuracy(posterior: torch.Tensor, y: torch.Tensor) -> float:
    return 100 * float((posterior.argmax(-1) == y).double().mean())


@pytest.mark.parametrize("seed", range(3))
def test_nodes_speak_better_for_their_class_than_its_name(seed):
    y, x, named, edges = clusters(seed=seed)
    log_posterior, adj = text_log_posterior(x, named), adjacency(edges, len(y))
    used, decision = use_structure(log_posterior, adj)
    refined = refine(x, log_posterior, adj, start=(used, decision))
    assert refined.rounds > 0
    assert refined.decision.evidence > decision.evidence
    assert accuracy(refined.posterior, y) >= accuracy(used, y) - 0.5
    own = discriminant_log_posterior(x, used, folds_by_position(len(x)))
    assert accuracy(own, y) > accuracy(log_posterior, y)


def test_without_evidence_the_text_stands():
    y, x, named, edges = clusters()
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(5))
    log_posterior, adj = text_log_posterior(x, named), adjacency(order[edges], len(y))
    refined = refine(x, log_posterior, adj, start=use_structure(log_posterior, adj))
    assert refined.rounds == 0
    assert torch.equal(refined.posterior, log_posterior.softmax(-1))


def test_readings_are_of_fits_without_the_node():
    """With more dimensions than nodes a fit can repeat any labels of nodes it saw; of nodes it did not see, none."""
    generator = torch.Generator().manual_seed(0)
    x = F.normalize(torch.randn(120, 200, generator=generator), dim=-1)
    y = torch.randint(2, (120,), generator=generator)
    read = discriminant_log_posterior(x, F.one_hot(y, 2).float(), folds_by_position(len(x)))
    assert abs(accuracy(read, y) - 50) < 15


def test_discriminants_of_hard_classes_use_the_covariance_of_scikit_learn():
    from sklearn.covariance import ledoit_wolf

    from graphfm.classification.readers.fitted import linear_discriminants

    y, x, _, _ = clusters(num_nodes=400)
    x, posterior = x.double(), F.one_hot(y, 3).double()
    weight, bias = linear_discriminants(x, posterior, torch.ones_like(x[:, 0]))
    within = x - posterior @ (posterior.T @ x / posterior.sum(0)[:, None])
    covariance, _ = ledoit_wolf(within.numpy(), assume_centered=True)
    mean = posterior.T @ x / posterior.sum(0)[:, None]
    expected = torch.linalg.solve(torch.from_numpy(covariance), mean.T)
    assert torch.allclose(weight, expected, rtol=1e-3, atol=1e-3)
    assert torch.allclose(bias, -0.5 * (mean * expected.T).sum(1), rtol=1e-3)
