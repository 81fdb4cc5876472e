"""The main job: classes for the nodes of a graph without labels, `graphfm.classify`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any

from torch import Tensor

from graphfm.classification.answer import Answer
from graphfm.classification.frames import check_asked, prediction_columns
from graphfm.classification.why import Reason, reasons
from graphfm.models import opening
from graphfm.models.answering import answered
from graphfm.models.choices import choices
from graphfm.notebook import Framed

if TYPE_CHECKING:
    import pandas as pd

    from graphfm.datasets.text_graphs.graph import TextGraph
    from graphfm.models.graph_model import GraphFM


@dataclass(frozen=True, eq=False, repr=False)
class Classified(Framed):
    """Classes of all nodes of a graph; no label was read.

    Args:
        graph: the graph.
        encoder: name of the text encoder.
        model: whose experts were one of the readers, or None.
        answer: the readings and their pool.
        weights: (N, K) gate weights of the model.
        notes: what a reader should know of the texts, in sentences.
        top: classes named for each node.
        abstain: below this probability the answer is `graphfm.classification.frames.NONE`.
    """

    graph: TextGraph
    encoder: str
    model: GraphFM | None
    answer: Answer
    weights: Tensor | None
    notes: list[str]
    top: int
    abstain: float

    @property
    def words(self) -> str:
        """How the answers came about, in a few sentences."""
        return self.answer.words()

    @property
    def rows(self) -> list[Reason]:
        """Each class with the words and the neighbours that speak for it."""
        return reasons(self.answer)

    def frame(self) -> pd.DataFrame:
        """One line a node: ``node``, its class, all probabilities, gate weights; see `graphfm.classification.frames`."""
        import pandas as pd

        columns = {"node": self.graph.node_ids}
        columns |= prediction_columns(
            self.answer.posterior, self.answer.class_names, top=self.top, abstain=self.abstain
        )
        if self.model is not None and self.weights is not None:
            columns |= self.model.gate_columns(self.weights)
        frame = pd.DataFrame(columns)
        frame.attrs["decision"] = self.words
        return frame

    def _shown(self) -> tuple[str, str]:
        return f"Classes of {self.graph.name}", f"{self.graph.num_nodes:,} nodes; {self.encoder}. {self.words}"

    def as_dict(self) -> dict[str, Any]:
        """What is known of the answers as plain data: ``data, encoder, num_nodes, classes, decision, abstained, why``."""
        sure = self.answer.posterior.max(-1).values
        return {
            "data": self.graph.name,
            "encoder": self.encoder,
            "num_nodes": self.graph.num_nodes,
            "classes": self.answer.class_names,
            "decision": self.words,
            "notes": self.notes,
            "readers": list(self.answer.pooled.readings),
            "mean_probability": round(float(sure.mean()), 4),
            "abstained": int((sure < self.abstain).sum()),
            "why": [reason.as_dict() for reason in self.rows],
        }


def classify(
    data: TextGraph | str | PathLike[str],
    *,
    checkpoint: GraphFM | str | PathLike[str] | None = None,
    encoder: Any = None,
    names: Sequence[str] | Mapping[str, str] | str | None = None,
    classes: str | PathLike[str] | None = None,
    top: int = 1,
    abstain: float = 0.0,
    chunks: bool = False,
) -> Classified:
    """Classes for all nodes of a graph from the names of the classes; labels are not read and need not be there.

    Args:
        data: a text graph, its folder, or a name of the catalogue.
        checkpoint: a `GraphFM`, its file, the folder of its run, or "default": its experts are one more reader.
        encoder: text encoder, as `graphfm.text.load_encoder` takes it; MiniLM by default. A model brings its own.
        names: what to choose from: a list, a text with commas between, or names with descriptions. The graph's own classes
            where none are given.
        classes: the same as a file: a classes.json, or a text file with a name a line.
        top: classes to name for each node.
        abstain: probability below which a node is given no class.
        chunks: read texts that are longer than the encoder reads in pieces, and average them.

    Raises:
        DataError: no such graph or model, no classes, or class names that are numbers.
    """
    graph = opening.text_graph(data)
    given = [name.strip() for name in names.split(",")] if isinstance(names, str) else names
    chosen = choices(graph, given, file=classes)
    check_asked(top=top, abstain=abstain, num_classes=len(chosen.names))
    model = None if checkpoint is None else opening.graph_model(checkpoint)
    found = answered(graph, chosen, model=model, encoder=encoder, chunks=chunks)
    side = found.side
    return Classified(graph, side.encoder, model, found.answer, found.weights, side.notes, top, abstain)
