"""A question to a model of triples, by name: `graphfm.complete` and `graphfm.explain`."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any, NamedTuple

from graphfm.errors import DataError
from graphfm.models import opening
from graphfm.models.completing import complete_pairs

if TYPE_CHECKING:
    import pandas as pd

    from graphfm.datasets.triples.graph import Triples
    from graphfm.models.link_model import LinkModel
    from graphfm.models.named_paths import NamedExplanation

QUESTIONS = ("head", "relation"), ("relation", "tail")


class Completion(NamedTuple):
    """The best answers, best first.

    Args:
        question: what was asked, in words.
        columns: see `graphfm.models.link_model.LinkModel.predict_tails`; of many questions, each question's before them.
    """

    question: str
    columns: dict[str, Any]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One answer a row, as plain values by the name of their column."""
        lists = [column if isinstance(column, list) else column.tolist() for column in self.columns.values()]
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*lists, strict=True)]

    def frame(self) -> pd.DataFrame:
        """One answer a line."""
        import pandas as pd

        return pd.DataFrame(self.columns)

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {"question": self.question, "answers": self.rows}


def complete(
    checkpoint: LinkModel | str | PathLike[str],
    *,
    head: str | None = None,
    relation: str | None = None,
    tail: str | None = None,
    pairs: str | PathLike[str] | None = None,
    data: Triples | str | PathLike[str] | None = None,
    top: int = 10,
    new: bool = False,
) -> Completion:
    """The best answers to (head, relation, ?) or (?, relation, tail), or to every line of a table.

    Args:
        checkpoint: a `LinkModel`, its file, or the folder of its run.
        head, relation, tail: identifiers or labels; the relation and one end.
        pairs: a CSV or TSV file with the columns ``head, relation`` or ``relation, tail`` in place of one question.
        data: graph to answer on; by default the one the model was trained on. Of an inductive set, its second graph.
        top: answers to a question.
        new: leave out triples that the data has.

    Raises:
        DataError: no such model or graph, an unknown name with the nearest ones, or neither one question nor a table.
    """
    check_question(head=head, relation=relation, tail=tail, pairs=pairs)
    model = opening.link_model(checkpoint, data=data)
    if pairs is not None:
        frame = complete_pairs(model, pairs, top=top, new_only=new)
        return Completion(str(pairs), {str(name): column.to_numpy() for name, column in frame.items()})
    columns = model.answers(head=head, relation=str(relation), tail=tail, top=top, new_only=new)
    return Completion(in_words(model, head=head, relation=str(relation), tail=tail), columns)


def check_question(*, pairs: object | None, **names: str | None) -> None:
    """Refuse what is neither one question nor a table, before anything is read.

    Raises:
        DataError: a relation without an end or with both, or a table and names.
    """
    asked = tuple(name for name, value in names.items() if value is not None)
    if pairs is not None and asked:
        raise DataError(f"pairs with {', '.join(asked)}", expected="a file of pairs or one question")
    if pairs is None and asked not in QUESTIONS:
        found = " and ".join(asked) or "no question"
        raise DataError(found, expected="a relation with a head or a tail, or a file of pairs")


def explain(
    checkpoint: LinkModel | str | PathLike[str],
    *,
    head: str,
    relation: str,
    tail: str,
    data: Triples | str | PathLike[str] | None = None,
    top: int = 5,
) -> NamedExplanation:
    """The paths behind an answer of a path reasoner, and the gates behind them.

    Args:
        checkpoint: a `LinkModel` that follows paths, its file, or the folder of its run.
        head, relation, tail: identifiers or labels.
        data: graph to reason on; by default the one the model was trained on. Of an inductive set, its second graph.
        top: paths.

    Raises:
        DataError: no such model or graph, an unknown name with the nearest ones, or a model that follows no paths.
    """
    return opening.link_model(checkpoint, data=data).explain(head, relation, tail, top=top)


def in_words(model: LinkModel, *, head: str | None, relation: str, tail: str | None) -> str:
    """A question as a person reads it: labels, identifiers where they are other words, and a question mark."""
    ends = ["?" if name is None else _called(model, name) for name in (head, tail)]
    return f"{ends[0]}  {model.graph.relation_labels[model.graph.lookup_relation(relation)]}  {ends[1]}"


def plain(name: str) -> str:
    """A name without what tells spellings of it apart: case, spaces, underscores."""
    return " ".join(name.replace("_", " ").split()).casefold()


def _called(model: LinkModel, name: str) -> str:
    entity = model.graph.lookup_entity(name)
    identifier, label = model.graph.entities[entity], model.graph.entity_labels[entity]
    return label if plain(identifier) == plain(label) else f"{label} ({identifier})"
