"""What a user loads and asks: `GraphFM` for text graphs, `LinkModel` for knowledge graphs."""

from graphfm.models.link_model import LinkModel

__all__ = ["LinkModel"]
