"""The best answers to questions by id: which entities may answer, which are left out, how they rank."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from graphfm.datasets.triples.graph import Triples
from graphfm.errors import DataError
from graphfm.kg.known import KnownAnswers
from graphfm.kg.listed import best_scores
from graphfm.kg.ranking import finite
from graphfm.kg.ranks import compare, ranks_among, slack
from graphfm.models.candidates import AnswerSet, known_answers

if TYPE_CHECKING:
    from graphfm.models.link_scores import LinkScores

COUNTED = 32  # answers a question up to which counting for each is cheaper than sorting all entities


class Wanted(NamedTuple):
    """What is asked of every answer.

    Args:
        top: answers to a question.
        new_only: leave out triples of the data.
        candidates: the entities that may answer; all by default.
        known: triples that are known besides those of the data; they are left out.
    """

    top: int = 10
    new_only: bool = False
    candidates: AnswerSet | None = None
    known: KnownAnswers | None = None


def wanted(
    graph: Triples,
    *,
    top: int = 10,
    new_only: bool = False,
    candidates: str | os.PathLike[str] | Iterable[str] | None = None,
    known: str | os.PathLike[str] | Iterable[tuple[str, str, str]] | None = None,
) -> Wanted:
    """What a user asks of the answers, see `graphfm.models.candidates`.

    Raises:
        DataError: `top` below 1, or what the candidates and the known triples raise.
    """
    if top < 1:
        raise DataError(f"top={top}", expected="at least 1")
    chosen = None if candidates is None else AnswerSet(graph, candidates)
    return Wanted(top, new_only, chosen, None if known is None else known_answers(graph, known))


class Answers(NamedTuple):
    """The best answers to B queries, query by query and best first, all on one device: n answers."""

    query: Tensor  # (n,) which of the queries
    answer: Tensor  # (n,) ids of entities or, where relations were asked for, of relations
    score: Tensor  # (n,)
    rank: Tensor  # (n,) among all candidates, in the middle of ties
    numbers: dict[str, Tensor]  # (n,) by the name of its column: known, and the probabilities that the model has

    def values(self) -> dict[str, Any]:
        """The columns of numbers by name, see `LinkModel.predict_tails`."""
        columns = {"score": self.score, "rank": self.rank, **self.numbers}
        return {name: column.cpu().numpy() for name, column in columns.items()}

    def columns(self, graph: Triples, *, end: str) -> dict[str, Any]:
        """The columns that `LinkModel.predict_tails` gives, by name.

        Args:
            graph: names the answers.
            end: "head", "relation" or "tail", which was asked for.
        """
        names, labels = (
            (graph.relations, graph.relation_labels) if end == "relation" else (graph.entities, graph.entity_labels)
        )
        ids = self.answer.tolist()
        return {f"{end}_id": [names[i] for i in ids], f"{end}_label": [labels[i] for i in ids], **self.values()}


def best_answers(
    scores: Tensor,
    *,
    near: Tensor,
    top: int,
    among: Tensor | None = None,
    left_out: tuple[Tensor, Tensor] | None = None,
) -> Answers:
    """The entities of highest score of each query; of equal scores, the first ids.

    Args:
        scores: `(B, V)` of all entities.
        near: `(B,)` how far apart scores still tie, see `graphfm.kg.ranks.slack`.
        top: how many.
        among: `(B, V)` or `(1, V)` bool, the candidates; all by default. Ranks are among them.
        left_out: query `(k,)` and entity `(k,)` of candidates that are ranked and not listed.
    """
    ranked = scores if among is None else scores.masked_fill(~among, -torch.inf)
    eligible = ranked
    if left_out is not None:
        eligible = ranked.clone()
        eligible[left_out] = -torch.inf
    # All that are as good as the last one that counts: a sort of a few in place of one of all.
    least = eligible.topk(min(top, scores.size(1)), dim=1).values[:, -1:]
    query, entity = ((eligible >= least) & (eligible > -torch.inf)).nonzero().unbind(1)
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
        lowest = torch.full_like(near, torch.inf).scatter_reduce(0, query, score, "amin")
        ranked = _within_reach(ranked, lowest, near)
        for column in range(int(place.max()) + 1 if len(place) else 0):
            here = place == column
            rows = query[here]
            every = ranked if len(rows) == len(ranked) else ranked[rows]
            greater, at_least = compare(every, score[here, None], near[rows, None])
            rank[here] = (greater.sum(1) + at_least.sum(1) + 1).double() / 2
    else:
        rank = torch.cat([ranks_among(row, score[query == n], near[n]) for n, row in enumerate(ranked)])
    return Answers(query, entity, score, rank, {})


def _within_reach(scores: Tensor, lowest: Tensor, near: Tensor) -> Tensor:
    """The scores of each query that are at least its lowest listed one, or tie with it: no other bears on the ranks of those.

    Shapes: `scores (B, V)`, `lowest, near (B,)` -> `(B, K)`, minus infinity where a query has less.
    """
    query, entity = compare(scores, lowest[:, None], near[:, None])[1].nonzero().unbind(1)
    counts = torch.bincount(query, minlength=len(scores))
    place = torch.arange(len(query), device=scores.device) - (counts.cumsum(0) - counts)[query]
    found = scores.new_full((len(scores), int(counts.max()) if len(query) else 0), -torch.inf)
    found[query, place] = scores[query, entity]
    return found


@torch.no_grad()
def entity_answers(model: LinkScores, head: Tensor, rel: Tensor, ask: Wanted) -> Answers:
    """The best answers to (head, relation, ?), whose relations may be inverse ones. Shapes: `head, rel (B,)`."""
    scores = finite(model.scores(head, rel))
    pairs = [index.answers(head, rel) for index in _left_out(model, ask)]
    left_out = tuple(torch.cat(part) for part in zip(*pairs, strict=True)) if pairs else None
    found = best_answers(
        scores,
        near=slack(model.model, scores),
        top=ask.top,
        among=None if ask.candidates is None else ask.candidates.mask(rel),
        left_out=left_out,  # type: ignore[arg-type]
    )
    return _with_numbers(model, found, scores, head, rel)


@torch.no_grad()
def triple_answers(model: LinkScores, head: Tensor, rel: Tensor, tail: Tensor) -> Answers:
    """Each given tail as the answer to its own query. Shapes: `head, rel, tail (B,)`, n = B."""
    scores = finite(model.scores(head, rel))
    query = torch.arange(len(head), device=head.device)
    score = scores[query, tail]
    greater, at_least = compare(scores, score[:, None], slack(model.model, scores)[:, None])
    rank = (greater.sum(1) + at_least.sum(1) + 1).double() / 2
    return _with_numbers(model, Answers(query, tail, score, rank, {}), scores, head, rel)


@torch.no_grad()
def relation_answers(model: LinkScores, head: Tensor, tail: Tensor, ask: Wanted) -> Answers:
    """The best answers to (head, ?, tail), among the relations that can be asked for. Shapes: `head, tail (B,)`."""
    relations = model.askable.to(head.device)
    scores = finite(model.relation_scores(head, tail))  # (B, number of relations)

    def among(index: KnownAnswers) -> Tensor:
        return index.contains(head[:, None], relations[None], tail[:, None])  # (B, number of relations)

    left_out = torch.zeros_like(scores, dtype=torch.bool)
    for index in _left_out(model, ask):
        left_out |= among(index)
    query, place = left_out.nonzero().unbind(1)
    found = best_answers(scores, near=slack(model.model, scores), top=ask.top, left_out=(query, place))
    numbers = {"known": model.known.contains(head[found.query], relations[found.answer], tail[found.query])}
    if "relations" in model.listed:
        learnt = among(model.learnt)
        best, _ = best_scores(scores, learnt)
        apart = learnt[found.query, found.answer]
        numbers["p_true"] = model.listed["relations"](found.score, found.query, best, apart=apart)
    if model.calibration is not None:
        numbers["p_beats_random"] = model.probability(found.score)
    return found._replace(answer=relations[found.answer], numbers=numbers)


def _left_out(model: LinkScores, ask: Wanted) -> list[KnownAnswers]:
    return [model.known] * ask.new_only + ([] if ask.known is None else [ask.known.to(model.device)])


def _with_numbers(model: LinkScores, found: Answers, scores: Tensor, head: Tensor, rel: Tensor) -> Answers:
    """The answers with whether they are known, and with the probabilities that the model has."""
    h, r = head[found.query], rel[found.query]
    numbers = {"known": model.known.contains(h, r, found.answer)}
    if "entities" in model.listed:
        best, _ = best_scores(scores, model.learnt.answers(head, rel))
        apart = model.learnt.contains(h, r, found.answer)
        numbers["p_true"] = model.listed["entities"](found.score, found.query, best, apart=apart)
    if model.calibration is not None:
        numbers["p_beats_random"] = model.probability(found.score)
    return found._replace(numbers=numbers)
