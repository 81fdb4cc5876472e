"""What a foundation model of knowledge graphs reaches on triples that its pretraining held out, beside what learns nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from graphfm.datasets.triples.graph import Triples
from graphfm.kg.baselines import AnswerFrequency
from graphfm.kg.metrics import metrics
from graphfm.kg.ranking import rank
from graphfm.models import LinkModel
from graphfm.progress import progress_bar


def on_sources(
    model: LinkModel, held: Sequence[tuple[Triples, Tensor]], *, progress: bool = False
) -> list[dict[str, Any]]:
    """Rank some triples of each graph on its training triples, as the model answers there: filtered, realistic ties.

    Args:
        model: a foundation model.
        held: graphs, each with the triples `(n, 3)` to rank.
        progress: show how many graphs are done.

    Returns:
        For each graph ``graph, triples, mrr, frequency``: its name, how many were ranked, the MRR of the model and that of naming
        the most frequent answers of the relation.
    """
    found = []
    with progress_bar("Ranking what was held out", total=len(held), show=progress and len(held) > 0) as bar:
        for graph, triples in held:
            on = model.on(graph)
            ranks = rank(on.model, triples, on.known, data=on.facts)
            learnt_nothing = AnswerFrequency(
                graph.train, num_entities=graph.num_entities, num_relations=graph.num_relations
            )
            frequency = rank(learnt_nothing, triples, on.known)
            both = {"mrr": metrics(ranks)["mrr"], "frequency": metrics(frequency)["mrr"]}
            found.append({"graph": graph.name, "triples": len(triples), **both})
            bar(advance=1)
    return found
