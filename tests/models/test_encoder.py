"""The graph encoder: untrained it is the text embedding, trained it moves, hidden texts stay hidden."""

import pytest
import torch
import torch.nn.functional as F

from graphfm.geometry.structure import structural_descriptors
from graphfm.models.encoder import graph_encoder


@pytest.fixture
def inputs() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    edges = torch.randint(0, 30, (2, 80), generator=generator)
    edges = torch.unique(torch.cat([edges, edges.flip(0)], dim=1), dim=1)
    x = F.normalize(torch.randn(30, 24, generator=generator), dim=-1)
    return x, edges, structural_descriptors(edges, 30)


@pytest.fixture
def encoder():
    torch.manual_seed(0)
    return graph_encoder(24, hidden_channels=16).eval()


def test_untrained_it_is_the_text_embedding(encoder, inputs):
    x, edges, structure = inputs
    features, weights = encoder(x, edges, structure)
    assert torch.allclose(features, x, atol=1e-6)
    classes = F.normalize(torch.randn(7, 24, generator=torch.Generator().manual_seed(1)), dim=-1)
    assert torch.equal((features @ classes.T).argmax(-1), (x @ classes.T).argmax(-1))
    assert torch.allclose(weights.sum(-1), torch.ones(30))


def test_a_hidden_text_has_no_influence(encoder, inputs):
    x, edges, structure = inputs
    torch.nn.init.constant_(encoder.alpha, 0.7)
    hidden = torch.zeros(30, dtype=torch.bool)
    hidden[[3, 4, 5]] = True
    other = x.clone()
    other[hidden] = F.normalize(torch.randn(3, 24), dim=-1)
    before, after = (encoder(v, edges, structure, hidden=hidden).features for v in (x, other))
    assert torch.equal(before, after)
    assert not torch.allclose(encoder(x, edges, structure).features, before)


def test_it_starts_to_learn_from_the_mean_of_the_neighbours(encoder, inputs):
    x, edges, structure = inputs
    edges = edges[:, (edges != 7).all(0)]
    torch.nn.init.constant_(encoder.alpha, 0.7)
    features, _ = encoder(x, edges, structure)
    for v in range(30):
        neighbours = x[edges[0, edges[1] == v]]
        expected = (
            F.normalize(x[v] + 0.7 * F.normalize(neighbours.mean(0), dim=-1), dim=-1) if len(neighbours) else x[v]
        )
        assert torch.allclose(features[v], expected, atol=1e-6)
    torch.nn.init.normal_(encoder.projection[-1].weight)
    moved, _ = encoder(x, edges, structure)
    assert torch.allclose(moved[7], x[7], atol=1e-6)  # no neighbours, nothing to say
    assert not torch.allclose(moved, features)


def test_every_part_gets_a_gradient(encoder, inputs):
    x, edges, structure = inputs
    torch.nn.init.constant_(encoder.alpha, 0.1)
    torch.nn.init.normal_(encoder.projection[-1].weight, std=0.1)  # it starts at zero, and hides the rest
    hidden = torch.arange(30) % 3 == 0
    target = F.normalize(torch.randn(30, 24, generator=torch.Generator().manual_seed(2)), dim=-1)
    features, _ = encoder.train()(x, edges, structure, hidden=hidden)
    ((features * target).sum() * encoder.logit_scale).backward()
    still = [name for name, p in encoder.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert not still
    assert all(torch.isfinite(p.grad).all() for p in encoder.parameters())


def test_a_hidden_node_among_hidden_ones_does_not_drown_the_others(encoder, inputs):
    x, edges, structure = inputs
    target = F.normalize(torch.randn(30, 24, generator=torch.Generator().manual_seed(2)), dim=-1)
    for hidden in (torch.ones(30, dtype=torch.bool), torch.arange(30) < 15):
        features, _ = encoder.train()(x, edges[:, :0], structure, hidden=hidden)  # and no edges at all
        encoder.zero_grad()
        ((features * target).sum() * encoder.logit_scale.exp()).backward()
        norm = torch.nn.utils.get_total_norm([p.grad for p in encoder.parameters() if p.grad is not None])
        assert norm < 1e5


def test_alpha_starts_to_move_from_zero(encoder, inputs):
    x, edges, structure = inputs
    encoder(x, edges, structure).features.sum().backward()
    assert float(encoder.alpha.grad.abs()) > 0


def test_an_unknown_geometry_is_refused():
    with pytest.raises(ValueError, match="the geometry 'flat', expected one of hyperbolic, spherical, euclidean"):
        graph_encoder(8, experts=["flat"])
