"""How often a listed answer is true by the probability that is shown with it: the map of before, and the one of lists.

    python scripts/listed_answers.py rotate_umls rotate_kinship rotate_python_stdlib [--seeds 3] [--runs runs/link_prediction]

A config is one of configs/link_prediction by name; runs that are finished are read. The ten best new answers (of neither
training nor validation) to each question that the test triples answer are judged: true where one is a test triple. *Before*
is Platt's map against one random wrong answer (`p_beats_random`, then called `probability`), *now* is `p_true`. Both are fitted
on validation triples alone. Records go to results/listed_answers/runs.jsonl, tables to its README.md.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from link_prediction_runs import CONFIGS, RUNS, trained
from records import Record, Records, cell

ROOT = Path(__file__).parents[1]
KEY = ("config", "seed")
RECORDS = Records(ROOT / "results" / "listed_answers", KEY)
BANDS = ((0, 0.1), (0.1, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 0.95), (0.95, 1))
MOST = 1_500  # test triples asked about
HEADER = "| run | | base rate | ECE | Brier | " + " | ".join(f"{low:g} to {high:g}" for low, high in BANDS) + " |"
ABOUT = """# Reliability of listed answers

`python scripts/listed_answers.py CONFIG ... --seeds N`; a record a run in `runs.jsonl`. The ten best new answers to each question
that the test triples answer, in both directions; true where one is a test triple. *Before*: Platt's map against one random wrong
answer. *Now*: `p_true`, fitted on the lists of validation questions. Both know validation alone. A cell is the share that is true
of the answers whose probability lies in the band, and in brackets how many there are; ECE is over ten bins of equal width; the
Brier score of always saying the base rate is in brackets behind it. Mean over the seeds. What a question costs in `complete`,
beside one in `evaluate`: `python benchmarks/complete_cost.py RUN`, in `cost.jsonl`.
"""


def run(name: str, seed: int, runs: Path) -> Record:
    """The record of one run."""
    import torch

    from graphfm.kg.calibration import reliability
    from graphfm.models import LinkModel
    from graphfm.models.listing import SHOWN_TO_A_QUESTION, bands, fit_lists, lists

    file = runs / f"{name}-{seed}" / "model.ckpt"  # a finished run is read without its data
    model = LinkModel.load(file) if file.exists() else trained(name, seed, runs)
    if not model.listed:  # a run of before, or one whose validation could not support it
        fit_lists(model, model.graph.val)
    score, true, counted = lists(model, model.graph.test, at_most=MOST)
    shown = counted & torch.isfinite(score)
    shown &= shown.cumsum(1) <= SHOWN_TO_A_QUESTION
    query, place = shown.nonzero().unbind(1)
    y = true[query, place]
    maps: dict[str, Any] = {"before": model.probability(score[query, place])}
    if "entities" in model.listed:
        maps["now"] = model.listed["entities"](score[query, place], query, score)
    record: Record = {
        "config": name,
        "seed": seed,
        "data": model.graph.name,
        "model": model.card["model"],
        "steps": model.card["steps"],
        "mrr": model.card["result"]["report"]["mrr"],
        "questions": len(score),
        "answers": len(y),
        "base_rate": y.double().mean().item(),
        "slope": model.calibration.scores[0] if model.calibration and model.calibration.method == "platt" else None,
    }
    return record | {which: {**reliability(p, y), "bands": bands(p, y)} for which, p in maps.items()}


def tables(records: list[Record]) -> str:
    """The page of the study."""
    rule = "| --- " * (5 + len(BANDS)) + "|"
    lines = [ABOUT, HEADER, rule]
    for name in dict.fromkeys(record["config"] for record in records):
        own = [record for record in records if record["config"] == name]
        seeds = f"{len(own)} seed{'s' if len(own) > 1 else ''}"
        title = f"{own[0]['model']} on {own[0]['data']} (`{name}`, {seeds}, MRR {cell([r['mrr'] for r in own])})"
        base = cell([record["base_rate"] for record in own])
        for which in ("before", "now"):
            judged = [record[which] for record in own if which in record]
            if not judged:
                lines.append(
                    f"| | {which} | | no column: validation could not support it | " + "| " * (1 + len(BANDS)) + "|"
                )
                continue
            brier, constant = (sum(j[key] for j in judged) / len(judged) for key in ("brier", "brier_constant"))
            cells = [_band(judged, low) for low, _ in BANDS]
            first = title if which == "before" else ""
            errors = cell([j["calibration_error"] for j in judged])
            lines.append(
                f"| {first} | {which} | {base} | {errors} | {brier:.3f} ({constant:.3f}) | {' | '.join(cells)} |"
            )
    return "\n".join(lines) + "\n"


def page(records: list[Record]) -> str:
    """The README of the study: the tables, and what a question costs where that was measured."""
    costs = RECORDS.folder / "cost.jsonl"
    lines = costs.read_text(encoding="utf-8").splitlines() if costs.exists() else []
    return tables(records) + (cost_table([json.loads(line) for line in lines]) if lines else "")


def cost_table(costs: list[Record]) -> str:
    """What a question costs in `complete`, beside one in `evaluate`."""
    names = (
        "run",
        "entities",
        "questions",
        "different",
        "evaluate_ms",
        "complete_ms",
        "write_ms",
        "json_ms",
        "ratio",
        "ratio_written",
    )
    lines = [
        "",
        "## What a question costs",
        "",
        "CPU milliseconds a question, one thread of a shared machine, the middle of three runs by the last column; what is read",
        "or compiled once is not counted. `evaluate ms` ranks, `complete ms` reads the questions and answers them, `write ms`",
        "writes a million answers as CSV, `json ms` as JSON Lines. The ratios are those of answering, and of answering with the",
        "CSV, to",
        "`evaluate`; before cells that repeat were made text once, the second was 2.1, 2.6 and 1.0 for these runs.",
        "",
    ]
    lines += [f"| {' | '.join(name.replace('_', ' ') for name in names)} |", "|" + " --- |" * len(names)]
    for cost in costs:
        cells = [_number(cost[name]) for name in names]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _number(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:.3f}" if isinstance(value, float) else f"{value:,}"


def _band(judged: list[dict[str, Any]], low: float) -> str:
    """The share that is true of all answers of a band, over the seeds, and how many they are."""
    found = [band for one in judged for band in one["bands"] if band["low"] == low]
    count = sum(band["answers"] for band in found)
    if not count:
        return "-"
    return f"{sum(band['true'] * band['answers'] for band in found) / count:.2f} ({count:,})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("configs", nargs="*", choices=[[], *sorted(path.stem for path in CONFIGS.glob("*.yaml"))])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--runs", type=Path, default=RUNS)
    arguments = parser.parse_args()
    for name in arguments.configs:
        for seed in range(arguments.seeds):
            if not RECORDS.has(config=name, seed=seed):
                RECORDS.add(run(name, seed, arguments.runs))
    (RECORDS.folder / "README.md").write_text(page(RECORDS.read()), encoding="utf-8")


if __name__ == "__main__":
    main()
