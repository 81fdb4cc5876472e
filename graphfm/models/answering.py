"""A graph read by every reader, with a model's experts among them or without: texts embedded, classes named, one pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from torch import Tensor

from graphfm.classification.answer import Answer, answer
from graphfm.models.text_side import TextSide, text_side

if TYPE_CHECKING:
    from graphfm.datasets.text_graphs.graph import TextGraph
    from graphfm.models.choices import Choices
    from graphfm.models.graph_model import GraphFM


class Answered(NamedTuple):
    """The readings and their pool, the text side, and the gate weights (N, K) of the model, where there is one."""

    answer: Answer
    side: TextSide
    weights: Tensor | None


def answered(
    graph: TextGraph,
    chosen: Choices,
    *,
    model: GraphFM | None = None,
    encoder: Any = None,
    chunks: bool = False,
) -> Answered:
    """Classes of all nodes of a graph among those chosen; no label is read.

    Args:
        graph: any text graph.
        chosen: the classes.
        model: whose experts are one more reader.
        encoder, chunks: see `graphfm.models.text_side.text_side`.
    """
    side = text_side(graph, encoder, model=model, classes=chosen, chunks=chunks)
    view = None if model is None else model.read_neighbours(graph, x=side.x)
    found = answer(graph, side.x, side.encode_text, chosen.names, chosen.descriptions, view=view)
    return Answered(found, side, None if model is None else model.encode(graph, x=side.x).weights)
