"""Judging a model of triples: the protocol that fits the data set, and what no learning at all would reach beside it."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any

import torch

from graphfm.datasets import catalog, load_triples
from graphfm.datasets.triples.fingerprints import fingerprints, share_seen
from graphfm.datasets.triples.graph import Triples
from graphfm.datasets.triples.main_triples import main_triples
from graphfm.errors import DataError
from graphfm.evaluation import protocols
from graphfm.evaluation.link_ranks import Split, area_over_candidates, link_ranks, listed, selection
from graphfm.kg.baselines import AnswerFrequency, constant_ranks
from graphfm.kg.drilldown import drilldown
from graphfm.kg.known import KnownAnswers
from graphfm.kg.metrics import metrics, report
from graphfm.kg.ranking import rank_sampled
from graphfm.models import LinkModel, opening
from graphfm.models.candidates import KnownGiven, known_triples
from graphfm.models.listing import check_lists
from graphfm.models.probabilities import check_calibration
from graphfm.notebook import Framed
from graphfm.ops.cardinality import relation_categories

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

COLUMNS = ("mrr", "hits@1", "hits@3", "hits@10", "mean_rank", "amr", "amri")


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation(Framed):
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

    def parts(self) -> pd.DataFrame:
        """One line a part of the queries: ``division, part, queries, mrr, hits@1, ..., frequency_mrr``; see `parts_table`."""
        import pandas as pd

        return pd.DataFrame(parts_table(self.result))

    def _shown(self) -> tuple[str, str]:
        found = self.result
        protocol = f", protocol {found['protocol']}" if found.get("protocol") else ""
        title = f"{found['model']} on {found['data']}, {found['split']}{protocol}"
        return (
            title,
            f"Filtered, realistic ties, {found['entities']:,} entities; the rows below the first learn nothing.",
        )

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
    relations: Sequence[str] | None = None,
    types: Sequence[str] | None = None,
    known: KnownGiven = None,
    accelerator: str = "auto",
) -> Evaluation:
    """Rank the triples of a split with a trained model, with what no learning at all would reach beside it.

    Args:
        checkpoint: a `LinkModel`, its file, or the folder of its run.
        data: triples, their folder, or a name of the catalogue; the data of the run by default.
        split: "val" or "test".
        sampled: also rank among so many random wrong answers, under a name of its own.
        protocol: of an inductive set, "U", "R" or "G"; by default the one trained under, else "U".
        relations: identifiers or labels of the only relations to rank; all by default.
        types: of the only entities whose queries, those that ask for them, are ranked; all by default.
        known: a table of further triples that are known, or such triples by name: no answer of theirs counts as a wrong one.
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
    return Evaluation(
        model,
        judge(
            model,
            graph,
            split=split,
            sampled=sampled,
            protocol=protocol,
            relations=relations,
            types=types,
            known=known,
            progress=True,
        ),
    )


def judge(
    model: LinkModel,
    graph: Triples | None = None,
    *,
    split: Split = "test",
    batch_size: int | None = None,
    sampled: int | None = None,
    protocol: str | None = None,
    relations: Sequence[str] | None = None,
    types: Sequence[str] | None = None,
    known: KnownGiven = None,
    progress: bool = False,
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
        relations: identifiers or labels of the only relations to rank; all by default. Answers are filtered by all triples
            either way.
        types: of the only entities whose queries, those that ask for them, are ranked.
        known: triples that are known besides those of the graph, see `evaluate`.
        progress: show how many queries are done.

    Returns:
        ``data, model, split, protocol, in_training, report, baselines, drilldown`` and, where they apply, ``relations``,
        ``types``, ``known`` (how many further triples), ``auc_pr``, ``sampled``, ``calibration``, ``pretraining`` (see
        `seen_before`); `in_training` counts ranked triples that the graph shows anyway, the `report` is that of
        `graphfm.kg.metrics.report`, its relations by name, and `drilldown` is that of `graphfm.kg.drilldown`.

    Raises:
        DataError: there is nothing to rank, the graph has names that the model knows nothing of, or the model was trained under
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
    if sampled is not None and not 0 < sampled < judged.num_entities:
        asked_for = f"sampled={sampled:,} wrong answers of {judged.num_entities:,} entities"
        raise DataError(asked_for, expected="at least one, and fewer than there are")
    further = None if known is None else known_triples(judged, known)
    on = on if further is None else on.knowing(further)
    chosen = selection(judged, split, relations=relations, types=types)
    triples = getattr(judged, split)[chosen.rows]
    sizes = {"num_entities": judged.num_entities, "num_relations": judged.num_relations}
    trained_on = int(KnownAnswers(judged.train, **sizes).contains(*triples.unbind(1)).sum())
    if trained_on:
        log.warning(
            "%d of %d %s triples of %s are among its training triples.", trained_on, len(triples), split, judged.name
        )
    asked: dict[str, Any] = {"split": split, "rows": chosen.rows, "batch_size": batch_size, "protocol": protocol}
    ranks = chosen.of(link_ranks(on.model, on, **asked, progress=progress), triples)
    learnt_nothing = AnswerFrequency(judged.train, **sizes).to(model.device)
    frequency = chosen.of(link_ranks(learnt_nothing, on, **asked), triples)
    categories = relation_categories(judged.train, judged.num_relations)
    found = report(ranks, categories=categories)
    found["relation"] = {judged.relations[r]: part for r, part in found["relation"].items()}
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
            "answer frequency": metrics(frequency),
        },
        "drilldown": drilldown(ranks, frequency, triples, train=judged.train, **sizes),
    }
    if relations is not None:
        result["relations"] = list(found["relation"])
    if types is not None:
        result["types"] = list(listed(types))
    if further is not None:
        result["known"] = len(further)
    if model.family.new_relations:
        result["pretraining"] = seen_before(model, judged, triples)
    if "candidates" in judged.info and chosen.whole:
        result["auc_pr"] = area_over_candidates(on, split=split)
    if sampled is not None:
        easy = chosen.of(rank_sampled(on.model, triples, on.known, num_negatives=sampled, data=on.facts), triples)
        answers = chosen.of(rank_sampled(learnt_nothing, triples, on.known, num_negatives=sampled), triples)
        result["sampled"] = report(easy) | {
            "baselines": {"constant": metrics(constant_ranks(easy)), "answer frequency": metrics(answers)}
        }
    result["calibration"] = check_calibration(on, split=split) if chosen.whole else None
    result["listed"] = check_lists(on, split=split) if chosen.whole else None
    return result | {"seconds": round(time.perf_counter() - start, 2)}


def table(result: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The rows of a result of `judge`: the model's first, with its optimistic ties under protocol R, then the baselines', and
    the same among sampled answers, where they were asked for.
    """
    rows = [(result["model"], result["report"]), *result["baselines"].items()]
    if result.get("protocol") == "R":  # what MoKGR's and AdaProp's own inductive numbers are to be compared with
        rows.insert(1, (f"{result['model']}, optimistic ties", result["report"]["optimistic"]))
    if "sampled" in result:
        easy = result["sampled"]
        among = easy["protocol"].removeprefix("filtered, ")
        rows += [(f"{name}, {among}", row) for name, row in ((result["model"], easy), *easy["baselines"].items())]
    return rows


def parts_table(result: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts of a result of `judge` as rows: by what is seen, by band of training triples, by direction, kind and name of
    the relation. `frequency_mrr` is that of the frequency of answers on the same queries, where it was taken apart.
    """
    report = result["report"]
    divisions = {
        **result.get("drilldown", {}),
        "direction": report["direction"],
        "kind of relation": report.get("category", {}),
        "relation name": report["relation"],
    }
    return [{"division": name, "part": part, **row} for name, parts in divisions.items() for part, row in parts.items()]


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
