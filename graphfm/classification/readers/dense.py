"""Text rows against the rows of the class texts, as they are and smoothed over neighbours."""

from __future__ import annotations

from torch import Tensor

from graphfm.classification.class_texts import smooth
from graphfm.classification.propagate import text_log_posterior
from graphfm.classification.readers.target import Target, no_evidence


def text(target: Target, _: Tensor | None = None) -> Tensor:
    """Softmax of the cosines with the class texts, `graphfm.classification.propagate.text_log_posterior`."""
    return no_evidence(text_log_posterior(target.x, target.class_rows), target.known)


def smoothed(target: Target, _: Tensor | None = None) -> Tensor:
    """The same with rows smoothed twice, `graphfm.classification.class_texts.smooth`; neighbours speak for an empty text."""
    rows = smooth(target.x, target.adj)
    return no_evidence(text_log_posterior(rows, target.class_rows), rows.square().sum(-1) > 0)
