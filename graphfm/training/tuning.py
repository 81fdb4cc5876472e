"""A search of settings by validation alone: each trial a run in a folder of its own, the study a file that it goes on from."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from graphfm.datasets import load_triples
from graphfm.datasets.triples.graph import Triples
from graphfm.errors import DataError, GraphFMError, unknown_setting
from graphfm.evaluation.links import judge
from graphfm.files import write_text
from graphfm.models.families import find_model
from graphfm.progress import progress_bar
from graphfm.settings import Count, Seed, check, typed
from graphfm.training.link_prediction import default_folder, link_prediction, run_setting_names
from graphfm.training.runs.run_folder import claimed
from graphfm.training.search_space import spaces

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

#: Settings that name what is searched for, or where: a search does not vary them.
FIXED = ("data", "model", "init", "protocol", "relations", "encoder", "accelerator", "devices", "num_nodes", "strategy")


@dataclass(frozen=True, eq=False)
class Tuning:
    """What a search found.

    Args:
        trials: a row a trial that ended, best first: ``trial, val_mrr`` and what was varied.
        best: the settings of the best, as `graphfm.link_prediction` takes them.
        file: ``best.yaml``, which holds them.
        command: what trains with them and ranks the test triples.
    """

    trials: list[dict[str, Any]]
    best: dict[str, Any]
    file: Path
    command: str

    @property
    def val_mrr(self) -> float:
        """Of the best."""
        return float(self.trials[0]["val_mrr"])

    def frame(self) -> pd.DataFrame:
        """`trials` as a frame."""
        import pandas as pd

        return pd.DataFrame(self.trials)

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {"best": self.best, "val_mrr": self.val_mrr, "command": self.command, "trials": self.trials}


def tune(
    data: Any,
    *,
    out: str | os.PathLike[str] | None = None,
    model: str = "rotate",
    search: Sequence[str] = (),
    trials: Count = 20,
    seed: Seed = 0,
    accelerator: str = "auto",
    progress: bool = True,
    **settings: Any,
) -> Tuning:
    """Search settings of `link_prediction` with Optuna (TPE) by the MRR on all validation triples.

    Test triples are taken away before the first trial: they are neither ranked nor filtered by. Called again with the same
    arguments it goes on where it was, the trial that was stopped included; with more trials it goes on from the others.

    Args:
        data: a name of the catalogue, a folder, or `Triples`; with validation triples.
        out: folder of the study, its trials and ``best.yaml``; ``tuning/DATA-MODEL-SEED`` by default.
        model: see `link_prediction`.
        search: what varies, ``NAME=FORM`` a setting, see `graphfm.training.search_space`; by default what the model's family
            says is worth a search.
        trials: number of trials in all.
        seed: of the search, and of every run.
        accelerator: "auto", "cpu" or "gpu".
        progress: show how many trials are done.
        **settings: any other of `link_prediction`, the same in all trials, such as ``epochs=20``.

    Raises:
        GraphFMError: Optuna is missing, `out` holds another search, or no trial ended well.
        DataError: an unknown setting or form of search, or a set without validation triples.
    """
    if find_spec("optuna") is None:
        raise GraphFMError("A search needs Optuna: pip install 'graphfm[tune]'.")
    import optuna

    check(tune, {"trials": trials, "seed": seed})
    varied = spaces(search or [f"{name}={form}" for name, form in find_model(model)[0].search.items()])
    known = [name for name in run_setting_names(model) if name not in FIXED]
    for name in varied:
        if name not in known:
            raise unknown_setting(name, known, of="a search")
    settings = {name: value for name, value in settings.items() if name not in varied}
    source = data if isinstance(data, Triples) else load_triples(data)
    graph = without_test(source, protocol=settings.get("protocol"))
    folder = Path(out or Path("tuning") / default_folder(data, model=model, seed=seed, **settings).name)
    given = {"data": graph.name, "data_digest": graph.digest(), "model": model, "seed": seed, "trials": trials}
    given |= {"search": {name: [space.kind, *space.values] for name, space in sorted(varied.items())}, **settings}

    def run(trial: Any) -> float:
        chosen = {name: space.suggest(trial, name) for name, space in varied.items()}
        place = folder / f"trial-{_digest(chosen)}"  # the same values resume the same run
        fixed: dict[str, Any] = {"model": model, "seed": seed, "accelerator": accelerator, "progress": False}
        try:
            done = link_prediction(graph, out=place, **fixed, **typed(link_prediction, settings | chosen))
        except DataError:
            raise
        except GraphFMError as error:  # such as a loss that is not finite
            log.warning("Trial %d failed: %s", trial.number, error)
            raise optuna.TrialPruned from error
        return float(judge(done, split="val", relations=settings.get("relations"))["report"]["mrr"])

    with claimed(folder, given, what="tuning", grows="trials"):
        study = _study(folder, seed=seed)
        for left in study.get_trials(states=(optuna.trial.TrialState.RUNNING,)):  # a stopped search leaves it so
            study.tell(left.number, state=optuna.trial.TrialState.FAIL)
            if left.params.keys() == varied.keys():
                study.enqueue_trial(left.params)
        with progress_bar("Trials", total=trials, show=progress) as update:
            while (done := len(_ended(study))) < trials:
                update(completed=done)
                study.optimize(run, n_trials=1)
        return _found(
            study,
            folder,
            base={
                "data": os.fspath(data) if isinstance(data, str | os.PathLike) else None,
                "model": model,
                "seed": seed,
                **settings,
            },
        )


def without_test(graph: Triples, *, protocol: str | None = None) -> Triples:
    """A graph with nothing to look at but training and validation; under protocol R what validates is called test.

    Raises:
        DataError: no validation triples.
    """
    none = torch.empty(0, 3, dtype=torch.long)
    other = graph.inference
    kept = graph.test if other is not None and (protocol or "").upper() == "R" else none
    if not len(graph.val):
        hint = "Make some: graphfm datasets import FILE --val 0.1 --out FOLDER."
        raise DataError(f"no validation triples in {graph.name}", expected="some to choose settings by", hint=hint)
    inference = None if other is None else replace(other, val=none, test=none, qualifiers={})
    return replace(graph, test=kept, inference=inference)


def _study(folder: Path, *, seed: int) -> Any:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    # What is drawn follows from the trials before and the seed, so that a search that goes on is not one that starts anew.
    storage = f"sqlite:///{folder / 'study.db'}"
    study = optuna.create_study(study_name="tune", storage=storage, direction="maximize", load_if_exists=True)
    study.sampler = optuna.samplers.TPESampler(seed=seed + len(study.trials))
    return study


def _ended(study: Any) -> list[Any]:
    """The trials that are over: those with a value, and those given up."""
    from optuna.trial import TrialState

    return list(study.get_trials(states=(TrialState.COMPLETE, TrialState.PRUNED)))


def _found(study: Any, folder: Path, *, base: dict[str, Any]) -> Tuning:
    """The table of the trials, and the best as a file and a command."""
    import yaml

    done = sorted((t for t in _ended(study) if t.value is not None), key=lambda t: -t.value)
    if not done:
        raise GraphFMError(
            "No trial ended well; see the warnings above. Search other values: a lower learning rate first."
        )
    rows = [{"trial": t.number, "val_mrr": t.value, **t.params} for t in done]
    best = {name: value for name, value in (base | done[0].params).items() if value is not None}
    file = folder / "best.yaml"
    head = f"# validation MRR {done[0].value:.4f}, the best of {len(rows)} trials\n"
    write_text(file, head + yaml.safe_dump(json.loads(json.dumps(best)), sort_keys=False))
    data = "" if "data" in best else " --data DATA"
    command = (
        f"graphfm link-prediction --config {shlex.quote(str(file))}{data} --out {shlex.quote(str(folder / 'best'))}"
    )
    return Tuning(rows, best, file, command)


def _digest(values: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:10]
