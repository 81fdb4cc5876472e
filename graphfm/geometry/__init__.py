"""Geometry: spaces of constant curvature, experts that live in them, and the gate that mixes them by local structure."""

from graphfm.geometry.conv import GeodesicAttention, GeometricConv
from graphfm.geometry.experts import (
    EuclideanExpert,
    GeometricExpert,
    HyperbolicExpert,
    SphericalExpert,
)
from graphfm.geometry.manifolds import (
    ConstantCurvature,
    EuclideanSpace,
    HyperbolicSpace,
    SphericalSpace,
    curvature_parameters,
)
from graphfm.geometry.mixture import (
    GeometricMixture,
    Mixture,
    RandomGate,
    ShuffledGate,
    StructuralGate,
    UniformGate,
    balance_loss,
)
from graphfm.geometry.parts import EXPERTS, GATES, make_expert, make_gate

__all__ = [
    "EXPERTS",
    "GATES",
    "ConstantCurvature",
    "EuclideanExpert",
    "EuclideanSpace",
    "GeodesicAttention",
    "GeometricConv",
    "GeometricExpert",
    "GeometricMixture",
    "HyperbolicExpert",
    "HyperbolicSpace",
    "Mixture",
    "RandomGate",
    "ShuffledGate",
    "SphericalExpert",
    "SphericalSpace",
    "StructuralGate",
    "UniformGate",
    "balance_loss",
    "curvature_parameters",
    "make_expert",
    "make_gate",
]
