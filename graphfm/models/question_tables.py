"""ManyQuestions to a model of triples: one by name, or a table of many, answered in batches."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import torch
from torch import Tensor

from graphfm.datasets.tables.conventions import ROLES, role_columns
from graphfm.errors import DataError
from graphfm.kg.batches import chunks, rows_that_fit
from graphfm.models.completing import Answers, Wanted, entity_answers, relation_answers, triple_answers
from graphfm.models.name_index import NameIndex
from graphfm.progress import progress_bar
from graphfm.shards import Shard

if TYPE_CHECKING:
    import pandas as pd

    from graphfm.models.link_scores import LinkScores

#: A table, a frame, or rows of head, relation and tail, of which None or "" is asked.
ManyQuestions: TypeAlias = (
    "str | os.PathLike[str] | pd.DataFrame | Iterable[Sequence[str | None] | Mapping[str, str | None]]"
)
ASKED_AT_ONCE = 512  # queries at most: a path reasoner holds more for each than its scores


class _Asked(NamedTuple):
    """n questions: what each asks for, "" where nothing can be made of it, and its ids, -1 of what is asked."""

    kind: np.ndarray  # (n,) of str: head, relation, tail, triple or ""
    ids: np.ndarray  # (n, 3)
    problem: list[str]


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

    part, written = Shard.of(shard), _read(questions)
    here = part.rows(len(written["head"]))
    written = {role: cells[here.start : here.stop] for role, cells in written.items()}
    asked = _understood(model, written, only)
    parts = []
    total = sum(kind != "" for kind in asked.kind.tolist())
    with progress_bar("answering", total=total, show=progress) as update:
        for kinds in (("head", "tail"), ("relation",), ("triple",)):
            rows = np.flatnonzero(np.isin(asked.kind, kinds))
            if len(rows):
                parts.append(_answered(model, asked, rows, ask, update))
    unanswered = np.flatnonzero(asked.kind == "")
    if len(unanswered) or not parts:
        parts.append(pd.DataFrame({"row": unanswered}))
    frame = pd.concat(parts, ignore_index=True)
    frame = frame.sort_values("row", kind="stable", ignore_index=True)
    row = frame.pop("row").to_numpy(dtype=np.int64)
    front: dict[str, Any] = {"row": row + 1 + here.start}
    front |= {role: np.array(written[role], dtype=object)[row] for role in ROLES}
    if only is None:
        front["asked"] = asked.kind[row]
        front |= {name: frame.get(name) for name in ("answer_id", "answer_label")}
    numbers = {name: frame[name] for name in ("score", "rank", "known", "p_true", "p_beats_random") if name in frame}
    if "known" in numbers:
        numbers["known"] = numbers["known"].astype("boolean")
    problems = np.array(asked.problem, dtype=object)[row]
    return pd.DataFrame({**front, **numbers, "problem": problems})


def _answered(model: LinkScores, asked: _Asked, rows: np.ndarray, ask: Wanted, update: Any) -> pd.DataFrame:
    """The answers to questions of one kind, by row; equal questions are asked once."""
    import pandas as pd

    graph, kind = model.graph, str(asked.kind[rows[0]])
    ids = torch.from_numpy(asked.ids[rows])
    if kind in ("head", "tail"):
        is_head = torch.from_numpy(asked.kind[rows] == "head")
        ids = torch.stack(
            [torch.where(is_head, ids[:, 2], ids[:, 0]), ids[:, 1] + graph.num_relations * is_head], dim=1
        )
    elif kind == "relation":
        ids = ids[:, [0, 2]]
    ids, place = torch.unique(ids, dim=0, return_inverse=True)
    columns = ids.to(model.device).unbind(1)
    times = torch.bincount(place)

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
    pieces = list(chunks(step, len(ids), size))
    found = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
    # Each question's answers are a run of its query's.
    count = np.bincount(found["query"], minlength=len(ids))
    start, own = count.cumsum() - count, place.numpy()
    lengths = count[own]
    taken = np.arange(lengths.sum()) + np.repeat(start[own] - (lengths.cumsum() - lengths), lengths)
    names, labels = (
        (graph.relations, graph.relation_labels) if kind == "relation" else (graph.entities, graph.entity_labels)
    )
    answer = found["answer"][taken]
    named = {
        "answer_id": np.array(names, dtype=object)[answer],
        "answer_label": np.array(labels, dtype=object)[answer],
    }
    numbers = {name: column[taken] for name, column in found.items() if name not in ("query", "answer")}
    return pd.DataFrame({"row": np.repeat(rows, lengths), **named, **numbers})


def _read(questions: ManyQuestions) -> dict[str, list[str]]:
    """The three columns as they are written, "" where a cell or a column lacks.

    Raises:
        DataError: none of the columns, or what the reader of tables raises.
    """
    import pandas as pd

    from graphfm.datasets.tables.whole import as_pandas, read_table

    path = Path(questions) if isinstance(questions, str | os.PathLike) else None
    if path is not None:
        table = read_table(path)
        columns: Mapping[str, Sequence[Any]] = table.columns
        header = table.header
    elif hasattr(questions, "columns"):
        frame = as_pandas(questions)
        header = [str(name) for name in frame.columns]
        columns = {name: frame.iloc[:, i].tolist() for i, name in enumerate(header)}
    else:
        given: Any = questions
        rows = [row if isinstance(row, Mapping) else dict(zip(ROLES, row, strict=True)) for row in given]
        header, columns = list(ROLES), {role: [row.get(role) for row in rows] for role in ROLES}
    places = role_columns(header)
    if len(places) < 2:
        raise DataError(
            f"the columns {', '.join(header)}",
            expected="two or all of head, relation, tail",
            hint="Name them in the first line.",
            path=path,
            line=None if path is None else 1,
        )
    size = len(next(iter(columns.values()), []))
    empty = [""] * size
    found = {role: columns[header[places[role]]] if role in places else empty for role in ROLES}
    return {role: ["" if pd.isna(cell) else str(cell).strip() for cell in cells] for role, cells in found.items()}


def _understood(model: LinkScores, written: Mapping[str, list[str]], only: str | None) -> _Asked:
    """Names as ids, and what each question asks for."""
    entities, relations = NameIndex(model.graph, "entity"), NameIndex(model.graph, "relation")
    askable = set(model.askable.tolist())
    trained: Tensor = model.trained_entities
    kinds = {
        (True, True, False): "tail",
        (False, True, True): "head",
        (True, False, True): "relation",
        (True,) * 3: "triple",
    }
    n = len(written["head"])
    kind, ids, problem = [""] * n, np.full((n, 3), -1), [""] * n
    said = dict[tuple[str, bool], tuple[int, str]]()

    def resolved(name: str, *, relation: bool) -> tuple[int, str]:
        index = relations if relation else entities
        found = index.get(name)
        if found < 0:
            return found, index.problem(name)
        if relation:
            return found, "" if found in askable else f"no training triple has the relation {name!r}"
        lacks = not trained[found] and model.needs_triples
        return found, f"no training triple has the entity {name!r}, and the model has no text of it" if lacks else ""

    for i, names in enumerate(zip(*(written[role] for role in ROLES), strict=True)):
        asked = kinds.get(tuple(name != "" for name in names), "")  # type: ignore[call-overload]
        if not asked or only not in (None, asked):
            there = " and ".join(role for role, name in zip(ROLES, names, strict=True) if name) or "nothing"
            wanted = "head, relation and tail" if only == "triple" else "two or all of head, relation, tail"
            problem[i] = f"found {there}, expected {wanted}."
            continue
        for column, name in enumerate(names):
            if name:
                key = name, column == 1
                if key not in said:
                    said[key] = resolved(name, relation=column == 1)
                ids[i, column], why = said[key]
                problem[i] = problem[i] or why
        kind[i] = "" if problem[i] else asked
    return _Asked(np.array(kind, dtype=object), ids, problem)
