"""Leave one domain out: pretrain on all other domains, classify the one left out with no labels, over several seeds.

    python scripts/leave_one_domain_out.py --out results/leave_one_domain_out [--seeds 3]

One JSON file a (domain, seed); those that exist are skipped, so a stopped run goes on where it was. `python-stdlib` is always
a source. Nothing is chosen by looking at a target: all runs share the settings below, and the last step is the model.
The table is written to OUT/README.md from the JSON files alone.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from pathlib import Path

DOMAINS = {
    "citation": ["cora", "cora_topics", "citeseer", "citeseer_m10"],
    "webkb": ["webkb_cornell", "webkb_texas", "webkb_wisconsin"],
    "wikipedia": ["wikispeedia"],
    "social": ["facebook_pages", "polbooks"],
}
METHODS = ["majority", "name", "description", "name+smooth", "description+smooth", "graphfm"]
SETTINGS = {"epochs": 10, "steps_per_epoch": 60}


def sources(left_out: str) -> list[str]:
    """Every graph of the other domains, and the embedded corpus."""
    return ["python-stdlib", *(name for domain, names in DOMAINS.items() if domain != left_out for name in names)]


def run(domain: str, seed: int, out: Path) -> None:
    """One pretraining and its targets, as one JSON file."""
    from graphfm.datasets import load
    from graphfm.files import write_json
    from graphfm.tasks.runs import pretrain
    from graphfm.tasks.zero_shot import as_json, text_side, zero_shot

    graphs = [load(name) for name in sources(domain)]
    folder = out / "runs" / f"{domain}-{seed}"
    start, wall = sum(os.times()[:2]), time.time()
    model = pretrain(graphs, out=folder, seed=seed, progress=False, accelerator="cpu", **SETTINGS)
    cost = {"cpu_seconds": round(sum(os.times()[:2]) - start, 1), "wall_seconds": round(time.time() - wall, 1)}
    results = []
    for name in DOMAINS[domain]:
        graph = load(name)
        x, encode_text, encoder = text_side(graph, None, model=model)
        results.append(as_json(graph, encoder, zero_shot(graph, x, encode_text, model=model).rows))
    write_json(
        out / f"{domain}-{seed}.json",
        {"left_out": domain, "seed": seed, "sources": sources(domain), **cost, "card": model.card, "results": results},
    )


def table(out: Path) -> str:
    """Markdown: accuracy / macro-F1 of every method on every graph; mean and spread of the model over the seeds."""
    records = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(out.glob("*-*.json"))]
    lines = ["| graph | " + " | ".join(METHODS) + " | gain over description |", "|---" * (len(METHODS) + 2) + "|"]
    for domain, names in DOMAINS.items():
        for name in names:
            rows = [
                {row["method"]: row for row in result["rows"]}
                for record in records
                if record["left_out"] == domain
                for result in record["results"]
                if result["data"] == name
            ]
            if not rows:
                continue
            cells = [
                _cell([r[method]["accuracy"] for r in rows], [r[method]["macro_f1"] for r in rows])
                for method in METHODS
            ]
            gain = statistics.mean(r["graphfm"]["accuracy"] - r["description"]["accuracy"] for r in rows)
            lines.append(f"| {name} | " + " | ".join(cells) + f" | {gain:+.1f} |")
    cpu = [record["cpu_seconds"] for record in records]
    seeds = sorted({record["seed"] for record in records})
    note = f"Accuracy / macro-F1 in percent, all labelled nodes. Seeds {seeds}; ± is the standard deviation over seeds."
    if cpu:
        note += f" Pretraining: {min(cpu):.0f} to {max(cpu):.0f} CPU-seconds each, texts encoded before."
    return "\n".join(["# Leave one domain out", "", note, "", *lines, ""])


def _cell(accuracy: list[float], macro_f1: list[float]) -> str:
    spread = f" ± {statistics.stdev(accuracy):.1f}" if len(accuracy) > 1 and max(accuracy) > min(accuracy) else ""
    return f"{statistics.mean(accuracy):.1f}{spread} / {statistics.mean(macro_f1):.1f}"


def main() -> None:
    """Run what is missing, then write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("results/leave_one_domain_out"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--domains", nargs="+", choices=DOMAINS, default=list(DOMAINS))
    options = parser.parse_args()
    from graphfm.files import write_text

    for seed in range(options.seeds):
        for domain in options.domains:
            if not (options.out / f"{domain}-{seed}.json").exists():
                run(domain, seed, options.out)
            write_text(options.out / "README.md", table(options.out))


if __name__ == "__main__":
    main()
