from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
import torch

from graphfm.classification.pool import FLOOR, MEMBERS, centred, pool, read
from graphfm.classification.readers.target import Target, target
from graphfm.ops import adjacency


def test_one_reading_at_temperature_one_is_itself() -> None:
    reading = torch.tensor([[0.7, 0.2, 0.1]]).log()
    assert torch.allclose(pool([reading], temperature=1.0), reading.exp(), atol=FLOOR)


def test_the_pool_is_symmetric_and_a_flat_reading_only_softens_it() -> None:
    a, b = torch.tensor([[0.7, 0.2, 0.1]]).log(), torch.tensor([[0.1, 0.6, 0.3]]).log()
    assert torch.allclose(pool([a, b]), pool([b, a]))
    flat = torch.full((1, 3), 1 / 3).log()
    assert pool([a, flat]).argmax() == 0
    assert pool([a, flat]).max() < pool([a]).max()


def test_no_reading_is_infinitely_sure() -> None:
    sure = torch.tensor([[0.0, -torch.inf, -torch.inf]])
    assert torch.isfinite(centred(sure)).all()
    doubters = [torch.tensor([[0.01, 0.98, 0.01]]).log()] * 3
    assert pool([sure, *doubters]).argmax() == 1


def test_words_correct_rows_that_mislead(made: Callable[..., object]) -> None:
    graph = made(noise=1.2)
    result = read(graph.target())
    right = (result.posterior.argmax(-1) == graph.y).float().mean()
    assert right > (result.readings["text"].argmax(-1) == graph.y).float().mean() + 0.1
    assert set(result.readings) == set(MEMBERS)


def test_experts_are_a_member_where_there_is_a_view(made: Callable[..., object]) -> None:
    graph = made()
    assert "experts" in read(dataclasses.replace(graph.target(), view=graph.x)).readings


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_order_of_nodes_edges_and_classes_does_not_matter(seed: int, made: Callable[..., object]) -> None:
    graph = made(200, noise=1.0)
    told = read(graph.target()).posterior
    generator = torch.Generator().manual_seed(seed)
    nodes, classes = torch.randperm(200, generator=generator), torch.randperm(3, generator=generator)
    place = nodes.argsort()  # of each old node
    edges = place[graph.edges][:, torch.randperm(graph.edges.size(1), generator=generator)]
    names = ["cooking", "astronomy", "football"]
    shuffled = read(
        target(
            [graph.texts[i] for i in nodes],
            graph.x[nodes],
            [names[c] for c in classes],
            graph.class_rows[classes],
            adjacency(edges, 200),
        )
    ).posterior
    back = shuffled[place][:, classes.argsort()]
    assert torch.equal(back.argmax(-1), told.argmax(-1))
    assert torch.allclose(back, told, atol=1e-4)


def test_copies_of_one_text_change_little(made: Callable[..., object]) -> None:
    graph = made()
    told = read(graph.target()).posterior
    copies = 60
    more = graph._replace(
        texts=graph.texts + graph.texts[:1] * copies, x=torch.cat([graph.x, graph.x[:1].expand(copies, -1)])
    )
    again = read(more.target()).posterior[:150]
    assert (again.argmax(-1) == told.argmax(-1)).float().mean() > 0.97


@pytest.mark.parametrize("num_nodes", [1, 2, 3])
def test_the_smallest_graphs_are_read(num_nodes: int) -> None:
    x = torch.eye(4)[:num_nodes]
    texts = ["a b c", "", "d e f"][:num_nodes]
    small: Target = target(texts, x, ["one", "two"], torch.eye(4)[:2], adjacency(torch.empty(2, 0).long(), num_nodes))
    posterior = read(small).posterior
    assert torch.isfinite(posterior).all()
    assert posterior.argmax(-1)[0] == 0


def test_nothing_but_empty_texts_or_equal_ones() -> None:
    edges = adjacency(torch.tensor([[0, 1], [1, 0]]), 12)
    for texts in ([""] * 12, ["same"] * 12):
        posterior = read(target(texts, torch.ones(12, 4) / 2, ["one", "two"], torch.eye(4)[:2], edges)).posterior
        assert torch.isfinite(posterior).all()
        assert torch.allclose(posterior, posterior[:1].expand(12, -1), atol=1e-5)
