"""What a user loads and asks: `GraphFM` for text graphs, `LinkModel` for knowledge graphs; each imported when first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphfm.models.graph_model import GraphFM
    from graphfm.models.link_model import LinkModel
    from graphfm.models.opening import load_model

__all__ = ["GraphFM", "LinkModel", "load_model"]

_HOME = {"GraphFM": "graph_model", "LinkModel": "link_model", "load_model": "opening"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals().setdefault(name, getattr(import_module(f"{__name__}.{_HOME[name]}"), name))
