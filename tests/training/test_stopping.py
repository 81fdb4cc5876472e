"""Signals, numbers that are not finite, damaged checkpoints, and a second process: a run loses nothing, and says how to go on."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch

from graphfm.datasets import Triples
from graphfm.datasets.triples.folder import write
from graphfm.errors import DataError, GraphFMError, Stopped
from graphfm.models import LinkModel
from graphfm.training.link_prediction import link_prediction
from graphfm.training.links.kge_training import KGETraining

SETTINGS: dict[str, Any] = {
    "model": "rotate",
    "progress": False,
    "accelerator": "cpu",
    "dim": 8,
    "num_negatives": 4,
    "batch_size": 4,
    "steps_per_epoch": 6,
    "epochs": 4,
    "checkpoint_every": 4,
}


def run(ring: Triples, out: Path, **more: Any) -> LinkModel:
    return link_prediction(ring, out=out, **SETTINGS | more)


@contextmanager
def at_step(step: int, act: Any, *, hook: str = "training_step") -> Iterator[None]:
    """Do something when a hook of the task is called at a step."""
    before = getattr(KGETraining, hook)

    def acting(task: KGETraining, *rest: Any) -> Any:
        if task.global_step == step:
            act(task)
        return before(task, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(KGETraining, hook, acting)
        yield


def assert_same_run(a: Path, b: Path) -> None:
    models = [torch.load(folder / "model.ckpt", weights_only=True) for folder in (a, b)]
    weights = [model["state_dict"] for model in models]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    results = [{**model["card"]["result"], "seconds": 0} for model in models]
    assert results[0] == results[1]
    logs = [(folder / "log" / "metrics.csv").read_bytes() for folder in (a, b)]
    assert logs[0] == logs[1]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    return folder / "run"


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """A process that a shell started in the background ignores SIGINT; here it is heard."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def uninterrupted(whole: Path, ring: Triples) -> None:
    if not whole.exists():
        run(ring, whole)


@pytest.mark.parametrize(("signum", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("step", [0, 3, 5, 9, 23])
def test_a_signal_saves_and_the_same_command_goes_on(ring, whole, tmp_path, caplog, signum, status, step):
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with at_step(step, lambda task: os.kill(os.getpid(), signum)), pytest.raises(Stopped) as stopped:
        run(ring, tmp_path / "run")
    assert stopped.value.code == status
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
    assert f"Stopped by {signal.Signals(signum).name}. Run the same command again: it goes on " in caplog.text
    last = tmp_path / "run" / "last.ckpt"
    if last.exists():
        assert f"at step {torch.load(last, weights_only=True)['global_step']}, from {last}" in caplog.text
    caplog.clear()
    run(ring, tmp_path / "run")
    assert ("Resuming" in caplog.text) == last.exists()
    assert_same_run(whole, tmp_path / "run")
    assert sorted(path.name for path in whole.iterdir()) == sorted(path.name for path in (tmp_path / "run").iterdir())


@pytest.mark.parametrize("hook", ["on_train_batch_start", "on_validation_start", "on_validation_epoch_end", "_log"])
@pytest.mark.parametrize("step", [4, 12, 24])
def test_an_end_anywhere_leaves_weights_metrics_and_log_as_they_would_have_been(ring, whole, tmp_path, hook, step):
    def fail(task: KGETraining) -> None:
        raise InterruptedError

    called = step < 24 if hook == "on_train_batch_start" else step % 6 == 0
    with at_step(step, fail, hook=hook), pytest.raises(InterruptedError) if called else nullcontext():
        run(ring, tmp_path / "run")
    run(ring, tmp_path / "run")
    assert_same_run(whole, tmp_path / "run")


@pytest.mark.parametrize("what", ["loss", "gradient"])
def test_what_is_not_finite_stops_training_and_keeps_the_last_checkpoint(ring, tmp_path, what):
    def spoil(task: KGETraining) -> None:
        if what == "loss":
            task.model.entities.weight.data[:] = torch.nan  # type: ignore[union-attr]
        else:
            task.model.entities.weight.register_hook(lambda gradient: gradient / 0)  # type: ignore[union-attr]

    said = rf"Training stopped at step 6: the {what} is not a finite number \(learning rate"
    with at_step(6, spoil), pytest.raises(GraphFMError, match=said):
        run(ring, tmp_path / "run")
    content = torch.load(tmp_path / "run" / "last.ckpt", weights_only=True)
    assert content["global_step"] == 4
    assert all(tensor.isfinite().all() for tensor in content["state_dict"].values())


@pytest.fixture
def stopped(ring: Triples, tmp_path: Path) -> Path:
    """A run that was killed after two checkpoints."""
    with at_step(9, lambda task: os.kill(os.getpid(), signal.SIGTERM)), pytest.raises(Stopped):
        run(ring, tmp_path / "run")
    return tmp_path / "run"


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:999]),
        flip,
    ],
    ids=["gone", "empty", "cut", "a bit"],
)
def test_a_damaged_checkpoint_falls_back_to_the_one_before_and_says_so(ring, whole, stopped, caplog, damage):
    damage(stopped / "last.ckpt")
    run(ring, stopped)
    assert "Going on from the checkpoint before it, last.previous.ckpt" in caplog.text
    assert "at step 8" in caplog.text
    assert_same_run(whole, stopped)


@pytest.mark.parametrize(
    "content",
    [{}, [], {"state_dict": {}, "global_step": 1, "epoch": 0, "pytorch-lightning_version": "2.6.0", "loops": {}}, None],
    ids=["empty", "list", "hollow", "of another model"],
)
def test_a_checkpoint_of_something_else_is_refused_in_a_sentence(ring, stopped, tmp_path, content):
    (stopped / "last.previous.ckpt").unlink()
    if content is None:
        run(ring, tmp_path / "other", dim=4)
        shutil.copy(tmp_path / "other" / "last.ckpt", stopped / "last.ckpt")
    else:
        torch.save(content, stopped / "last.ckpt")
    before = (stopped / "last.ckpt").read_bytes()
    with pytest.raises(DataError, match=r"last\.ckpt: found a .* Remove it, and last\.previous\.ckpt beside it"):
        run(ring, stopped)
    assert (stopped / "last.ckpt").read_bytes() == before


@pytest.mark.parametrize("damage", ["gone", "other", "cut"])
def test_other_weights_are_not_taken_for_the_best(ring, whole, tmp_path, damage):
    shutil.copytree(whole, tmp_path / "run")
    (tmp_path / "run" / "model.ckpt").unlink()
    best = tmp_path / "run" / "best.ckpt"
    content = torch.load(best, weights_only=True)
    if damage == "gone":
        best.unlink()
    elif damage == "other":
        torch.save(content | {"step": content["step"] + 1}, best)
    else:
        best.write_bytes(best.read_bytes()[:-100])
    with pytest.raises(DataError, match=r"best\.ckpt: found .* Remove .*last\.ckpt"):
        run(ring, tmp_path / "run")


@pytest.mark.parametrize(
    ("content", "said"), [("{", "broken JSON"), ("[]", "a list"), ("null", "a NoneType"), ("\xff", "")]
)
def test_settings_that_are_none_are_refused_with_their_file(ring, stopped, content, said):
    (stopped / "settings.json").write_text(content, encoding="latin-1")
    with pytest.raises(DataError, match=rf"settings\.json.*{said}"):
        run(ring, stopped)


def test_a_second_process_is_told_who_is_at_work(ring, tmp_path):
    told = []

    def start_another(task: KGETraining) -> None:
        with pytest.raises(GraphFMError, match=rf"is in use by process {os.getpid()} on .*, since 2") as error:
            run(ring, tmp_path / "run")
        told.append(error)

    with at_step(2, start_another):
        run(ring, tmp_path / "run")
    assert told


def test_a_run_killed_in_its_first_milliseconds_starts_again(ring, whole, tmp_path):
    out = tmp_path / "run"
    out.mkdir()
    for name in (".lock", ".owner.json", ".settings.json.4000000.tmp", ".settings.json.other-1.tmp"):
        (out / name).write_text("")
    run(ring, out)
    assert_same_run(whole, out)
    assert not (out / ".settings.json.4000000.tmp").exists()


PROCESS = """
import os, signal, sys
from graphfm.training.links.kge_training import KGETraining
step = KGETraining.training_step
def stopping(task, *rest):
    if task.global_step == 7 and not os.path.exists("sent"):
        open("sent", "w").close()
        os.kill(os.getpid(), int(os.environ["SIGNAL"]))
    return step(task, *rest)
KGETraining.training_step = stopping
from graphfm.__main__ import main
main()
"""


@pytest.mark.parametrize("signum", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_a_process_exits_as_schedulers_expect(ring, tmp_path, signum):
    write(ring, tmp_path / "kg")
    words = ["link-prediction", "-m", "rotate", "-d", "kg", "-o", "run", "--dim", "8", "--epochs", "2"]
    words += ["--set", "steps_per_epoch=6", "--set", "num_negatives=4"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "SIGNAL": str(int(signum))}
    command = [sys.executable, "-c", PROCESS, *words]
    first, second = (
        subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False)
        for _ in range(2)
    )
    assert first.returncode == 128 + signum, first.stderr
    assert "Run the same command again: it goes on at step 8, from run/last.ckpt" in first.stderr
    assert "Traceback" not in first.stderr
    assert second.returncode == 0, second.stderr
    assert "Resuming run at step 8, from last.ckpt" in second.stderr
    assert json.loads((tmp_path / "run" / "result.json").read_text())["steps"] == 12
