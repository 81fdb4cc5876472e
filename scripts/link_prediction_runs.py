"""Run configs of link prediction over several seeds, one after the other, and keep a record of each.

    python scripts/link_prediction_runs.py rotate_umls rotate_kinship [--seeds 3] [--runs runs/link_prediction]

A config is one of configs/link_prediction by name. Runs that were killed resume, records that exist are skipped. Each record, a
line of results/link_prediction/runs.jsonl, is the result of the run without its parts by relation;
scripts/link_prediction_table.py makes the table from the records.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from records import Records

if TYPE_CHECKING:
    from graphfm.models import LinkModel

ROOT = Path(__file__).parents[1]
RUNS = ROOT / "runs" / "link_prediction"
CONFIGS = ROOT / "configs" / "link_prediction"
RECORDS = Records(ROOT / "results" / "link_prediction", ("config", "seed"))


def trained(name: str, seed: int, runs: Path) -> LinkModel:
    """The model of one config with one seed; a finished run is read, a killed one resumed."""
    import yaml

    from graphfm.settings import typed
    from graphfm.training.link_prediction import link_prediction, run_setting_names

    settings: dict[str, Any] = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text(encoding="utf-8"))
    assert set(settings) <= set(run_setting_names(settings["model"]))
    settings = typed(link_prediction, settings | {"seed": seed})
    return link_prediction(out=runs / f"{name}-{seed}", progress=False, **settings)


def run(name: str, seed: int, runs: Path) -> None:
    """The record of one config with one seed."""
    if not RECORDS.has(config=name, seed=seed):
        RECORDS.add({"config": name, "seed": seed, **without_relations(trained(name, seed, runs).card)})


def without_relations(card: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a run but the parts by relation, which would be most of it."""
    report = {key: value for key, value in card["result"]["report"].items() if key != "relation"}
    return {**card, "result": card["result"] | {"report": report}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("configs", nargs="+", choices=sorted(path.stem for path in CONFIGS.glob("*.yaml")))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--runs", type=Path, default=RUNS)
    arguments = parser.parse_args()
    for name in arguments.configs:
        for seed in range(arguments.seeds):
            run(name, seed, arguments.runs)


if __name__ == "__main__":
    main()
