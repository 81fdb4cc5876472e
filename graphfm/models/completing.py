"""The best answers to a question as a table, and many questions at once."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from graphfm.datasets.triples.graph import Triples
from graphfm.errors import DataError
from graphfm.kg.ranks import ranks_among

if TYPE_CHECKING:
    import pandas as pd

    from graphfm.models.link_model import LinkModel


class Answers(NamedTuple):
    """The K best entities of one query, best first, all on one device."""

    entity: Tensor  # (K,) ids
    score: Tensor  # (K,)
    rank: Tensor  # (K,) among all entities, in the middle of ties
    known: Tensor  # (K,) bool

    def columns(self, graph: Triples, probability: Tensor, *, end: str) -> dict[str, Any]:
        """The columns that `LinkModel.predict_tails` gives, by name.

        Args:
            graph: names the entities.
            probability: `(K,)` of the answers.
            end: "head" or "tail", which was asked for.
        """
        ids = self.entity.tolist()
        return {
            f"{end}_id": [graph.entities[e] for e in ids],
            f"{end}_label": [graph.entity_labels[e] for e in ids],
            "score": self.score.cpu().numpy(),
            "rank": self.rank.cpu().numpy(),
            "known": self.known.cpu().numpy(),
            "probability": probability.numpy(),
        }


def best_answers(scores: Tensor, *, known: Tensor, near: Tensor, top: int, new_only: bool = False) -> Answers:
    """The entities of highest score.

    Args:
        scores: `(V,)` of all entities.
        known: `(n,)` ids of known answers.
        near: `()` how far apart scores still tie, see `graphfm.kg.ranks.slack`.
        top: how many.
        new_only: leave known answers out.
    """
    is_known = torch.zeros(len(scores), dtype=torch.bool, device=scores.device)
    is_known[known] = True
    order = scores.argsort(descending=True, stable=True)
    order = (order[~is_known[order]] if new_only else order)[:top]
    return Answers(order, scores[order], ranks_among(scores, scores[order], near), is_known[order])


def complete_pairs(
    model: LinkModel, path: str | PathLike[str], *, top: int = 10, new_only: bool = False
) -> pd.DataFrame:
    """The best answers to every line of a table with the columns ``head, relation`` or ``relation, tail``.

    Args:
        model: answers.
        path: CSV, or tab-separated where the name ends in .tsv or .txt, with a header.
        top, new_only: see `LinkModel.predict_tails`.

    Returns:
        One frame: ``head, relation`` (or ``relation, tail``) of the question before the columns of each answer.

    Raises:
        DataError: a table without these columns, or an unknown name, with file and line.
    """
    import pandas as pd

    file = Path(path)
    try:
        table = pd.read_csv(file, sep="," if file.suffix == ".csv" else "\t", dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise DataError(
            f"no readable table ({error})", expected="a CSV or TSV file with a header", path=file
        ) from error
    given = [name for name in ("head", "relation", "tail") if name in table]
    if given not in (["head", "relation"], ["relation", "tail"]):
        found = ", ".join(map(str, table.columns))
        raise DataError(f"the columns {found}", expected="head and relation, or relation and tail", path=file, line=1)
    predict = model.predict_tails if given[0] == "head" else model.predict_heads
    frames = []
    for number, pair in enumerate(table[given].itertuples(index=False, name=None)):
        try:
            answers = predict(*pair, top=top, new_only=new_only)
        except DataError as error:
            raise error.at(file, number + 2) from error
        frames.append(answers.assign(**dict(zip(given, pair, strict=True)))[[*given, *answers.columns]])
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=given)
