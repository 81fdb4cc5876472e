"""Ranks by parts: how often the entities and the relation of a query were seen, and which of its halves the graph shows.

The half of a query (h, r, ?) is seen where the graph has a triple (h, r, x); the half of its answer t where it has (x, r, t).
With both seen, frequencies alone go far; with neither, a model has to generalise.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from graphfm.kg.known import KnownAnswers, head_queries, inverse
from graphfm.kg.metrics import metrics
from graphfm.kg.ranks import Ranks

SCENARIOS = ("both seen", "question seen", "answer seen", "neither seen")
#: Where bands of numbers of training triples begin, after that of none.
BANDS = (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000)


def queries(ranks: Ranks, triples: Tensor, num_relations: int) -> Tensor:
    """The queries behind ranks, `(Q, 3)`: who is asked, the relation (an inverse one where the head was asked for), the answer.

    Args:
        ranks: of Q queries about the triples.
        triples: `(n, 3)`.
        num_relations: R, without inverses.
    """
    asked = triples[ranks.triple]
    return torch.where(ranks.is_head[:, None], head_queries(asked, num_relations), asked)


def scenarios(asked: Tensor, facts: KnownAnswers) -> Tensor:
    """The place in `SCENARIOS` of each query. Shapes: `asked (Q, 3) -> (Q,)`."""
    head, rel, answer = asked.unbind(1)
    question = facts.degree(head, rel) > 0
    half = facts.degree(answer, inverse(rel, facts.num_relations)) > 0
    return 2 * (~question).long() + (~half).long()


def band(count: Tensor) -> Tensor:
    """The number of the band of each count, 0 for none. Shapes: `(...) -> (...)`."""
    return torch.bucketize(count, torch.tensor(BANDS, device=count.device), right=True)


def band_name(number: int) -> str:
    """
    >>> [band_name(number) for number in (0, 1, 2, len(BANDS))]
    ['0', '1 to 2', '3 to 9', '100,000 and more']
    """
    if number == 0:
        return "0"
    if number == len(BANDS):
        return f"{BANDS[-1]:,} and more"
    return f"{BANDS[number - 1]:,} to {BANDS[number] - 1:,}"


def drilldown(
    ranks: Ranks, frequency: Ranks, triples: Tensor, *, train: Tensor, num_entities: int, num_relations: int
) -> dict[str, dict[str, dict[str, Any]]]:
    """Metrics by part, each beside the MRR of the frequency of answers on the same queries.

    Args:
        ranks: of the model, on Q queries.
        frequency: of the frequency of answers, on the same queries.
        triples: `(n, 3)` that were asked about.
        train: `(m, 3)` observed triples, which are counted.
        num_entities: V.
        num_relations: R, without inverses.

    Returns:
        Of each division its parts, by name: ``queries``, what `metrics` gives, ``frequency_mrr``. The divisions: "seen",
        by `SCENARIOS`; "asked entity", "answer" and "relation", by the training triples that each is in.
    """
    asked = queries(ranks, triples, num_relations)
    facts = KnownAnswers(train, num_entities=num_entities, num_relations=num_relations)
    of_entity = torch.bincount(train[:, [0, 2]].flatten(), minlength=num_entities)
    of_relation = torch.bincount(train[:, 1], minlength=num_relations)
    divisions = {
        "seen": (scenarios(asked, facts), lambda number: SCENARIOS[number]),
        "asked entity": (band(of_entity[asked[:, 0]]), band_name),
        "answer": (band(of_entity[asked[:, 2]]), band_name),
        "relation": (band(of_relation[ranks.relation]), band_name),
    }

    def part(mask: Tensor) -> dict[str, Any]:
        beside = metrics(frequency[mask], hits=())["mrr"]
        return {"queries": int(mask.sum()), **metrics(ranks[mask]), "frequency_mrr": beside}

    return {
        division: {name(number): part(place == number) for number in place.unique().tolist()}
        for division, (place, name) in divisions.items()
    }
