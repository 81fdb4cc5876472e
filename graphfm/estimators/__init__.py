"""Estimators in the style of scikit-learn: `GraphClassifier` for text graphs, `LinkPredictor` for triples."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphfm.estimators.graph_classifier import GraphClassifier
    from graphfm.estimators.link_predictor import LinkPredictor

__all__ = ["GraphClassifier", "LinkPredictor"]

_HOME = {"GraphClassifier": "graph_classifier", "LinkPredictor": "link_predictor"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
