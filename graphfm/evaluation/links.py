"""Judging a model of triples: the protocol that fits the data set, and what no learning at all would reach beside it."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import nn

from graphfm.datasets import catalog, load_triples
from graphfm.datasets.triples.fingerprints import fingerprints, share_seen
from graphfm.datasets.triples.graph import Triples
from graphfm.datasets.triples.main_triples import main_triples
from graphfm.errors import DataError
from graphfm.evaluation import protocols
from graphfm.kg.baselines import AnswerFrequency, constant_ranks
from graphfm.kg.known import KnownAnswers
from graphfm.kg.metrics import metrics, report
from graphfm.kg.ranking import Direction, rank, rank_candidates, rank_sampled
from graphfm.kg.ranks import Ranks, concatenate
from graphfm.models import LinkModel, opening
from graphfm.models.probabilities import check_calibration
from graphfm.ops.cardinality import relation_categories

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

Split = Literal["val", "test"]
COLUMNS = ("mrr", "hits@1", "hits@3", "hits@10", "mean_rank", "amr", "amri")


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How a model of triples ranks; `result` is what `judge` gives."""

    model: LinkModel
    result: dict[str, Any]

    @property
    def rows(self) -> list[tuple[str, dict[str, Any]]]:
        """Each method with its metrics, see `table`."""
        return table(self.result)

    def frame(self) -> pd.DataFrame:
        """One line a method: ``method, mrr, hits@1, hits@3, hits@10, mean_rank, amr, amri``."""
        import pandas as pd

        return pd.DataFrame([{"method": method, **{name: row[name] for name in COLUMNS}} for method, row in self.rows])

    def as_dict(self) -> dict[str, Any]:
        """Plain data: the card of the model, with this result."""
        return {**self.model.card, "result": self.result}


def evaluate(
    checkpoint: LinkModel | str | PathLike[str],
    *,
    data: Triples | str | PathLike[str] | None = None,
    split: Split = "test",
    sampled: int | None = None,
    protocol: str | None = None,
    accelerator: str = "auto",
) -> Evaluation:
    """Rank the triples of a split with a trained model, with what no learning at all would reach beside it.

    Args:
        checkpoint: a `LinkModel`, its file, or the folder of its run.
        data: triples, their folder, or a name of the catalogue; the data of the run by default.
        split: "val" or "test".
        sampled: also rank among so many random wrong answers, under a name of its own.
        protocol: of an inductive set, "U", "R" or "G"; by default the one trained under, else "U".
        accelerator: "auto", "cpu" or "gpu": where a model that is read from a file is put.

    Raises:
        DataError: no such model or data, or what `judge` raises.
    """
    model = opening.link_model(checkpoint, accelerator=accelerator)
    graph = None if data is None else opening.triples(data)
    if graph is None and trained_under(model) and model.graph.name in catalog.names("kg"):
        graph = main_triples(load_triples(model.graph.name))  # with its second graph, which is not kept with the model
        if graph.digest() != model.card["settings"].get("data_digest", graph.digest()):
            raise DataError(
                f"a model of another {graph.name} than the catalogue's",
                expected="the data it was trained on",
                hint="Give its folder: --data FOLDER.",
            )
    return Evaluation(model, judge(model, graph, split=split, sampled=sampled, protocol=protocol))


def judge(
    model: LinkModel,
    graph: Triples | None = None,
    *,
    split: Split = "test",
    batch_size: int | None = None,
    sampled: int | None = None,
    protocol: str | None = None,
) -> dict[str, Any]:
    """Rank the triples of a split, as plain data ready for JSON.

    The test of an inductive set is ranked on its inference graph, its validation on the training graph; OGB's sets among
    OGB's candidates; all others among all entities, filtered by every split. Countries is judged by the area under the
    precision-recall curve over its regions too.

    Args:
        model: what to judge.
        graph: what to judge it on; the graph it was trained on by default.
        split: "val" or "test".
        batch_size: queries at a time; found from the memory by default.
        sampled: also rank among so many random wrong answers, as the GraIL line of papers does.
        protocol: of an inductive set, see `graphfm.evaluation.protocols`; by default the one trained under, else "U".

    Returns:
        ``data, model, split, protocol, in_training, report, baselines`` and, where they apply, ``auc_pr``, ``sampled``,
        ``calibration``, ``pretraining`` (see `seen_before`); `in_training` counts ranked triples that the graph shows anyway,
        the `report` is that of `graphfm.kg.metrics.report`, its relations by name.

    Raises:
        DataError: the split is empty, the graph has names that the model knows nothing of, or the model was trained under
            another protocol.
    """
    start = time.perf_counter()
    source, trained = graph or model.graph, trained_under(model)
    if trained is not None and source.inference is None and source.name == model.card.get("data"):
        raise DataError(
            f"a model of the inductive set {model.graph.name} and no data",
            expected="the set or another graph to judge it on",
            hint="Only its training graph is kept with it.",
        )
    protocol = protocols.resolve(source, protocol or (trained if source.inference is not None else None))
    if None not in (protocol, trained) and (protocol == "R") != (trained == "R"):
        raise DataError(
            f"protocol {protocol} for a model trained under protocol {trained}",
            expected=f"protocol {trained}" if trained == "R" else "protocol U or G",
            hint="A protocol says what is trained on, too.",
        )
    judged = protocols.judged(source, protocol, split)
    on = model if judged is model.graph else model.on(judged)
    triples = getattr(judged, split)
    if not len(triples):
        raise DataError(f"no {split} triples in {judged.name}", expected="at least one")
    sizes = {"num_entities": judged.num_entities, "num_relations": judged.num_relations}
    trained_on = int(KnownAnswers(judged.train, **sizes).contains(*triples.unbind(1)).sum())
    if trained_on:
        log.warning(
            "%d of %d %s triples of %s are among its training triples.", trained_on, len(triples), split, judged.name
        )
    ranks = _ranks(on.model, on, split=split, batch_size=batch_size, protocol=protocol)
    categories = relation_categories(judged.train, judged.num_relations)
    found = report(ranks, categories=categories)
    found["relation"] = {judged.relations[r]: part for r, part in found["relation"].items()}
    frequency = AnswerFrequency(judged.train, **sizes)
    result: dict[str, Any] = {
        "data": judged.name,
        "model": model.card.get("model", model.kind),
        "split": split,
        "protocol": protocol,
        "entities": judged.num_entities,
        "in_training": trained_on,
        "report": found,
        "baselines": {
            "constant": metrics(constant_ranks(ranks)),
            "answer frequency": metrics(
                _ranks(frequency.to(model.device), on, split=split, batch_size=batch_size, protocol=protocol)
            ),
        },
    }
    if model.family.new_relations:
        result["pretraining"] = seen_before(model, judged, triples)
    if "candidates" in judged.info:
        result["auc_pr"] = area_over_candidates(on, split=split)
    if sampled is not None:
        result["sampled"] = report(rank_sampled(on.model, triples, on.known, num_negatives=sampled, data=on.facts))
    result["calibration"] = check_calibration(on, split=split)
    return result | {"seconds": round(time.perf_counter() - start, 2)}


def table(result: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The rows of a result of `judge`: the model's first, with its optimistic ties under protocol R, then the baselines'."""
    rows = [(result["model"], result["report"]), *result["baselines"].items()]
    if result.get("protocol") == "R":  # what MoKGR's and AdaProp's own inductive numbers are to be compared with
        rows.insert(1, (f"{result['model']}, optimistic ties", result["report"]["optimistic"]))
    return rows


def seen_before(model: LinkModel, graph: Triples, triples: torch.Tensor) -> dict[str, Any]:
    """What a foundation model has seen in its pretraining: its sources, and where their fingerprints are known, the share of
    the ranked triples and of the graph that are among them.
    """
    found: dict[str, Any] = {"sources": model.card.get("sources", [])}
    if model.trained is None:
        return found
    shares = (
        (name, share_seen(fingerprints(graph, rows), model.trained))
        for name, rows in (("test", triples), ("graph", graph.train))
    )
    return found | {f"seen_{name}": share for name, share in shares}


def trained_under(model: LinkModel) -> str | None:
    """The protocol that an inductive run was trained under."""
    protocol: str | None = model.card.get("settings", {}).get("protocol")
    return protocol


def _ranks(scorer: nn.Module, model: LinkModel, *, split: Split, batch_size: int | None, protocol: str | None) -> Ranks:
    graph = model.graph
    if protocol is not None:
        return _inductive(scorer, model, split=split, batch_size=batch_size, protocol=protocol)
    triples, given = getattr(graph, split), graph.info.get("negatives", {}).get(split)
    if given is None:
        options: dict[str, Any] = {"data": model.facts, "batch_size": batch_size, "train": graph.train}
        return rank(scorer, triples, model.known, **options)
    sides: tuple[tuple[Direction, Any], ...] = (("tail", given.tail), ("head", given.head))
    return concatenate(
        [
            rank_candidates(
                scorer,
                triples,
                candidates.long(),
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


def _inductive(scorer: nn.Module, model: LinkModel, *, split: Split, batch_size: int | None, protocol: str) -> Ranks:
    triples = getattr(model.graph, split)
    if protocol == "G":
        ranks = rank_sampled(scorer, triples, model.known, num_negatives=protocols.NEGATIVES, data=model.facts)
    else:
        ranks = rank(scorer, triples, model.known, data=model.facts, batch_size=batch_size)
    return replace(ranks, protocol=f"protocol {protocol}: {ranks.protocol}")


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
