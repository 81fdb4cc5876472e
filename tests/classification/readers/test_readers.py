from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from graphfm.classification.decide import decide
from graphfm.classification.readers.fitted import (
    Rounds,
    discriminant_log_posterior,
    discriminants,
    naive_bayes,
    neighbours,
)
from graphfm.classification.readers.unfitted import class_words, experts, smoothed, text, text_and_words

FITTED = [naive_bayes, discriminants]
FIRST = [text, smoothed, class_words, text_and_words]


def noisy(y: Tensor, *, right: float = 0.6, seed: int = 0) -> Tensor:
    """Log posteriors (N, 3) that are right with a given chance, and always as sure."""
    drawn = torch.rand(len(y), generator=torch.Generator().manual_seed(seed)) < right
    told = torch.where(drawn, y, (y + 1) % 3)
    return (0.7 * torch.nn.functional.one_hot(told, 3).float() + 0.1).log()


@pytest.mark.parametrize("reader", FITTED)
def test_fitted_readers_correct_what_they_were_told(reader: Callable[..., Tensor], made: Callable[..., object]) -> None:
    graph = made(300, noise=0.25)
    told = noisy(graph.y)
    read = reader(graph.target(), told)
    assert (read.argmax(-1) == graph.y).float().mean() > (told.argmax(-1) == graph.y).float().mean() + 0.15


@pytest.mark.parametrize("reader", [*FIRST, *FITTED, neighbours, Rounds(text_and_words, anchor=0.25, rounds=2)])
def test_readers_give_log_posteriors(reader: Callable[..., Tensor], made: Callable[..., object]) -> None:
    graph = made()
    read = reader(graph.target(), noisy(graph.y))
    assert torch.allclose(read.exp().sum(-1), torch.ones(len(graph.y)), atol=1e-4)


def test_no_reader_hears_what_it_was_told_of_the_node_itself(made: Callable[..., object]) -> None:
    graph = made()
    target, told = graph.target(), noisy(graph.y)
    inside = target.fold == target.fold[0]
    lie = told.clone()
    lie[inside] = told[inside].roll(1, dims=-1)
    for reader in FITTED:
        assert torch.allclose(free(reader(target, told)[inside]), free(reader(target, lie)[inside]), atol=1e-4)


def free(read: Tensor) -> Tensor:
    """Log odds (n, C) of the nodes of a fold beside one another: free of prior and temperature, which all nodes settle."""
    log_odds = read - read[:, :1]
    moved = log_odds - log_odds.mean(0)
    return moved / moved.norm()


def test_an_empty_text_is_no_evidence(made: Callable[..., object]) -> None:
    graph = made()
    texts = ["" if node < 12 else words for node, words in enumerate(graph.texts)]
    target = graph._replace(texts=texts).target()
    for reader in FIRST[:1] + FIRST[2:] + [lambda t: naive_bayes(t, text(t)), lambda t: discriminants(t, text(t))]:
        read = reader(target).exp()
        assert torch.allclose(read[:12], read[:1].expand(12, -1), atol=1e-5)
    told = text(target)
    decided = decide(told, target.adj, fold=target.fold)
    whole = decide(text(graph.target()), target.adj, fold=graph.target().fold)
    assert decided.used
    assert abs(decided.evidence - whole.evidence) < 0.1
    heard = neighbours(target, told)[:12]
    assert (heard.argmax(-1) == graph.y[:12]).float().mean() > 0.7  # neighbours speak for them


def test_without_neighbours_experts_say_nothing(made: Callable[..., object]) -> None:
    graph = made()
    alone = graph.edges[:, ((graph.edges[0] != 0) & (graph.edges[1] != 0))]
    target = dataclasses.replace(graph._replace(edges=alone).target(), view=graph.x)
    read = experts(target).exp()
    assert torch.allclose(read[0], read[1:].mean(0), atol=1e-5)


def test_discriminants_of_few_rows_or_one_fold_are_the_prior() -> None:
    x, posterior = torch.ones(4, 3), torch.tensor([[0.8, 0.2]]).expand(4, -1)
    read = discriminant_log_posterior(x, posterior, torch.zeros(4, dtype=torch.long))
    assert torch.allclose(read.exp(), posterior, atol=1e-5)
