"""A search finds, resumes, and sees no test triple; what it prints trains the best."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

import graphfm
from graphfm.datasets import Triples
from graphfm.datasets.triples.folder import write
from graphfm.errors import DataError, GraphFMError, Stopped
from graphfm.training import tuning
from graphfm.training.search_space import Space, spaces
from graphfm.training.tuning import tune, without_test
from tests.commands.test_link_prediction import Shell

SMALL: dict[str, Any] = {"epochs": 2, "dim": 4, "gamma": 3.0, "batch_size": 16, "accelerator": "cpu", "progress": False}
SEARCH = ["lr=log:1e-3:1e-1", "num_negatives=choice:2,4"]

pytest.importorskip("optuna")


def test_a_search_finds_and_goes_on_and_never_ranks_test(ring: Triples, tmp_path: Path) -> None:
    write(ring, tmp_path / "ring")
    first = tune(tmp_path / "ring", out=tmp_path / "out", search=SEARCH, trials=1, **SMALL)
    done = graphfm.tune(tmp_path / "ring", out=tmp_path / "out", search=SEARCH, trials=3, **SMALL)
    assert len(done.trials) == 3
    assert first.trials[0] in done.trials
    results = [json.loads(file.read_text()) for file in (tmp_path / "out").glob("trial-*/result.json")]
    assert len(results) == 3
    assert not any("result" in card for card in results), "no trial ranks anything but validation triples"
    assert done.val_mrr == max(row["val_mrr"] for row in done.trials)
    assert yaml.safe_load(done.file.read_text()) == done.best
    assert list(done.frame().columns) == ["trial", "val_mrr", "lr", "num_negatives"]
    with pytest.raises(GraphFMError, match="trials 3, and 2 are asked for"):
        tune(tmp_path / "ring", out=tmp_path / "out", search=SEARCH, trials=2, **SMALL)
    with pytest.raises(GraphFMError, match="other settings"):
        tune(tmp_path / "ring", out=tmp_path / "out", search=["lr=log:1e-3:1"], trials=3, **SMALL)


def test_a_stopped_trial_is_taken_up(ring: Triples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopping(*words: Any, **settings: Any) -> Any:
        raise Stopped(2, "stopped")

    tried: list[float] = []

    def noted(graph: Triples, **settings: Any) -> Any:
        tried.append(settings["lr"])
        return run(graph, **settings)

    run = tuning.link_prediction
    with monkeypatch.context() as patch:
        patch.setattr(tuning, "link_prediction", lambda *w, **s: (tried.append(s["lr"]), stopping()))
        with pytest.raises(Stopped):
            tune(ring, out=tmp_path / "out", search=SEARCH, trials=2, **SMALL)
    monkeypatch.setattr(tuning, "link_prediction", noted)
    done = tune(ring, out=tmp_path / "out", search=SEARCH, trials=2, **SMALL)
    assert tried[0] == tried[1], "the values that were under way come first"
    assert len(done.trials) == 2
    assert "data" not in done.best
    assert "--data DATA" in done.command


def test_what_is_printed_trains_the_best(
    ring: Triples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(ring, tmp_path / "ring")
    monkeypatch.chdir(tmp_path)
    shell = Shell(monkeypatch, capsys)
    words = ["--data", "ring", "--trials", "1", "--out", "found", "--set", "epochs=2", "dim=4", "batch_size=16"]
    said = shell("tune", *words, "--search", "lr=log:1e-3:1e-1")
    command = shlex.split(said[said.index("Next: graphfm") + len("Next: graphfm ") :])
    said = shell(*command)
    assert "RotatE on ring, test" in said
    card = json.loads((tmp_path / "found" / "best" / "result.json").read_text())
    assert card["settings"]["lr"] == yaml.safe_load((tmp_path / "found" / "best.yaml").read_text())["lr"]
    assert "Did you mean lr" in shell("tune", *words, "--search", "lrr=log:1:2", ok=False)


def test_no_test_triple_is_left(ring: Triples) -> None:
    inductive = replace(ring, inference=replace(ring, name="there"))
    for graph in (ring, inductive):
        left = without_test(graph)
        assert not len(left.test)
        assert left.inference is None or not len(left.inference.test) + len(left.inference.val)
    assert torch.equal(without_test(inductive, protocol="R").test, ring.test)  # what protocol R validates on
    with pytest.raises(DataError, match="no validation triples in ring"):
        without_test(replace(ring, val=ring.val[:0]))


def test_spaces_are_words() -> None:
    assert spaces(["dim=int:8:32"]) == {"dim": Space("int", (8, 32))}
    for wrong in ("lr", "lr=fast", "lr=log:0:1", "lr=float:2:1", "dim=int:a:b", "lr=log:1", "x=choice:"):
        with pytest.raises(DataError, match="--search"):
            spaces([wrong])


@pytest.mark.parametrize("model", ["rotate", "roth", "mokgr", "universal", "ultra"])
def test_each_family_says_what_is_worth_a_search(model: str) -> None:
    from graphfm.models.families import find_model
    from graphfm.training.link_prediction import run_setting_names

    assert set(find_model(model)[0].search) <= set(run_setting_names(model))
    assert spaces([f"{name}={form}" for name, form in find_model(model)[0].search.items()])
