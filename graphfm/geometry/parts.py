"""Experts and gates by the names that settings use.

To add one: its class in a file of its own, and its line in `EXPERTS` or `GATES`; or, from another package, an entry point of
the group ``graphfm.experts`` or ``graphfm.gates``.
"""

from __future__ import annotations

from typing import Any

from graphfm.errors import DataError
from graphfm.geometry.experts import EuclideanExpert, GeometricExpert, HyperbolicExpert, SphericalExpert
from graphfm.geometry.mixture import RandomGate, ShuffledGate, StructuralGate, UniformGate
from graphfm.plugins import plugins

#: The experts that come with graphfm.
EXPERTS: dict[str, type[GeometricExpert]] = {
    "hyperbolic": HyperbolicExpert,
    "spherical": SphericalExpert,
    "euclidean": EuclideanExpert,
}
#: The gate and its controls, by the names that settings use.
GATES: dict[str, type[StructuralGate | UniformGate]] = {
    "structural": StructuralGate,
    "uniform": UniformGate,
    "random": RandomGate,
    "shuffled": ShuffledGate,
}


def experts() -> dict[str, type[GeometricExpert]]:
    """`EXPERTS`, and those of other packages (entry points of the group ``graphfm.experts``).

    An expert is a class that is built as `ConstantCurvatureExpert` is. One whose `sign` is not 0 takes `learnable` too.
    """
    return EXPERTS | plugins("graphfm.experts")


def make_expert(
    name: str, in_channels: int, hidden_channels: int, out_channels: int, *, learnable: bool = True, **layers: Any
) -> GeometricExpert:
    """An expert by name.

    Args:
        name: one of `experts`.
        in_channels, hidden_channels, out_channels: see `GeometricExpert`.
        learnable: let training move its curvature, where it has one.
        **layers: ``num_layers``, ``dropout``, ``attention`` of `GeometricExpert`.

    Raises:
        DataError: an unknown name.

    >>> make_expert("spherical", 8, 4, 4, learnable=False).manifold
    SphericalSpace(k=1)
    """
    known = experts()
    if name not in known:
        raise DataError(f"the geometry {name!r}", expected=f"one of {', '.join(known)}")
    curvature = {"learnable": learnable} if known[name].sign else {}
    make: Any = known[name]  # built by another signature than its base
    made: GeometricExpert = make(in_channels, hidden_channels, out_channels, **layers, **curvature)
    return made


def make_gate(name: str, num_features: int, num_experts: int) -> StructuralGate | UniformGate:
    """A gate by name, one of `GATES` or of other packages (entry points of the group ``graphfm.gates``).

    Raises:
        DataError: an unknown name.
    """
    known = GATES | plugins("graphfm.gates")
    if name not in known:
        raise DataError(f"the gate {name!r}", expected=f"one of {', '.join(known)}")
    return known[name](num_features, num_experts)
