"""Several processes on one batch: the loss and the gradients of one process with all the targets."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from graphfm.datasets import TextGraph, Triples
from graphfm.datasets.triples.folder import write
from graphfm.errors import DataError
from graphfm.training.text_graphs.corpus import TrainBatches, prepare
from tests.faults.samples import PRETRAIN, write_samples

SCRIPT = """
import sys
from pathlib import Path

import torch
from lightning.pytorch.callbacks import Callback

from graphfm.datasets import TextGraph
from graphfm.training.text_graphs.text_graph_data import Corpora
from graphfm.training.text_graphs.pretraining import Pretraining
from graphfm.training.runs.run_folder import quiet_trainer


class Record(Callback):
    def __init__(self):
        self.losses, self.gradients = [], []

    def on_after_backward(self, trainer, task):  # after the processes have averaged
        self.gradients.append({n: p.grad.clone() for n, p in task.named_parameters() if p.grad is not None})

    def on_train_batch_end(self, trainer, task, outputs, batch, batch_idx):
        self.losses.append({n: v.item() for n, v in trainer.callback_metrics.items() if n.startswith("train_")})

    def on_train_end(self, trainer, task):
        if trainer.is_global_zero:
            torch.save((self.losses, self.gradients, task.encoder.state_dict()), trainer.default_root_dir + "/record.pt")


def train(folder, devices, strategy):
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    edges = torch.randint(0, 150, (2, 500), generator=generator)
    words = "tree ring clique path star wheel grid torus".split()
    # 160 nodes, the last ten without an edge; every text twice, so that equal texts meet across processes.
    texts = [f"{words[n % 8]} {words[n % 5]} number {n % 80}" for n in range(160)]
    graph = TextGraph(edges, name="made", text=texts, directed=False)
    data = Corpora([graph], encoder="lsa", batch_size=48 // devices, fanout=[99, 99], steps_per_epoch=4)
    data.setup()
    torch.manual_seed(1)
    task = Pretraining(data.text_dim, hidden_channels=8, dropout=0.0, edge_drop=0.0, balance_weight=0.5, lr=0.01)
    task.encoder.alpha.data.fill_(0.3)
    trainer = quiet_trainer(Path(folder), epochs=1, every=100, devices=devices, strategy=strategy, progress=False,
                            accelerator="cpu", precision="32-true", callbacks=[Record()])
    trainer.fit(task, datamodule=data)


if __name__ == "__main__":
    train(sys.argv[1], 1, "auto")
    train(sys.argv[2], 2, "ddp_fork")
"""


def test_two_processes_train_as_one_with_the_doubled_batch(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT, str(one), str(two)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    (losses, gradients, weights), (their_losses, their_gradients, their_weights) = (
        torch.load(folder / "record.pt", weights_only=True) for folder in (one, two)
    )
    assert len(losses) == len(their_losses) == 4
    for ours, theirs in zip(losses, their_losses, strict=True):
        for name in ("train_loss", "train_own", "train_neighbor", "train_balance"):
            assert theirs[name] == pytest.approx(ours[name], abs=1e-5)
        assert ours["train_neighbor"] > 0
        assert ours["train_balance"] > 0
    for ours, theirs in zip(gradients, their_gradients, strict=True):
        assert ours.keys() == theirs.keys()
        for name in ours:
            assert torch.allclose(theirs[name], ours[name], rtol=1e-3, atol=1e-5), name
    assert all(torch.allclose(their_weights[name], weights[name], atol=1e-4) for name in weights)


class Lengths:
    """Texts of one length share a direction."""

    name, dim = "lengths", 16

    def __call__(self, texts) -> torch.Tensor:
        return torch.nn.functional.one_hot(torch.tensor([len(text) % 16 for text in texts]), 16).float()


def corpus(nodes: int = 60):
    edges = torch.randint(0, nodes, (2, 4 * nodes), generator=torch.Generator().manual_seed(0))
    texts = [f"text {node % 50}" for node in range(nodes)]
    return prepare(TextGraph(edges, name="made", text=texts, directed=False), Lengths(), progress=False)


def test_parts_make_up_the_batch_and_hide_each_other_s_texts():
    made = corpus()

    def batch(rank: int, world: int, size: int):
        return TrainBatches(
            [made], batch_size=size, fanout=[99, 99], steps_per_epoch=1, seed=0, rank=rank, world=world
        )[0]

    whole, parts = batch(0, 1, 24), [batch(rank, 3, 8) for rank in range(3)]
    assert torch.equal(torch.cat([part.target_id for part in parts]), whole.target_id)
    for part in parts:
        visible = made.text_id[part.node[~part.hidden]]
        assert not bool(torch.isin(visible, whole.target_id).any())
    ids = [made.text_id[b.node[b.neighbor.clamp(min=0)]].where(b.neighbor >= 0, -1) for b in (whole, *parts)]
    assert torch.equal(torch.cat(ids[1:]), ids[0])
    assert set(torch.cat([part.node for part in parts]).tolist()) == set(whole.node.tolist())


def test_too_few_targets_for_the_processes_are_refused():
    with pytest.raises(DataError, match="at least 9, one a process"):
        TrainBatches([corpus(10)], batch_size=8, fanout=[4], steps_per_epoch=1, seed=0, world=9)


LINKS = """
import sys

from graphfm.datasets import load_triples
from graphfm.training.link_prediction import link_prediction

if __name__ == "__main__":
    for out, devices, strategy in ((sys.argv[1], 1, "auto"), (sys.argv[2], 2, "ddp_fork")):
        link_prediction("ring", out=out, dim=8, epochs=3, batch_size=10 // devices, queries="both", loss="1-vs-all",
                        progress=False, accelerator="cpu", devices=devices, strategy=strategy, patience=9)
"""


def test_two_processes_train_links_as_one_with_the_doubled_batch(ring: Triples, tmp_path: Path) -> None:
    write(ring, tmp_path / "ring")
    one, two = tmp_path / "one", tmp_path / "two"
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "GRAPHFM_DATA": ""}
    words = ["-W", "ignore", "-c", LINKS.replace('"ring"', repr(str(tmp_path / "ring")))]
    command = [sys.executable, *words, str(one), str(two)]  # three batches a pass, all of one size
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    ours, theirs = (torch.load(folder / "model.ckpt", weights_only=True) for folder in (one, two))
    assert theirs["card"]["steps"] == ours["card"]["steps"] == 9
    assert theirs["card"]["settings"]["processes"] == 2
    assert all(torch.allclose(theirs["state_dict"][n], w, atol=1e-4) for n, w in ours["state_dict"].items())
    reports = [content["card"]["result"]["report"]["mrr"] for content in (ours, theirs)]
    assert reports[1] == pytest.approx(reports[0], abs=1e-3)


def test_the_command_line_starts_two_processes_and_one_of_them_speaks(ring: Triples, tmp_path: Path) -> None:
    write(ring, tmp_path / "ring")
    words = "-m graphfm link-prediction --model mokgr --data ring --out run --dim 8 --epochs 1 --accelerator cpu"
    words += " --devices 2 --strategy ddp --logger csv --set num_layers=2 min_length=1 batch_size=8"
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore", "COLUMNS": "150"}
    command = [sys.executable, *words.split()]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("mokgr on ring, test") == 1
    card = torch.load(tmp_path / "run" / "model.ckpt", weights_only=True)["card"]
    assert card["steps"] == 2, "thirty triples in batches of sixteen"
    assert card["result"]["report"]["queries"] == 2 * len(ring.test)


@pytest.mark.slow
@pytest.mark.parametrize("to", ["the group", "the first", "the second"])
def test_a_signal_to_one_process_or_all_stops_both_with_a_checkpoint(tmp_path: Path, to: str) -> None:
    write_samples(tmp_path)
    words = ["pretrain", "--data", "tag", "--out", "run", *PRETRAIN, "checkpoint_every=10", "devices=2", "strategy=ddp"]
    words[words.index("--epochs") + 1] = "5000"
    command = [sys.executable, "-W", "ignore", "-m", "graphfm", *words]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "GRAPHFM_CACHE": str(tmp_path / "cache")}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    for said in ("Run the same command again: it goes on at step", "Resuming run at step"):
        log = tmp_path / "log"
        with log.open("w") as told:
            first = subprocess.Popen(
                command, cwd=tmp_path, env=environment, stdout=told, stderr=told, start_new_session=True
            )
        steps = _step(tmp_path / "run" / "last.ckpt")
        wait_until(lambda steps=steps: _step(tmp_path / "run" / "last.ckpt") > steps, first)
        children = Path(f"/proc/{first.pid}/task/{first.pid}/children").read_text().split()
        if to == "the group":
            os.killpg(first.pid, signal.SIGTERM)
        else:
            os.kill(first.pid if to == "the first" else int(children[0]), signal.SIGTERM)
        assert first.wait(timeout=300) == 143, log.read_text()
        assert said in log.read_text()
        wait_until(lambda children=children: not any(Path(f"/proc/{child}").exists() for child in children), None)


def _step(path: Path) -> int:
    return torch.load(path, weights_only=True)["global_step"] if path.exists() else 0


def wait_until(true: Callable[[], bool], process: subprocess.Popen[bytes] | None) -> None:
    """Wait, as long as a process lives, for something to become true."""
    for _ in range(3000):
        if true():
            return
        assert process is None or process.poll() is None, "the process has ended"
        time.sleep(0.1)
    raise TimeoutError
