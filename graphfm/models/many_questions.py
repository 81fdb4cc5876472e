"""Tables of questions to a model of triples: read from a file, a frame or rows, and understood by name."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from graphfm.datasets.tables.conventions import ROLES, role_columns
from graphfm.datasets.tables.declared import Reading
from graphfm.errors import DataError
from graphfm.models.name_index import NameIndex

if TYPE_CHECKING:
    import pandas as pd

    from graphfm.models.link_scores import LinkScores

#: A table, a frame, or rows of head, relation and tail, of which None, "" or "?" is asked.
ManyQuestions: TypeAlias = (
    "str | os.PathLike[str] | pd.DataFrame | Iterable[Sequence[str | None] | Mapping[str, str | None]]"
)
QUESTION_KINDS = ("", "head", "relation", "tail", "triple")  # what a question asks for
#: The place among QUESTION_KINDS by which of head, relation and tail are named: 4, 2 and 1, added.
KIND_OF = np.array([0, 0, 0, 1, 0, 2, 3, 4])

log = logging.getLogger(__name__)


class Coded(NamedTuple):
    """n texts, most of which repeat: the different ones, and which of them each is."""

    place: np.ndarray  # (n,) of int, -1 where there is none
    texts: list[str]

    def column(self, rows: np.ndarray) -> Any:
        """The texts of some rows as a column of a frame."""
        import pandas as pd

        return pd.Series(self.texts).array.take(self.place[rows], allow_fill=True)

    def with_text(self, text: str, rows: np.ndarray) -> Coded:
        """The same with another text in some rows."""
        return Coded(np.where(rows, len(self.texts), self.place), [*self.texts, text])


class Understood(NamedTuple):
    """n questions: what each asks for, and what hinders it."""

    kind: np.ndarray  # (n,) of int: places in QUESTION_KINDS, 0 where nothing can be made of a question
    ids: np.ndarray  # (n, 3), -1 of what is asked
    problem: Coded  # "" where there is none


def read(questions: ManyQuestions) -> dict[str, Coded]:
    """The columns head, relation and tail as they are written, "" where a cell or a column lacks; three columns of a file
    whose first line names none are these, in this order.

    Raises:
        DataError: none of the columns, no row, or what the reader of tables raises.
    """
    from graphfm.datasets.tables.whole import as_pandas, read_table

    path = Path(questions) if isinstance(questions, str | os.PathLike) else None
    if path is not None:
        table = read_table(path)
        if len(table.header) == 3 and not role_columns(table.header):  # no header: head, relation, tail
            table = read_table(path, Reading({}, header=False))
            table = table._replace(columns=dict(zip(ROLES, table.columns.values(), strict=True)), header=[*ROLES])
        columns: Mapping[str, Sequence[Any]] = table.columns
        header = table.header
    elif hasattr(questions, "columns"):
        frame = as_pandas(questions)
        header = [str(name) for name in frame.columns]
        columns = {name: frame.iloc[:, i].tolist() for i, name in enumerate(header)}
    else:
        rows = [_by_role(row, number) for number, row in enumerate(questions, start=1)]  # type: ignore[arg-type]
        header = [*dict.fromkeys(name for row in rows for name in row)] or [*ROLES]
        columns = {name: [row.get(name) for row in rows] for name in header}
    places = role_columns(header)
    if len(places) < 2:
        raise DataError(
            f"the columns {', '.join(header)}",
            expected="two or all of head, relation, tail",
            hint="" if path is None else "Name them in the first line; without names, three columns are these.",
            path=path,
            line=None if path is None else 1,
        )
    others = [name for place, name in enumerate(header) if place not in places.values() and name]
    if others and len(places) < len(ROLES):
        lacking = " or ".join(role for role in ROLES if role not in places)
        log.warning("No column of the questions is named %s; not read: %s.", lacking, ", ".join(map(repr, others[:5])))
    size = len(next(iter(columns.values()), []))
    if not size and path is not None:
        raise DataError("no question", expected="a row for each", path=path)
    empty = Coded(np.zeros(size, dtype=np.int64), [""])
    return {role: _coded(columns[header[places[role]]]) if role in places else empty for role in ROLES}


def understood(model: LinkScores, written: Mapping[str, Coded], only: str | None) -> Understood:
    """Names as ids, and what each question asks for; each name is looked up once.

    Args:
        model: whose names and relations can be asked for.
        written: what `read` gives.
        only: the one kind of QUESTION_KINDS that is wanted; all by default.
    """
    import pandas as pd

    entities, relations = NameIndex(model.graph, "entity"), NameIndex(model.graph, "relation")
    askable, trained = set(model.askable.tolist()), model.trained_entities

    def resolved(name: str, *, relation: bool) -> tuple[int, str]:
        index = relations if relation else entities
        found = index.get(name)
        if found < 0:
            return found, index.problem(name)
        if relation:
            return found, "" if found in askable else f"no training triple has the relation {name!r}"
        lacks = not trained[found] and model.needs_triples
        return found, f"no training triple has the entity {name!r}, and the model has no text of it" if lacks else ""

    blank = {"", *(mark for mark in ("?",) if entities.get(mark) < 0 and relations.get(mark) < 0)}
    given = np.stack(
        [np.array([text not in blank for text in own.texts])[own.place] for own in written.values()]
    )  # (3, n)
    pattern = np.array([4, 2, 1]) @ given
    kind = KIND_OF[pattern]
    if only is not None:
        kind = np.where(kind == QUESTION_KINDS.index(only), kind, 0)
    wanted = "head, relation and tail" if only == "triple" else "two or all of head, relation, tail"
    ids, problems = np.full((len(kind), 3), -1), ["", *(_short_of(wanted, which) for which in range(8))]
    problem = np.where(kind == 0, 1 + pattern, 0)
    for column, (role, own) in enumerate(written.items()):
        rows = np.flatnonzero((kind > 0) & given[column])
        place = own.place[rows]
        id_of, why_of = np.full(len(own.texts), -1), np.zeros(len(own.texts), dtype=np.int64)
        for i in pd.unique(place).tolist():
            id_of[i], why = resolved(own.texts[i], relation=role == "relation")
            if why:
                why_of[i] = len(problems)
                problems.append(why)
        ids[rows, column] = id_of[place]
        problem[rows] = np.where(problem[rows] == 0, why_of[place], problem[rows])
    return Understood(np.where(problem == 0, kind, 0), ids, Coded(problem, problems))


def _by_role(row: Sequence[str | None] | Mapping[str, str | None], number: int) -> Mapping[str, str | None]:
    """A question of Python by the names of its columns."""
    if isinstance(row, Mapping):
        return row
    if isinstance(row, str) or len(row) != len(ROLES):
        hint = "None stands for what is asked."
        raise DataError(f"{row!r} as question {number}", expected="(head, relation, tail)", hint=hint)
    return dict(zip(ROLES, row, strict=True))


def _short_of(wanted: str, pattern: int) -> str:
    """What is said of a question that names too little, by what it names."""
    there = " and ".join(role for role, bit in zip(ROLES, (4, 2, 1), strict=True) if pattern & bit) or "nothing"
    return f"found {there}, expected {wanted}."


def _coded(cells: Sequence[Any]) -> Coded:
    """Cells as text, "" for one that is missing; spaces around them do not count."""
    import pandas as pd

    column = pd.Series(cells, dtype=object)
    if pd.api.types.infer_dtype(column, skipna=True) not in ("string", "empty"):
        # Equal cells may read differently: 1, 1.0 and True.
        missing = pd.isna(column).tolist()
        column = pd.Series([None if m else _name(cell) for cell, m in zip(cells, missing, strict=True)], dtype=object)
    place, different = pd.factorize(column)
    return Coded(place + 1, ["", *(text.strip() for text in different)])


def _name(cell: Any) -> str:
    """A cell that may be no text, as a name; whole numbers that a frame holds as floats are whole again."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
