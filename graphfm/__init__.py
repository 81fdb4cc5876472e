"""graphfm: graph foundation models on text-attributed graphs and knowledge graphs.

The functions are the commands of the command line, with the same names and defaults. Names are imported when first used, so that
`import graphfm` and `graphfm --help` stay fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphfm import classification, datasets, estimators, evaluation, geometry, kg, models, ops, text, training
    from graphfm.datasets import TextGraph, Triples, load, load_triples
    from graphfm.errors import DataError, GraphFMError
    from graphfm.estimators import GraphClassifier, LinkPredictor
    from graphfm.evaluation.links import evaluate
    from graphfm.evaluation.overlap import overlap
    from graphfm.evaluation.text_jobs import few_shot, link_text, zero_shot
    from graphfm.models import GraphFM, LinkModel, load_model
    from graphfm.models.asking import complete, explain
    from graphfm.models.classifying import classify
    from graphfm.report.doctor import doctor
    from graphfm.report.export import export
    from graphfm.report.inspect import inspect
    from graphfm.scale.embedding import embed_graph
    from graphfm.serving.serve import serve
    from graphfm.text import embed, load_encoder
    from graphfm.training.link_prediction import link_prediction
    from graphfm.training.pretrain import pretrain
    from graphfm.training.quickstart import quickstart
    from graphfm.training.tuning import tune

__version__ = "0.1.0"

#: The module of each name, and the rooms that are names themselves.
_HOME = {
    "DataError": "errors",
    "GraphClassifier": "estimators.graph_classifier",
    "GraphFM": "models.graph_model",
    "GraphFMError": "errors",
    "LinkModel": "models.link_model",
    "LinkPredictor": "estimators.link_predictor",
    "TextGraph": "datasets",
    "Triples": "datasets",
    "classify": "models.classifying",
    "complete": "models.asking",
    "doctor": "report.doctor",
    "embed": "text",
    "embed_graph": "scale.embedding",
    "evaluate": "evaluation.links",
    "explain": "models.asking",
    "export": "report.export",
    "few_shot": "evaluation.text_jobs",
    "inspect": "report.inspect",
    "link_prediction": "training.link_prediction",
    "link_text": "evaluation.text_jobs",
    "load": "datasets",
    "load_encoder": "text",
    "load_model": "models.opening",
    "load_triples": "datasets",
    "overlap": "evaluation.overlap",
    "pretrain": "training.pretrain",
    "quickstart": "training.quickstart",
    "serve": "serving.serve",
    "tune": "training.tuning",
    "zero_shot": "evaluation.text_jobs",
}
_ROOMS = (
    "classification",
    "datasets",
    "estimators",
    "evaluation",
    "geometry",
    "kg",
    "models",
    "ops",
    "text",
    "training",
)

__all__ = [
    "DataError",
    "GraphClassifier",
    "GraphFM",
    "GraphFMError",
    "LinkModel",
    "LinkPredictor",
    "TextGraph",
    "Triples",
    "__version__",
    "classification",
    "classify",
    "complete",
    "datasets",
    "doctor",
    "embed",
    "embed_graph",
    "estimators",
    "evaluate",
    "evaluation",
    "explain",
    "export",
    "few_shot",
    "geometry",
    "inspect",
    "kg",
    "link_prediction",
    "link_text",
    "load",
    "load_encoder",
    "load_model",
    "load_triples",
    "models",
    "ops",
    "overlap",
    "pretrain",
    "quickstart",
    "serve",
    "text",
    "training",
    "tune",
    "zero_shot",
]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"{__name__}.{name}")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals().setdefault(name, getattr(import_module(f"{__name__}.{_HOME[name]}"), name))


def __dir__() -> list[str]:
    return __all__
