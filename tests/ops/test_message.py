"""Typed messages: a loop over edges is the truth, the tiers agree with it."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from graphfm.ops import Adjacency, adjacency, message, typed_message

N, E, R, C = 9, 30, 4, 3


def graph() -> tuple[Tensor, Tensor, Adjacency]:
    generator = torch.Generator().manual_seed(0)
    edge_index = torch.randint(N - 1, (2, E), generator=generator)  # node 8 has no edges
    edge_type = torch.randint(R, (E,), generator=generator)
    return edge_index, edge_type, adjacency(edge_index, N, edge_type=edge_type)


def states() -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    x, relation, weight = (torch.rand(s, dtype=torch.float64, generator=generator) for s in [(N, C), (R, C), (E,)])
    return x.requires_grad_(), relation.requires_grad_(), weight.requires_grad_()


# The tracer hides this warning of its own by a means that does not survive warnings as errors.
TRACER_NOISE = pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")


@pytest.mark.parametrize("tier", ["native", pytest.param("compiled", marks=[pytest.mark.slow, TRACER_NOISE])])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize(("kind", "reduce"), [("distmult", "sum"), ("transe", "mean")])
def test_equals_a_loop_over_edges(
    kind: str, reduce: str, tier: str, *, weighted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message, "EDGES_AT_ONCE", 7)  # several chunks, the last one shorter
    edge_index, edge_type, adj = graph()
    x, relation, weight = states()
    out = typed_message(
        x, relation, adj, adj.sort(weight) if weighted else None, message=kind, reduce=reduce, tier=tier
    )

    rows = [torch.zeros(C, dtype=torch.float64) for _ in range(N)]
    for e, ((u, v), r) in enumerate(zip(edge_index.t().tolist(), edge_type.tolist(), strict=True)):
        value = x[u] * relation[r] if kind == "distmult" else x[u] + relation[r]
        rows[v] = rows[v] + (value * weight[e] if weighted else value)
    expected = torch.stack(rows)
    if reduce == "mean":
        expected = expected / adj.degree.clamp(min=1).unsqueeze(-1)
    assert torch.allclose(out, expected)

    inputs = [x, relation, weight] if weighted else [x, relation]
    seed = torch.randn_like(out)
    for ours, theirs in zip(
        torch.autograd.grad(out, inputs, seed), torch.autograd.grad(expected, inputs, seed), strict=True
    ):
        assert torch.allclose(ours, theirs)


@TRACER_NOISE
def test_compiled_code_agrees_with_native_code() -> None:
    _, _, adj = graph()
    outs, grads = [], []
    for tier in ("native", "compiled"):
        x, relation, weight = states()
        outs.append(typed_message(x, relation, adj, weight, tier=tier))
        grads.append(torch.autograd.grad(outs[-1].square().sum(), [x, relation, weight]))
    assert torch.allclose(*outs)
    assert all(torch.allclose(a, b) for a, b in zip(*grads, strict=True))


@TRACER_NOISE
@pytest.mark.slow
def test_inside_compiled_code_the_plain_form_is_traced() -> None:
    _, _, adj = graph()
    x, relation, weight = states()
    whole = torch.compile(lambda *states: typed_message(states[0], states[1], adj, states[2]).sin(), fullgraph=True)
    assert torch.allclose(whole(x, relation, weight), typed_message(x, relation, adj, weight).sin())


def test_trailing_dimensions_are_independent() -> None:
    """A batch of queries, (N, B, C) states with (R, B, C) relations, gives what each query gives alone."""
    _, _, adj = graph()
    x, relation = torch.randn(N, 2, C), torch.randn(R, 2, C)
    both = typed_message(x, relation, adj)
    assert torch.allclose(both, torch.stack([typed_message(x[:, b], relation[:, b], adj) for b in range(2)], dim=1))


def test_refuses_bad_input() -> None:
    edge_index, _, adj = graph()
    x, relation, _ = states()
    with pytest.raises(ValueError, match="edge_type="):
        typed_message(x, relation, adjacency(edge_index, N))
    with pytest.raises(ValueError, match=r"relation \(4, 2\)"):
        typed_message(x, relation[:, :2], adj)
    with pytest.raises(ValueError, match="distmult or transe"):
        typed_message(x, relation, adj, message="rotate")
    with pytest.raises(ValueError, match="native or compiled"):
        typed_message(x, relation, adj, tier="fast")
