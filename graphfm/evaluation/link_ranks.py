"""The ranks of a model under the protocol of its data set: all entities, given candidates, sampled ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple, get_args

import torch
from torch import Tensor, nn

from graphfm.datasets.triples.entity_types import of_type
from graphfm.datasets.triples.graph import Triples
from graphfm.errors import DataError
from graphfm.evaluation import protocols
from graphfm.kg.ranking import Direction, rank, rank_candidates, rank_sampled
from graphfm.kg.ranks import Ranks, concatenate
from graphfm.models import LinkModel

Split = Literal["val", "test"]


def of_relations(graph: Triples, triples: Tensor, relations: Sequence[str] | None) -> Tensor:
    """The places of the triples that some relations have, by identifier or label; of all triples, for None.

    Shapes: `triples (n, 3) -> (m,)`.

    Raises:
        DataError: an unknown relation, with the nearest ones.
    """
    if relations is None:
        return torch.arange(len(triples))
    chosen = torch.tensor([graph.lookup_relation(name) for name in listed(relations)], dtype=torch.long)
    return torch.isin(triples[:, 1], chosen).nonzero().flatten()


def listed(names: Sequence[str]) -> Sequence[str]:
    """Names; one that is given as a string is one name and no list of letters."""
    return [names] if isinstance(names, str) else names


class Selection(NamedTuple):
    """What of a split is ranked: the triples of some relations, the queries whose answer is of some type."""

    rows: Tensor  # (n,) places of the triples in the split
    answers: Tensor | None = None  # (V,) entities whose queries count; None for all
    whole: bool = True  # whether that is all of the split

    def of(self, ranks: Ranks, triples: Tensor) -> Ranks:
        """The ranks of the queries that count, of those about the chosen triples."""
        if self.answers is None:
            return ranks
        head, _, tail = triples[ranks.triple].unbind(1)
        return ranks[self.answers[torch.where(ranks.is_head, head, tail)]]


def selection(
    graph: Triples, split: Split, *, relations: Sequence[str] | None = None, types: Sequence[str] | None = None
) -> Selection:
    """The triples of a split that some relations have, and the queries whose answer is of some types; all by default.

    Args:
        graph: what is judged on.
        split: "val" or "test".
        relations: identifiers or labels.
        types: of entities, see `graphfm.datasets.triples.entity_types`.

    Raises:
        DataError: another split, an unknown relation or type, with the nearest ones, or no triple to rank.
    """
    if split not in get_args(Split):
        raise DataError(f"split={split!r}", expected="val or test")
    triples = getattr(graph, split)
    rows = of_relations(graph, triples, relations)
    answers = None if types is None else torch.stack([of_type(graph, name) for name in listed(types)]).any(0)
    if answers is not None:
        rows = rows[answers[triples[rows][:, [0, 2]]].any(1)]
    if not len(rows):
        of = "".join(f" of {', '.join(listed(some)) or 'no name'}" for some in (relations, types) if some is not None)
        hint = f"`graphfm datasets import DATA --out FOLDER --{split} 0.1` takes a tenth of all triples." * (
            not len(triples)
        )
        raise DataError(f"no {split} triples{of} in {graph.name}", expected="at least one", hint=hint)
    return Selection(rows, answers, relations is None and types is None)


def link_ranks(
    scorer: nn.Module,
    model: LinkModel,
    *,
    split: Split,
    rows: Tensor,
    batch_size: int | None = None,
    protocol: str | None = None,
    progress: bool = False,
) -> Ranks:
    """Ranks of some triples of a split, under the protocol of the model's graph.

    Args:
        scorer: what gives the scores: the model's own network, or a baseline in its ids.
        model: with its graph.
        split: "val" or "test".
        rows: `(n,)` places of the triples in the split.
        batch_size: queries at a time; found from the memory by default.
        protocol: of an inductive set.
        progress: show how many queries are done, where all entities are ranked.
    """
    graph = model.graph
    shown: dict[str, Any] = {"data": model.facts, "batch_size": batch_size, "progress": progress}
    triples, given = getattr(graph, split)[rows], graph.info.get("negatives", {}).get(split)
    if protocol == "G":
        ranks = rank_sampled(scorer, triples, model.known, num_negatives=protocols.NEGATIVES, data=model.facts)
    elif protocol is not None:
        ranks = rank(scorer, triples, model.known, **shown)
    elif given is None:
        return rank(scorer, triples, model.known, train=graph.train, **shown)
    else:
        return _among_given(scorer, model, triples, given, rows=rows, batch_size=batch_size)
    return replace(ranks, protocol=f"protocol {protocol}: {ranks.protocol}")


def _among_given(
    scorer: nn.Module, model: LinkModel, triples: Tensor, given: Any, *, rows: Tensor, batch_size: int | None
) -> Ranks:
    graph = model.graph
    sides: tuple[tuple[Direction, Any], ...] = (("tail", given.tail), ("head", given.head))
    return concatenate(
        [
            rank_candidates(
                scorer,
                triples,
                candidates[rows].long(),
                direction=direction,
                protocol=f"{graph.name}, {candidates.size(1)} given",
                num_entities=graph.num_entities,
                num_relations=graph.num_relations,
                data=model.facts,
                batch_size=batch_size,
            )
            for direction, candidates in sides
        ]
    )


def area_over_candidates(model: LinkModel, *, split: Split = "test") -> dict[str, Any]:
    """Average precision over all (test query, candidate tail) pairs, the metric of Countries (Bouchard et al. 2015).

    Of a constant scorer it is one over the number of candidates.
    """
    from sklearn.metrics import average_precision_score

    rows, candidates = getattr(model.graph, split), torch.tensor(model.graph.info["candidates"])
    pairs = rows.repeat_interleave(len(candidates), 0)  # (n C, 3)
    answer = pairs[:, 2].clone()
    pairs[:, 2] = candidates.repeat(len(rows))
    area = average_precision_score((pairs[:, 2] == answer).numpy(), model.score(pairs).numpy())
    return {"auc_pr": float(area), "candidates": len(candidates), "constant": 1 / len(candidates)}
