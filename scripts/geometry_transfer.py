"""What the geometries are worth for zero-shot transfer: the leave-one-domain-out pretrainings with the mixture varied.

    python scripts/geometry_transfer.py [--out results/geometry_transfer] [--seeds 5]

Every variant has the same width, depth, gate and budget; those of three experts have equal numbers of parameters, up to two
curvatures. One record a (variant, domain, seed) in OUT/runs.jsonl; those that exist are skipped. The table, with paired tests
over the seeds against three Euclidean experts, is written to OUT/README.md from the records alone.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
from pathlib import Path
from typing import Any

from leave_one_domain_out import AVERAGED, DOMAINS, run
from records import Records, cell_against

KEY = ("variant", "left_out", "seed")
BUDGET = {"epochs": 2, "steps_per_epoch": 60}
VARIANTS: dict[str, dict[str, Any]] = {
    "H+S+E": {},
    "3 E": {"experts": ["euclidean"] * 3},
    "3 H": {"experts": ["hyperbolic"] * 3},
    "3 S": {"experts": ["spherical"] * 3},
    "H+S+E, uniform gate": {"gate": "uniform"},
    "H+S+E, random gate": {"gate": "random"},
    "H+S+E, shuffled descriptors": {"gate": "shuffled"},
    "H+S+E, fixed curvature": {"learnable_curvature": False},
}
BASE = "3 E"
FIRST = ("H+S+E", BASE)
ROWS = ("experts", "graphfm+decide", "graphfm+refine")


def folder(out: Path, variant: str) -> Path:
    """Where the models of a variant are."""
    return out / variant.replace("+", "").replace(", ", "-").replace(" ", "-").lower()


def by_seed(records: list[dict[str, Any]], variant: str) -> dict[int, dict[str, float]]:
    """For each seed with all domains: mean accuracy of each row over the nine graphs, and the sources' validation loss."""
    found: dict[int, list[dict[str, Any]]] = {}
    for record in records:
        if record["variant"] == variant:
            found.setdefault(record["seed"], []).append(record)
    means = {}
    for seed, domains in found.items():
        if len(domains) < len(DOMAINS):
            continue
        results = [result for record in domains for result in record["results"] if result["data"] in AVERAGED]
        means[seed] = {
            name: statistics.mean(row["accuracy"] for r in results for row in r["rows"] if row["method"] == name)
            for name in ROWS
        }
        means[seed]["validation loss"] = statistics.mean(r["card"]["metrics"]["val_loss"] for r in domains)
    return means


def table(records: list[dict[str, Any]]) -> str:
    """Markdown from the records."""
    columns = (*ROWS, "validation loss")
    base = by_seed(records, BASE)
    lines = ["# What the geometries are worth for zero-shot transfer", ""]
    lines += [f"Mean accuracy over nine graphs, each classified by a model that saw none of its domain; {BUDGET}.", ""]
    lines += [f"± is the standard deviation over seeds; p is that of a paired t-test against {BASE} over seeds.", ""]
    lines += ["| variant | seeds | " + " | ".join(columns) + " |", "|---" * (len(columns) + 2) + "|"]
    for variant in VARIANTS:
        means = by_seed(records, variant)
        cells = []
        for column in columns:
            mine, flat = ({seed: mean[column] for seed, mean in of.items()} for of in (means, base))
            cells.append(cell_against(mine, flat, 3 if column == "validation loss" else 1, p_digits=2))
        lines.append(f"| {variant} | {len(means)} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Pretrain what is missing, then write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("results/geometry_transfer"))
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    from graphfm.files import write_text

    records = Records(options.out, KEY)
    # The question itself first, over all seeds, then the controls.
    for group in (FIRST, [name for name in VARIANTS if name not in FIRST]):
        for seed, variant, domain in itertools.product(range(options.seeds), group, DOMAINS):
            if not records.has(variant=variant, left_out=domain, seed=seed):
                record = run(domain, seed, folder(options.out, variant), settings=BUDGET | VARIANTS[variant])
                records.add({"variant": variant} | record)
                write_text(options.out / "README.md", table(records.read()))


if __name__ == "__main__":
    main()
