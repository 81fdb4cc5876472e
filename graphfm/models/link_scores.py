"""What a trained link predictor knows by id: scores of entities, relations and triples, what is known, what can be asked for."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import torch
from torch import Tensor, nn

from graphfm.datasets.triples.graph import Triples
from graphfm.errors import DataError
from graphfm.kg.batches import evaluating
from graphfm.kg.calibration import Calibration
from graphfm.kg.known import KnownAnswers
from graphfm.kg.listed import ListCalibration
from graphfm.models.families import Family, family_of
from graphfm.models.vocabulary import index, relation_numbers
from graphfm.notebook import facts_html
from graphfm.printable import printable

if TYPE_CHECKING:
    from graphfm.kg.paths.reasoner import Reasoner

SCORED_AT_ONCE = 4096  # triples
SCORED_WHOLE = 64  # queries at a time of a model that scores all entities or none

log = logging.getLogger(__name__)


class LinkScores:
    """A model of triples on the graph that it answers about.

    Args:
        model: `model(data, head, rel) -> scores (B, V)`, in the ids of `graph`; where it returns a tuple, its first item.
        graph: the vocabulary, and the triples the model was trained and judged on.
        kind: the family of the model, or what files call it; see `graphfm.models.families`.
        settings: the plain arguments it was built from.
        card: what a reader should know: data, seed, metrics, versions.
        calibration: map from scores to probabilities against one random wrong answer, where one was fitted.
        listed: maps from listed answers to probabilities, of "entities" and of "relations", where one was fitted.
        text_encoder: of the entities' texts, where the model reads them.
        trained: fingerprints of the triples it was pretrained on, see `graphfm.datasets.triples.fingerprints`.
    """

    def __init__(
        self,
        model: nn.Module,
        graph: Triples,
        *,
        kind: str | Family = "kge",
        settings: dict[str, Any] | None = None,
        card: dict[str, Any] | None = None,
        calibration: Calibration | None = None,
        listed: Mapping[str, ListCalibration] | None = None,
        text_encoder: Any = None,
        trained: Tensor | None = None,
    ) -> None:
        self.family = kind if isinstance(kind, Family) else family_of(kind)
        self.model, self.graph, self.calibration = model.eval(), graph, calibration
        self.settings, self.card, self.text_encoder = settings or {}, card or {}, text_encoder
        self.listed = dict(listed or {})
        self.trained = trained
        self.by_name = False  # relations without a fact are answered by their names
        self._told: set[int] = set()  # relations of which a user knows what there is to know
        self.origin: LinkScores | None = None  # the model as it was trained, of one that was placed on another graph

    def __repr__(self) -> str:
        on = self.graph.summary() if self.graph.relations else "on no graph"
        return printable(f"{type(self).__name__}({self.card.get('model', self.kind)}; {on})")

    def _repr_html_(self) -> str:
        about = {
            "model": self.card.get("model", self.kind),
            "graph": self.graph.summary(),
            "sources": self.card.get("sources"),
        }
        report = self.card.get("result", {}).get("report", {})
        about |= {"test MRR": report.get("mrr"), "calibrated": bool(self.listed)}
        about |= {"parameters": sum(p.numel() for p in self.model.parameters())}
        return facts_html(type(self).__name__, about)

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

    def knowing(self, triples: Tensor) -> Self:
        """This model, with further triples of its graph known: they are filtered as those of the graph are.

        Shapes: `triples (n, 3)`.
        """
        found = copy(self)
        found.known = index(self.graph, triples).to(self.device)
        return found

    @cached_property
    def facts(self) -> Any:
        """The observed graph that a model reads beside a query; None for one that keeps all in its vectors."""
        facts = self.family.observe(self.model, self.graph)
        facts = self.family.with_names(facts, self.graph) if self.by_name else facts
        return None if facts is None else self.family.prepared(self.model, facts.to(self.device), self.graph)

    @cached_property
    def learnt(self) -> KnownAnswers:
        """The training triples of the graph, on the model's device."""
        graph = self.graph
        found = KnownAnswers(graph.train, num_entities=graph.num_entities, num_relations=graph.num_relations)
        return found.to(self.device)

    @cached_property
    def askable(self) -> Tensor:
        """Ids of the relations that can be asked for: those the model was trained on, or all. Shapes: `-> (A,)`."""
        found = relation_numbers(self.model, self.graph)[: self.graph.num_relations].cpu() >= 0
        if not self.family.new_relations:
            untrained = set(self.card.get("untrained_relations", ()))
            found &= torch.tensor([name not in untrained for name in self.graph.relations], dtype=torch.bool)
        return found.nonzero().flatten()

    @property
    def reads_texts(self) -> bool:
        """Whether the model knows an entity by its text."""
        return self.facts is None and self.family.new_entities(self.settings)

    @property
    def needs_triples(self) -> bool:
        """Whether an entity has to have a training triple to be asked about: the model has neither its text nor paths else."""
        return self.family.needs_triples(self.settings)

    @cached_property
    def trained_entities(self) -> Tensor:
        """Which entities have a triple among those the model was trained on or, reading a graph, reads. Shapes: `-> (V,)`."""
        source = self.graph if self.origin is None or self.facts is not None else self.origin.graph
        seen = torch.zeros(source.num_entities, dtype=torch.bool)
        seen[source.train[:, [0, 2]].flatten()] = True
        if source is self.graph:
            return seen
        place = [source.entity_to_id.get(name, -1) for name in self.graph.entities]
        return torch.tensor([i >= 0 and bool(seen[i]) for i in place], dtype=torch.bool)

    @property
    def reasoner(self) -> Reasoner | None:
        """What follows paths in the model; None where nothing does."""
        return self.family.reasoner(self.model)

    def entity_id(self, name: str) -> int:
        """Id of an entity that can be asked about, by identifier or label.

        Raises:
            DataError: an unknown name, with the nearest ones; an entity without a training triple, of which the model has
                neither a text nor paths; or a model that is on no graph.
        """
        self._needs_a_graph()
        try:
            entity = self.graph.lookup_entity(name)
        except DataError as error:
            if self.origin is not None or self.card.get("settings", {}).get("protocol") is None:
                raise
            hint = f"{error.hint} The entities of an inductive set's second graph are asked about with --data.".strip()
            raise DataError(error.found, expected=error.expected, hint=hint) from error
        if not self.trained_entities[entity]:
            said = f"the entity {name!r}, which no training triple has"
            if self.needs_triples:
                paths = "No path starts there: give it a triple of the graph's train."
                texts = "A model trained with an encoder of entity texts (encoder=minilm) answers from its text."
                hint = texts if self.facts is None else paths
                raise DataError(said, expected="an entity that was trained on", hint=hint)
            if self.reads_texts:
                log.warning("The answers about %r come from its text alone: no training triple has it.", name)
        return entity

    def relation_id(self, name: str) -> int:
        """Id of a relation that can be asked for.

        Raises:
            DataError: an unknown name, with the nearest ones; a relation no triple of which was trained on; or a model that
                is on no graph.
        """
        self._needs_a_graph()
        try:
            relation = self.graph.lookup_relation(name)
        except DataError as error:
            if not self.family.reads_relations(self.model):
                raise
            hint = f"{error.hint} `graphfm complete --by-name` asks for a new relation by its name alone.".strip()
            raise DataError(error.found, expected=error.expected, hint=hint) from error
        if relation not in self.askable:
            raise DataError(
                f"the relation {name!r}, which no training triple has", expected="a relation that was trained on"
            )
        if relation not in self._told:  # once, however many questions there are
            self._told.add(relation)
            if said := self.family.about_relation(self.model, self.facts, self.graph, relation):
                log.warning(said)
        return relation

    def _needs_a_graph(self) -> None:
        if not self.graph.relations:
            hint = "Place it on one: model.on(graph), or --data on the command line."
            raise DataError("a model that belongs to no graph", expected="a graph to answer on", hint=hint)

    @torch.no_grad()
    def scores(self, head: Tensor, rel: Tensor) -> Tensor:
        """Scores of all entities as tails, by id; relations may be inverse ones. Shapes: `head, rel (B,) -> (B, V)`."""
        with evaluating(self.model):
            scores = self.model(self.facts, head, rel)
        return scores[0] if isinstance(scores, tuple) else scores

    def relation_scores(self, head: Tensor, tail: Tensor) -> Tensor:
        """Scores of the relations that can be asked for, in the order of `askable`. Shapes: `head, tail (B,) -> (B, A)`."""
        relations = self.askable.expand(len(head), -1)
        triples = torch.stack(
            [head.cpu()[:, None].expand_as(relations), relations, tail.cpu()[:, None].expand_as(relations)], -1
        )
        return self.score(triples.reshape(-1, 3)).view(relations.shape).to(self.device)

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
