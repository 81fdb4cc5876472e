"""Answers of a link model, in batches: what a web service is asked, without the web."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import torch

from graphfm.errors import DataError
from graphfm.models.asking import in_words
from graphfm.models.completing import Wanted, entity_answers
from graphfm.models.link_model import LinkModel
from graphfm.serving.questions import Question, Why


class LinkService:
    """A link model on its graph.

    Raises:
        DataError: a model that belongs to no graph.
    """

    def __init__(self, model: LinkModel) -> None:
        if not model.graph.relations:
            hint = "Give one: graphfm serve MODEL --data FOLDER."
            raise DataError("a model that belongs to no graph", expected="a graph to answer on", hint=hint)
        self.model = model
        self.explains = model.reasoner is not None
        model.known, model.facts  # noqa: B018 (read now, not at the first question)

    def about(self) -> dict[str, Any]:
        """What is served."""
        model, graph = self.model, self.model.graph
        name = str(model.card.get("model", model.kind))
        return {
            "kind": "knowledge graph",
            "title": f"{name} on {graph.name}",
            "model": name,
            "graph": graph.name,
            "entities": graph.num_entities,
            "relations": graph.num_relations,
            "triples": len(graph.train),
            "explains": self.explains,
            "calibrated": "entities" in model.listed,
        }

    def answer(self, asked: Sequence[Question | Why]) -> list[dict[str, Any] | DataError]:
        """An answer for each, or what is wrong with it; questions of one size are asked of the model at once."""
        results: dict[int, dict[str, Any] | DataError] = {}
        together: dict[tuple[int, bool], list[tuple[int, Question, int, int]]] = {}
        for place, one in enumerate(asked):
            try:
                if isinstance(one, Why):
                    results[place] = self._explained(one)
                else:
                    entity, relation = self._ids(one)
                    together.setdefault((one.top, one.new), []).append((place, one, entity, relation))
            except DataError as error:
                results[place] = error
        for (top, new), part in together.items():
            results |= self._best(part, top=top, new=new)
        return [results[place] for place in range(len(asked))]

    def names(self, kind: str, like: str, limit: int) -> list[dict[str, str]]:
        """Entities or relations whose label or identifier begins with some letters, then those that contain them."""
        graph, wanted = self.model.graph, like.casefold()
        ids = graph.entities if kind == "entity" else graph.relations
        labels = graph.entity_labels if kind == "entity" else graph.relation_labels
        folded = self._folded[kind]
        first = [i for i, name in enumerate(folded) if name.startswith(wanted)][:limit]
        taken = set(first)
        for i, name in enumerate(folded):
            if len(first) >= limit:
                break
            if i not in taken and wanted in name:
                first.append(i)
        return [{"id": ids[i], "label": labels[i]} for i in first]

    @cached_property
    def _folded(self) -> dict[str, list[str]]:
        graph = self.model.graph
        pairs = {
            "entity": zip(graph.entity_labels, graph.entities, strict=True),
            "relation": zip(graph.relation_labels, graph.relations, strict=True),
        }
        return {kind: [f"{label} {i}".casefold() for label, i in names] for kind, names in pairs.items()}

    def _ids(self, one: Question) -> tuple[int, int]:
        if (one.head is None) == (one.tail is None):
            found = "a relation alone" if one.head is None else "a relation with both ends"
            raise DataError(found, expected="a relation with a head or a tail")
        relation = self.model.relation_id(one.relation)
        if one.head is not None:
            return self.model.entity_id(one.head), relation
        return self.model.entity_id(str(one.tail)), relation + self.model.graph.num_relations

    def _best(
        self, part: list[tuple[int, Question, int, int]], *, top: int, new: bool
    ) -> dict[int, dict[str, Any] | DataError]:
        device, graph = self.model.device, self.model.graph
        head, rel = (
            torch.tensor(column, device=device) for column in zip(*((e, r) for _, _, e, r in part), strict=True)
        )
        found = entity_answers(self.model, head, rel, Wanted(top, new))
        columns = {name.removeprefix("end_"): column for name, column in found.columns(graph, end="end").items()}
        lists = [column if isinstance(column, list) else column.tolist() for column in columns.values()]
        answers: list[list[dict[str, Any]]] = [[] for _ in part]
        for query, *values in zip(found.query.tolist(), *lists, strict=True):
            answers[query].append({"p_true": None, "p_beats_random": None, **dict(zip(columns, values, strict=True))})
        return {
            place: {
                "question": in_words(self.model, head=one.head, relation=one.relation, tail=one.tail),
                "answers": rows,
            }
            for (place, one, _, _), rows in zip(part, answers, strict=True)
        }

    def _explained(self, why: Why) -> dict[str, Any]:
        found = self.model.explain(why.head, why.relation, why.tail, top=why.top)
        return {
            "triple": list(found.triple),
            "known": found.known,
            "score": found.score,
            "rank": found.rank,
            "entities": found.entities,
            "paths": [
                {"text": str(p), "weight": p.weight, "edges": [list(edge) for edge in p.edges]} for p in found.paths
            ],
            "lengths": {str(length): weight for length, weight in found.lengths.items()},
        }
