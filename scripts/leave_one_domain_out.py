"""Leave one domain out: pretrain on all other domains, classify the one left out with no labels, over several seeds.

    python scripts/leave_one_domain_out.py --out results/leave_one_domain_out [--seeds 3]
    python scripts/leave_one_domain_out.py --out results/leave_one_domain_out --again

One record a (domain, seed) in OUT/runs.jsonl; those that exist are skipped, so a stopped run goes on where it was. `--again`
classifies anew with the models in OUT/runs and pretrains nothing. `python-stdlib` is always a source. All runs share the
settings below, none is set per target, and the last step is the model. The form of the encoder and some constants of the
decision were settled with accuracies on these graphs in sight, so the rows are no untouched test. The tables are written to
OUT/README.md from the records alone.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from pathlib import Path
from typing import Any

from records import Records, cell

KEY = ("left_out", "seed")
DOMAINS = {
    "citation": ["cora", "cora_topics", "citeseer", "citeseer_m10"],
    "webkb": ["webkb_cornell", "webkb_texas", "webkb_wisconsin"],
    "wikipedia": ["wikispeedia"],
    "social": ["facebook_pages", "polbooks"],
}
METHODS = [
    "majority", "name", "description", "name+smooth", "description+smooth", "text+decide", "text+refine",
    "experts", "graphfm+decide", "graphfm+refine",
]  # fmt: skip
AVERAGED = [name for names in DOMAINS.values() for name in names if name != "polbooks"]  # of 105 nodes, an extra
SETTINGS = {"epochs": 10, "steps_per_epoch": 60}

Cells = list[tuple[float, float]]  # accuracy and macro-F1 by seed


def sources(left_out: str) -> list[str]:
    """Every graph of the other domains, and the embedded corpus."""
    return ["python-stdlib", *(name for domain, names in DOMAINS.items() if domain != left_out for name in names)]


def run(domain: str, seed: int, out: Path, *, settings: dict[str, Any] = SETTINGS) -> dict[str, Any]:
    """The record of one pretraining, which stays in OUT/runs, and its targets."""
    from graphfm.datasets import load
    from graphfm.training.pretrain import pretrain

    graphs = [load(name) for name in sources(domain)]
    folder = out / "runs" / f"{domain}-{seed}"
    start, wall = sum(os.times()[:2]), time.time()
    model = pretrain(graphs, out=folder, seed=seed, progress=False, accelerator="cpu", **settings)
    cost = {"cpu_seconds": round(sum(os.times()[:2]) - start, 1), "wall_seconds": round(time.time() - wall, 1)}
    record = {"left_out": domain, "seed": seed, "sources": sources(domain), **cost, "card": model.card}
    return record | {"results": classify(domain, model)}


def classify(domain: str, model: Any) -> list[dict[str, Any]]:
    """The rows of every graph of a domain, as plain data."""
    from graphfm.datasets import load
    from graphfm.evaluation.zero_shot import as_json, zero_shot_rows
    from graphfm.models.text_side import text_side

    results = []
    for name in DOMAINS[domain]:
        graph = load(name)
        x, encode_text, encoder, _ = text_side(graph, None, model=model)
        results.append(as_json(graph, encoder, zero_shot_rows(graph, x, encode_text, model=model), model=model))
    return results


def classify_again(record: dict[str, Any], out: Path) -> dict[str, Any]:
    """A record brought up to date from its model."""
    from graphfm.models.graph_model import GraphFM

    model = GraphFM.load(out / "runs" / f"{record['left_out']}-{record['seed']}" / "model.ckpt")
    return record | {"results": classify(record["left_out"], model)}


def tables(records: list[dict[str, Any]]) -> str:
    """Markdown: every method on every graph and on average, and what the experts add."""
    by_graph: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        for result in (r for r in record["results"] if "contributions" in r):  # others wait for `--again`
            by_graph.setdefault(result["data"], []).append(result)
    graphs = [name for names in DOMAINS.values() for name in names if name in by_graph]
    cpu = [record["cpu_seconds"] for record in records]
    seeds = sorted({record["seed"] for record in records})
    note = f"Accuracy / macro-F1 in percent, all labelled nodes. Seeds {seeds}; ± is the standard deviation over seeds."
    if cpu:
        note += f" Pretraining: {min(cpu):.0f} to {max(cpu):.0f} CPU-seconds each, texts encoded before."
    return "\n".join(
        ["# Leave one domain out", "", note, "", *_accuracy(by_graph, graphs), "", *_experts(by_graph, graphs), ""]
    )


def _accuracy(by_graph: dict[str, list[dict[str, Any]]], graphs: list[str]) -> list[str]:
    lines = ["| graph | " + " | ".join(METHODS) + " |", "|---" * (len(METHODS) + 1) + "|"]
    cells = {(name, method): _scores(by_graph[name], method) for name in graphs for method in METHODS}
    for name in graphs:
        lines.append(f"| {name} | " + " | ".join(_accuracy_and_f1(cells[name, method]) for method in METHODS) + " |")
    if set(AVERAGED) <= set(graphs):
        means = [[statistics.mean(a for a, _ in cells[name, method]) for name in AVERAGED] for method in METHODS]
        lines.append(
            "| mean of nine, without polbooks | " + " | ".join(f"{statistics.mean(m):.1f}" for m in means) + " |"
        )
    return lines


def _experts(by_graph: dict[str, list[dict[str, Any]]], graphs: list[str]) -> list[str]:
    """What the model's rows add to the same method on raw text embeddings, and how the decision was made."""
    lines = [
        "What the experts add, in points of accuracy; alpha, their weight beside the text in `experts`; the decision.",
        "",
        "| graph | experts - description | graphfm+decide - text+decide | graphfm+refine - text+refine | alpha | its decision |",
        "|---|---|---|---|---|---|",
    ]
    for name in graphs:
        results = by_graph[name]
        points = [
            cell([_added(result, *pair) for result in results], 1, signed=True, bare=True)
            for pair in (
                ("experts", "description"),
                ("graphfm+decide", "text+decide"),
                ("graphfm+refine", "text+refine"),
            )
        ]
        decision = results[0]["decisions"]["graphfm+decide"]
        said = f"{decision['kind']}, strength {decision['strength']:g}, experts {decision['view_weight']:g}"
        alpha = cell([result["alpha"] for result in results], 2, bare=True)
        lines.append(f"| {name} | " + " | ".join(points) + f" | {alpha} | {said} (seed 0) |")
    return lines


def _added(result: dict[str, Any], ours: str, text: str) -> float:
    accuracy = {row["method"]: row["accuracy"] for row in result["rows"]}
    return float(accuracy[ours] - accuracy[text])


def _scores(results: list[dict[str, Any]], method: str) -> Cells:
    return [(r["accuracy"], r["macro_f1"]) for result in results for r in result["rows"] if r["method"] == method]


def _accuracy_and_f1(scores: Cells) -> str:
    accuracy, macro_f1 = zip(*scores, strict=True)
    return f"{cell(accuracy, 1, bare=True)} / {statistics.mean(macro_f1):.1f}"


def main() -> None:
    """Run what is missing, or classify again, then write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("results/leave_one_domain_out"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--domains", nargs="+", choices=DOMAINS, default=list(DOMAINS))
    parser.add_argument("--again", action="store_true", help="classify with the models of OUT/runs; pretrain nothing")
    options = parser.parse_args()
    from graphfm.files import write_text

    records = Records(options.out, KEY)
    for seed in range(options.seeds):
        for domain in options.domains:
            found = [r for r in records.read() if (r["left_out"], r["seed"]) == (domain, seed)]
            if found and options.again:
                records.replace(classify_again(found[0], options.out))
            elif not found and not options.again:
                records.add(run(domain, seed, options.out))
            write_text(options.out / "README.md", tables(records.read()))


if __name__ == "__main__":
    main()
