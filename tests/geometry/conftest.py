"""Spaces and graphs for the tests of the geometry floor."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from graphfm.geometry import ConstantCurvature, EuclideanSpace, HyperbolicSpace, SphericalSpace

SPACES = {
    "hyperbolic": HyperbolicSpace,
    "strongly hyperbolic": lambda: HyperbolicSpace(-4.9),
    "almost flat, negative": lambda: HyperbolicSpace(-0.0011),
    "flat": EuclideanSpace,
    "almost flat, positive": lambda: SphericalSpace(0.0011),
    "spherical": SphericalSpace,
    "strongly spherical": lambda: SphericalSpace(4.9),
}


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


@pytest.fixture(params=SPACES)
def space(request: pytest.FixtureRequest) -> ConstantCurvature:
    """Every kind of space, in float64."""
    return SPACES[request.param]().double()


@pytest.fixture
def edges() -> Tensor:
    """70 edges among 20 nodes; the last two nodes are isolated."""
    return torch.randint(18, (2, 70))
