"""The best answers to a question as a table, and many questions at once."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from graphfm.datasets.triples.graph import Triples
from graphfm.errors import DataError
from graphfm.kg.ranks import compare, ranks_among

if TYPE_CHECKING:
    import pandas as pd

    from graphfm.models.link_model import LinkModel


QUESTIONS_AT_ONCE = 64  # at once
COUNTED = 32  # answers a question up to which counting for each is cheaper than sorting all entities


class Answers(NamedTuple):
    """The best entities of B queries, query by query and best first, all on one device: n answers."""

    query: Tensor  # (n,) which of the queries
    entity: Tensor  # (n,) ids
    score: Tensor  # (n,)
    rank: Tensor  # (n,) among all entities, in the middle of ties
    known: Tensor  # (n,) bool

    def columns(self, graph: Triples, probability: Tensor, *, end: str) -> dict[str, Any]:
        """The columns that `LinkModel.predict_tails` gives, by name.

        Args:
            graph: names the entities.
            probability: `(n,)` of the answers.
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


def best_answers(
    scores: Tensor, *, known: tuple[Tensor, Tensor], near: Tensor, top: int, new_only: bool = False
) -> Answers:
    """The entities of highest score of each query; of equal scores, the first ids.

    Args:
        scores: `(B, V)` of all entities.
        known: the known answers, as `KnownAnswers.answers` gives them: query `(k,)` and entity `(k,)`.
        near: `(B,)` how far apart scores still tie, see `graphfm.kg.ranks.slack`.
        top: how many.
        new_only: leave known answers out.
    """
    is_known = torch.zeros(scores.shape, dtype=torch.bool, device=scores.device)
    is_known[known] = True
    eligible = scores.masked_fill(is_known, -torch.inf) if new_only else scores
    # All that are as good as the last one that counts: a sort of a few in place of one of all.
    least = eligible.topk(min(top, scores.size(1)), dim=1).values[:, -1:]
    query, entity = ((eligible >= least) & ~(is_known & new_only)).nonzero().unbind(1)
    score = scores[query, entity]
    order = score.argsort(descending=True, stable=True)
    order = order[query[order].argsort(stable=True)]
    query, entity, score = query[order], entity[order], score[order]
    counts = torch.bincount(query, minlength=len(scores))
    place = torch.arange(len(query), device=scores.device) - (counts.cumsum(0) - counts)[query]
    kept = place < top
    query, entity, score, place = query[kept], entity[kept], score[kept], place[kept]
    if top <= COUNTED:
        rank = torch.empty(len(query), dtype=torch.float64, device=scores.device)
        for column in range(int(place.max()) + 1 if len(place) else 0):
            here = place == column
            rows = query[here]
            greater, at_least = compare(scores[rows], score[here, None], near[rows, None])
            rank[here] = (greater.sum(1) + at_least.sum(1) + 1).double() / 2
    else:
        rank = torch.cat([ranks_among(row, score[query == n], near[n]) for n, row in enumerate(scores)])
    return Answers(query, entity, score, rank, is_known[query, entity])


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
    if top < 1:
        raise DataError(f"top={top}", expected="at least 1")
    pairs = list(table[given].itertuples(index=False, name=None))
    queries = torch.tensor(
        [_ids(model, pair, given, file, number + 2) for number, pair in enumerate(pairs)], dtype=torch.long
    )
    end = "tail" if given[0] == "head" else "head"
    frames = []
    for start in range(0, len(pairs), QUESTIONS_AT_ONCE):
        head, rel = queries[start : start + QUESTIONS_AT_ONCE].to(model.device).unbind(1)
        best = model.best(head, rel, top=top, new_only=new_only)
        asked = [pairs[start + number] for number in best.query.tolist()]
        columns = dict(zip(given, zip(*asked, strict=True), strict=True)) if asked else dict.fromkeys(given, ())
        frames.append(pd.DataFrame({**columns, **best.columns(model.graph, model.probability(best.score), end=end)}))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=given)


def _ids(model: LinkModel, pair: tuple[str, str], given: list[str], file: Path, line: int) -> tuple[int, int]:
    """Ids of an entity and a relation, an inverse one where the head is asked for."""
    named = dict(zip(given, pair, strict=True))
    try:
        relation = model.relation_id(named["relation"])
        if "head" in named:
            return model.entity_id(named["head"]), relation
        return model.entity_id(named["tail"]), relation + model.graph.num_relations
    except DataError as error:
        raise error.at(file, line) from error
