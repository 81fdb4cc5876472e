"""What a model's experts read from the neighbours of each node, through the gate, its own text hidden."""

from __future__ import annotations

from torch import Tensor

from graphfm.classification.propagate import text_log_posterior
from graphfm.classification.readers.target import Target, no_evidence


def experts(target: Target, _: Tensor | None = None) -> Tensor:
    """Softmax of the cosines of `Target.view` with the class texts; no evidence where there is no neighbour."""
    assert target.view is not None, "experts read by their model: target(..., view=model.read_neighbours(graph))"
    return no_evidence(text_log_posterior(target.view, target.class_rows), target.adj.degree > 0)
