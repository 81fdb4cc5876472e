"""What each component of MoKGR is worth: one budget, one component changed at a time, several seeds, beside AdaProp and RED-GNN.

    python scripts/mokgr_ablation.py [--seeds 3] [--sets umls wn18rr_v1 fb237_v1] [--variants ...] [--out results/mokgr_ablation]

One record a (set, variant, seed) in OUT/runs.jsonl; those that exist are skipped and a run that was stopped resumes. Every
variant has the settings of the set's config but a fixed width of 100, so that pruning has something to drop on graphs of this
size, and 3 epochs of 100 batches of 10 triples; the last step is ranked, so that no choice adds noise. The table is written
from the records alone.
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path
from typing import Any

from link_prediction_runs import CONFIGS, ROOT, without_relations
from records import Records, cell

KEY = ("set", "variant", "seed")
SETS = ("umls", "wn18rr_v1", "fb237_v1")
WIDTH = 100
BUDGET = {"epochs": 3, "steps_per_epoch": 100, "batch_size": 10, "decay": 0.75, "patience": None, "keep": "last"}
FULL = {"query_match": False, "relation_dropout": 0.0}  # what the full model leaves out, whatever the configs say
WATCHED = {"val_every": 3, "val_triples": 50}  # nothing is chosen by them
#: Settings that differ from the full model; None for a longest path means: as long as there are layers.
VARIANTS: dict[str, dict[str, Any]] = {
    "mokgr": {},
    "one length": {"min_length": None, "num_lengths": 1},
    "no score expert": {"experts": ["attention", "semantic"]},
    "no attention expert": {"experts": ["score", "semantic"]},
    "no semantic expert": {"experts": ["score", "attention"]},
    "no noise": {"noise": False},
    "early stop": {"stop": 0.1},
    "no balance losses": {"importance": 0.0, "load": 0.0},
    "relation asked for marked": {"query_match": True},
    "readout of the paper": {"query_readout": False},
    "true answers in the softmax": {"mask_answers": False},
    "adaprop": {"model": "adaprop"},
    "redgnn": {"model": "redgnn"},
}


def settings(data: str, variant: str) -> dict[str, Any]:
    """Arguments of `graphfm.link_prediction` for one run."""
    import yaml

    found: dict[str, Any] = yaml.safe_load((CONFIGS / f"mokgr_{data}.yaml").read_text(encoding="utf-8"))
    found |= {"width": WIDTH} | BUDGET | WATCHED | FULL | VARIANTS[variant]
    if found["min_length"] is None:
        found["min_length"] = found["num_layers"]
    dropped = {"mokgr": (), "adaprop": ("min_length", "num_lengths"), "redgnn": ("min_length", "num_lengths", "width")}
    return {name: value for name, value in found.items() if name not in dropped[found["model"]]}


def run(data: str, variant: str, seed: int, records: Records) -> None:
    """One training, as one record."""
    from graphfm.settings import typed
    from graphfm.training.link_prediction import link_prediction

    key = {"set": data, "variant": variant, "seed": seed}
    if records.has(**key):
        return
    folder = ROOT / "runs" / records.folder.name / f"{data}-{variant.replace(' ', '_')}-{seed}"
    chosen = typed(link_prediction, settings(data, variant) | {"seed": seed})
    model = link_prediction(out=folder, progress=False, accelerator="cpu", **chosen)
    records.add(key | without_relations(model.card))


def table(records: list[dict[str, Any]]) -> str:
    """Markdown: test MRR of every variant on every set, mean and standard deviation, and its distance from the full model."""
    lines = [f"| | {' | '.join(SETS)} |", "|---" * (len(SETS) + 1) + "|"]
    for variant in VARIANTS:
        cells = []
        for data in SETS:
            full, mine = (
                [r["result"]["report"]["mrr"] for r in records if (r["set"], r["variant"]) == (data, name)]
                for name in ("mokgr", variant)
            )
            cells.append(_beside_full(mine, full if variant != "mokgr" else []))
        if any(cells):
            lines.append(f"| {variant} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _beside_full(values: list[float], full: list[float]) -> str:
    if not values:
        return ""
    away = f" ({statistics.mean(values) - statistics.mean(full):+.3f})" if full else ""
    return f"{cell(values)}{away}, n={len(values)}"


def page(records: list[dict[str, Any]]) -> str:
    """What stands beside the records."""
    note = (
        "Test MRR, realistic ties, mean ± standard deviation over n seeds; in brackets the distance from the "
        f"full model. Budget: {BUDGET['epochs']} epochs of {BUDGET['steps_per_epoch']} batches of "
        f"{BUDGET['batch_size']} triples, width {WIDTH}, "
        "otherwise the set's config. GraIL's sets under protocol U. Early stop is off in the full model."
    )
    return f"# What MoKGR's parts are worth\n\n{note}\n\n{table(records)}\n"


def main() -> None:
    """Run what is missing, then write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "mokgr_ablation")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    options = parser.parse_args()
    from graphfm.files import write_text

    records = Records(options.out, KEY)
    for seed in range(options.seeds):
        for data in options.sets:
            for variant in options.variants:
                run(data, variant, seed, records)
                write_text(options.out / "README.md", page(records.read()))


if __name__ == "__main__":
    main()
