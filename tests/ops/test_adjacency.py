"""Adjacency and sparse product against dense matrices."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from graphfm.ops import adjacency, spmm


def random_graph(seed: int, *, num_nodes: int = 12, num_edges: int = 40) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(num_nodes - 2, (2, num_edges), generator=generator)  # the last two nodes have no edges


def dense(edge_index: Tensor, weight: Tensor, num_nodes: int) -> Tensor:
    out = torch.zeros(num_nodes, num_nodes, dtype=weight.dtype)
    return out.index_put((edge_index[1], edge_index[0]), weight, accumulate=True)


@settings(deadline=None, max_examples=30)
@given(num_nodes=st.integers(1, 8), edges=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=30))
def test_sorts_both_ways_and_loses_no_edge(num_nodes: int, edges: list[tuple[int, int]]) -> None:
    edge_index = torch.tensor([e for e in edges if max(e) < num_nodes], dtype=torch.long).view(-1, 2).t()
    adj = adjacency(edge_index, num_nodes, edge_type=torch.arange(edge_index.size(1)))
    assert torch.equal(torch.stack([adj.src, adj.dst]), edge_index[:, adj.perm])
    assert torch.equal(adj.edge_type, adj.perm)
    assert torch.equal(adj.dst, adj.dst.sort().values)
    assert torch.equal(adj.src[adj.out_perm], adj.src.sort().values)
    assert torch.equal(adj.out_dst, adj.dst[adj.out_perm])
    assert torch.equal(adj.degree, torch.bincount(edge_index[1], minlength=num_nodes))
    assert torch.equal(adj.out_ptr.diff(), torch.bincount(edge_index[0], minlength=num_nodes))


@pytest.mark.parametrize("reduce", ["sum", "mean"])
@pytest.mark.parametrize("weighted", [True, False])
def test_equals_the_dense_product_and_its_gradients(*, weighted: bool, reduce: str) -> None:
    edge_index, n = random_graph(0), 12
    x = torch.randn(n, 5, dtype=torch.float64, requires_grad=True)
    weight = torch.rand(40, dtype=torch.float64, requires_grad=True)
    adj = adjacency(edge_index, n)
    out = spmm(adj, x, adj.sort(weight) if weighted else None, reduce=reduce)

    matrix = dense(edge_index, weight if weighted else torch.ones(40, dtype=torch.float64), n)
    expected = matrix @ x
    if reduce == "mean":
        expected = expected / adj.degree.clamp(min=1).unsqueeze(-1)
    assert torch.allclose(out, expected)

    inputs = [x, weight] if weighted else [x]
    seed = torch.randn_like(out)
    for ours, theirs in zip(
        torch.autograd.grad(out, inputs, seed), torch.autograd.grad(expected, inputs, seed), strict=True
    ):
        assert torch.allclose(ours, theirs)


def test_gradcheck() -> None:
    adj = adjacency(random_graph(1, num_nodes=6, num_edges=10), 6)
    x = torch.randn(6, 3, dtype=torch.float64, requires_grad=True)
    weight = torch.rand(10, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, w: spmm(adj, x, w), (x, weight))
    assert torch.autograd.gradcheck(lambda x: spmm(adj, x, reduce="mean"), (x,))


def test_a_graph_without_edges_gives_zeros_with_gradients() -> None:
    adj = adjacency(torch.empty(2, 0, dtype=torch.long), 3)
    x = torch.randn(3, 2, requires_grad=True)
    weight = torch.empty(0, requires_grad=True)
    out = spmm(adj, x, weight, reduce="mean")
    assert torch.equal(out, torch.zeros(3, 2))
    assert all(
        torch.equal(g, torch.zeros_like(p))
        for g, p in zip(torch.autograd.grad(out.sum(), [x, weight]), [x, weight], strict=True)
    )


def test_refuses_bad_input() -> None:
    with pytest.raises(ValueError, match=r"shape \(3, 2\)"):
        adjacency(torch.zeros(3, 2, dtype=torch.long), 4)
    with pytest.raises(ValueError, match=r"nodes 0\.\.4 .* expected them in 0\.\.3"):
        adjacency(torch.tensor([[0], [4]]), 4)
    with pytest.raises(ValueError, match="'sum' or 'mean'"):
        spmm(adjacency(torch.tensor([[0], [1]]), 2), torch.ones(2, 1), reduce="max")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_same_on_the_gpu() -> None:
    adj, x = adjacency(random_graph(2), 12), torch.randn(12, 5, requires_grad=True)
    weight = torch.rand(40, requires_grad=True)
    out = spmm(adj, x, weight)
    there = spmm(adj.to("cuda"), x.cuda(), weight.cuda())
    assert torch.allclose(out, there.cpu(), atol=1e-5)
    here = torch.autograd.grad(out.square().sum(), [x, weight])
    for ours, theirs in zip(here, torch.autograd.grad(there.square().sum(), [x, weight]), strict=True):
        assert torch.allclose(ours, theirs, atol=1e-4)
