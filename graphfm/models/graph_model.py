"""`GraphFM`: a graph encoder and the text encoder it was aligned with, in one object that classifies graphs it never saw."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor

from graphfm.classification.folds import FOLDS, folds
from graphfm.classification.frames import check_asked, prediction_columns
from graphfm.models.answering import answered
from graphfm.models.checkpoint import GRAPH
from graphfm.models.choices import choices
from graphfm.models.encoder import Encoded, GraphEncoder, descriptors, graph_encoder
from graphfm.models.fields import built
from graphfm.models.kept import Kept
from graphfm.notebook import facts_html
from graphfm.ops import Adjacency
from graphfm.text import embed, load_encoder

if TYPE_CHECKING:
    import pandas as pd

    from graphfm.datasets.text_graphs.graph import TextGraph


class GraphFM(Kept):
    """A pretrained graph foundation model.

    Args:
        graph_encoder: the trained part.
        text_encoder: the frozen language model whose space both share.
        settings: the plain hyper-parameters `graph_encoder` was built from.
        card: what a reader should know: sources, seed, versions.

    >>> model = GraphFM.load("default")                            # doctest: +SKIP
    >>> model.classify(graph, ["databases", "machine learning"])   # doctest: +SKIP
    """

    file_kind = GRAPH

    def __init__(
        self,
        graph_encoder: GraphEncoder,
        text_encoder: Any,
        *,
        settings: dict[str, Any],
        card: dict[str, Any] | None = None,
    ) -> None:
        self.graph_encoder = graph_encoder.eval()
        self.text_encoder = text_encoder
        self.settings = settings
        self.card = card or {}

    def __repr__(self) -> str:
        return f"GraphFM({', '.join(self.settings['experts'])}; {self.text_encoder.name}; {self._sources()})"

    def _repr_html_(self) -> str:
        size = sum(weight.numel() for weight in self.graph_encoder.parameters())
        about = {"experts": self.settings["experts"], "text encoder": self.text_encoder.name, "parameters": size}
        return facts_html("GraphFM, a model of text graphs", about | {"pretrained on": self.card.get("sources")})

    def _sources(self) -> str:
        return f"pretrained on {len(self.card.get('sources', ())):,} graphs"

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Unit rows (n, D) of texts, from the cache where they were encoded before."""
        return embed(list(texts), self.text_encoder, progress=False)

    @torch.inference_mode()
    def encode(self, graph: TextGraph, *, x: Tensor | None = None) -> Encoded:
        """Unit rows (N, D) of the nodes in the text space, and the gate's weights (N, K).

        Args:
            graph: any text graph.
            x: its text embeddings (N, D), where they are at hand.
        """
        encoded = self.graph_encoder(*self._inputs(graph, x))
        return Encoded(encoded.features.cpu(), encoded.weights.cpu())

    @torch.inference_mode()
    def read_neighbours(self, graph: TextGraph, *, x: Tensor | None = None) -> Tensor:
        """Unit rows (N, D) that the experts predict for each node from its neighbours, its own text hidden.

        The nodes of a fold (`graphfm.classification.folds.folds`) are hidden together, so that one cannot tell of another's
        text; those without a text are hidden always.

        Args:
            graph: any text graph.
            x: its text embeddings (N, D), where they are at hand.
        """
        x, adj, structure = self._inputs(graph, x)
        fold, rows = folds(graph.text).to(x.device), torch.empty_like(x)
        for k in range(FOLDS):
            hidden = (fold == k) | (fold < 0)
            rows[hidden] = self.graph_encoder(x, adj, structure, hidden=hidden).features[hidden]
        return rows.cpu()

    def _inputs(self, graph: TextGraph, x: Tensor | None) -> tuple[Tensor, Adjacency, Tensor]:
        """Text embeddings, adjacency and descriptors on the model's device."""
        device = self.graph_encoder.alpha.device
        x = embed(graph.text, self.text_encoder) if x is None else x
        return x.to(device), graph.adjacency().to(device), descriptors(graph).value.to(device)

    def classify(
        self,
        graph: TextGraph | str | os.PathLike[str],
        class_names: Sequence[str] | Mapping[str, str] | None = None,
        class_descriptions: Sequence[str] | None = None,
        *,
        top: int = 1,
        abstain: float = 0.0,
    ) -> pd.DataFrame:
        """Zero-shot classes of all nodes: a frame with ``node, predicted, score``, all probabilities, and the gate's weights.

        They are the pool's (`graphfm.classification.pool`), with what the experts read from the neighbours as one more reading.
        ``frame.attrs["decision"]`` says in words how they came about.

        Args:
            graph: any text graph, its folder, or a name of the catalogue; its labels are not read.
            class_names: what to choose from, in words, or each name with its description; left out, the graph's own classes.
            class_descriptions: a sentence each, "" where there is none.
            top: classes to name for each node, ``predicted_2, score_2`` and so on.
            abstain: probability below which a node is given no class.

        Raises:
            DataError: no names, one string in place of a list, an empty name, names that are numbers, or not a description for
                each.
        """
        import pandas as pd

        from graphfm.datasets import TextGraph, load

        graph = graph if isinstance(graph, TextGraph) else load(graph)
        chosen = choices(graph, class_names, class_descriptions)
        check_asked(top=top, abstain=abstain, num_classes=len(chosen.names))
        found, _, weights = answered(graph, chosen, model=self)
        columns = prediction_columns(found.posterior, chosen.names, top=top, abstain=abstain)
        gate = {} if weights is None else self.gate_columns(weights)
        frame = pd.DataFrame({"node": graph.node_ids, **columns, **gate})
        frame.attrs["decision"] = found.words()
        return frame

    def gate_columns(self, weights: Tensor) -> dict[str, Any]:
        """Gate weights (N, K) as one named column per expert; a geometry that occurs again is numbered."""
        names = self.settings["experts"]
        again = [names[:k].count(name) for k, name in enumerate(names)]
        return {
            f"gate_{name}{f'_{n + 1}' if n else ''}": weights[:, k].numpy()
            for k, (name, n) in enumerate(zip(names, again, strict=True))
        }

    def knows(self, graph: TextGraph) -> bool:
        """Whether this graph, or one of its name, was among the sources, so that what it is told there is no transfer."""
        digests = self.card.get("settings", {}).get("data_digest", ())
        return graph.name in self.card.get("sources", ()) or (bool(digests) and graph.digest() in digests)

    def content(self) -> dict[str, Any]:
        """All that a file has to hold, by name."""
        return {
            "state_dict": self.graph_encoder.state_dict(),
            "settings": self.settings,
            "text_encoder": self.text_encoder.spec(),
            "text_encoder_tensors": dict(self.text_encoder.tensors()),
            "card": self.card,
        }

    @classmethod
    def from_content(cls, content: Mapping[str, Any], *, device: torch.device | str | None = None) -> GraphFM:
        """A model from what its file holds, as `graphfm.models.checkpoint.read` gives it."""
        encoder = cast(GraphEncoder, built(graph_encoder, content["settings"], content["state_dict"]))
        text = load_encoder(content["text_encoder"], device=device, tensors=content["text_encoder_tensors"])
        return cls(encoder.to(device or "cpu"), text, settings=content["settings"], card=content["card"])
