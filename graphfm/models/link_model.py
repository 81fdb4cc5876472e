"""A trained link predictor with its vocabulary: completion by name, scores, probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from graphfm.datasets.triples.graph import Triples
from graphfm.errors import DataError
from graphfm.kg.batches import evaluating
from graphfm.kg.calibration import Calibration
from graphfm.kg.known import KnownAnswers
from graphfm.kg.ranks import slack
from graphfm.models.checkpoint import LINK
from graphfm.models.completing import Answers, best_answers
from graphfm.models.families import Family, family_of
from graphfm.models.fields import built
from graphfm.models.kept import Kept
from graphfm.models.named_paths import NamedExplanation, explain
from graphfm.models.vocabulary import as_values, core, from_values, index, relation_numbers
from graphfm.text import load_encoder

if TYPE_CHECKING:
    import pandas as pd

    from graphfm.kg.paths.reasoner import Reasoner

SCORED_AT_ONCE = 4096  # triples
SCORED_WHOLE = 64  # queries at a time of a model that scores all entities or none


class LinkModel(Kept):
    """A model of triples that answers by name.

    Args:
        model: `model(data, head, rel) -> scores (B, V)`, in the ids of `graph`; where it returns a tuple, its first item.
        graph: the vocabulary, and the triples the model was trained and judged on.
        kind: the family of the model, or what files call it; see `graphfm.models.families`.
        settings: the plain arguments it was built from.
        card: what a reader should know: data, seed, metrics, versions.
        calibration: map from scores to probabilities, where one was fitted.
        text_encoder: of the entities' texts, where the model reads them.
        trained: fingerprints of the triples it was pretrained on, see `graphfm.datasets.triples.fingerprints`.

    >>> model = LinkModel.load("runs/umls/model.ckpt")                     # doctest: +SKIP
    >>> model.predict_tails("virus", "causes", top=3)                      # doctest: +SKIP
    """

    file_kind = LINK

    def __init__(
        self,
        model: nn.Module,
        graph: Triples,
        *,
        kind: str | Family = "kge",
        settings: dict[str, Any] | None = None,
        card: dict[str, Any] | None = None,
        calibration: Calibration | None = None,
        text_encoder: Any = None,
        trained: Tensor | None = None,
    ) -> None:
        self.family = kind if isinstance(kind, Family) else family_of(kind)
        self.model, self.graph, self.calibration = model.eval(), graph, calibration
        self.settings, self.card, self.text_encoder = settings or {}, card or {}, text_encoder
        self.trained = trained
        self.origin: LinkModel | None = None  # the model as it was trained, of one that was placed on another graph

    @property
    def kind(self) -> str:
        """What files call the family."""
        return self.family.kind

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
        facts = self.family.observe(self.model, self.graph)
        return None if facts is None else facts.to(self.device)

    @property
    def reasoner(self) -> Reasoner | None:
        """What follows paths in the model; None where nothing does."""
        return self.family.reasoner(self.model)

    def entity_id(self, name: str) -> int:
        """Id of an entity, by identifier or label.

        Raises:
            DataError: an unknown name, with the nearest ones; or a model that is on no graph.
        """
        self._needs_a_graph()
        return self.graph.lookup_entity(name)

    def relation_id(self, name: str) -> int:
        """Id of a relation that can be asked for.

        Raises:
            DataError: an unknown name, with the nearest ones; a relation no triple of which was trained on; or a model that
                is on no graph.
        """
        self._needs_a_graph()
        relation = self.graph.lookup_relation(name)
        unknown = int(relation_numbers(self.model, self.graph)[relation]) < 0
        untrained = self.graph.relations[relation] in self.card.get("untrained_relations", ())
        if unknown or (untrained and not self.family.new_relations):
            raise DataError(
                f"the relation {name!r}, which no training triple has", expected="a relation that was trained on"
            )
        return relation

    def _needs_a_graph(self) -> None:
        if not self.graph.relations:
            hint = "Place it on one: model.on(graph), or --data on the command line."
            raise DataError("a model that belongs to no graph", expected="a graph to answer on", hint=hint)

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
        import pandas as pd  # a third of a second, which the command line can do without

        return pd.DataFrame(self.answers(head=head, relation=relation, top=top, new_only=new_only))

    def predict_heads(self, relation: str, tail: str, *, top: int = 10, new_only: bool = False) -> pd.DataFrame:
        """The best answers to (?, relation, tail), as `predict_tails` gives them, with ``head_id, head_label``."""
        import pandas as pd

        return pd.DataFrame(self.answers(relation=relation, tail=tail, top=top, new_only=new_only))

    def answers(
        self, *, relation: str, head: str | None = None, tail: str | None = None, top: int = 10, new_only: bool = False
    ) -> dict[str, Any]:
        """The columns of `predict_tails` by name where the head is given, those of `predict_heads` where the tail is.

        Raises:
            DataError: neither end is given or both, or what `predict_tails` raises.
        """
        if (head is None) == (tail is None):
            raise DataError("neither end" if head is None else "both ends", expected="a head or a tail")
        if top < 1:
            raise DataError(f"top={top}", expected="at least 1")
        entity, rel = self.entity_id(str(tail if head is None else head)), self.relation_id(relation)
        end, rel = ("head", rel + self.graph.num_relations) if head is None else ("tail", rel)
        query = (torch.tensor([n], device=self.device) for n in (entity, rel))
        found = self.best(*query, top=top, new_only=new_only)
        return found.columns(self.graph, self.probability(found.score), end=end)

    def explain(self, head: str, relation: str, tail: str, *, top: int = 5) -> NamedExplanation:
        """The paths behind an answer and the gates behind them; for a path reasoner alone.

        Args:
            head, relation, tail: identifiers or labels.
            top: paths.

        Raises:
            DataError: an unknown name, or a model that follows no paths.
        """
        if self.reasoner is None:
            name = self.card.get("model", self.kind)
            raise DataError(f"{name}, which follows no paths", expected="a path reasoner, such as mokgr")
        triple = self.entity_id(head), self.relation_id(relation), self.entity_id(tail)
        numbers = relation_numbers(self.model, self.graph).tolist()
        return explain(self.reasoner, self.facts, self.graph, triple, numbers=numbers, known=self.known, top=top)

    def best(self, head: Tensor, rel: Tensor, *, top: int, new_only: bool = False) -> Answers:
        """The best answers to queries by id, whose relations may be inverse ones. Shapes: `head, rel (B,)`."""
        scores, known = self.scores(head, rel), self.known.answers(head, rel)
        return best_answers(scores, known=known, near=slack(self.model, scores), top=top, new_only=new_only)

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
        start = self.origin or self
        model = self.family.place(start.model, start.graph, graph, text_encoder=self.text_encoder).to(self.device)
        placed = LinkModel(
            model,
            graph,
            kind=self.family,
            settings=self.settings,
            card=self.card,
            calibration=self.calibration,
            text_encoder=self.text_encoder,
            trained=self.trained,
        )
        placed.origin = start
        return placed

    def content(self) -> dict[str, Any]:
        """All that a file has to hold, by name.

        Raises:
            DataError: a model in the ids of another graph; the original is the one to keep.
        """
        if core(self.model) is not self.model:
            raise DataError("a model in the ids of another graph", expected="the model it was made from")
        encoder = self.text_encoder
        return {
            "kind": self.kind,
            "settings": self.settings,
            "state_dict": {name: tensor.cpu() for name, tensor in self.model.state_dict().items()},
            **as_values(self.graph),
            "calibration": None if self.calibration is None else self.calibration._asdict(),
            "text_encoder": None if encoder is None else encoder.spec(),
            "text_encoder_tensors": {} if encoder is None else dict(encoder.tensors()),
            "trained": self.trained,
            "card": self.card,
        }

    @classmethod
    def from_content(cls, content: Mapping[str, Any], *, device: torch.device | str | None = None) -> LinkModel:
        """A model from what its file holds, as `graphfm.models.checkpoint.read` gives it."""
        family, settings = family_of(content["kind"]), content["settings"]
        model = built(family.build, settings, content["state_dict"])
        calibration, encoder = content["calibration"], content["text_encoder"]
        return cls(
            model.to(device or "cpu"),
            from_values(content),
            kind=family,
            settings=settings,
            card=content["card"],
            calibration=None if calibration is None else Calibration(**calibration),
            text_encoder=None
            if encoder is None
            else load_encoder(encoder, device=device, tensors=content["text_encoder_tensors"]),
            trained=content.get("trained"),
        )
