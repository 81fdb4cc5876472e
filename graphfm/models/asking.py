"""A question to a model of triples, by name: `graphfm.complete` and `graphfm.explain`."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any, NamedTuple

from graphfm.errors import DataError
from graphfm.models import opening
from graphfm.models.candidates import RANGE, Given, KnownGiven
from graphfm.models.completing import wanted
from graphfm.models.discovering import discover
from graphfm.models.many_questions import ManyQuestions
from graphfm.models.question_tables import answers, predict_batch
from graphfm.notebook import as_arrow, as_polars, frame_html, frame_text
from graphfm.shards import Shard

if TYPE_CHECKING:
    import pandas as pd

    from graphfm.datasets.triples.graph import Triples
    from graphfm.models.link_model import LinkModel
    from graphfm.models.named_paths import NamedExplanation


class Completion(NamedTuple):
    """The best answers, best first.

    Args:
        question: what was asked, in words.
        columns: see `graphfm.models.link_model.LinkModel.predict_tails`; of many questions, each question's before them.
        explained: whether the model follows paths, so that `explain` says why.
    """

    question: str
    columns: dict[str, Any]
    explained: bool = False

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One answer a row, as plain values by the name of their column."""
        lists = [column if isinstance(column, list) else column.tolist() for column in self.columns.values()]
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*lists, strict=True)]

    @property
    def row_count(self) -> int:
        """How many rows there are, without making one."""
        return len(next(iter(self.columns.values()), ()))

    def frame(self) -> pd.DataFrame:
        """One answer a line."""
        import pandas as pd

        return pd.DataFrame(self.columns)

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {"question": self.question, "answers": self.rows}

    def polars(self) -> Any:
        """`frame` as a ``polars.DataFrame``; needs polars."""
        return as_polars(self.frame())

    def arrow(self) -> Any:
        """`frame` as a ``pyarrow.Table``; needs pyarrow."""
        return as_arrow(self.frame())

    def __repr__(self) -> str:
        return frame_text(self.frame(), self.question)

    def _repr_html_(self) -> str:
        return frame_html(self.frame(), self.question)


def complete(
    checkpoint: LinkModel | str | PathLike[str],
    *,
    head: str | None = None,
    relation: str | None = None,
    tail: str | None = None,
    questions: ManyQuestions | None = None,
    shard: str | None = None,
    data: Triples | str | PathLike[str] | None = None,
    top: int = 10,
    new: bool = False,
    candidates: Given = None,
    known: KnownGiven = None,
    heads: Given = RANGE,
    by_name: bool = False,
) -> Completion:
    """The best answers to a question: two of head, relation and tail ask for the third; all three are scored; a relation
    alone asks for its best new triples over all heads.

    Args:
        checkpoint: a `LinkModel`, its file, or the folder of its run.
        head, relation, tail: identifiers or labels.
        questions: many questions in place of one: a table with the columns head, relation, tail, each row of which leaves
            one empty or none, a frame, or such rows.
        shard: "i/n": of many questions, part i of n alone, so that n machines share a file; rows keep their numbers.
        data: graph to answer on; by default the one the model was trained on. Of an inductive set, its second graph.
        top: answers to a question.
        new: leave out triples that the data has.
        candidates: the entities that may answer: "range" for those that training has on that side of the relation,
            "type:NAME", a file with a name a line, or names; all by default.
        known: a table of further triples that are known, or such triples by name; they are left out.
        heads: of a relation alone, the heads to ask about, in the words of `candidates`, or "all".
        by_name: the relation has no fact, or the graph does not have it: its name says what it means, to a model that reads it.

    Raises:
        DataError: no such model or graph, an unknown name with the nearest ones, or neither one question nor a table.
    """
    check_question(questions=questions, head=head, relation=relation, tail=tail)
    alone = questions is None and head is None and tail is None
    in_range = isinstance(heads, str) and heads == RANGE
    if heads is not None and not in_range and not alone:
        raise DataError("heads with more than a relation", expected="them with a relation alone, whose heads they are")
    if candidates is not None and head is not None and tail is not None:
        raise DataError("candidates with a head and a tail", expected="a question that entities answer")
    part = Shard.of(shard)
    if questions is None and part.count > 1:
        raise DataError(f"the shard {part} of one question", expected="a file of questions, of which it is a part")
    if by_name and relation is None:
        raise DataError("by_name without a relation", expected="one question with a relation")
    model = opening.link_model(checkpoint, data=data)
    if by_name:
        asked, model = model, model.with_relation(str(relation))
        if model is not asked and alone and in_range:
            hint = "--heads all asks about every entity; --heads type:NAME or a file about some."
            raise DataError(
                f"the new relation {relation!r}, which has no heads", expected="heads to ask about", hint=hint
            )
    ask = wanted(model.graph, top=top, new_only=new or alone, candidates=candidates, known=known)
    if questions is not None:
        frame = predict_batch(model, questions, ask, shard=part, progress=True)
        about = str(questions) if isinstance(questions, str | PathLike) else "the given questions"
        return Completion(about, {str(name): column for name, column in frame.items()})
    if alone:
        columns = discover(model, str(relation), ask, heads=heads, progress=True)
    else:
        columns = answers(model, ask, head=head, relation=relation, tail=tail)
    explained = model.family.explainer(model.model) is not None
    return Completion(in_words(model, head=head, relation=relation, tail=tail), columns, explained)


def check_question(*, questions: object | None, **names: str | None) -> None:
    """Refuse what is neither one question nor a table, before anything is read.

    Raises:
        DataError: one end alone or nothing, or a table and names.
    """
    asked = tuple(name for name, value in names.items() if value is not None)
    if questions is not None and asked:
        raise DataError(f"questions with {', '.join(asked)}", expected="a file of questions or one question")
    if questions is None and len(asked) < 2 and asked != ("relation",):
        found = " and ".join(asked) or "no question"
        expected = "a relation with a head or a tail, a head with a tail, a relation alone, or a file of questions"
        raise DataError(found, expected=expected)


def explain(
    checkpoint: LinkModel | str | PathLike[str],
    *,
    head: str,
    relation: str,
    tail: str,
    data: Triples | str | PathLike[str] | None = None,
    top: int = 5,
) -> NamedExplanation:
    """The paths behind an answer, and the gates behind them; for path reasoners and ULTRA.

    Args:
        checkpoint: a `LinkModel` that follows paths, its file, or the folder of its run.
        head, relation, tail: identifiers or labels.
        data: graph to reason on; by default the one the model was trained on. Of an inductive set, its second graph.
        top: paths.

    Raises:
        DataError: no such model or graph, an unknown name with the nearest ones, or a model that follows no paths.
    """
    return opening.link_model(checkpoint, data=data).explain(head, relation, tail, top=top)


def in_words(model: LinkModel, *, head: str | None, relation: str | None, tail: str | None) -> str:
    """A question as a person reads it: labels, identifiers where they are other words, and question marks."""
    ends = ["?" if name is None else _called(model, name) for name in (head, tail)]
    graph = model.graph
    said = "?" if relation is None else graph.relation_labels[graph.lookup_relation(relation)]
    return f"{ends[0]}  {said}  {ends[1]}"


def plain(name: str) -> str:
    """A name without what tells spellings of it apart: case, spaces, underscores."""
    return " ".join(name.replace("_", " ").split()).casefold()


def _called(model: LinkModel, name: str) -> str:
    entity = model.graph.lookup_entity(name)
    identifier, label = model.graph.entities[entity], model.graph.entity_labels[entity]
    return label if plain(identifier) == plain(label) else f"{label} ({identifier})"
