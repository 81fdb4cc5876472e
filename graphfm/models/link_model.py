"""A trained link predictor with its vocabulary: completion by name, scores, probabilities."""

from __future__ import annotations

import copy
import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from graphfm.datasets.triples.graph import Triples
from graphfm.errors import DataError
from graphfm.kg.batches import evaluating
from graphfm.kg.calibration import Calibration
from graphfm.kg.embeddings.entities import TextEntities
from graphfm.kg.known import KnownAnswers
from graphfm.kg.ranks import ranks_among, slack
from graphfm.models.observing import message_graph
from graphfm.models.vocabulary import Renumbered, entity_ids, entity_texts, index, relation_ids

if TYPE_CHECKING:
    import pandas as pd

    from graphfm.models.explaining import NamedExplanation

SCORED_AT_ONCE = 4096  # triples
SCORED_WHOLE = 64  # queries at a time of a model that scores all entities or none


class LinkModel:
    """A model of triples that answers by name.

    Args:
        model: `model(data, head, rel) -> scores (B, V)`, in the ids of `graph`; where it returns a tuple, its first item.
        graph: the vocabulary, and the triples the model was trained and judged on.
        kind: of the model, a key of `graphfm.models.families.KINDS`.
        settings: the plain arguments it was built from.
        card: what a reader should know: data, seed, metrics, versions.
        calibration: map from scores to probabilities, where one was fitted.
        text_encoder: of the entities' texts, where the model reads them.

    >>> model = LinkModel.load("runs/umls/model.ckpt")                     # doctest: +SKIP
    >>> model.predict_tails("virus", "causes", top=3)                      # doctest: +SKIP
    """

    def __init__(
        self,
        model: nn.Module,
        graph: Triples,
        *,
        kind: str = "kge",
        settings: dict[str, Any] | None = None,
        card: dict[str, Any] | None = None,
        calibration: Calibration | None = None,
        text_encoder: Any = None,
    ) -> None:
        self.model, self.graph, self.kind, self.calibration = model.eval(), graph, kind, calibration
        self.settings, self.card, self.text_encoder = settings or {}, card or {}, text_encoder

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return next(self.model.parameters()).device

    @cached_property
    def known(self) -> KnownAnswers:
        """Every triple of the graph, on the model's device."""
        return index(self.graph).to(self.device)

    @cached_property
    def facts(self) -> Any:
        """The observed graph that a model reads beside a query; None for one that keeps all in its vectors."""
        if self.kind == "kge":
            return None
        if self.kind == "paths":
            model: Any = self.model
            if not isinstance(model, Renumbered):
                return message_graph(self.graph).to(self.device)
            own: Any = model.model
            relations = model.relations[: self.graph.num_relations]
            graph = message_graph(self.graph, relations=relations, num_relations=own.num_relations)
            return graph.to(self.device)
        return self.graph.data("train").to(str(self.device))

    def relation_id(self, name: str) -> int:
        """Id of a relation that can be asked for.

        Raises:
            DataError: an unknown name, with the nearest ones; a relation no triple of which was trained on.
        """
        relation = self.graph.lookup_relation(name)
        unknown = isinstance(self.model, Renumbered) and int(self.model.relations[relation]) < 0
        if unknown or self.graph.relations[relation] in self.card.get("untrained_relations", ()):
            raise DataError(
                f"the relation {name!r}, which no training triple has", expected="a relation that was trained on"
            )
        return relation

    def predict_tails(self, head: str, relation: str, *, top: int = 10, new_only: bool = False) -> pd.DataFrame:
        """The best answers to (head, relation, ?).

        Args:
            head, relation: identifiers or labels.
            top: number of rows.
            new_only: leave out triples of the data.

        Returns:
            A frame with ``tail_id, tail_label, score, rank, known, probability``, best first. `rank` is among all
            entities, in the middle of ties; `known` marks triples of the data; `probability` weighs an answer against a
            random wrong one (not against the others of the list, of which the best was picked), NaN without calibration.

        Raises:
            DataError: an unknown name, with the nearest ones; a relation no triple of which was trained on.
        """
        head_id, rel = self.graph.lookup_entity(head), self.relation_id(relation)
        return self._predict(head_id, rel, top=top, new_only=new_only, end="tail")

    def predict_heads(self, relation: str, tail: str, *, top: int = 10, new_only: bool = False) -> pd.DataFrame:
        """The best answers to (?, relation, tail), as `predict_tails` gives them, with ``head_id, head_label``."""
        rel = self.relation_id(relation) + self.graph.num_relations
        return self._predict(self.graph.lookup_entity(tail), rel, top=top, new_only=new_only, end="head")

    def explain(self, head: str, relation: str, tail: str, *, top: int = 5) -> NamedExplanation:
        """The paths behind an answer and the gates behind them; for a path reasoner alone.

        Args:
            head, relation, tail: identifiers or labels.
            top: paths.

        Raises:
            DataError: an unknown name, or a model that follows no paths.
        """
        from graphfm.models.explaining import explain

        return explain(self, head, relation, tail, top=top)

    def _predict(self, entity: int, rel: int, *, top: int, new_only: bool, end: str) -> pd.DataFrame:
        import pandas as pd

        if top < 1:
            raise DataError(f"top={top}", expected="at least 1")
        head, relation = (torch.tensor([n], device=self.device) for n in (entity, rel))
        scores = self.scores(head, relation)[0]
        known = torch.zeros(len(scores), dtype=torch.bool, device=self.device)
        known[self.known.answers(head, relation)[1]] = True
        order = scores.argsort(descending=True, stable=True)
        order = (order[~known[order]] if new_only else order)[:top]
        chosen = scores[order]
        columns = {
            f"{end}_id": [self.graph.entities[e] for e in order.tolist()],
            f"{end}_label": [self.graph.entity_labels[e] for e in order.tolist()],
            "score": chosen.cpu().numpy(),
            "rank": ranks_among(scores, chosen, slack(self.model, scores)).cpu().numpy(),
            "known": known[order].cpu().numpy(),
            "probability": self.probability(chosen).numpy(),
        }
        return pd.DataFrame(columns)

    @torch.no_grad()
    def scores(self, head: Tensor, rel: Tensor) -> Tensor:
        """Scores of all entities as tails, by id; relations may be inverse ones. Shapes: `head, rel (B,) -> (B, V)`."""
        with evaluating(self.model):
            scores = self.model(self.facts, head, rel)
        return scores[0] if isinstance(scores, tuple) else scores

    @torch.no_grad()
    def score(self, queries: Tensor) -> Tensor:
        """Scores of triples by id, whose relations may be inverse ones. Shapes: `(n, 3) -> (n,)` on the CPU."""
        parts = [torch.empty(0)]
        score: Any = getattr(self.model, "score", None)
        whole = score is None
        for part in queries.split(SCORED_WHOLE if whole else SCORED_AT_ONCE):
            head, rel, tail = part.to(self.device).unbind(1)
            if whole:
                parts.append(self.scores(head, rel).gather(1, tail[:, None]).squeeze(1).cpu())
            else:
                with evaluating(self.model):
                    parts.append(score(head, rel, tail).cpu())
        return torch.cat(parts)

    def probability(self, scores: Tensor) -> Tensor:
        """Calibrated probabilities of scores, NaN without calibration. Shapes: `(n,) -> (n,)` float64."""
        if self.calibration is None:
            return torch.full(scores.shape, float("nan"), dtype=torch.float64)
        return self.calibration(scores)

    def on(self, graph: Triples) -> LinkModel:
        """This model in the ids of another graph: one with the same names, or with entities that its texts describe.

        Raises:
            DataError: names that the model knows nothing of.
        """
        model: Any = self.model
        relations, ids = relation_ids(graph, self.graph), None
        if self.kind == "kge":
            reads = isinstance(model.entities, TextEntities)
            ids, new = entity_ids(graph, self.graph, new_from=len(model.entities) if reads else None)
            if new:
                from graphfm.text import embed

                texts = entity_texts(graph)
                model = copy.deepcopy(model)
                model.entities.append(embed([texts[i] for i in new], self.text_encoder))
        same = graph.relations == self.graph.relations and (ids is None or graph.entities == self.graph.entities)
        if not same:
            model = Renumbered(model, ids, relations, num_relations=self.graph.num_relations).to(self.device)
        return LinkModel(
            model,
            graph,
            kind=self.kind,
            settings=self.settings,
            card=self.card,
            calibration=self.calibration,
            text_encoder=self.text_encoder,
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one file of tensors and plain values, at once or not at all."""
        from graphfm.models.checkpoint import save

        save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, device: torch.device | str | None = None) -> LinkModel:
        """Read what `save` wrote, from the file or its folder; nothing in the file is executed.

        Raises:
            DataError: no such file, or not a link model.
        """
        from graphfm.models.checkpoint import load

        return load(path, device=device)
