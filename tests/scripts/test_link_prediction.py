"""The scripts around link prediction: tables hold what was measured and nothing else, a search finds and resumes."""

from __future__ import annotations

from pathlib import Path

import link_prediction_table as table
import pytest
import yaml
from tune import tune

from graphfm.datasets import Triples
from graphfm.datasets.triples.folder import write
from graphfm.errors import DataError


def record(mrr: float) -> dict:
    metrics = {"mrr": mrr, "hits@1": 0.1, "hits@3": 0.2, "hits@10": 0.3}
    result = {"report": metrics, "baselines": {"answer frequency": {"mrr": 0.05}}, "calibration": None}
    hardware = {"device": "cpu", "threads": 1}
    return {"result": result, "steps": 100, "train_cpu_seconds": 90.0, "hardware": hardware}


def test_the_table_holds_what_was_measured() -> None:
    assert set(table.row("x", [])[1:]) == {""}
    cells = dict(zip(table.HEADER, table.row("x", [record(0.2), record(0.4)]), strict=True))
    assert cells["MRR"] == "0.300 ± 0.141"
    assert cells["Hits@10"] == "0.300"
    assert (cells["AUC-PR"], cells["Brier"], cells["protocol"]) == ("", "", "")
    assert (cells["CPU minutes"], cells["seeds"], cells["hardware"]) == ("1.5", "2", "cpu, 1 thread")
    inductive = record(0.2)
    inductive["result"]["protocol"] = "U"
    assert dict(zip(table.HEADER, table.row("x", [inductive]), strict=True))["protocol"] == "U"


def test_a_table_without_a_place_is_refused() -> None:
    text = "<!-- a: scripts/link_prediction_table.py -->\nold\n<!-- end of a -->\n"
    assert table.filled(text, "a", "new") == text.replace("old", "new")
    with pytest.raises(ValueError, match="found 0 places <!-- b"):
        table.filled(text, "b", "new")


def test_a_search_finds_resumes_and_never_ranks_test(ring: Triples, tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    write(ring, tmp_path / "ring")
    config = tmp_path / "c.yaml"
    settings = {"model": "rotate", "data": str(tmp_path / "ring"), "dim": 4, "gamma": 3.0, "accelerator": "cpu"}
    config.write_text(yaml.safe_dump(settings | {"epochs": 2, "num_negatives": 4, "batch_size": 16}))
    search = ["lr=log:1e-3:1e-1", "num_negatives=choice:2,4"]
    tune(config, search=search, out=tmp_path / "out", trials=1)
    best = tune(config, search=search, out=tmp_path / "out", trials=2)
    trials = sorted((tmp_path / "out").glob("trial-*"))
    assert [trial.name for trial in trials] == ["trial-0", "trial-1"]
    assert all('"report"' not in (trial / "result.json").read_text() for trial in trials)
    assert yaml.safe_load((tmp_path / "out" / "best.yaml").read_text()) == best
    assert 1e-3 <= best["lr"] <= 1e-1
    with pytest.raises(DataError, match="Did you mean lr"):
        tune(config, search=["lrr=log:1:2"], out=tmp_path / "out", trials=3)
    with pytest.raises(DataError, match="--search lr=fast"):
        tune(config, search=["lr=fast"], out=tmp_path / "out", trials=3)
