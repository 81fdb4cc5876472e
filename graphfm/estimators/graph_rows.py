"""What scikit-learn is told of estimators whose rows are nodes or triples, and no numbers."""

from __future__ import annotations

from sklearn.base import BaseEstimator
from sklearn.utils import Tags


class GraphRows(BaseEstimator):  # type: ignore[misc]
    """The tags of such an estimator; the first of its bases, so that it has the last word."""

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        tags.target_tags.required = False
        tags.no_validation = True
        return tags
