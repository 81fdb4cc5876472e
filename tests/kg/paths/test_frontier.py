"""One step out of a frontier, against loops over the edges."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from graphfm.kg.paths.facts import facts
from graphfm.kg.paths.frontier import Frontier, expand, spread, start, worth_spreading
from graphfm.ops import spmm

V, R, B = 8, 2, 3


def everywhere() -> Frontier:
    return spread(start(torch.zeros(B, dtype=torch.long), V), torch.zeros(B, 1), num_queries=B, num_entities=V)[0]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), size=st.integers(0, 30))
def test_expansion_equals_loops(seed: int, size: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    triples = torch.stack([torch.randint(n, (size,), generator=generator) for n in (V, R, V)], 1)
    graph = facts(triples, num_entities=V, num_relations=R)
    reached = sorted({int(key) for key in torch.randint(B * V, (6,), generator=generator)})
    key = torch.tensor(reached)
    frontier = Frontier(key, key // V, key % V)
    step = expand(graph, frontier, num_queries=B)

    by_hand = {(h, r, t) for h, r, t in triples.tolist()} | {(t, r + R, h) for h, r, t in triples.tolist()}
    by_hand |= {(v, 2 * R, v) for v in range(V)}
    edges = sorted((k, r, k - k % V + t) for k in reached for h, r, t in by_hand if h == k % V)
    source = frontier.key[step.edges.src]
    got = zip(
        source.tolist(),
        step.pair_rel[step.edge_pair].tolist(),
        step.nodes.key[step.edges.dst].tolist(),
        strict=True,
    )
    assert sorted(got) == edges
    assert step.nodes.key.tolist() == sorted({t for _, _, t in edges})
    assert step.nodes.row.tolist() == [t // V for t in step.nodes.key.tolist()]
    assert step.nodes.entity.tolist() == [t % V for t in step.nodes.key.tolist()]
    assert step.nodes.key[step.old].tolist() == reached
    assert torch.equal(step.edges.src, step.pair_source[step.edge_pair])
    assert torch.equal(frontier.find(key), torch.arange(len(key)))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31), size=st.integers(0, 30), grouped=st.booleans(), learning=st.booleans())
def test_from_everywhere_it_is_the_step_of_one_query_repeated(
    seed: int, size: int, grouped: bool, learning: bool
) -> None:
    generator = torch.Generator().manual_seed(seed)
    graph = facts(
        torch.stack([torch.randint(n, (size,), generator=generator) for n in (V, R, V)], 1),
        num_entities=V,
        num_relations=R,
    )
    key = torch.arange(B * V)
    frontier = Frontier(key, key // V, key % V)
    group = torch.randint(2, (B + 1,), generator=generator) if grouped else None
    with torch.set_grad_enabled(learning):
        fast = expand(graph, frontier, num_queries=B, group=None if group is None else group[:B])
        plain = expand(graph, frontier, num_queries=B + 1, group=group)  # one more, which has reached nothing
    for name in ("old", "pair_source", "pair_rel", "pair_vector", "edge_pair"):
        assert torch.equal(getattr(fast, name), getattr(plain, name)), name
    assert torch.equal(fast.nodes.key, plain.nodes.key)
    for which in ("edges", "relations"):
        one, other = vars(getattr(fast, which)), vars(getattr(plain, which))
        used = one.keys() if learning else ("num_nodes", "ptr", "src", "dst")  # the transpose is for gradients
        if which == "relations":
            used = [name for name in used if name != "out_ptr"]  # as many tables as the groups that are asked
        for name in used:
            assert one[name] is other[name] is None or torch.equal(*map(torch.as_tensor, (one[name], other[name]))), (
                name
            )


def test_from_everywhere_sums_are_those_of_each_query() -> None:
    generator = torch.Generator().manual_seed(0)
    triples = torch.stack([torch.randint(n, (25,), generator=generator) for n in (V, R, V)], 1)
    graph = facts(triples, num_entities=V, num_relations=R)
    with torch.no_grad():
        step = expand(graph, everywhere(), num_queries=B)
    of_pair = torch.rand(len(step.pair_source), generator=generator)
    of_edge = step.of_edges(of_pair)
    assert torch.equal(of_edge, of_pair[step.edge_pair])
    by_loop = torch.zeros(B * V).index_add(0, step.edges.dst, of_edge)
    torch.testing.assert_close(step.sums(of_pair, of_edge), by_loop)
    live = torch.rand(B * V, generator=generator) < 0.2
    led_to = {int(y) for x, y in zip(step.edges.src, step.edges.dst, strict=True) if live[x]}
    assert step.reached(live).nonzero().flatten().tolist() == sorted(led_to)
    assert expand(graph, step.nodes, num_queries=B).reached(live).nonzero().flatten().tolist() == sorted(led_to)
    plain = expand(graph, step.nodes, num_queries=B)  # with gradients
    assert plain.one is None
    assert torch.equal(plain.of_edges(of_pair), of_edge)
    torch.testing.assert_close(plain.sums(of_pair, of_edge), by_loop)


def test_worth_spreading_is_where_most_edges_leave() -> None:
    star = facts(torch.tensor([[0, 0, v] for v in range(1, V)]), num_entities=V, num_relations=R)
    hubs = Frontier(torch.arange(B) * V, torch.arange(B), torch.zeros(B, dtype=torch.long))
    leaves = Frontier(*(ids.view(B, V)[:, 1:3].flatten() for ids in vars(everywhere()).values()))
    assert not worth_spreading(star, leaves, B)  # 4 of 23 edges
    most = Frontier(*(ids.view(B, V)[:, :7].flatten() for ids in vars(everywhere()).values()))
    assert worth_spreading(star, most, B)
    assert not worth_spreading(star, hubs, B)  # 8 and the identity of 23
    assert not worth_spreading(star, everywhere(), B)  # it is there
    assert not worth_spreading(star, most.take(torch.arange(7)), 1)
    few = facts(torch.tensor([[0, 0, 1], [0, 1, 1], [1, 0, 0]]), num_entities=20, num_relations=R)
    both = Frontier(torch.tensor([0, 1, 20, 21]), torch.tensor([0, 0, 1, 1]), torch.tensor([0, 1, 0, 1]))
    assert not worth_spreading(few, both, 2)  # all edges but identities, and the other entities would cost the more


def test_sparse_products_over_a_step_have_the_gradients_of_a_plain_sum() -> None:
    generator = torch.Generator().manual_seed(0)
    triples = torch.stack([torch.randint(n, (25,), generator=generator) for n in (V, R, V)], 1)
    graph = facts(triples, num_entities=V, num_relations=R)
    step = expand(graph, start(torch.tensor([0, 3, 3]), V), num_queries=3)
    step = expand(graph, step.nodes, num_queries=3)
    kinds = step.pair_rel[step.edge_pair]
    state = torch.randn(len(step.old), 4, generator=generator, dtype=torch.double, requires_grad=True)
    table = torch.randn(2 * R + 1, 4, generator=generator, dtype=torch.double, requires_grad=True)
    weight = torch.rand(len(kinds), generator=generator, dtype=torch.double, requires_grad=True)
    fast = spmm(step.edges, state, weight) + spmm(step.relations, table, weight)
    messages = weight[:, None] * (state[step.edges.src] + table[kinds])
    plain = messages.new_zeros(len(step.nodes), 4).index_add(0, step.edges.dst, messages)
    torch.testing.assert_close(fast, plain)
    direction = torch.randn(plain.shape, generator=generator, dtype=torch.double)
    gradients = [torch.autograd.grad((out * direction).sum(), [state, table, weight]) for out in (fast, plain)]
    torch.testing.assert_close(*gradients)
