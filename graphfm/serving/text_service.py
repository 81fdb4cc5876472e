"""Classes of texts that come to a graph which was classified at the start, in batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from graphfm.classification.newcomers import newcomers
from graphfm.errors import DataError, did_you_mean
from graphfm.models.classifying import Classified
from graphfm.serving.questions import NewTexts
from graphfm.text.contract import Encoder


class TextService:
    """A graph whose classes are known, and what reads texts that come to it (`graphfm.classification.newcomers`).

    Args:
        classified: the graph, answered.
        encoder: of its texts.
    """

    explains = False

    def __init__(self, classified: Classified, encoder: Encoder) -> None:
        self.classified, self.encoder = classified, encoder
        self.read = newcomers(classified.answer)
        self._place = {str(node): row for row, node in enumerate(classified.graph.node_ids)}

    def about(self) -> dict[str, Any]:
        """What is served."""
        graph = self.classified.graph
        return {
            "kind": "text graph",
            "title": f"Classes of texts that come to {graph.name}",
            "graph": graph.name,
            "nodes": graph.num_nodes,
            "edges": graph.num_edges,
            "classes": list(self.classified.answer.class_names),
            "encoder": self.encoder.name,
            "decision": self.classified.words,
            "explains": False,
        }

    def answer(self, asked: Sequence[NewTexts]) -> list[dict[str, Any] | DataError]:
        """An answer for each request, or what is wrong with it; all texts are embedded at once, each request is read alone."""
        edges: list[torch.Tensor | DataError] = []
        for one in asked:
            try:
                edges.append(self._edges(one))
            except DataError as error:
                edges.append(error)
        fine = [one for one, found in zip(asked, edges, strict=True) if not isinstance(found, DataError)]
        texts = [new.text for one in fine for new in one.texts]
        rows = iter(self.encoder(texts) if texts else torch.empty(0, 0))
        return [
            found
            if isinstance(found, DataError)
            else self._read(one, torch.stack([next(rows) for _ in one.texts]), found)
            for one, found in zip(asked, edges, strict=True)
        ]

    def _read(self, one: NewTexts, x: torch.Tensor, edges: torch.Tensor) -> dict[str, Any]:
        posterior = self.read([new.text for new in one.texts], x, edges)
        names = self.classified.answer.class_names
        best = posterior.sort(dim=-1, descending=True, stable=True)
        heard = torch.bincount(edges[1] - len(self._place), minlength=len(one.texts)).tolist()
        results = []
        for new, score, place, count in zip(one.texts, best.values.tolist(), best.indices.tolist(), heard, strict=True):
            classes = [{"name": names[c], "probability": p} for c, p in zip(place, score, strict=True)][: one.top]
            known = {} if new.id is None else {"id": new.id}
            results.append({**known, "classes": classes, "neighbours_heard": count if self._hears else 0})
        return {"results": results}

    @property
    def _hears(self) -> bool:
        return self.classified.answer.decision.used

    def _edges(self, one: NewTexts) -> torch.Tensor:
        """(2, m) from each neighbour to the text that names it; texts are numbered after the graph's nodes.

        Raises:
            DataError: a neighbour that is nowhere, or two texts of one id.
        """
        nodes, own = len(self._place), dict[str, int]()
        for number, new in enumerate(one.texts):
            if new.id is not None and own.setdefault(new.id, nodes + number) != nodes + number:
                raise DataError(f"two texts with the id {new.id!r}", expected="an id of its own for each")
        pairs = set()
        for number, new in enumerate(one.texts):
            for name in map(str, new.neighbours):
                place = own.get(name, self._place.get(name))
                if place is None:
                    hint = did_you_mean(name, self._place, quoted=True) if len(self._place) < 100_000 else ""
                    found = f"the neighbour {name!r} of text {number + 1}"
                    raise DataError(found, expected="the id of a node or of a text of the request", hint=hint)
                pairs.add((place, nodes + number))
                if place >= nodes:
                    pairs.add((nodes + number, place))  # both texts are new: each is the other's neighbour
        return torch.tensor(sorted(pairs), dtype=torch.long).reshape(-1, 2).T
