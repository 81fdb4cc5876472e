"""Questions to a model of triples: one by name, or a table of many, answered in batches."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from graphfm.datasets.tables.conventions import ROLES
from graphfm.errors import DataError
from graphfm.kg.batches import chunks, rows_that_fit
from graphfm.models.completing import Answers, Wanted, entity_answers, relation_answers, triple_answers
from graphfm.models.many_questions import QUESTION_KINDS, Coded, ManyQuestions, Understood, read, understood
from graphfm.progress import progress_bar
from graphfm.shards import Shard

if TYPE_CHECKING:
    import pandas as pd

    from graphfm.datasets.triples.graph import Triples
    from graphfm.models.link_scores import LinkScores

ANSWER_COLUMNS = ("row", "answer", "score", "rank", "known", "p_true", "p_beats_random")
NONE_LEFT = "found no candidate that is left, expected one that is no known fact."
ASKED_AT_ONCE = 512  # queries at most: a path reasoner holds more for each than its scores


def answers(
    model: LinkScores, ask: Wanted, *, head: str | None = None, relation: str | None = None, tail: str | None = None
) -> dict[str, Any]:
    """The columns of the best answers to one question, of which one of the three is asked, or of one triple.

    Raises:
        DataError: fewer than two names, or what `LinkModel.predict_tails` raises.
    """
    ids = [
        None if name is None else torch.tensor([find(name)], device=model.device)
        for find, name in ((model.entity_id, head), (model.relation_id, relation), (model.entity_id, tail))
    ]
    h, r, t = ids
    if h is not None and r is not None and t is not None:
        names = [model.graph.entities[int(h)], model.graph.relations[int(r)], model.graph.entities[int(t)]]
        labels = [
            model.graph.entity_labels[int(h)],
            model.graph.relation_labels[int(r)],
            model.graph.entity_labels[int(t)],
        ]
        named = {
            f"{role}_{what}": [x[i]] for i, role in enumerate(ROLES) for what, x in (("id", names), ("label", labels))
        }
        return named | triple_answers(model, h, r, t).values()
    if h is not None and r is not None:
        return entity_answers(model, h, r, ask).columns(model.graph, end="tail")
    if r is not None and t is not None:
        return entity_answers(model, t, r + model.graph.num_relations, ask).columns(model.graph, end="head")
    if h is not None and t is not None:
        return relation_answers(model, h, t, ask).columns(model.graph, end="relation")
    raise DataError("less than two of head, relation and tail", expected="two of them, or all three")


def predict_batch(
    model: LinkScores,
    questions: ManyQuestions,
    ask: Wanted,
    *,
    only: str | None = None,
    shard: str | Shard | None = None,
    progress: bool = False,
) -> pd.DataFrame:
    """The frame of `LinkModel.predict_batch`, or, with `only` "triple", that of `LinkModel.score_triples`.

    Of part i of n, the `shard` "i/n", consecutive rows alone are answered; they keep their numbers in the whole.
    """
    import pandas as pd

    part, written = Shard.of(shard), read(questions)
    here = part.rows(len(written["head"].place))
    written = {role: own._replace(place=own.place[here.start : here.stop]) for role, own in written.items()}
    asked = understood(model, written, only)
    parts = []
    with progress_bar("answering", total=int((asked.kind > 0).sum()), show=progress) as update:
        for kinds in (("head", "tail"), ("relation",), ("triple",)):
            rows = np.flatnonzero(np.isin(asked.kind, [QUESTION_KINDS.index(kind) for kind in kinds]))
            if len(rows):
                parts.append(_answered(model, asked, rows, ask, update))
    answered = np.zeros(len(asked.kind), dtype=bool)
    for found in parts:
        answered[found["row"]] = True
    unanswered = np.flatnonzero(~answered)
    parts.append({"row": unanswered, "answer": np.full(len(unanswered), -1)})
    columns = _joined(parts)
    row, answer = columns.pop("row"), columns.pop("answer")
    lacks = ~answered & (asked.kind > 0)
    problem = asked.problem.with_text(NONE_LEFT, lacks) if lacks.any() else asked.problem
    front: dict[str, Any] = {"row": row + 1 + here.start}
    front |= {role: own.column(row) for role, own in written.items()}
    if only is None:
        front["asked"] = Coded(asked.kind, [*QUESTION_KINDS]).column(row)
        front |= _named(model.graph, answer)
    return pd.DataFrame({**front, **columns, "problem": problem.column(row)}, copy=False)


def _answered(
    model: LinkScores, asked: Understood, rows: np.ndarray, ask: Wanted, update: Any
) -> dict[str, np.ndarray]:
    """The answers to questions of one kind, by row; equal questions are asked once. Relations have ids after all entities'."""
    graph, kind = model.graph, QUESTION_KINDS[asked.kind[rows[0]]]
    head, relation, tail = asked.ids[rows].T
    if kind in ("head", "tail"):
        is_head = asked.kind[rows] == QUESTION_KINDS.index("head")
        ids = [np.where(is_head, tail, head), relation + graph.num_relations * is_head]
    else:
        ids = [head, tail] if kind == "relation" else [head, relation, tail]
    key = functools.reduce(lambda found, column: found * (column.max() + 1) + column, ids)
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    columns = [torch.from_numpy(column[first]).to(model.device) for column in ids]
    times = np.bincount(place)

    def step(start: int, stop: int) -> dict[str, np.ndarray]:
        part = [column[start:stop] for column in columns]
        if kind == "relation":
            found: Answers = relation_answers(model, part[0], part[1], ask)
        elif kind == "triple":
            found = triple_answers(model, part[0], part[1], part[2])
        else:
            found = entity_answers(model, part[0], part[1], ask)
        update(advance=int(times[start:stop].sum()))
        own = {"query": (found.query + start).cpu().numpy(), "answer": found.answer.cpu().numpy()}
        return own | found.values()

    size = min(ASKED_AT_ONCE, rows_that_fit(graph.num_entities, model.device))
    pieces = list(chunks(step, len(first), size))
    found = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
    # Each question's answers are a run of its query's.
    count = np.bincount(found.pop("query"), minlength=len(first))
    start, lengths = count.cumsum() - count, count[place]
    taken = np.arange(lengths.sum()) + np.repeat(start[place] - (lengths.cumsum() - lengths), lengths)
    if kind == "relation":
        found["answer"] += graph.num_entities
    return {"row": np.repeat(rows, lengths), **{name: column[taken] for name, column in found.items()}}


def _joined(parts: list[dict[str, np.ndarray]]) -> dict[str, Any]:
    """The columns of all parts in the order of the rows, those that some part has; what another lacks is missing there."""
    import pandas as pd

    parts = [part for part in parts if len(part["row"])] or parts[:1]
    rows = np.concatenate([part["row"] for part in parts])
    order = np.argsort(rows, kind="stable") if len(parts) > 1 else slice(None)
    found: dict[str, Any] = {}
    for name in ANSWER_COLUMNS:
        there = [part[name] for part in parts if name in part]
        if there:
            kind = object if name == "known" else there[0].dtype  # of what is missing
            pieces = [part[name] if name in part else np.full(len(part["row"]), np.nan, dtype=kind) for part in parts]
            whole = np.concatenate(pieces)[order]
            found[name] = pd.array(whole, dtype="boolean") if name == "known" else whole
    return found


def _named(graph: Triples, answer: np.ndarray) -> dict[str, Any]:
    """Identifiers and labels of answers, of those alone that there are."""
    used = np.flatnonzero(np.bincount(answer[answer >= 0], minlength=1))
    place = np.full(graph.num_entities + graph.num_relations + 1, -1)
    place[used] = np.arange(len(used))
    kinds = (graph.entities, graph.relations), (graph.entity_labels, graph.relation_labels)
    found = {}
    for name, (of_entities, of_relations) in zip(("answer_id", "answer_label"), kinds, strict=True):
        texts = [
            of_entities[i] if i < graph.num_entities else of_relations[i - graph.num_entities] for i in used.tolist()
        ]
        found[name] = Coded(place[answer], texts).column(np.arange(len(answer)))
    return found
