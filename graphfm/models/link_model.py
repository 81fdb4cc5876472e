"""A trained link predictor with its vocabulary: answers by name, as frames; saved in one file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from graphfm.datasets.triples.graph import Triples
from graphfm.errors import DataError
from graphfm.kg.calibration import Calibration
from graphfm.kg.listed import ListCalibration
from graphfm.models.candidates import Given, KnownGiven
from graphfm.models.checkpoint import LINK
from graphfm.models.completing import Wanted, wanted
from graphfm.models.discovering import discover
from graphfm.models.families import family_of
from graphfm.models.fields import built
from graphfm.models.kept import Kept
from graphfm.models.link_scores import LinkScores
from graphfm.models.many_questions import ManyQuestions
from graphfm.models.name_index import NameIndex
from graphfm.models.named_paths import NamedExplanation, explain
from graphfm.models.question_tables import answers, predict_batch
from graphfm.models.vocabulary import as_values, core, from_values, relation_numbers
from graphfm.text import load_encoder

if TYPE_CHECKING:
    import pandas as pd


class LinkModel(LinkScores, Kept):
    """A model of triples that answers by name; see `LinkScores` for its arguments.

    >>> model = LinkModel.load("runs/umls/model.ckpt")                     # doctest: +SKIP
    >>> model.predict_tails("virus", "causes", top=3)                      # doctest: +SKIP
    """

    file_kind = LINK

    def predict_tails(
        self,
        head: str,
        relation: str,
        *,
        top: int = 10,
        new_only: bool = False,
        candidates: Given = None,
        known: KnownGiven = None,
    ) -> pd.DataFrame:
        """The best answers to (head, relation, ?).

        Args:
            head, relation: identifiers or labels.
            top: number of rows.
            new_only: leave out triples of the data.
            candidates: "range" for the entities that training has on that side of the relation, "type:NAME", a file with a
                name a line, or names; all entities by default.
            known: a table of further triples that are known, or such triples by name, which are left out.

        Returns:
            A frame, best first, with ``tail_id, tail_label, score, rank, known`` and the probabilities that the model has.
            `rank` is among all candidates, in the middle of ties; `known` marks triples of the data. `p_true` is the
            probability that an answer, listed as it is among all others, is true where the question has an answer that
            is not yet known (`graphfm.kg.listed`); `p_beats_random` weighs it against one random wrong answer alone
            (`graphfm.kg.calibration`). A column is left out where validation triples could not support it.

        Raises:
            DataError: an unknown name, with the nearest ones; a relation or an entity no triple of which was trained on.
        """
        ask = wanted(self.graph, top=top, new_only=new_only, candidates=candidates, known=known)
        return _frame(answers(self, ask, head=head, relation=relation))

    def predict_heads(
        self,
        relation: str,
        tail: str,
        *,
        top: int = 10,
        new_only: bool = False,
        candidates: Given = None,
        known: KnownGiven = None,
    ) -> pd.DataFrame:
        """The best answers to (?, relation, tail), as `predict_tails` gives them, with ``head_id, head_label``."""
        ask = wanted(self.graph, top=top, new_only=new_only, candidates=candidates, known=known)
        return _frame(answers(self, ask, relation=relation, tail=tail))

    def predict_relations(
        self, head: str, tail: str, *, top: int = 10, new_only: bool = False, known: KnownGiven = None
    ) -> pd.DataFrame:
        """The best answers to (head, ?, tail), as `predict_tails` gives them, with ``relation_id, relation_label``."""
        ask = wanted(self.graph, top=top, new_only=new_only, known=known)
        return _frame(answers(self, ask, head=head, tail=tail))

    def score_triples(self, triples: ManyQuestions) -> pd.DataFrame:
        """Given triples, each judged as an answer to (head, relation, ?).

        Args:
            triples: a table with the columns head, relation and tail, a frame, or triples by name.

        Returns:
            A frame with ``row, head, relation, tail``, as given, ``score, rank, known, p_true, p_beats_random`` as
            `predict_tails` has them, and ``problem``, which says what hindered an answer and is empty otherwise.
        """
        return predict_batch(self, triples, Wanted(), only="triple")

    def predict_batch(
        self,
        questions: ManyQuestions,
        *,
        top: int = 10,
        new_only: bool = False,
        candidates: Given = None,
        known: KnownGiven = None,
        progress: bool = False,
    ) -> pd.DataFrame:
        """Many questions at once, of all kinds.

        Args:
            questions: a table with the columns head, relation, tail, of which each row leaves one empty, or none to have
                the triple scored; a frame; or such rows, with None or "" for what is asked. A column may lack.
            top, new_only, candidates, known: see `predict_tails`.
            progress: draw a bar, on a terminal.

        Returns:
            A frame with ``row`` (of the question, from 1), ``head, relation, tail`` (as given), ``asked`` (head, relation,
            tail or triple), ``answer_id, answer_label`` and the columns of `predict_tails`; ``problem`` is empty, or says
            why the question has no answer: then it is the question's only row.

        Raises:
            DataError: a table that cannot be read, or has none of the columns.
        """
        ask = wanted(self.graph, top=top, new_only=new_only, candidates=candidates, known=known)
        return predict_batch(self, questions, ask, progress=progress)

    def discover(
        self,
        relation: str,
        *,
        top: int = 10,
        heads: Given = "range",
        candidates: Given = None,
        known: KnownGiven = None,
        progress: bool = False,
    ) -> pd.DataFrame:
        """The best new triples of a relation, over all its heads.

        Args:
            relation: identifier or label.
            top: number of rows.
            heads: the heads to ask about, in the words of `candidates`; by default those that training has as heads of
                the relation, and "all" for every entity.
            candidates, known: of the tails, see `predict_tails`.
            progress: draw a bar, on a terminal.

        Returns:
            A frame, best score first, with ``head_id, head_label, tail_id, tail_label, score, rank``, the rank among all
            tails of that head, and ``p_beats_random`` where the model has it. There is no `p_true`: it speaks of
            questions that have an answer, and many heads have none.
        """
        ask = wanted(self.graph, top=top, new_only=True, candidates=candidates, known=known)
        return _frame(discover(self, relation, ask, heads=heads, progress=progress))

    def explain(self, head: str, relation: str, tail: str, *, top: int = 5) -> NamedExplanation:
        """The paths behind an answer, and the gates behind them: of path reasoners and ULTRA.

        Args:
            head, relation, tail: identifiers or labels.
            top: paths.

        Raises:
            DataError: an unknown name, or a model that follows no paths.
        """
        if (explainer := self.family.explainer(self.model)) is None:
            name = self.card.get("model", self.kind)
            hint = "`--checkpoint default --data DATA` explains answers about any graph, with no training."
            raise DataError(f"{name}, which follows no paths", expected="a path reasoner, such as mokgr", hint=hint)
        triple = self.entity_id(head), self.relation_id(relation), self.graph.lookup_entity(tail)
        numbers = relation_numbers(self.model, self.graph).tolist()
        more: dict[str, Any] = {
            "numbers": numbers,
            "known": self.known,
            "pruning": getattr(self.reasoner, "pruning", ()),
            "top": top,
        }
        return explain(explainer, self.facts, self.graph, triple, **more)

    def with_relation(self, name: str) -> LinkModel:
        """This model, asked for a relation of which its graph has no fact, or that the graph does not have: by its name.

        A relation that has facts changes nothing.

        Raises:
            DataError: a model that does not read names of relations, or one that is on no graph.
        """
        self._needs_a_graph()
        graph, known = self.graph, NameIndex(self.graph, "relation").get(name) >= 0
        if known and bool((graph.train[:, 1] == graph.lookup_relation(name)).any()):
            return self
        if not self.family.reads_relations(self.model):
            raise DataError(
                f"{self.card.get('model', self.kind)}, which does not read names of relations",
                expected="a model that answers relations by their names: default",
                hint="Ask for a relation of which the graph has facts.",
            )
        if not known:
            names, labels = [*graph.relations, name], [*graph.relation_labels, name]
            texts = None if graph.relation_text is None else [*graph.relation_text, name]
            graph = replace(graph, relations=names, relation_labels=labels, relation_text=texts, inference=None)
        found = self.on(graph)
        found.by_name = True
        return found

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
            listed=self.listed if {*graph.entities} == {*start.graph.entities} else None,
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
            "listed": {what: found._asdict() for what, found in self.listed.items()},
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
            listed={what: ListCalibration(**found) for what, found in content.get("listed", {}).items()},
            text_encoder=None
            if encoder is None
            else load_encoder(encoder, device=device, tensors=content["text_encoder_tensors"]),
            trained=content.get("trained"),
        )


def _frame(columns: Mapping[str, Any]) -> pd.DataFrame:
    import pandas as pd  # a third of a second, which the command line can do without

    return pd.DataFrame(columns)
