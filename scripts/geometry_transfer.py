"""What the geometries are worth for zero-shot transfer: the leave-one-domain-out pretrainings with the mixture varied.

    python scripts/geometry_transfer.py [--out results/geometry_transfer] [--seeds 5]

Every variant has the same width, depth, gate and budget; those of three experts have equal numbers of parameters, up to two
curvatures. One JSON file a (variant, domain, seed); those that exist are skipped. The table, with paired tests over the seeds
against three Euclidean experts, is written to OUT/README.md from the JSON files alone.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
from pathlib import Path
from typing import Any

from leave_one_domain_out import AVERAGED, DOMAINS, run
from scipy.stats import ttest_rel

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
ROWS = ("experts", "graphfm", "graphfm+refine")


def folder(out: Path, variant: str) -> Path:
    """Where the records of a variant are."""
    return out / variant.replace("+", "").replace(", ", "-").replace(" ", "-").lower()


def by_seed(out: Path, variant: str) -> dict[int, dict[str, float]]:
    """For each seed with all domains: mean accuracy of each row over the nine graphs, and the sources' validation loss."""
    found: dict[int, list[dict[str, Any]]] = {}
    for path in sorted(folder(out, variant).glob("*-*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        found.setdefault(record["seed"], []).append(record)
    means = {}
    for seed, records in found.items():
        if len(records) < len(DOMAINS):
            continue
        results = [result for record in records for result in record["results"] if result["data"] in AVERAGED]
        means[seed] = {
            name: statistics.mean(row["accuracy"] for r in results for row in r["rows"] if row["method"] == name)
            for name in ROWS
        }
        means[seed]["validation loss"] = statistics.mean(r["card"]["metrics"]["val_loss"] for r in records)
    return means


def table(out: Path) -> str:
    """Markdown from the records."""
    columns = (*ROWS, "validation loss")
    base = by_seed(out, BASE)
    lines = ["# What the geometries are worth for zero-shot transfer", ""]
    lines += [f"Mean accuracy over nine graphs, each classified by a model that saw none of its domain; {BUDGET}.", ""]
    lines += [f"± is the standard deviation over seeds; p is that of a paired t-test against {BASE} over seeds.", ""]
    lines += ["| variant | seeds | " + " | ".join(columns) + " |", "|---" * (len(columns) + 2) + "|"]
    for variant in VARIANTS:
        means = by_seed(out, variant)
        cells = [_cell(means, base, column) for column in columns]
        lines.append(f"| {variant} | {len(means)} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def _cell(means: dict[int, dict[str, float]], base: dict[int, dict[str, float]], column: str) -> str:
    if not means:
        return ""
    digits = 3 if column == "validation loss" else 1
    values = [mean[column] for mean in means.values()]
    spread = f" ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else ""
    both = sorted(means.keys() & base.keys())
    pairs = [(means[seed][column], base[seed][column]) for seed in both]
    differs = len(pairs) > 1 and any(a != b for a, b in pairs)
    p = f" (p {ttest_rel(*zip(*pairs, strict=True)).pvalue:.2f})" if differs else ""
    return f"{statistics.mean(values):.{digits}f}{spread}{p}"


def main() -> None:
    """Pretrain what is missing, then write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("results/geometry_transfer"))
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    from graphfm.files import write_text

    # The question itself first, over all seeds, then the controls.
    for group in (FIRST, [name for name in VARIANTS if name not in FIRST]):
        for seed, variant, domain in itertools.product(range(options.seeds), group, DOMAINS):
            room = folder(options.out, variant)
            if not (room / f"{domain}-{seed}.json").exists():
                run(domain, seed, room, settings=BUDGET | VARIANTS[variant])
                write_text(options.out / "README.md", table(options.out))


if __name__ == "__main__":
    main()
