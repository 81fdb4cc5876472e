"""Zero-shot node classification: one template, no labels, and the honest rows beside the model's.

Every method gives posteriors: softmax of cosines, or the pool of readers (`graphfm.classification.pool`). Labels are read only to
count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from graphfm.classification.answer import Answer, answer, check_names
from graphfm.classification.decide import Decision
from graphfm.classification.frames import prediction_columns
from graphfm.classification.pool import MEMBERS, pool
from graphfm.classification.propagate import smooth, text_log_posterior
from graphfm.classification.refine import with_structure
from graphfm.classification.seen_texts import class_features
from graphfm.classification.why import reasons
from graphfm.errors import DataError
from graphfm.evaluation.accuracy import (
    Confidence,
    accuracy_and_macro_f1,
    as_dicts,
    confidence,
    confusion_matrix,
    per_class,
)

if TYPE_CHECKING:
    import pandas as pd

    from graphfm.datasets.text_graphs.graph import TextGraph
    from graphfm.models.graph_model import GraphFM


#: The plain rows beside which a loss is said.
BASELINES = ("name", "description", "name+smooth", "description+smooth")


class ZeroShotRow(NamedTuple):
    """One line of the table, in percent; `majority` has no probabilities to judge."""

    method: str
    accuracy: float
    macro_f1: float
    ece: float | None = None
    surest_half: float | None = None


class Contribution(NamedTuple):
    """Points of accuracy by which a method exceeds the same one without experts."""

    method: str
    without: str
    points: float


class ZeroShot(NamedTuple):
    """Table rows, per method the posteriors (N, number of classes), and how they came about; `majority` has none."""

    rows: list[ZeroShotRow]
    scores: dict[str, Tensor]
    decisions: dict[str, Decision]  # of the methods that decide
    read: Answer  # of the method that is recommended
    counted: Tensor  # (N,) the nodes behind the rows
    weights: Tensor | None = None  # (N, K) gate weights of the model, where one was given
    features: Tensor | None = None  # (N, D) unit rows of the model

    @property
    def answer(self) -> str:
        """The method whose predictions are given out, chosen without labels: the pool, with the experts where there are any."""
        return "graphfm" if "graphfm" in self.scores else "text+pool"

    def better_baseline(self) -> ZeroShotRow | None:
        """The best plain row, where labels show that it did better than the recommended one."""
        rows = {row.method: row for row in self.rows}
        best = max((rows[method] for method in BASELINES), key=lambda row: row.accuracy)
        return best if best.accuracy > rows[self.answer].accuracy else None

    def confusion(self, graph: TextGraph) -> Tensor:
        """Counts (C, C) of the recommended row, true classes in rows."""
        predicted = self.scores[self.answer][self.counted].argmax(-1)
        return confusion_matrix(predicted, graph.y[self.counted], num_classes=graph.num_classes)

    def confidence(self, graph: TextGraph) -> Confidence:
        """What the probabilities of the recommended row are worth."""
        return confidence(self.scores[self.answer][self.counted], graph.y[self.counted])

    def top_accuracy(self, graph: TextGraph, *, top: int) -> float:
        """How often the class is among the first `top` of the recommended row, in percent."""
        best = self.scores[self.answer][self.counted].topk(top, dim=-1).indices
        return 100 * float((best == graph.y[self.counted].unsqueeze(-1)).any(-1).double().mean())

    def contributions(self) -> list[Contribution]:
        """What the model's experts add: each row of the model beside the same method on raw text embeddings."""
        accuracy = {row.method: row.accuracy for row in self.rows}
        pairs = (("graphfm", "text+pool"), ("graphfm+decide", "text+decide"), ("graphfm+refine", "text+refine"))
        return [Contribution(ours, text, accuracy[ours] - accuracy[text]) for ours, text in pairs if ours in accuracy]


def zero_shot_rows(
    graph: TextGraph,
    x: Tensor,
    encode_text: Callable[[list[str]], Tensor],
    *,
    model: GraphFM | None = None,
    split: str | None = None,
) -> ZeroShot:
    """Classify all nodes of a graph from the texts of its classes; accuracy and macro-F1 over all labelled nodes.

    Args:
        graph: a text graph with class names.
        x: unit text embeddings of its nodes, (N, D), as `graphfm.models.text_side` gives them.
        encode_text: the encoder that made them, for the texts of the classes.
        model: adds the rows ``experts`` (its own unit rows), ``graphfm+decide`` and ``graphfm+refine`` (texts, propagation, and
            what its experts read from neighbours), and ``graphfm``, the pool with that reading as one more member.
        split: train, val or test: count on the nodes of a published split alone; all nodes are classified.

    Raises:
        DataError: the graph has no classes, classes that are numbers, no labelled node, or no such split.
    """
    counted = check(graph, split=split)
    name = class_features(encode_text, graph.class_names)
    description = class_features(encode_text, graph.class_names, graph.class_descriptions)
    adj = graph.adjacency()
    smoothed = smooth(x, adj)
    encoded = None if model is None else model.encode(graph, x=x)
    view = None if model is None else model.read_neighbours(graph, x=x)
    read = answer(graph, x, encode_text, graph.class_names, graph.class_descriptions, view=view)
    fold = read.target.fold
    scores = {
        "name": posterior(x, name),
        "description": posterior(x, description),
        "name+smooth": posterior(smoothed, name),
        "description+smooth": posterior(smoothed, description),
    }
    used, decisions = with_structure(x, description, adj, names=("text+decide", "text+refine"), fold=fold)
    scores |= used
    if encoded is not None:
        scores["experts"] = posterior(encoded.features, description)
        names = ("graphfm+decide", "graphfm+refine")
        used, more = with_structure(x, description, adj, view, names=names, fold=fold)
        scores, decisions = scores | used, decisions | more
    scores["text+pool"] = pool([read.pooled.readings[member] for member in MEMBERS])
    if encoded is not None:
        scores["graphfm"] = read.posterior
    rows = count(scores, graph.y, counted)
    if encoded is None:
        return ZeroShot(rows, scores, decisions, read, counted)
    return ZeroShot(rows, scores, decisions, read, counted, encoded.weights, encoded.features)


def posterior(x: Tensor, class_rows: Tensor) -> Tensor:
    """Posteriors (N, C) from the cosines of unit rows (N, D) and (C, D)."""
    return text_log_posterior(x, class_rows).exp()


def count(scores: Mapping[str, Tensor], y: Tensor, counted: Tensor) -> list[ZeroShotRow]:
    """The row of each method, after that of the largest class.

    Args:
        scores: posteriors (N, C) by method.
        y: (N,) classes.
        counted: (N,) the nodes to count on; their class is known.
    """
    known = y[counted]
    rows = [ZeroShotRow("majority", *accuracy_and_macro_f1(torch.mode(known).values.expand_as(known), known))]
    for method, found in scores.items():
        judged = confidence(found[counted], known)
        hits = accuracy_and_macro_f1(found[counted].argmax(-1), known)
        rows.append(ZeroShotRow(method, *hits, judged.ece, judged.surest_half))
    return rows


def check(graph: TextGraph, *, split: str | None = None) -> Tensor:
    """The nodes to count on, (N,) bool; refused before anything is embedded where there are none.

    Raises:
        DataError: see `zero_shot`.
    """
    counted = graph.labelled
    if not graph.class_names or not bool(counted.any()):
        raise DataError(
            f"{graph.name} with {len(graph.class_names)} classes and {int(counted.sum())} labelled nodes",
            expected="class names and at least one label to count hits with",
            hint=f'Without labels: graphfm classify --data {graph.name} --names "a,b,c" --out predictions.csv.',
        )
    check_names(graph.class_names)
    if split is None:
        return counted
    if f"{split}_mask" not in graph:
        found = f"no split {split!r} in {graph.name}"
        raise DataError(found, expected="a split of splits.json", hint="Leave --split out to count on all labels.")
    return counted & graph[f"{split}_mask"]


def predictions(
    graph: TextGraph, result: ZeroShot, *, model: GraphFM | None = None, top: int = 1, abstain: float = 0.0
) -> pd.DataFrame:
    """One line a node: ``id, label, predicted, score``, all probabilities, ``method`` and what each other row answers, the gate.

    Args:
        graph: the classified graph.
        result: its rows.
        model: names the columns of its gate weights.
        top, abstain: see `graphfm.classification.frames.prediction_columns`; both are about `ZeroShot.answer`.
    """
    import pandas as pd

    names = [*graph.class_names, ""]  # -1 is no label
    frame: dict[str, Any] = {"id": graph.node_ids, "label": [names[c] for c in graph.y.tolist()]}
    frame |= prediction_columns(result.scores[result.answer], graph.class_names, top=top, abstain=abstain)
    frame["method"] = result.answer
    for method, found in result.scores.items():
        if method != result.answer:
            frame[f"by {method}"] = [names[c] for c in found.argmax(-1).tolist()]
    return pd.DataFrame(frame | ({} if model is None or result.weights is None else model.gate_columns(result.weights)))


def as_json(
    graph: TextGraph, encoder: str, result: ZeroShot, *, model: GraphFM | None = None, **more: Any
) -> dict[str, Any]:
    """The result as plain data: ``data, encoder, num_nodes, num_classes, rows, decisions, ...`` and whatever is added.

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
        "num_counted": int(result.counted.sum()),
        "num_classes": len(graph.class_names),
        "answer": result.answer,
        "rows": [
            {key: round(value, 2) if isinstance(value, float) else value for key, value in row._asdict().items()}
            for row in result.rows
        ],
        "confidence": result.confidence(graph).as_dict(),
        "classes": as_dicts(per_class(result.confusion(graph), graph.class_names)),
        "confusion": result.confusion(graph).tolist(),
        "decision": result.read.words(),
        "decisions": {method: decision.as_dict() for method, decision in result.decisions.items()},
        "why": [reason.as_dict() for reason in reasons(result.read)],
        **more,
    }
