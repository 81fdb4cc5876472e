"""A run in its folder: learns, is killed and resumed to the last bit, is ranked as `evaluate` ranks, never overwritten."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from graphfm.datasets import Triples
from graphfm.errors import DataError, GraphFMError
from graphfm.evaluation.links import judge
from graphfm.models import LinkModel
from graphfm.training.link_prediction import link_prediction
from graphfm.training.links.link_settings import normalised

SMALL = {
    "progress": False,
    "accelerator": "cpu",
    "dim": 8,
    "gamma": 3.0,
    "num_negatives": 8,
    "batch_size": 10,
    "lr": 0.05,
}

SCRIPT = """
import sys, torch
from graphfm.datasets import Triples
from graphfm.training.link_prediction import link_prediction
generator = torch.Generator().manual_seed(0)
rows = torch.stack([torch.randint(n, (700,), generator=generator) for n in (60, 4, 60)], 1)
graph = Triples("made", [f"e{n}" for n in range(60)], list("abcd"), train=rows[:600], val=rows[600:650], test=rows[650:])
link_prediction(graph, out=sys.argv[1], model="rotate", dim=8, epochs=6, batch_size=32, num_negatives=16, val_every=2,
                schedule=sys.argv[2], sparse=sys.argv[3] == "sparse", keep="last", checkpoint_every=7, patience=50,
                progress=False, accelerator="cpu")
"""


def start(out: Path, *words: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-W", "ignore", "-c", SCRIPT, str(out), *words], env=environment)


@pytest.mark.parametrize(
    ("schedule", "table"),
    [("halfway", "sparse"), pytest.param("plateau", "dense", marks=pytest.mark.slow)],
)
def test_killed_and_resumed_is_the_uninterrupted_run_bit_for_bit(tmp_path: Path, schedule: str, table: str) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    uninterrupted, process = start(whole, schedule, table), start(killed, schedule, table)
    checkpoint = killed / "last.ckpt"
    deadline = time.time() + 600
    while not checkpoint.exists() and time.time() < deadline:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (killed / "model.ckpt").exists(), "the run was over before it could be killed"
    assert torch.load(checkpoint, weights_only=True)["global_step"] % 38 != 0, "killed at the end of an epoch"
    assert start(killed, schedule, table).wait(timeout=600) == 0
    assert uninterrupted.wait(timeout=600) == 0
    a, b = (torch.load(folder / "model.ckpt", weights_only=True) for folder in (whole, killed))
    assert a["state_dict"].keys() == b["state_dict"].keys()
    assert all(torch.equal(a["state_dict"][name], b["state_dict"][name]) for name in a["state_dict"])
    reports = [content["card"]["result"]["report"] for content in (a, b)]
    assert reports[0] == reports[1]


@pytest.mark.parametrize(
    "settings",
    [
        {"model": "rotate"},
        {"model": "rotate", "shared": True, "sparse": True, "queries": "both"},
        {"model": "transe", "queries": "bernoulli", "subsampling": False},
        {
            "model": "complex",
            "loss": "1-vs-all",
            "queries": "both",
            "n3": 1e-3,
            "optimizer": "adagrad",
            "lr": 0.5,
            "mask_answers": True,
        },
        {"model": "complex", "loss": "k-vs-all", "queries": "pairs", "smoothing": 0.1, "dim": 32},
        {"model": "AttH", "reciprocal": True, "l3": 1e-5, "schedule": "exponential", "dim": 16},
    ],
    ids=lambda settings: f"{settings['model']} {settings.get('loss', '')}",
)
def test_learns_by_heart_through_the_trainer(tmp_path: Path, ring: Triples, settings: dict) -> None:
    graph = Triples("heart", ring.entities, ring.relations, train=ring.train, val=ring.train, test=ring.train)
    merged = {k: v for k, v in SMALL.items() if k != "gamma"} | {"epochs": 60, "val_every": 20} | settings
    model = link_prediction(graph, out=tmp_path, **merged)
    assert model.card["result"]["report"]["mrr"] > 0.9
    assert model.card["result"]["baselines"]["constant"]["mrr"] < 0.25


def test_the_best_validation_is_kept(tmp_path: Path, ring: Triples) -> None:
    settings = SMALL | {"epochs": 12, "lr": 0.2}
    best = link_prediction(ring, out=tmp_path / "best", keep="best", **settings)
    last = link_prediction(ring, out=tmp_path / "last", keep="last", **settings)
    judged = [judge(model, split="val")["report"]["mrr"] for model in (best, last)]
    curve = (tmp_path / "best" / "log" / "metrics.csv").read_text().splitlines()
    column = curve[0].split(",").index("val_mrr")
    values = [float(line.split(",")[column]) for line in curve[1:] if line.split(",")[column]]
    assert judged[0] == pytest.approx(max(values), abs=1e-6)
    assert judged[0] >= judged[1]


def test_evaluate_gives_the_numbers_of_the_run(tmp_path: Path, ring: Triples) -> None:
    model = link_prediction(ring, out=tmp_path, epochs=3, **SMALL)
    record = json.loads((tmp_path / "result.json").read_text())
    again = judge(LinkModel.load(tmp_path), ring)
    for result in (record["result"], again, model.card["result"]):
        result.pop("seconds")
    assert json.loads(json.dumps(again)) == record["result"]
    assert record["result"]["report"]["protocol"] == "filtered, all entities"
    assert set(record["result"]["report"]["relation"]) <= {"next_to", "two_on"}
    assert record["settings"]["seed"] == 0
    assert min(record["train_seconds"], record["train_cpu_seconds"]) > 0
    assert record["hardware"]["device"] == "cpu"


def test_early_stopping_stops(tmp_path: Path, ring: Triples) -> None:
    model = link_prediction(ring, out=tmp_path, epochs=50, patience=2, **SMALL | {"lr": 0.0})
    assert model.card["steps"] == 3 * 6  # one validation that is the best, two that are not better


def test_a_folder_with_another_run_is_refused_and_left_alone(tmp_path: Path, ring: Triples) -> None:
    link_prediction(ring, out=tmp_path, epochs=1, **SMALL)
    before = (tmp_path / "model.ckpt").read_bytes()
    link_prediction(ring, out=tmp_path, epochs=1, **SMALL)  # the same command finds the run finished
    with pytest.raises(GraphFMError, match="holds a run with other settings"):
        link_prediction(ring, out=tmp_path, epochs=1, **SMALL | {"lr": 0.5})
    with pytest.raises(GraphFMError, match="data_digest is"):  # the same name, not the same data
        link_prediction(replace(ring, test=ring.test[:5]), out=tmp_path, epochs=1, **SMALL)
    assert (tmp_path / "model.ckpt").read_bytes() == before


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"model": "rotat"}, "Did you mean RotatE"),
        ({"num_negative": 3}, "Did you mean num_negatives"),
        ({"lr": "fast"}, "lr='fast'"),
        ({"loss": "hinge"}, "loss='hinge'"),
        ({"lr": -1.0}, "lr=-1.0, expected at least 0"),
        ({"strategy": "dpp"}, "strategy='dpp', expected one of Lightning's. Did you mean ddp"),
        ({"patience": 0}, "patience=0, expected at least 1"),
        ({"seed": 2**80}, "seed=.*, expected at least 0 and below 2,147,483,648"),
        ({"model": "mokgr", "decay": 5}, "decay=5.0, expected above 0 and at most 1"),
        ({"model": "mokgr", "importance": -5}, "importance=-5.0, expected at least 0"),
        ({"model": "mokgr", "experts": ["score", "score"]}, "once each"),
        ({"model": "atth", "reciprocal": False}, "reciprocal"),
        ({"n3": 0.1}, "n3 for RotatE"),
        ({"schedule": "halfway", "optimizer": "adagrad"}, "halfway with adagrad"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_mistakes_are_answered_before_anything_is_written(tmp_path: Path, ring: Triples, settings, said: str) -> None:
    with pytest.raises(DataError, match=said):
        link_prediction(ring, out=tmp_path / "run", progress=False, **{"model": "rotate"} | settings)
    assert not (tmp_path / "run").exists()


def test_without_validation_the_last_step_is_kept(tmp_path: Path, ring: Triples) -> None:
    graph = Triples("bare", ring.entities, ring.relations, train=ring.train, test=ring.test)
    model = link_prediction(graph, out=tmp_path / "run", epochs=1, **SMALL)
    assert model.calibration is None
    assert model.card["result"]["calibration"] is None
    with pytest.raises(DataError, match="patience without validation"):
        link_prediction(graph, out=tmp_path / "other", epochs=1, patience=2, **SMALL)


def test_entity_texts_score_entities_never_seen(tmp_path: Path, ring: Triples) -> None:
    settings = SMALL | {"encoder": "lsa", "epochs": 2}
    model = link_prediction(ring, out=tmp_path, **settings)
    loaded = LinkModel.load(tmp_path)
    assert torch.equal(loaded.model.entities(), model.model.entities().cpu())
    more = Triples(
        "more",
        [*ring.entities, "guest"],
        ring.relations,
        train=ring.train,
        test=torch.tensor([[20, 0, 3]]),
        entity_labels=[*ring.entity_labels, "Person 3 guest"],
    )
    report = judge(loaded, more)["report"]
    assert report["queries_unseen"] == 2
    assert loaded.model.num_entities == 20  # the model itself has not changed


@pytest.mark.parametrize(
    ("model", "needs"), [("rotate", {}), ("TuckER", {"reciprocal": True}), ("roth", {"reciprocal": True})]
)
def test_scorers_without_an_inverse_learn_one(model: str, needs: dict[str, bool]) -> None:
    found = normalised(model, {}).task
    assert {name: found[name] for name in found if name == "reciprocal"} == needs
    assert normalised(model, {"reciprocal": False}).task["reciprocal"] is False
