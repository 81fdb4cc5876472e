"""A run in its folder: killed and resumed to the last bit, never overwritten, readable by anyone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from graphfm.datasets import TextGraph, Triples, load
from graphfm.datasets.text_graphs.folder import write_folder
from graphfm.errors import DataError, GraphFMError
from graphfm.models.graph_model import GraphFM
from graphfm.training.pretrain import Pretrained, pretrain

SCRIPT = """
import sys, torch
from graphfm.datasets import TextGraph
from graphfm.training.pretrain import pretrain
generator = torch.Generator().manual_seed(0)
edges = torch.randint(0, 90, (2, 400), generator=generator)
words = "tree ring clique path star wheel grid torus".split()
texts = [f"{words[n % 8]} {words[n % 7]} number {n}" for n in range(90)]
graph = TextGraph(edges, name="made", text=texts, directed=False)
pretrain([graph], out=sys.argv[1], encoder="lsa", epochs=4, steps_per_epoch=12, batch_size=16, hidden_channels=16,
         checkpoint_every=5, progress=False, accelerator="cpu")
"""


def graph() -> TextGraph:
    generator = torch.Generator().manual_seed(0)
    edges = torch.randint(0, 90, (2, 400), generator=generator)
    return TextGraph(edges, name="made", text=[f"node {n} of {n % 9}" for n in range(90)], directed=False)


def start(out: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-W", "ignore", "-c", SCRIPT, str(out)], env=environment)


def test_killed_and_resumed_is_the_uninterrupted_run_bit_for_bit(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    uninterrupted, process = start(whole), start(killed)
    checkpoint = killed / "last.ckpt"
    deadline = time.time() + 600
    while not checkpoint.exists() and time.time() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (killed / "model.ckpt").exists(), "the run was over before it could be killed"
    step = torch.load(checkpoint, weights_only=True)["global_step"]
    assert step % 12 != 0, "killed at the end of an epoch, not in the middle of one"
    assert start(killed).wait(timeout=600) == 0
    assert uninterrupted.wait(timeout=600) == 0
    a, b = (torch.load(folder / "model.ckpt", weights_only=True)["state_dict"] for folder in (whole, killed))
    assert a.keys() == b.keys()
    assert all(torch.equal(a[name], b[name]) for name in a)


def test_a_folder_with_another_run_is_refused_and_left_alone(tmp_path):
    settings = {"encoder": "lsa", "epochs": 1, "steps_per_epoch": 2, "batch_size": 8, "hidden_channels": 8}
    pretrain([graph()], out=tmp_path / "run", progress=False, accelerator="cpu", **settings)
    before = (tmp_path / "run" / "model.ckpt").read_bytes()
    with pytest.raises(GraphFMError, match="holds a run with other settings"):
        pretrain(
            [graph()], out=tmp_path / "run", progress=False, accelerator="cpu", **settings | {"steps_per_epoch": 3}
        )
    assert (tmp_path / "run" / "model.ckpt").read_bytes() == before
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("years of work")
    with pytest.raises(GraphFMError, match="is no pretraining run"):
        pretrain([graph()], out=tmp_path / "full", progress=False, accelerator="cpu", **settings)
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["thesis.tex"]

    model = GraphFM.load(tmp_path / "run" / "model.ckpt")
    frame = model.classify(graph(), ["node", "other_class"])
    probabilities, gate = ["p(node)", "p(other_class)"], ["gate_hyperbolic", "gate_spherical", "gate_euclidean"]
    assert list(frame.columns) == ["node", "predicted", "score", *probabilities, *gate]
    assert len(frame) == 90
    assert model.card["sources"] == ["made"]


def test_a_finished_run_goes_on_with_more_epochs_and_says_what_that_means(tmp_path, caplog):
    settings = {"encoder": "lsa", "steps_per_epoch": 3, "batch_size": 8, "hidden_channels": 8, **QUIET}
    found = []
    for out in (tmp_path / "one", tmp_path / "other"):
        first = pretrain([graph()], out=out, epochs=1, **settings)
        found.append(pretrain([graph()], out=out, epochs=3, **settings))
        assert "finished after 1 epochs; it goes on to 3" in caplog.text
        assert (
            "Its rate had fallen to nothing after 1 epochs and rises to where it is then in a run of 3" in caplog.text
        )
        caplog.clear()
    weights = [model.graph_encoder.state_dict() for model in (first, *found)]
    assert all(torch.equal(weights[1][name], weights[2][name]) for name in weights[1])
    assert any(not torch.equal(weights[0][name], weights[1][name]) for name in weights[1])
    assert found[0].card["settings"]["epochs"] == 3
    rows = (tmp_path / "one" / "log" / "metrics.csv").read_text().splitlines()
    steps = [int(float(row.split(",")[rows[0].split(",").index("step")])) for row in rows[1:]]
    assert steps == sorted(steps)
    assert max(steps) == 8
    pretrain([graph()], out=tmp_path / "one", epochs=3, **settings)
    assert "finished; it is not trained again" in caplog.text
    with pytest.raises(GraphFMError, match="epochs 3, and 1 are asked for: what was learnt cannot be unlearnt"):
        pretrain([graph()], out=tmp_path / "one", epochs=1, **settings)


def test_loading_says_what_is_wrong(tmp_path):
    with pytest.raises(DataError, match="found no such file"):
        GraphFM.load(tmp_path / "none.ckpt")
    (tmp_path / "broken.ckpt").write_bytes(b"not a model")
    with pytest.raises(DataError, match=r"broken\.ckpt: found an unreadable file"):
        GraphFM.load(tmp_path / "broken.ckpt")
    torch.save({"state_dict": {}}, tmp_path / "other.ckpt")
    with pytest.raises(DataError, match="found a file of another kind"):
        GraphFM.load(tmp_path / "other.ckpt")


def test_it_learns_where_most_of_a_batch_is_hidden_and_alone(tmp_path):
    """Half of a sparse graph hidden: nodes that nothing is known of must not silence the gradients of the others."""
    edges = torch.stack([torch.arange(0, 40, 2), torch.arange(1, 40, 2)])  # twenty pairs, fifty nodes alone
    texts = [f"{['tree', 'ring', 'star', 'wheel'][n % 40 // 2 % 4]} number {n}" for n in range(90)]
    graph = TextGraph(edges, name="sparse", text=texts, directed=False)
    settings = {"encoder": "lsa", "epochs": 1, "steps_per_epoch": 20, "batch_size": 45, "hidden_channels": 8}
    model = pretrain([graph], out=tmp_path, progress=False, accelerator="cpu", **settings)
    assert abs(model.graph_encoder.alpha.item()) > 1e-3
    assert model.graph_encoder.projection[-1].weight.abs().max() > 1e-3


TINY = {"encoder": "lsa", "epochs": 1, "steps_per_epoch": 2, "batch_size": 8, "hidden_channels": 8}
QUIET = {"progress": False, "accelerator": "cpu"}


def test_other_data_of_the_same_name_is_another_run(tmp_path):
    model = pretrain([graph()], out=tmp_path / "run", **QUIET, **TINY)
    other = TextGraph(graph().edge_index, name="made", text=[f"other {n}" for n in range(90)], directed=False)
    with pytest.raises(GraphFMError, match="data_digest is"):
        pretrain([other], out=tmp_path / "run", **QUIET, **TINY)
    renamed = TextGraph(graph().edge_index, name="renamed", text=graph().text, directed=False)
    assert model.knows(graph())
    assert model.knows(renamed)
    assert not model.knows(TextGraph(other.edge_index, name="elsewhere", text=other.text, directed=False))


def test_a_folder_is_a_source_whatever_its_spelling_and_is_known_again(tmp_path, monkeypatch):
    plain = TextGraph(graph().edge_index, name="mine", text=graph().text, directed=False)
    write_folder(plain, tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    model = pretrain(["./mine"], out="run", **QUIET, **TINY)
    for same in ("mine", Path("mine"), tmp_path / "mine"):
        assert pretrain([same], out="run", **QUIET, **TINY).card == model.card
    assert model.card["sources"] == ["mine"]
    assert model.knows(load("mine"))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"data": []}, "found no graphs"),
        ({"data": "mine"}, "expected a list of graphs"),
        ({"hiden_channels": 3}, "Did you mean hidden_channels"),
        ({"gate": "structral"}, "structral"),
    ],
    ids=["none", "string", "mistyped", "unknown gate"],
)
def test_mistakes_claim_no_folder(tmp_path, settings, said):
    with pytest.raises(DataError, match=said):
        pretrain(**{"data": [graph()], "out": tmp_path / "run", **QUIET, **TINY} | settings)
    assert not (tmp_path / "run").exists()
    (tmp_path / "file").write_text("mine")
    with pytest.raises(GraphFMError, match="is a file"):
        pretrain([graph()], out=tmp_path / "file", **QUIET, **TINY)


def test_a_run_resumed_when_nothing_was_left_to_do_has_its_metrics(tmp_path):
    pretrain([graph()], out=tmp_path, checkpoint_every=2, **QUIET, **TINY)
    (tmp_path / "model.ckpt").unlink()
    assert "val_own" in pretrain([graph()], out=tmp_path, checkpoint_every=2, **QUIET, **TINY).card["metrics"]


def test_a_folder_named_default_is_not_the_model_of_the_package(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pretrain([graph()], out="default", **QUIET, **TINY)
    assert GraphFM.load("./default").card["sources"] == ["made"]
    assert GraphFM.load(Path("default")).card["sources"] == ["made"]
    assert "python-stdlib" in GraphFM.load("default").card["sources"]


@pytest.mark.parametrize(
    ("names", "descriptions", "said"),
    [
        ([], None, "no class names"),
        ("databases", None, "expected a list of strings"),
        ([1, 2], None, "expected a list of strings"),
        (["a", " "], None, "an empty class name"),
        (["a", "b"], "xy", "expected a list of strings"),
        (["a", "b"], ["x"], "1 descriptions of 2 classes"),
    ],
)
def test_classes_are_checked(tmp_path, names, descriptions, said):
    with pytest.raises(DataError, match=said):
        GraphFM.load("default").classify(graph(), names, descriptions)


def test_graphs_of_both_kinds_make_a_model_of_each(tmp_path: Path, ring: Triples) -> None:
    settings: dict[str, Any] = {"epochs": 1, "steps_per_epoch": 3, "batch_size": 8, "hidden_channels": 8, "lr": 1e-3}
    both: dict[str, Any] = {"encoder": "lsa", "channels": 8, "num_layers": 2, "progress": False, "accelerator": "cpu"}
    done = pretrain([ring, graph()], out=tmp_path, **settings, **both)
    assert isinstance(done, Pretrained)
    assert (done.texts.card["sources"], done.links.card["sources"]) == (["made"], ["ring"])
    assert done.links.model.channels == done.texts.card["settings"]["hidden_channels"] == 8
    assert len(done.links.on(ring).predict_tails("Person 3", "next_to", top=3)) == 3
    assert GraphFM.load(tmp_path / "texts" / "model.ckpt").card["sources"] == ["made"]
    again = pretrain([ring, graph()], out=tmp_path, **settings, **both)
    assert isinstance(again, Pretrained)
    torch.testing.assert_close(again.links.model.state_dict(), done.links.model.state_dict(), atol=0, rtol=0)
    with pytest.raises(DataError, match="chanels"):
        pretrain([ring, graph()], out=tmp_path / "other", chanels=8)
    assert not (tmp_path / "other").exists()


def test_a_finished_model_of_knowledge_graphs_goes_on_with_more_epochs(
    tmp_path: Path, ring: Triples, caplog: Any
) -> None:
    settings = {"channels": 8, "num_layers": 2, "steps_per_epoch": 2, "batch_size": 4, **QUIET}
    runs = []
    for out in (tmp_path / "one", tmp_path / "other"):
        first = pretrain([ring], out=out, epochs=1, **settings)
        caplog.clear()
        runs.append(pretrain([ring], out=out, epochs=3, **settings))
        assert "finished after 1 epochs; it goes on to 3" in caplog.text
    assert (first.card["steps"], [run.card["steps"] for run in runs]) == (2, [6, 6])
    weights = [run.model.state_dict() for run in (first, *runs)]
    assert all(torch.equal(weights[1][name], weights[2][name]) for name in weights[1])
    assert any(not torch.equal(weights[0][name], weights[1][name]) for name in weights[1])
    rows = (tmp_path / "one" / "log" / "metrics.csv").read_text().splitlines()
    steps = [int(float(row.split(",")[rows[0].split(",").index("step")])) for row in rows[1:]]
    assert steps == sorted(steps)
    caplog.clear()
    pretrain([ring], out=tmp_path / "one", epochs=3, **settings)
    assert "finished; it is not trained again" in caplog.text
    with pytest.raises(GraphFMError, match="epochs 3, and 1 are asked for"):
        pretrain([ring], out=tmp_path / "one", epochs=1, **settings)
