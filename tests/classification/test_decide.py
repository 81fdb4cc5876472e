"""The decision on made graphs whose truth is known: it must smooth, oppose, and above all leave alone."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from graphfm.classification.decide import decide, gain, held_out, use_structure
from graphfm.classification.folds import folds_by_position
from graphfm.classification.propagate import text_log_posterior
from graphfm.classification.refine import refine
from graphfm.ops import Adjacency, adjacency

CLASSES = 4


def made(*, same: float, seed: int = 0, num_nodes: int = 600, noise: float = 0.6) -> tuple[torch.Tensor, ...]:
    """Classes y, noisy unit rows x around class rows, and edges of which a share `same` joins equals."""
    generator = torch.Generator().manual_seed(seed)
    y = torch.randint(CLASSES, (num_nodes,), generator=generator)
    rows = F.normalize(torch.randn(CLASSES, 32, generator=generator), dim=-1)
    x = F.normalize(rows[y] + noise * torch.randn(num_nodes, 32, generator=generator), dim=-1)
    u, v = torch.randint(num_nodes, (2, 60 * num_nodes), generator=generator)
    equal = y[u] == y[v]
    # Of random pairs a quarter is equal; they are thinned so that `same` of those left is.
    keep = torch.rand(len(u), generator=generator) < torch.where(equal, same, (1 - same) / (CLASSES - 1)) / 5
    edges = torch.stack([u, v])[:, keep & (u != v)]
    return y, x, rows, torch.cat([edges, edges.flip(0)], dim=1).unique(dim=1)


def problem(same: float, *, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, Adjacency, torch.Tensor]:
    y, x, rows, edges = made(same=same, seed=seed)
    return text_log_posterior(x, rows), y, adjacency(edges, len(y)), x


def accuracy(posterior: torch.Tensor, y: torch.Tensor) -> float:
    return 100 * float((posterior.argmax(-1) == y).double().mean())


@pytest.mark.parametrize(("same", "kind"), [(0.85, "low-pass"), (0.02, "high-pass")])
def test_structure_that_tells_is_used_in_its_sense(same, kind):
    log_posterior, y, adj, _ = problem(same)
    decision = decide(log_posterior, adj)
    assert decision.kind == kind
    assert (decision.agreement > 1) == (kind == "low-pass")
    assert accuracy(decision.apply(log_posterior, adj), y) > accuracy(log_posterior, y) + 1
    assert kind in decision.words()


def test_classes_that_meet_in_pairs_are_told_apart_by_it():
    """Two classes join one another and never themselves, two only themselves: no single sense is right."""
    y, x, rows, edges = made(same=0.5)
    partner = torch.tensor([1, 0, 2, 3])[y]
    edges = edges[:, partner[edges[0]] == y[edges[1]]]
    log_posterior, adj = text_log_posterior(x, rows), adjacency(edges, len(y))
    decision = decide(log_posterior, adj)
    assert decision.kind == "class-level"
    assert accuracy(decision.apply(log_posterior, adj), y) > accuracy(log_posterior, y) + 1
    assert "a and b" in decision.words(["a", "b", "c", "d"])


@pytest.mark.parametrize("same", [0.85, 0.02])
@pytest.mark.parametrize("seed", range(4))
def test_shuffled_edges_are_left_out(same, seed):
    log_posterior, _, adj, _ = problem(same, seed=seed)
    order = torch.randperm(adj.num_nodes, generator=torch.Generator().manual_seed(seed))
    shuffled = adjacency(order[torch.stack([adj.src, adj.dst])], adj.num_nodes)
    decision = decide(log_posterior, shuffled)
    assert (decision.used, decision.kind) == (False, "identity")
    assert torch.equal(decision.apply(log_posterior, shuffled), log_posterior.softmax(-1))
    assert "left out" in decision.words()


@pytest.mark.parametrize("share", [0.3, 0.6])
def test_the_decision_stands_on_parts_of_the_graph(share):
    """Fewer edges, or fewer nodes, weaken the evidence but not the sense of the decision."""
    y, x, rows, edges = made(same=0.85)
    once = edges[:, edges[0] < edges[1]]
    kept = once[:, torch.rand(once.size(1), generator=torch.Generator().manual_seed(1)) < share]
    fewer_edges = adjacency(torch.cat([kept, kept.flip(0)], dim=1), len(y))
    n = int(share * len(y))
    fewer_nodes = adjacency(edges[:, (edges < n).all(0)], n)
    full = text_log_posterior(x, rows)
    for log_posterior, adj, truth in ((full, fewer_edges, y), (full[:n], fewer_nodes, y[:n])):
        decision = decide(log_posterior, adj)
        assert decision.kind == "low-pass"
        assert accuracy(decision.apply(log_posterior, adj), truth) > accuracy(log_posterior, truth)


def test_nothing_depends_on_the_order_of_classes():
    log_posterior, _, adj, _ = problem(0.85)
    order = torch.tensor([2, 0, 3, 1])
    decision, turned = decide(log_posterior, adj), decide(log_posterior[:, order], adj)
    assert decision.strength == turned.strength
    assert turned.evidence == pytest.approx(decision.evidence, rel=1e-4)
    assert torch.allclose(
        turned.apply(log_posterior[:, order], adj), decision.apply(log_posterior, adj)[:, order], atol=1e-4
    )


def test_a_nodes_own_text_is_hidden_when_its_neighbours_predict_it():
    """With no neighbour to ask, nothing is known of a hidden text, whatever it says."""
    log_posterior, _, adj, _ = problem(0.85)
    lonely = adjacency(torch.empty(2, 0, dtype=torch.long), adj.num_nodes)
    told = held_out(log_posterior, lonely, fold=folds_by_position(len(log_posterior)), strength=4.0)
    assert gain(log_posterior.exp(), told).abs().max() < 1e-4


@pytest.mark.parametrize(("nodes", "classes"), [(3, 2), (40, 1)])
def test_too_little_to_decide_by(nodes, classes):
    chain = torch.stack([torch.arange(nodes - 1), torch.arange(1, nodes)])
    adj = adjacency(torch.cat([chain, chain.flip(0)], dim=1), nodes)
    log_posterior = torch.randn(nodes, classes, generator=torch.Generator().manual_seed(0)).log_softmax(-1)
    start = use_structure(log_posterior, adj)
    assert not start[1].used
    assert torch.isfinite(refine(torch.eye(nodes), log_posterior, adj, start=start).posterior).all()


def test_a_view_counts_as_far_as_it_tells():
    """A reading of the true class is weighed in and helps; one of nothing is left out, and leaves no trace."""
    log_posterior, y, adj, _ = problem(0.85)
    telling = (
        2 * F.one_hot(y, CLASSES).float() + torch.randn(len(y), CLASSES, generator=torch.Generator().manual_seed(2))
    ).log_softmax(-1)
    noise = (2 * torch.randn(len(y), CLASSES, generator=torch.Generator().manual_seed(3))).log_softmax(-1)
    plain = decide(log_posterior, adj)
    helped, unmoved = (decide(log_posterior, adj, view=view) for view in (telling, noise))
    assert helped.view_weight > 0
    assert helped.evidence > plain.evidence
    before, after = plain.apply(log_posterior, adj), helped.apply(log_posterior, adj, view=telling)
    assert accuracy(after, y) > accuracy(before, y)
    assert unmoved.view_weight == 0
    assert torch.equal(unmoved.apply(log_posterior, adj, view=noise), before)
    assert "experts read" in helped.words()
