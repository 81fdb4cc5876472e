"""`LinkModel`: a trained link predictor and the vocabulary it speaks, in one object that completes triples by name."""

from graphfm.link_model.model import LinkModel

__all__ = ["LinkModel"]
