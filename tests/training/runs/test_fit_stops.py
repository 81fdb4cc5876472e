"""`graphfm fit` ends as the other commands do: a checkpoint at a signal, one kept before it, a stop where numbers are none."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from graphfm.datasets import Triples
from graphfm.datasets.triples.folder import write
from graphfm.errors import DataError, GraphFMError, Stopped
from graphfm.training.lightning_cli import main
from graphfm.training.links.kge_training import KGETraining

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def folder(ring: Triples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    write(ring, tmp_path / "kg")
    monkeypatch.chdir(tmp_path)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield tmp_path
    signal.signal(signal.SIGINT, before)


def fit(*more: str) -> Any:
    words = ["fit", "--model", "KGETraining", "--model.dim", "8", "--model.num_negatives", "4", "--data", "LinkData"]
    words += ["--data.data", "kg", "--data.batch_size", "4", "--data.steps_per_epoch", "6", "--trainer.max_epochs", "3"]
    words += ["--trainer.accelerator", "cpu", "--trainer.enable_progress_bar", "false"]
    return main([*words, *more])


@pytest.fixture
def at_step(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Do something when a task takes a step of a number; once."""
    before = KGETraining.training_step

    def arrange(step: int, act: Any) -> None:
        def acting(task: KGETraining, *rest: Any) -> Any:
            if task.global_step == step:
                monkeypatch.setattr(KGETraining, "training_step", before)
                act(task)
            return before(task, *rest)

        monkeypatch.setattr(KGETraining, "training_step", acting)

    return arrange


@pytest.mark.parametrize(("signum", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_saves_and_says_how_to_go_on(at_step, caplog, signum, status):
    whole = fit("--trainer.default_root_dir", "whole").model.state_dict()
    at_step(8, lambda task: os.kill(os.getpid(), signum))
    with pytest.raises(Stopped) as stopped:
        fit()
    assert stopped.value.code == status
    path = Path("lightning_logs/version_0/checkpoints/last.ckpt")
    said = f"Stopped by {signal.Signals(signum).name}. Add --ckpt_path {path.absolute()} to the same command"
    assert f"{said}: it goes on at step 9." in caplog.text
    weights = fit("--ckpt_path", str(path)).model.state_dict()
    assert f"Going on at step 9, from {path}." in caplog.text
    assert all(torch.equal(weights[name], whole[name]) for name in whole)


def test_a_damaged_checkpoint_falls_back_to_the_one_before_or_is_refused(at_step, caplog, monkeypatch):
    monkeypatch.setattr("graphfm.training.runs.fit_stops.FIT_EVERY", 4)
    at_step(10, lambda task: os.kill(os.getpid(), signal.SIGTERM))
    with pytest.raises(Stopped):
        fit()
    path = Path("lightning_logs/version_0/checkpoints/last.ckpt")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert fit("--ckpt_path", str(path)).trainer.global_step == 18
    assert "Going on from the checkpoint before it, last.previous.ckpt" in caplog.text
    assert "Going on at step 8, from" in caplog.text
    path.with_name("last.previous.ckpt").unlink()
    with pytest.raises(DataError, match=r"last\.ckpt: found a"):
        fit("--ckpt_path", str(path))
    torch.save({"graphfm": 1}, "other.ckpt")
    with pytest.raises(DataError, match=r"other\.ckpt: found a file of another kind"):
        fit("--ckpt_path", "other.ckpt")


def test_a_loss_that_is_no_number_stops_the_training(at_step):
    def spoil(task: KGETraining) -> None:
        task.model.entities.weight.data[:] = torch.nan  # type: ignore[union-attr]

    at_step(3, spoil)
    with pytest.raises(
        GraphFMError, match=r"Training stopped at step 3: the loss .* a lower learning rate, --model\.lr"
    ):
        fit()


def test_without_checkpoints_a_signal_leaves_none_and_says_so(at_step, caplog, folder):
    at_step(3, lambda task: os.kill(os.getpid(), signal.SIGTERM))
    with pytest.raises(Stopped) as stopped:
        fit("--trainer.enable_checkpointing", "false", "--trainer.logger", "false")
    assert stopped.value.code == 143
    assert "Nothing is left of it, as enable_checkpointing is false." in caplog.text
    assert not list(folder.rglob("*.ckpt"))


def test_no_checkpoint_of_another_training_is_written_over(at_step, folder):
    other = folder / "checkpoints" / "last.ckpt"
    other.parent.mkdir()
    other.write_text("mine")
    at_step(3, lambda task: os.kill(os.getpid(), signal.SIGTERM))
    with pytest.raises(Stopped):
        fit("--trainer.logger", "false")
    assert other.read_text() == "mine"
    assert (folder / "checkpoints-v1" / "last.ckpt").is_file()
