"""Write the tables of link prediction from the records of scripts/link_prediction_runs.py.

    python scripts/link_prediction_table.py

They are in configs/link_prediction/README.md, docs/numbers.md and results/inductive_recipe/README.md; in the last two each stands
between comments that name it. What has not been measured stays blank.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from typing import Any

from filling import fill
from link_prediction_runs import CONFIGS, RECORDS, ROOT
from records import Records, cell

RECIPE = ROOT / "results" / "inductive_recipe"
FORMER = Records(RECIPE, ("recipe", "config", "seed"))  # runs of the recipes that the configs had before
RECIPES = ("before_query_match", "before_relation_dropout")

INTRODUCTION = """# Link prediction: one config a row

    graphfm link-prediction --config configs/link_prediction/rotate_umls.yaml --seed 0

Filtered ranks in both directions among all entities, realistic ties, mean and standard deviation over the seeds;
Countries is judged by the area under the precision-recall curve over its five regions. *Frequency* is the MRR of
answering every query with the entities that answer its relation most often in training. What has not been measured is
blank; the first line of a config names the published number. *Protocol* says what an inductive set was trained on and
judged by (`graphfm.evaluation.protocols`); numbers of different protocols are not to be compared. Rows are made by
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


#: Test MRR with pessimistic ties of NBFNet and of ULTRA fine-tuned under protocol U (Galkin et al. 2024, arXiv 2310.04562).
PUBLISHED = {
    "wn18rr_v1": (0.741, 0.685),
    "wn18rr_v2": (0.704, 0.679),
    "wn18rr_v4": (0.641, 0.614),
    "fb237_v1": (0.422, 0.509),
    "fb237_v2": (0.514, 0.524),
    "fb237_v4": (0.453, 0.496),
    "nell_v1": (0.648, 0.757),
    "nell_v2": (0.421, 0.575),
    "nell_v4": (0.404, 0.469),
}
REASONERS = {"mokgr": "MoKGR", "adaprop": "our AdaProp", "redgnn": "our RED-GNN"}
COMPARED = {"umls": "UMLS", "wn18rr_v1": "WN18RR v1", "fb237_v1": "FB15k-237 v1", "nell_v1": "NELL v1"}
TRANSDUCTIVE = {  # set: its name, the config of RotatE, that of MoKGR, what is published
    "family": ("Family", "", "mokgr_family", "AdaProp 0.988"),
    "umls": ("UMLS", "rotate_umls", "mokgr_umls", ""),
    "kinship": ("Kinship", "rotate_kinship", "mokgr_kinship", ""),
    "python-stdlib": ("python-stdlib", "rotate_python_stdlib", "mokgr_python-stdlib", ""),
    "wn18rr": (
        "WN18RR, 5 layers",
        "rotate_wn18rr_cpu",
        "mokgr_wn18rr_cpu",
        "RED-GNN, 5 layers 0.533; AdaProp, 8 layers 0.562",
    ),
}


def row(name: str, records: list[dict[str, Any]]) -> list[str]:
    """The cells of a config."""
    link = f"[{name}]({name}.yaml)"
    if not records:
        return [link, *[""] * (len(HEADER) - 1)]

    def over_seeds(value: Callable[[dict[str, Any]], float | None], digits: int = 3) -> str:
        return cell([found for record in records if (found := value(record)) is not None], digits, bare=True)

    def metric(key: str) -> str:
        return over_seeds(lambda record: record["result"]["report"][key])

    hardware = records[0]["hardware"]
    threads = f", {hardware['threads']} thread" + "s" * (hardware["threads"] != 1) if "threads" in hardware else ""
    return [
        link,
        records[0]["result"].get("protocol") or "",
        *map(metric, ("mrr", "hits@1", "hits@3", "hits@10")),
        over_seeds(lambda record: record["result"].get("auc_pr", {}).get("auc_pr")),
        over_seeds(lambda record: record["result"]["baselines"]["answer frequency"]["mrr"]),
        over_seeds(lambda record: (record["result"]["calibration"] or {}).get("brier")),
        over_seeds(lambda record: record["steps"], 0),
        over_seeds(lambda record: record["train_cpu_seconds"] / 60, 1),
        str(len(records)),
        f"{hardware['device']}{threads}",
    ]


def markdown(header: list[str], rows: Iterable[list[str]]) -> str:
    """The table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def configs() -> str:
    """A page with all configs, a row each."""
    names = sorted(path.stem for path in CONFIGS.glob("*.yaml"))
    return f"{INTRODUCTION}\n{markdown(HEADER, (row(name, records(name)) for name in names))}\n"


def inductive() -> str:
    """MoKGR on GraIL's sets, beside what is published."""
    header = ["inductive, protocol U", "frequency", "graphfm MoKGR, realistic", "pessimistic", "seeds", "CPU minutes"]
    rows = []
    for name, published in PUBLISHED.items():
        if found := records(f"mokgr_{name}"):
            cells = [
                name,
                frequency(found),
                mrr(found),
                mrr(found, ties="pessimistic"),
                str(len(found)),
                minutes(found),
            ]
            rows.append([*cells, *(f"{value:.3f}" for value in published)])
    return markdown([*header, "NBFNet", "ULTRA fine-tuned"], rows)


def reasoners() -> str:
    """Test MRR of the three reasoners, seeds in brackets."""

    def cell(config: str) -> str:
        found = records(config)
        return f"{mrr(found)} ({len(found)})" if found else ""

    return markdown(
        ["", *COMPARED.values()],
        [[name, *(cell(f"{method}_{data}") for data in COMPARED)] for method, name in REASONERS.items()],
    )


def transductive() -> str:
    """MoKGR and RotatE on graphs whose entities are known."""
    rows = []
    for name, rotate, mokgr, published in TRANSDUCTIVE.values():
        found = records(mokgr)
        rows.append(
            [name, frequency(found), mrr(records(rotate)), mrr(found), str(len(found) or ""), minutes(found), published]
        )
    return markdown(["", "frequency", "graphfm RotatE", "graphfm MoKGR", "its seeds", "CPU minutes", "published"], rows)


def changes() -> str:
    """Test MRR of the recipes that the sets of many relations had one after the other, seeds in brackets."""
    header = ["test MRR", "first", "`query_match`, half of the training", "and `relation_dropout`"]
    former = FORMER.read()
    names = [f"{method}_{name}" for method in REASONERS for name in PUBLISHED if not name.startswith("wn18rr")]
    rows = []
    for config in names:
        found = [[r for r in former if (r["recipe"], r["config"]) == (recipe, config)] for recipe in RECIPES]
        found.append(records(config))
        if any(found):
            rows.append([config, *(f"{mrr(some)} ({len(some)})" if some else "" for some in found)])
    return markdown(header, rows)


def records(config: str) -> list[dict[str, Any]]:
    """Those of a config, by seed."""
    return [record for record in RECORDS.read() if record["config"] == config]


def mrr(found: list[dict[str, Any]], *, ties: str = "") -> str:
    reports = [record["result"]["report"] for record in found]
    return cell([(report[ties] if ties else report)["mrr"] for report in reports], bare=True)


def frequency(found: list[dict[str, Any]]) -> str:
    return cell([record["result"]["baselines"]["answer frequency"]["mrr"] for record in found], bare=True)


def minutes(found: list[dict[str, Any]]) -> str:
    return f"{statistics.mean(record['train_cpu_seconds'] / 60 for record in found):.0f}" if found else ""


NUMBERS = ROOT / "docs" / "numbers.md"
PLACES = {NUMBERS: (inductive, reasoners, transductive), RECIPE / "README.md": (changes,)}


def main() -> None:
    from graphfm.files import write_text

    write_text(CONFIGS / "README.md", configs())
    fill(PLACES, script="link_prediction_table")


if __name__ == "__main__":
    main()
