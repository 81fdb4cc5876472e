"""Search settings of a link prediction config with Optuna, by validation MRR alone; needs the extra graphfm[hpo].

    python scripts/tune.py configs/link_prediction/rotate_umls.yaml --out tuning/umls --trials 20 \\
        --search lr=log:1e-4:1e-1 gamma=float:1:12 num_negatives=choice:16,32,64

The study is a file in OUT, so a stopped search goes on where it was; every trial is a run in a folder of its own. The test
split is never ranked. The best settings are written to OUT/best.yaml.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import yaml

from graphfm.errors import DataError, GraphFMError


def suggest(trial: Any, word: str) -> tuple[str, Any]:
    """A setting and its value in this trial, from `name=log:low:high`, `float:`, `int:` or `choice:a,b,c`.

    Raises:
        DataError: another form.
    """
    name, _, form = word.partition("=")
    kind, *bounds = form.split(":")
    match kind, bounds:
        case "choice", [values]:
            return name, trial.suggest_categorical(name, [yaml.safe_load(value) for value in values.split(",")])
        case "int", [low, high]:
            return name, trial.suggest_int(name, int(low), int(high))
        case (("float" | "log"), [low, high]):
            return name, trial.suggest_float(name, float(low), float(high), log=kind == "log")
    raise DataError(f"--search {word}", expected="name=log:LOW:HIGH, float:LOW:HIGH, int:LOW:HIGH or choice:A,B")


def tune(config: Path, *, search: list[str], out: Path, trials: int, seed: int = 0) -> dict[str, Any]:
    """Search, and return the best settings.

    Args:
        config: YAML file of `graphfm link-prediction`.
        search: what may vary, see `suggest`.
        out: folder of the study and its runs.
        trials: number of runs in all, those of earlier calls included.
        seed: of the sampler; the runs keep theirs.
    """
    try:
        import optuna
    except ImportError as error:
        raise GraphFMError("Tuning needs Optuna: pip install 'graphfm[hpo]'.") from error
    from dataclasses import replace

    import torch

    from graphfm.commands.given import check_names
    from graphfm.datasets import load_triples
    from graphfm.evaluation.links import judge
    from graphfm.files import write_text
    from graphfm.settings import typed
    from graphfm.training.link_prediction import link_prediction, run_setting_names

    settings: dict[str, Any] = yaml.safe_load(config.read_text(encoding="utf-8"))
    check_names(
        [*settings, *(word.partition("=")[0] for word in search)],
        run_setting_names(settings["model"]),
        of="graphfm.link_prediction",
    )
    data = settings.pop("data")
    graph = load_triples(data)
    # Without test triples there is nothing to look at but validation; they are not even filtered by.
    graph = replace(graph, test=torch.empty(0, 3, dtype=torch.long), inference=None)

    def objective(trial: Any) -> float:
        chosen = typed(link_prediction, settings | dict(suggest(trial, word) for word in search))
        run = link_prediction(graph, out=out / f"trial-{trial.number}", progress=False, **chosen)
        return float(judge(run, split="val")["report"]["mrr"])

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    out.mkdir(parents=True, exist_ok=True)
    sampler = optuna.samplers.TPESampler(seed=seed)
    study = optuna.create_study(
        study_name=config.stem,
        storage=f"sqlite:///{out / 'study.db'}",
        direction="maximize",
        load_if_exists=True,
        sampler=sampler,
    )
    study.optimize(objective, n_trials=max(0, trials - len(study.trials)))
    best = {"data": data, **settings, **study.best_params}
    write_text(out / "best.yaml", f"# validation MRR {study.best_value:.4f}\n{yaml.safe_dump(best, sort_keys=False)}")
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path)
    parser.add_argument("--search", nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--trials", type=int, default=20)
    arguments = parser.parse_args()
    try:
        tune(arguments.config, search=arguments.search, out=arguments.out, trials=arguments.trials)
    except GraphFMError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
