"""Few-shot classification and link prediction with the checkpoints of `leave_one_domain_out.py`, nothing trained.

    python scripts/frozen_jobs.py [--runs results/leave_one_domain_out/runs] [--out results/frozen_jobs]

A graph is asked of the models that have not seen its domain; HepTh counts as a citation graph. One record a (job, graph, seed
of the pretraining) in OUT/runs.jsonl; those that exist are skipped, as are models that are not there yet. Few-shot draws have
the seeds 0 to 4 whatever the model's; held-out edges have the model's seed. The tables in OUT/README.md are made from the
records alone.
"""

from __future__ import annotations

import argparse
import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from leave_one_domain_out import DOMAINS
from records import Records, cell

KEY = ("job", "data", "seed")
LINK_GRAPHS = {"hepth_links": "citation", "cora": "citation"}
LINK_VALUES = ["mrr", "hits_at_1", "hits_at_10", "auc"]
TEXT = "prototypes+description"
FEW = ["majority", "prototypes", TEXT, f"{TEXT}+smooth", f"{TEXT}+decide", "experts", "graphfm+decide"]


def few_shot(name: str, checkpoint: Path) -> dict[str, Any]:
    """The record of one graph and one model."""
    from graphfm.datasets import load
    from graphfm.evaluation.few_shot import as_json
    from graphfm.evaluation.few_shot import few_shot_rows as run
    from graphfm.models.graph_model import GraphFM
    from graphfm.models.text_side import text_side

    graph, model = load(name), GraphFM.load(checkpoint)
    x, encode_text, encoder, _ = text_side(graph, None, model=model)
    rows = run(graph, x, encode_text, model=model)
    alpha = round(model.graph_encoder.alpha.item(), 4)
    return as_json(graph, encoder, rows, draws=5, checkpoint=checkpoint.parent.name, alpha=alpha)


def link_text(name: str, checkpoint: Path, *, seed: int) -> dict[str, Any]:
    """The record of one graph, one model and one set of held-out edges."""
    from graphfm.datasets import load
    from graphfm.evaluation.held_out import hold_out
    from graphfm.evaluation.link_text import as_json
    from graphfm.evaluation.link_text import link_text_rows as run
    from graphfm.models.graph_model import GraphFM
    from graphfm.models.text_side import text_side

    held_out, model = hold_out(load(name), seed=seed), GraphFM.load(checkpoint)
    x, _, encoder, _ = text_side(held_out.graph, None, model=model)
    rows = run(held_out, x, model=model, seed=seed)
    return as_json(held_out, encoder, rows, share=0.1, seed=seed, checkpoint=checkpoint.parent.name)


def jobs(runs: Path, seeds: int) -> Iterator[tuple[str, str, Path, int]]:
    """What can be asked: job, graph, model and its seed."""
    for seed in range(seeds):
        asked = [("few_shot", name, domain) for domain, names in DOMAINS.items() for name in names]
        asked += [("link_text", name, domain) for name, domain in LINK_GRAPHS.items()]
        for job, name, domain in asked:
            checkpoint = runs / f"{domain}-{seed}" / "model.ckpt"
            if checkpoint.exists():
                yield job, name, checkpoint, seed


def few_shot_table(records: Iterable[dict[str, Any]]) -> list[str]:
    """Markdown: accuracy by graph, shots and method, mean and deviation over draws and models."""
    values: dict[tuple[str, int, str], list[float]] = defaultdict(list)
    for record in records:
        for row in record["rows"]:
            values[record["data"], row["shots"], row["method"]] += row["accuracy_draws"]
    lines = ["| graph | k | " + " | ".join(FEW) + f" | graphfm over {TEXT} |", "|---" * (len(FEW) + 3) + "|"]
    for name, k in dict.fromkeys((name, k) for name, k, _ in values):
        cells = [cell(values[name, k, method], 1, bare=True) for method in FEW]
        gain = statistics.fmean(values[name, k, "graphfm+decide"]) - statistics.fmean(values[name, k, TEXT])
        lines.append(f"| {name} | {k} | " + " | ".join(cells) + f" | {gain:+.1f} |")
    return lines


def link_table(records: Iterable[dict[str, Any]]) -> list[str]:
    """Markdown: ranks by graph and method, mean and deviation over models and held-out edges."""
    values: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        for row in record["rows"]:
            for key in LINK_VALUES:
                values[record["data"], row["method"]][key].append(100 * row[key])
    lines = ["| graph | method | MRR | Hits@1 | Hits@10 | AUC |", "|---" * 6 + "|"]
    for (name, method), row in values.items():
        lines.append(f"| {name} | {method} | " + " | ".join(cell(row[key], 1, bare=True) for key in LINK_VALUES) + " |")
    return lines


def page(records: list[dict[str, Any]]) -> str:
    """Both tables."""
    few, link = ([record for record in records if record["job"] == job] for job in ("few_shot", "link_text"))
    lines = ["# Few-shot classification and link prediction with frozen models", ""]
    if few:
        models = sorted({record["checkpoint"] for record in few})
        lines += [
            f"Accuracy in percent on all labelled nodes but the shown ones; 5 draws; models {', '.join(models)}, each "
            "pretrained without the graph's domain. ± is the standard deviation over draws and models.",
            "",
            *few_shot_table(few),
            "",
        ]
    if link:
        lines += [
            "A tenth of the edges held out, each end ranked among all nodes that are no neighbours of the other; percent. "
            "± is the standard deviation over models and held-out edges.",
            "",
            *link_table(link),
            "",
        ]
    return "\n".join(lines)


def main() -> None:
    """Run what is missing, then write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, default=Path("results/leave_one_domain_out/runs"))
    parser.add_argument("--out", type=Path, default=Path("results/frozen_jobs"))
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    from graphfm.files import write_text

    records = Records(options.out, KEY)
    for job, name, checkpoint, seed in jobs(options.runs, options.seeds):
        key = {"job": job, "data": name, "seed": seed}
        if not records.has(**key):
            result = few_shot(name, checkpoint) if job == "few_shot" else link_text(name, checkpoint, seed=seed)
            records.add(key | result)
            write_text(options.out / "README.md", page(records.read()))


if __name__ == "__main__":
    main()
