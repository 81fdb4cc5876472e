"""Filtered ranks of the answer among all entities, or among given candidates: the only ranking code of the project.

Every query is a tail query (h, r, ?); the head query (?, r, t) is the tail query (t, r + R, ?). Larger scores are
better. The "realistic" rank is

    #greater + (#equal + 1) / 2

over the candidates left after every *other* known answer has been removed, where #equal counts the answer itself: the
mean of the optimistic rank, #greater + 1, and the pessimistic one, #greater + #equal. A constant scorer gets
(V + 1) / 2, not 1. The counts are taken on one score matrix over all entities and corrected by the scores of the known
answers in the same matrix, so no mask of queries by entities is built, and equal scores compare equal. A model whose
rounding tells equals apart says so by its `tie`, see `graphfm.kg.ranks.slack`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn

from graphfm.errors import GraphFMError
from graphfm.kg.batches import chunks, evaluating, rows_that_fit
from graphfm.kg.known import KnownAnswers, check_triples, head_queries
from graphfm.kg.ranks import Direction, Ranks, compare, concatenate, slack
from graphfm.ops.memory import check_memory
from graphfm.progress import progress_bar


@torch.no_grad()
def rank(
    model: Any,
    triples: Tensor,
    known: KnownAnswers,
    *,
    data: Any = None,
    directions: Sequence[Direction] = ("tail", "head"),
    batch_size: int | None = None,
    train: Tensor | None = None,
    progress: bool = False,
) -> Ranks:
    """Rank the answer of every triple among all entities, other known answers removed.

    Queries that share (h, r) are scored once, and so are those of heads that the model cannot tell apart. A module is put into
    evaluation mode for the time.

    Args:
        model: `model(data, head (B,), rel (B,)) -> scores (B, V)`; where it returns a tuple, its first item. It may have
            `twins(data) -> (V,)`: for each entity one that swapping it with changes nothing but the places of the two.
        triples: `(n, 3)` to rank, original direction.
        known: index of the true triples, commonly those of train, validation and test together.
        data: handed to the model.
        directions: which ends to ask for.
        batch_size: queries at a time; None finds it from the memory. Halved when memory runs out.
        train: `(m, 3)` training triples; with them, queries about entities absent from training are marked `unseen`.
        progress: show how many queries are done.

    Returns:
        Ranks, first of all tail queries in the order of `triples`, then of all head queries.

    Raises:
        GraphFMError: a score is NaN or infinite.
        DataError: ids out of range.
    """
    check_triples(triples, num_entities=known.num_entities, num_relations=known.num_relations)
    device = _device(model, triples)
    asked = _queries(triples, directions, known.num_relations)
    known = known.to(device)
    twins = _twins(model, data, known.num_entities, device)
    # By relation, whose queries share much, then by head, so that equal queries meet; twins take the place of the first of them.
    order = torch.argsort(asked[:, 1] * known.num_entities + twins.to(asked.device)[asked[:, 0]], stable=True)
    head, rel, answer = asked[order].to(device).unbind(1)

    def step(start: int, stop: int) -> Tensor:
        h, r, a = head[start:stop], rel[start:stop], answer[start:stop]
        twin = twins[h]
        pair, row = torch.unique_consecutive(r * known.num_entities + twin, return_inverse=True)
        scores = finite(model(data, pair % known.num_entities, pair // known.num_entities))  # (U, V)
        query, entity = known.answers(h, r)
        found = query, swapped(entity, h[query], twin[query])
        return _counts(scores, slack(model, scores), row, swapped(a, h, twin), found)

    counts, size = [], batch_size or rows_that_fit(known.num_entities, device)
    with evaluating(model), progress_bar("Ranking queries", total=len(order), show=progress) as update:
        for part in chunks(step, len(order), size):
            counts.append(part)
            update(advance=part.size(1))
    result = torch.empty(3, len(order), dtype=torch.long)
    result[:, order.cpu()] = torch.cat([*counts, head.new_empty(3, 0)], dim=1).cpu()
    seen = None if train is None else _seen(train, known.num_entities)
    return _ranks(result, triples.cpu(), directions, seen=seen, protocol="filtered, all entities")


@torch.no_grad()
def rank_candidates(
    model: Any,
    triples: Tensor,
    candidates: Tensor,
    *,
    direction: Direction,
    protocol: str,
    num_entities: int,
    num_relations: int,
    data: Any = None,
    batch_size: int | None = None,
) -> Ranks:
    """Rank the answer of every triple among wrong answers given with it, for instance OGB's lists.

    Not comparable with ranks among all entities, so `protocol` names the lists in every report.

    Args:
        model: as for `rank`; one that has `score(head, rel, tail)` scores the candidates only.
        triples: `(n, 3)`, original direction.
        candidates: `(n, m)` entities that take the place of the asked end.
        direction: the asked end.
        protocol: name of the lists, for instance "ogbl-wikikg2, 500 given".
        num_entities: V; the memory of a model without `score` is reckoned by it.
        num_relations: R, without inverses.

    Raises:
        GraphFMError: a score is NaN or infinite.
    """
    device = _device(model, triples)
    head, rel, answer = _queries(triples, (direction,), num_relations).to(device).unbind(1)
    options = torch.cat([answer[:, None], candidates.to(device)], dim=1)  # (n, 1 + m)
    chosen_only = hasattr(model, "score")
    width = options.size(1) if chosen_only else num_entities

    def step(start: int, stop: int) -> Tensor:
        h, r, tail = head[start:stop], rel[start:stop], options[start:stop]
        scores = finite(model.score(h[:, None], r[:, None], tail) if chosen_only else model(data, h, r))
        near = slack(model, scores)[:, None]
        scores = scores if chosen_only else scores.gather(1, tail)
        greater, at_least = (mask.sum(1) for mask in compare(scores, scores[:, :1], near))
        return torch.stack([greater + 1, at_least, torch.full_like(greater, tail.size(1))])

    with evaluating(model):
        counts = list(chunks(step, len(options), batch_size or rows_that_fit(width, device)))
    result = torch.cat([*counts, head.new_empty(3, 0)], dim=1)
    return _ranks(result.cpu(), triples.cpu(), (direction,), seen=None, protocol=protocol)


def rank_sampled(
    model: Any, triples: Tensor, known: KnownAnswers, *, num_negatives: int = 50, seed: int = 0, data: Any = None
) -> Ranks:
    """Rank the answer among `num_negatives` random wrong ones, in both directions, as the GraIL line of papers does.

    Far easier than ranking among all entities. The draw depends on `seed` alone.
    """
    generator, index, results = torch.Generator().manual_seed(seed), known.to("cpu"), []
    directions: tuple[Direction, ...] = ("tail", "head")
    check_memory(
        16 * len(triples) * num_negatives, what=f"{num_negatives:,} sampled answers to {len(triples):,} questions"
    )
    for direction in directions:
        head, rel, _ = _queries(triples.cpu(), (direction,), index.num_relations).unbind(1)
        candidates = index.sample_unknown(head, rel, num_negatives, generator=generator)
        ranks = rank_candidates(
            model,
            triples,
            candidates,
            direction=direction,
            protocol=f"filtered, {num_negatives} sampled",
            num_entities=index.num_entities,
            num_relations=index.num_relations,
            data=data,
        )
        results.append(ranks)
    return concatenate(results)


def _counts(scores: Tensor, near: Tensor, row: Tensor, answer: Tensor, known: tuple[Tensor, Tensor]) -> Tensor:
    """Optimistic rank, pessimistic rank and number of candidates of T queries.

    Shapes: `scores (U, V)`, `near (U,)`, `row, answer (T,)`, `known` = query and entity of each known answer `(K,)`
    -> `(3, T)`.
    """
    target, near = scores[row, answer], near[row]  # (T,)
    every = scores if len(scores) == len(row) else scores[row]  # (T, V)
    greater, at_least = (mask.sum(1) for mask in compare(every, target[:, None], near[:, None]))
    query, entity = known
    query, entity = (part[entity != answer[query]] for part in known)
    above, level = compare(scores[row[query], entity], target[query], near[query])

    def per_query(mask: Tensor) -> Tensor:
        return torch.zeros_like(answer).index_add_(0, query, mask.to(answer.dtype))

    removed = per_query(torch.ones_like(query))
    return torch.stack([greater - per_query(above) + 1, at_least - per_query(level), scores.size(1) - removed])


def swapped(entity: Tensor, one: Tensor, other: Tensor) -> Tensor:
    """The entities with `one` and `other` in each other's places. Shapes: all the same.

    >>> swapped(torch.tensor([0, 1, 2]), torch.tensor([0, 0, 0]), torch.tensor([2, 2, 2])).tolist()
    [2, 1, 0]
    """
    return torch.where(entity == one, other, torch.where(entity == other, one, entity))


def finite(scores: Tensor | tuple[Tensor, ...]) -> Tensor:
    """The scores, where there is a rank to give: of a tuple its first item.

    Raises:
        GraphFMError: a score is NaN or infinite.
    """
    scores = scores[0] if isinstance(scores, tuple) else scores
    # The sum is not finite where a score is not, and costs one pass; it can also overflow, hence the second look.
    if not torch.isfinite(scores.sum()) and not torch.isfinite(scores).all():
        bad = int((~torch.isfinite(scores)).sum())
        raise GraphFMError(
            f"{bad} of {scores.numel()} scores are NaN or infinite, so there is no rank to give. "
            "Lower the learning rate or clip gradients; a mask belongs beside the scores, not into them as -inf."
        )
    return scores


def _device(model: Any, triples: Tensor) -> torch.device:
    tensors = chain(model.parameters(), model.buffers()) if isinstance(model, nn.Module) else iter(())
    first = next(tensors, None)
    return triples.device if first is None else first.device


def _twins(model: Any, data: Any, num_entities: int, device: torch.device) -> Tensor:
    """What the model says, or each entity itself where it says nothing or is about to refuse the graph. Shapes: `-> (V,)`."""
    own = torch.arange(num_entities, device=device)
    found: Tensor = model.twins(data) if data is not None and hasattr(model, "twins") else own
    return found if len(found) == len(own) else own


def _queries(triples: Tensor, directions: Sequence[Direction], num_relations: int) -> Tensor:
    return torch.cat([triples if d == "tail" else head_queries(triples, num_relations) for d in directions])


def _seen(train: Tensor, num_entities: int) -> Tensor:
    seen = torch.zeros(num_entities, dtype=torch.bool)
    seen[train[:, [0, 2]].flatten().cpu()] = True
    return seen


def _ranks(
    counts: Tensor, triples: Tensor, directions: Sequence[Direction], *, seen: Tensor | None, protocol: str
) -> Ranks:
    n = len(triples)
    unseen = torch.zeros(n, dtype=torch.bool) if seen is None else ~(seen[triples[:, 0]] & seen[triples[:, 2]])
    is_head = torch.tensor([d == "head" for d in directions]).repeat_interleave(n)
    rows = torch.stack([torch.arange(n), triples[:, 1]]).repeat(1, len(directions))
    columns = torch.cat([counts, rows, is_head[None], unseen.repeat(len(directions))[None]])  # (7, Q)
    return Ranks.from_columns(columns.T, protocol=protocol)
