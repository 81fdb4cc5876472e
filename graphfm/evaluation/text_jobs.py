"""The jobs on a text graph as one asks for them: `graphfm.zero_shot`, `graphfm.few_shot`, `graphfm.link_text`.

Each takes a graph and a model by name, path or object, embeds the texts, and gives an object with the rows of its table:
``frame()`` for people and pandas, ``as_dict()`` for JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any

from torch import Tensor

from graphfm.classification.frames import check_asked
from graphfm.evaluation import few_shot as few_shots
from graphfm.evaluation import link_text as links
from graphfm.evaluation import zero_shot as zero_shots
from graphfm.evaluation.held_out import HeldOut, hold_out
from graphfm.models import opening
from graphfm.models.text_side import text_side
from graphfm.notebook import Framed

if TYPE_CHECKING:
    import pandas as pd

    from graphfm.datasets.text_graphs.graph import TextGraph
    from graphfm.models.graph_model import GraphFM


@dataclass(frozen=True, eq=False, repr=False)
class OnText(Framed):
    """What a job was done with.

    Args:
        graph: the text graph.
        x: (N, D) unit rows of its texts.
        encoder: name of the text encoder.
        model: the model whose rows stand beside those of the texts, or None.
        checkpoint: the file that the model was read from, where it was.
        notes: what a reader should know of the texts, in sentences.
    """

    graph: TextGraph
    x: Tensor
    encoder: str
    model: GraphFM | None
    checkpoint: str | None
    notes: list[str]

    @property
    def seen_in_pretraining(self) -> bool:
        """Whether the model was trained on this very graph, without its labels: then its rows show no transfer."""
        return self.model is not None and self.model.knows(self.graph)

    def _shown(self) -> tuple[str, str]:
        job = {"ZeroShotResult": "Zero-shot", "FewShotResult": "Few-shot", "LinkTextResult": "Held-out links"}
        seen = " The model was pretrained on this graph: no transfer." if self.seen_in_pretraining else ""
        return f"{job[type(self).__name__]} on {self.graph.name}", f"{self._counted()}; {self.encoder}.{seen}"

    def _counted(self) -> str:
        return f"{self.graph.num_nodes:,} nodes"

    def _about(self) -> dict[str, Any]:
        if self.model is None:
            return {"checkpoint": None}
        return {"checkpoint": self.checkpoint, "seen_in_pretraining": self.seen_in_pretraining}


@dataclass(frozen=True, eq=False, repr=False)
class ZeroShotResult(OnText):
    """Zero-shot classes of all nodes; `found` has the posteriors, the decisions and the gate weights behind the rows.

    Args:
        found: what was found.
        split: on whose nodes the rows were counted; all labelled ones where None.
        top: classes named for each node in `predictions`.
        abstain: probability below which a node is given no class there.
    """

    found: zero_shots.ZeroShot
    split: str | None
    top: int
    abstain: float

    @property
    def rows(self) -> list[zero_shots.ZeroShotRow]:
        """Accuracy and macro-F1 of each method, in percent."""
        return self.found.rows

    def frame(self) -> pd.DataFrame:
        """One line a method: ``method, accuracy, macro_f1, ece, surest_half``."""
        import pandas as pd

        return pd.DataFrame(self.rows)

    def _counted(self) -> str:
        whose = f"nodes of the split {self.split}" if self.split else "labelled nodes"
        counted, classes = int(self.found.counted.sum()), self.graph.num_classes
        return f"{counted:,} {whose}, {classes} classes, in percent; the answer is {self.found.answer}"

    def predictions(self) -> pd.DataFrame:
        """One line a node, see `graphfm.evaluation.zero_shot.predictions`."""
        return zero_shots.predictions(self.graph, self.found, model=self.model, top=self.top, abstain=self.abstain)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, see `graphfm.evaluation.zero_shot.as_json`."""
        about = {
            "checkpoint": self.checkpoint,
            "notes": self.notes,
            "split": self.split,
            "abstain": self.abstain,
            "top": self.top,
        }
        return zero_shots.as_json(self.graph, self.encoder, self.found, model=self.model, **about)


@dataclass(frozen=True, eq=False, repr=False)
class FewShotResult(OnText):
    """Classes from a few labelled nodes; each row has an entry a draw."""

    rows: list[few_shots.FewShotRow]
    shots: tuple[int, ...]
    draws: int

    def frame(self) -> pd.DataFrame:
        """One line a method and number of shots: ``shots, method``, means, standard deviations and draws in percent."""
        import pandas as pd

        return pd.DataFrame([row.summary() for row in self.rows])

    def shown_nodes(self) -> pd.DataFrame:
        """The labelled nodes of each draw, one a line: ``draw, shots, id, label``."""
        return few_shots.shown_nodes(self.graph, shots=self.shots, draws=self.draws)

    def short_classes(self) -> dict[int, int]:
        """Number of classes, by shots, that have no more labelled nodes than that and show all but one."""
        counts = {k: few_shots.short_classes(self.graph, k) for k in self.shots}
        return {k: count for k, count in counts.items() if count}

    def as_dict(self) -> dict[str, Any]:
        """Plain data, see `graphfm.evaluation.few_shot.as_json`."""
        about = {"shots": list(self.shots), "draws": self.draws, **self._about()}
        return few_shots.as_json(self.graph, self.encoder, self.rows, **about)


@dataclass(frozen=True, eq=False, repr=False)
class LinkTextResult(OnText):
    """Held-out edges ranked; `graph` lacks them, `held_out` has both."""

    rows: list[links.LinkTextRow]
    held_out: HeldOut
    share: float
    seed: int

    def frame(self) -> pd.DataFrame:
        """One line a method: ``method, mrr, hits_at_1, hits_at_3, hits_at_10, auc``."""
        import pandas as pd

        return pd.DataFrame(self.rows)

    def edges(self) -> pd.DataFrame:
        """The held-out edges, one a line: ``src, dst``."""
        return links.held_out_frame(self.held_out)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, see `graphfm.evaluation.link_text.as_json`."""
        about = {"share": self.share, "seed": self.seed, **self._about()}
        return links.as_json(self.held_out, self.encoder, self.rows, **about)


def zero_shot(
    data: TextGraph | str | PathLike[str],
    *,
    checkpoint: GraphFM | str | PathLike[str] | None = None,
    encoder: Any = None,
    split: str | None = None,
    top: int = 1,
    abstain: float = 0.0,
    chunks: bool = False,
) -> ZeroShotResult:
    """Classify all nodes of a graph with no labels; labels are read only to count hits.

    Args:
        data: a text graph, its folder, or a name of the catalogue.
        checkpoint: adds the model's rows: a `GraphFM`, its file, the folder of its run, or "default".
        encoder: text encoder, as `graphfm.text.load_encoder` takes it; MiniLM by default. A model brings its own.
        split: "train", "val" or "test": count on the nodes of the published split alone.
        top: classes to name for each node, and to count a hit among.
        abstain: probability below which a node is given no class in the predictions; the rows count every node.
        chunks: read texts that are longer than the encoder reads in pieces, and average them.

    Raises:
        DataError: no such graph or model, a graph with no classes or no labelled node, no such split, another encoder than
            the model's.
    """
    graph = opening.text_graph(data)
    zero_shots.check(graph, split=split)
    check_asked(top=top, abstain=abstain, num_classes=graph.num_classes)
    model = None if checkpoint is None else opening.graph_model(checkpoint)
    x, encode_text, name, notes = text_side(graph, encoder, model=model, chunks=chunks)
    found = zero_shots.zero_shot_rows(graph, x, encode_text, model=model, split=split)
    return ZeroShotResult(graph, x, name, model, _path(checkpoint), notes, found, split, top, abstain)


def few_shot(
    data: TextGraph | str | PathLike[str],
    *,
    checkpoint: GraphFM | str | PathLike[str] | None = None,
    encoder: Any = None,
    shots: Sequence[int] | None = None,
    draws: int = 5,
) -> FewShotResult:
    """Classify from a few labelled nodes a class, with nothing trained.

    Args:
        data, checkpoint, encoder: see `zero_shot`.
        shots: labelled nodes a class, one number or more; by default 1, 3, 5 and 10 as far as most classes can show them.
        draws: how often they are drawn, with the seeds 0, 1, ...

    Raises:
        DataError: as `zero_shot`, and no class with two labelled nodes, a number of shots or draws below one, or more shots than
            most classes can show.
    """
    graph = opening.text_graph(data)
    shots = tuple(sorted(set(few_shots.usual_shots(graph) if shots is None else shots)))
    few_shots.check(graph, shots=shots, draws=draws)
    model = None if checkpoint is None else opening.graph_model(checkpoint)
    x, encode_text, name, notes = text_side(graph, encoder, model=model)
    rows = few_shots.few_shot_rows(graph, x, encode_text, model=model, shots=shots, draws=draws)
    return FewShotResult(graph, x, name, model, _path(checkpoint), notes, rows, shots, draws)


def link_text(
    data: TextGraph | str | PathLike[str],
    *,
    checkpoint: GraphFM | str | PathLike[str] | None = None,
    encoder: Any = None,
    share: float = 0.1,
    seed: int = 0,
) -> LinkTextResult:
    """Hold out edges of a text graph and find them again, with nothing trained on it.

    Args:
        data, checkpoint, encoder: see `zero_shot`; no labels are needed.
        share: of the undirected edges to hold out.
        seed: of the held-out edges and of the negatives.

    Raises:
        DataError: no such graph or model, a share of which no edge can be held out, another encoder than the model's.
    """
    held_out = hold_out(opening.text_graph(data), share=share, seed=seed)
    model = None if checkpoint is None else opening.graph_model(checkpoint)
    x, _, name, notes = text_side(held_out.graph, encoder, model=model)
    rows = links.link_text_rows(held_out, x, model=model, seed=seed)
    return LinkTextResult(held_out.graph, x, name, model, _path(checkpoint), notes, rows, held_out, share, seed)


def _path(checkpoint: object) -> str | None:
    """Where a model was read from, as it was given."""
    return str(checkpoint) if isinstance(checkpoint, str | PathLike) else None
