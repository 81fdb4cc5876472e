"""graphfm: graph foundation models on text-attributed graphs and knowledge graphs.

Names are imported when first used, so that `import graphfm` and `graphfm --help` stay fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphfm.datasets import TextGraph, Triples, load, load_triples
    from graphfm.errors import DataError, GraphFMError
    from graphfm.evaluation.links import evaluate
    from graphfm.models import GraphFM, LinkModel, load_model
    from graphfm.text import embed, load_encoder
    from graphfm.training.link_prediction import link_prediction
    from graphfm.training.pretrain import pretrain

__version__ = "0.1.0"

_HOME = {
    "DataError": "errors",
    "GraphFM": "models.graph_model",
    "GraphFMError": "errors",
    "LinkModel": "models.link_model",
    "TextGraph": "datasets",
    "Triples": "datasets",
    "embed": "text",
    "evaluate": "evaluation.links",
    "link_prediction": "training.link_prediction",
    "load": "datasets",
    "load_encoder": "text",
    "load_model": "models.loading",
    "load_triples": "datasets",
    "pretrain": "training.pretrain",
}

__all__ = [
    "DataError",
    "GraphFM",
    "GraphFMError",
    "LinkModel",
    "TextGraph",
    "Triples",
    "embed",
    "evaluate",
    "link_prediction",
    "load",
    "load_encoder",
    "load_model",
    "load_triples",
    "pretrain",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
