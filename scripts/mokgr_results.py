"""Train the path reasoners by their configs over several seeds, and write what they reach beside published rows.

    python scripts/mokgr_results.py [--seeds 1] [--only wn18rr_v1 umls] [--out results/mokgr]

One JSON file a (config, seed); those that exist are skipped and a run that was stopped is resumed, so the same command goes
on where it was. The order is that of `SETS`, first seeds first. The table is written from the JSON files alone.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
from pathlib import Path
from typing import Any

CONFIGS = Path(__file__).parents[1] / "configs" / "link_prediction"
MODELS = ("mokgr", "adaprop", "redgnn")
SETS = (
    *("wn18rr_v1", "fb237_v1", "nell_v1", "umls", "python-stdlib", "family", "kinship"),
    *("nell_v2", "wn18rr_v2", "fb237_v2", "nell_v4", "wn18rr_v4", "fb237_v4", "ilpc-small"),
    *("wn18rr", "nell-995", "fb15k-237"),
)
#: Test MRR as published. Protocol U: NBFNet, ULTRA fine-tuned (pessimistic ties); others: AdaProp (realistic ties).
PUBLISHED = {
    "fb237_v1": "NBFNet .422, ULTRA .509",
    "fb237_v2": "NBFNet .514, ULTRA .524",
    "fb237_v4": "NBFNet .453, ULTRA .496",
    "wn18rr_v1": "NBFNet .741, ULTRA .685",
    "wn18rr_v2": "NBFNet .704, ULTRA .679",
    "wn18rr_v4": "NBFNet .641, ULTRA .614",
    "nell_v1": "NBFNet .648, ULTRA .757",
    "nell_v2": "NBFNet .421, ULTRA .575",
    "nell_v4": "NBFNet .404, ULTRA .469",
    "family": "AdaProp .988",
    "wn18rr": "AdaProp .562",
    "nell-995": "AdaProp .554",
    "fb15k-237": "AdaProp .417",
}


def run(name: str, seed: int, out: Path) -> None:
    """One training by its config, as one JSON file."""
    import yaml

    from graphfm.files import write_json
    from graphfm.tasks.link_prediction import link_prediction

    settings = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text(encoding="utf-8"))
    folder, start = out.parent / "runs" / out.name / f"{name}-{seed}", sum(os.times()[:2])
    card = link_prediction(out=folder, seed=seed, progress=False, accelerator="cpu", **settings).card
    result = {key: value for key, value in card["result"].items() if key != "calibration"}
    result["report"] = {key: value for key, value in result["report"].items() if key not in ("relation", "category")}
    cost = {"cpu_seconds_of_this_process": round(sum(os.times()[:2]) - start, 1)}
    write_json(out / f"{name}-{seed}.json", {**card, **cost, "result": result})


def table(out: Path) -> str:
    """Markdown: mean and spread over the seeds of every model on every set."""
    records: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for path in sorted(out.glob("*.json")):
        name, _, _ = path.stem.rpartition("-")
        model, _, data = name.partition("_")
        records.setdefault((data, model), []).append(json.loads(path.read_text(encoding="utf-8")))
    head = ["set", "protocol", "model", "seeds", "MRR", "Hits@1", "Hits@10", "answer frequency MRR", "published MRR"]
    lines = [f"| {' | '.join([*head, 'steps', 'training s'])} |", "|---" * (len(head) + 2) + "|"]
    for data in SETS:
        for model in MODELS:
            rows = records.get((data, model), [])
            if not rows:
                continue
            reports = [row["result"]["report"] for row in rows]
            cells = [_cell([report[name] for report in reports]) for name in ("mrr", "hits@1", "hits@10")]
            base = rows[0]["result"]["baselines"]["answer frequency"]["mrr"]
            protocol = rows[0]["result"]["protocol"] or "all entities"
            seconds = f"{statistics.mean(row['train_seconds'] for row in rows):,.0f}"
            steps = f"{statistics.mean(row['steps'] for row in rows):,.0f}"
            line = [data, protocol, model, str(len(rows)), *cells, f"{base:.3f}", PUBLISHED.get(data, "-")]
            lines.append(f"| {' | '.join([*line, steps, seconds])} |")
    note = (
        "Filtered ranks, realistic ties, both directions; by the configs beside this file, on one CPU thread that other "
        "work shared (so the seconds are an upper bound). ± is the standard deviation over the seeds. Protocol U: published "
        "rows have pessimistic ties, all others realistic ones. UMLS is the 5,216-triple split, for which AdaProp and MoKGR "
        "publish nothing."
    )
    return "\n".join(["# Path reasoners by their configs", "", note, "", *lines, ""])


def _cell(values: list[float]) -> str:
    spread = f" ± {statistics.stdev(values):.3f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.3f}{spread}"


def main() -> None:
    """Run what is missing, then write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("results/mokgr"))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--table", action="store_true", help="write the table, train nothing")
    options = parser.parse_args()
    import torch

    from graphfm.files import write_text

    torch.set_num_threads(1)
    for seed in range(0 if options.table else options.seeds):
        for data in options.only:
            for model in options.models:
                name = f"{model}_{data}"
                if (CONFIGS / f"{name}.yaml").exists() and not (options.out / f"{name}-{seed}.json").exists():
                    run(name, seed, options.out)
                    write_text(CONFIGS / "mokgr_results.md", table(options.out))
    write_text(CONFIGS / "mokgr_results.md", table(options.out))


if __name__ == "__main__":
    main()
