"""Zero-shot node classification: one template, no labels, and the honest rows beside the model's.

Every method gives a score to each (node, class) pair: the cosine of two unit rows, or a posterior where structure is used
as `graphfm.classify.decide` decides. Labels are read only to count.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from graphfm.classify.class_texts import class_features, class_texts, smooth
from graphfm.classify.decide import Decision
from graphfm.classify.refine import with_structure
from graphfm.errors import DataError
from graphfm.evaluation.accuracy import accuracy_and_macro_f1
from graphfm.text import embed, load_encoder

if TYPE_CHECKING:
    import pandas as pd

    from graphfm.datasets.text_graphs.graph import TextGraph
    from graphfm.models.graph_model import GraphFM


class Row(NamedTuple):
    """One line of the table, in percent."""

    method: str
    accuracy: float
    macro_f1: float


class Contribution(NamedTuple):
    """Points of accuracy by which a method exceeds the same one without experts."""

    method: str
    without: str
    points: float


class ZeroShot(NamedTuple):
    """Table rows, per method the scores (N, number of classes), and how structure was used; `majority` has no scores."""

    rows: list[Row]
    scores: dict[str, Tensor]
    decisions: dict[str, Decision]  # of the methods that decide
    weights: Tensor | None = None  # (N, K) gate weights of the model, where one was given
    features: Tensor | None = None  # (N, D) unit rows of the model

    @property
    def answer(self) -> str:
        """The method whose predictions are given out: the model's, else the text embedding's with structure as decided."""
        return "graphfm" if "graphfm" in self.scores else "text+decide"

    def contributions(self) -> list[Contribution]:
        """What the model's experts add: each row of the model beside the same method on raw text embeddings."""
        accuracy = {row.method: row.accuracy for row in self.rows}
        pairs = (("experts", "description"), ("graphfm", "text+decide"), ("graphfm+refine", "text+refine"))
        return [Contribution(ours, text, accuracy[ours] - accuracy[text]) for ours, text in pairs if ours in accuracy]


def zero_shot_rows(
    graph: TextGraph, x: Tensor, encode_text: Callable[[list[str]], Tensor], *, model: GraphFM | None = None
) -> ZeroShot:
    """Classify all nodes of a graph from the texts of its classes; accuracy and macro-F1 over all labelled nodes.

    Args:
        graph: a text graph with class names.
        x: unit text embeddings of its nodes, (N, D).
        encode_text: the encoder that made them, for the texts of the classes.
        model: adds the rows ``experts`` (cosines of its own unit rows), ``graphfm`` and ``graphfm+refine`` (texts,
            propagation, and what its experts read from neighbours).

    Raises:
        DataError: the graph has no classes or no labelled node.
    """
    labelled = graph.labelled
    if not graph.class_names or not bool(labelled.any()):
        raise DataError(
            f"{graph.name} with {len(graph.class_names)} classes and {int(labelled.sum())} labelled nodes",
            expected="class names and at least one label to count hits with",
            hint="Without labels there is no accuracy to print; use model.classify(graph, class_names) in Python.",
        )
    name = class_features(encode_text, graph.class_names)
    description = class_features(encode_text, graph.class_names, graph.class_descriptions)
    adj = graph.adjacency()
    smoothed = smooth(x, adj)
    scores = {
        "name": x @ name.T,
        "description": x @ description.T,
        "name+smooth": smoothed @ name.T,
        "description+smooth": smoothed @ description.T,
    }
    used, decisions = with_structure(x, description, adj, names=("text+decide", "text+refine"))
    scores |= used
    encoded = None
    if model is not None:
        encoded = model.encode(graph, x=x)
        scores["experts"] = encoded.features @ description.T
        rows_read = model.read_neighbours(graph, x=x)
        used, more = with_structure(x, description, adj, rows_read, names=("graphfm", "graphfm+refine"))
        scores, decisions = scores | used, decisions | more
    y = graph.y[labelled]
    rows = [Row("majority", *accuracy_and_macro_f1(torch.mode(y).values.expand_as(y), y))]
    rows += [Row(method, *accuracy_and_macro_f1(s[labelled].argmax(-1), y)) for method, s in scores.items()]
    if encoded is None:
        return ZeroShot(rows, scores, decisions)
    return ZeroShot(rows, scores, decisions, encoded.weights, encoded.features)


def text_side(
    graph: TextGraph, encoder: str | None, *, model: GraphFM | None = None
) -> tuple[Tensor, Callable[[list[str]], Tensor], str]:
    """Node embeddings (N, D), the encoder for class texts, and its name: of the model where there is one, else as asked.

    Raises:
        DataError: an encoder was named that is not the model's.
    """
    if model is not None:
        if encoder is not None and load_encoder(encoder).name != model.text_encoder.name:
            raise DataError(
                f"the encoder {encoder}",
                expected=f"the one the checkpoint was trained with ({model.text_encoder.name})",
                hint="Leave --encoder out.",
            )
        text_encoder = model.text_encoder
    else:
        text_encoder = load_encoder("minilm" if encoder is None else encoder)
        text_encoder.fit_if_needed([*graph.text, *class_texts(graph.class_names, graph.class_descriptions)])

    def encode_text(texts: list[str]) -> Tensor:
        return embed(texts, text_encoder, progress=False)

    return embed(graph.text, text_encoder), encode_text, text_encoder.name


def predictions(graph: TextGraph, result: ZeroShot, *, model: GraphFM | None = None) -> pd.DataFrame:
    """One line a node: ``id, label, predicted, score, method`` of `ZeroShot.answer`, and the gate weights of the model."""
    import pandas as pd

    score, predicted = result.scores[result.answer].max(-1)
    names = [*graph.class_names, ""]  # -1 is no label
    frame = {
        "id": graph.node_ids,
        "label": [names[c] for c in graph.y.tolist()],
        "predicted": [names[c] for c in predicted.tolist()],
        "score": score.numpy(),
        "method": result.answer,
    }
    return pd.DataFrame(frame | ({} if model is None or result.weights is None else model.gate_columns(result.weights)))


def as_json(
    graph: TextGraph, encoder: str, result: ZeroShot, *, model: GraphFM | None = None, **more: Any
) -> dict[str, Any]:
    """The result as plain data: ``data, encoder, num_nodes, num_classes, rows, decisions`` and whatever is added.

    With a model, ``alpha`` is the weight of its experts beside the text embedding, ``seen_in_pretraining`` whether the graph
    was among its sources, and ``contributions`` what its experts add.
    """
    if model is not None:
        added = [c._asdict() | {"points": round(c.points, 2)} for c in result.contributions()]
        alpha = round(model.graph_encoder.alpha.item(), 4)
        more = {"alpha": alpha, "seen_in_pretraining": model.knows(graph), "contributions": added, **more}
    return {
        "data": graph.name,
        "encoder": encoder,
        "num_nodes": graph.num_nodes,
        "num_labelled": int(graph.labelled.sum()),
        "num_classes": len(graph.class_names),
        "rows": [
            {"method": r.method, "accuracy": round(r.accuracy, 2), "macro_f1": round(r.macro_f1, 2)}
            for r in result.rows
        ],
        "decisions": {method: decision.as_dict() for method, decision in result.decisions.items()},
        **more,
    }
