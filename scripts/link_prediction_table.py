"""Write configs/link_prediction/README.md from the records of scripts/link_prediction_runs.py; unmeasured stays blank.

python scripts/link_prediction_table.py
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
CONFIGS, RECORDS = ROOT / "configs" / "link_prediction", ROOT / "results" / "link_prediction"

INTRODUCTION = """# Link prediction: one config a row

    graphfm link-prediction --config configs/link_prediction/rotate_umls.yaml --seed 0

Filtered ranks in both directions among all entities, realistic ties, mean and standard deviation over the seeds;
Countries is judged by the area under the precision-recall curve over its five regions. *Frequency* is the MRR of
answering every query with the entities that answer its relation most often in training. What has not been measured is
blank; the first line of a config names the published number. *Protocol* says what an inductive set was trained on and
judged by (`graphfm.tasks.protocols`); numbers of different protocols are not to be compared. Rows are made by
`scripts/link_prediction_runs.py`, this file by `scripts/link_prediction_table.py`.
"""
HEADER = [
    "config",
    "protocol",
    "MRR",
    "Hits@1",
    "Hits@3",
    "Hits@10",
    "AUC-PR",
    "frequency",
    "Brier",
    "steps",
    "CPU minutes",
    "seeds",
    "hardware",
]


def row(name: str, records: list[dict[str, Any]]) -> list[str]:
    """The cells of a config."""
    link = f"[{name}]({name}.yaml)"
    if not records:
        return [link, *[""] * (len(HEADER) - 1)]

    def cell(value: Callable[[dict[str, Any]], float | None], digits: int = 3) -> str:
        return _mean([found for record in records if (found := value(record)) is not None], digits)

    def metric(key: str) -> str:
        return cell(lambda record: record["result"]["report"][key])

    hardware = records[0]["hardware"]
    threads = f", {hardware['threads']} thread" + "s" * (hardware["threads"] != 1) if "threads" in hardware else ""
    return [
        link,
        records[0]["result"].get("protocol") or "",
        *map(metric, ("mrr", "hits@1", "hits@3", "hits@10")),
        cell(lambda record: record["result"].get("auc_pr", {}).get("auc_pr")),
        cell(lambda record: record["result"]["baselines"]["answer frequency"]["mrr"]),
        cell(lambda record: (record["result"]["calibration"] or {}).get("brier")),
        cell(lambda record: record["steps"], 0),
        cell(lambda record: record["train_cpu_seconds"] / 60, 1),
        str(len(records)),
        f"{hardware['device']}{threads}",
    ]


def _mean(values: list[float], digits: int) -> str:
    if not values:
        return ""
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.mean(values):.{digits}f}" + (f" ± {spread:.{digits}f}" if spread else "")


def markdown(rows: Iterable[list[str]]) -> str:
    """The table."""
    lines = [HEADER, ["---"] * len(HEADER), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def main() -> None:
    from graphfm.files import write_text

    rows = []
    for config in sorted(CONFIGS.glob("*.yaml")):
        files = sorted(RECORDS.glob(f"{config.stem}-*.json"))
        records = [json.loads(file.read_text(encoding="utf-8")) for file in files]
        rows.append(row(config.stem, [record for record in records if record["config"] == config.stem]))
    write_text(CONFIGS / "README.md", f"{INTRODUCTION}\n{markdown(rows)}\n")


if __name__ == "__main__":
    main()
