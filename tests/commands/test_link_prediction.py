"""The commands on triples as a person types them."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from graphfm.__main__ import main
from graphfm.datasets import Triples
from graphfm.datasets.triples.folder import write


class Shell:
    """The command line in this process: what a person types, what the terminal shows, how it ends."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys
        monkeypatch.setenv("COLUMNS", "200")

    def __call__(self, *words: str | Path, ok: bool = True) -> str:
        self.monkeypatch.setattr(sys, "argv", ["graphfm", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            main()
        said = self.capsys.readouterr()
        assert (stop.value.code or 0) == (0 if ok else 2), said
        return " ".join((said.out + said.err).split())


@pytest.fixture
def graphfm(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(monkeypatch, capsys)


@pytest.fixture
def folder(tmp_path: Path, ring: Triples) -> Path:
    write(ring, tmp_path / "mine")
    return tmp_path / "mine"


def test_train_rank_complete_export(graphfm: Shell, folder: Path, tmp_path: Path) -> None:
    out, config = tmp_path / "run", tmp_path / "small.yaml"
    config.write_text(f"model: rotate\ndata: {folder}\nepochs: 9\ndim: 8\ngamma: 3\nlr: 5e-2\nnum_negatives: 8\n")
    words = ("--config", config, "--out", out, "--json", tmp_path / "r.json", "--epochs", "2", "--set", "batch_size=16")
    said = graphfm("link-prediction", *words)
    assert "RotatE on mine, test" in said
    assert "answer frequency" in said
    record = json.loads((tmp_path / "r.json").read_text())
    assert record["settings"]["epochs"] == 2
    assert record["settings"]["lr"] == 0.05
    assert record["settings"]["batch_size"] == 16
    assert "<svg" in (out / "index.html").read_text()

    graphfm("evaluate", "--checkpoint", out, "--data", folder, "--json", tmp_path / "e.json")
    again = json.loads((tmp_path / "e.json").read_text())["result"]["report"]
    assert again == record["result"]["report"]

    said = graphfm("complete", "--checkpoint", out, "--head", "Person 3", "--relation", "next_to", "--top", "4")
    assert said.count("new") + said.count("known") >= 4
    assert "Person 3 (person_03) next_to ?" in said
    assert "Did you mean 'person_03'" in graphfm(
        "complete", "--checkpoint", out, "--head", "preson_03", "--relation", "next_to", ok=False
    )
    (tmp_path / "pairs.tsv").write_text("relation\ttail\nnext_to\tperson_03\n")
    graphfm(
        "complete",
        "--checkpoint",
        out,
        "--questions",
        tmp_path / "pairs.tsv",
        "--out",
        tmp_path / "answers.csv",
        "--new",
    )
    assert (
        (tmp_path / "answers.csv")
        .read_text()
        .startswith("row,head,relation,tail,asked,answer_id,answer_label,score,rank,known")
    )

    shown, _, asked = graphfm("models", "show", out).rpartition("Next: graphfm ")
    assert "LinkModel.load(" in shown  # a file that is here, of which nothing is on the hub
    assert "model.safetensors" not in shown
    assert "? " in graphfm(*asked.split())  # as it stands there

    graphfm("export", "--checkpoint", out, "--out", tmp_path / "vectors")
    assert (tmp_path / "vectors" / "entities.png").read_bytes().startswith(b"\x89PNG")


def test_reason_and_explain(graphfm: Shell, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    small = ("--epochs", "1", "--dim", "8", "--set", "num_layers=3", "--set", "min_length=1")
    said = graphfm("link-prediction", "--model", "MoKGR", "--data", folder, "--out", out, *small)
    assert "mokgr on mine, test" in said
    assert "Which gates serve which relation" in (out / "index.html").read_text()
    words = ("explain", "--checkpoint", out, "--head", "person_03", "--relation", "two_on", "--tail", "person_05")
    said = graphfm(*words, "--out", tmp_path / "why.html")
    assert "Person 3" in said
    assert "rank" in said
    assert "lengths 1: " in said
    assert "layer 3 score" in said
    assert "<svg" in (tmp_path / "why.html").read_text()
    graphfm(*words, "--out", tmp_path / "why.png")
    assert (tmp_path / "why.png").read_bytes().startswith(b"\x89PNG")
    assert "ends in .png or .html" in graphfm(*words, "--out", tmp_path / "why.txt", ok=False)
    assert "Did you mean 'two_on'" in graphfm(*words[:6], "two_of", *words[7:], ok=False)
    assert "protocol u for mine" in graphfm(
        "evaluate", "--checkpoint", out, "--data", folder, "--protocol", "u", ok=False
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--model", "rotat", "--data", "umls"), "Did you mean RotatE"),
        (("--dat", "umls"), "--data"),  # the option meant; the words around it are those of click, which differ
        (("--set", "gama=3", "--data", "umls"), "Did you mean gamma"),
        (("--set", "gamma", "--data", "umls"), "expected name=value"),
        (("--model", "rotate"), "found no data"),
        (("--data", "umls", "--accelerator", "abacus"), "expected auto, cpu or gpu"),
        (("--data", "umsl"), "Did you mean umls"),
    ],
)
def test_mistakes_are_answered(graphfm: Shell, words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    assert said in graphfm("link-prediction", *words, "--out", tmp_path / "x", ok=False)
    assert not (tmp_path / "x").exists()


def test_broken_configs_are_answered(graphfm: Shell, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    for content, said in (("epoch: 3\n", "Did you mean epochs?"), ("a: [", "broken YAML"), ("- 1\n", "found a list")):
        bad.write_text(content)
        assert said in graphfm("link-prediction", "--config", bad, "--out", tmp_path / "x", ok=False)
    assert "a relation with a head or a tail" in graphfm("complete", "--checkpoint", tmp_path, "--head", "a", ok=False)


@pytest.mark.data
def test_a_folder_that_bears_a_name_of_the_catalogue_is_not_taken_for_it(
    graphfm: Shell, ring: Triples, tmp_path: Path, data_home: Path
) -> None:
    people = [f"other_{n:02d}" for n in range(20)]
    folder, out = tmp_path / "wn18rr_v1", tmp_path / "run"
    write(replace(ring, inference=replace(ring, entities=people, entity_labels=people)), folder)
    small = ("--epochs", "1", "--dim", "8", "--set", "num_layers=2", "--set", "min_length=1")
    graphfm("link-prediction", "--model", "mokgr", "--data", folder, "--out", out, *small)
    assert "another wn18rr_v1 than the catalogue's" in graphfm("evaluate", "--checkpoint", out, ok=False)
    assert "protocol U" in graphfm("evaluate", "--checkpoint", out, "--data", folder)


def test_evaluate_shows_what_it_computed(
    graphfm: Shell, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "run"
    graphfm("link-prediction", "--data", folder, "--out", out, "--epochs", "1", "--dim", "8")
    assert (out / "parts.csv").read_text().startswith("division,part,queries,mrr")
    words = (
        "--checkpoint",
        out,
        "--data",
        folder,
        "--sampled",
        "5",
        "--relations",
        "next_to",
        "--out",
        tmp_path / "page",
    )
    said = graphfm("evaluate", *words)
    for row in (
        "RotatE on mine, test, next_to alone",
        "RotatE, 5 sampled",
        "constant, 5 sampled",
        "answer frequency, 5 sampled",
    ):
        assert row in said
    assert "By parts" in said
    assert "frequency ┃" in said
    with monkeypatch.context() as narrow:
        narrow.setenv("COLUMNS", "80")
        assert re.search(r"│ \w+ seen │", graphfm("evaluate", "--checkpoint", out, "--data", folder))
    result = json.loads((tmp_path / "page" / "result.json").read_text())["result"]
    parts = result["drilldown"]
    assert parts.keys() == {"seen", "asked entity", "answer", "relation"}
    for division in parts.values():
        assert sum(part["queries"] for part in division.values()) == result["report"]["queries"]
        mean = sum(part["queries"] * part["mrr"] for part in division.values()) / result["report"]["queries"]
        assert mean == pytest.approx(result["report"]["mrr"])
    page = (tmp_path / "page" / "index.html").read_text()
    assert "By what was seen, and how often" in page
    assert "next_to" in (tmp_path / "page" / "parts.csv").read_text()
    assert "Did you mean" in graphfm(
        "evaluate", "--checkpoint", out, "--data", folder, "--relations", "nxt_to", ok=False
    )


def test_a_model_below_its_baseline_says_so(graphfm: Shell, tmp_path: Path) -> None:
    likes = torch.tensor([[i, 0, 0] for i in range(1, 30)])
    hub = Triples("hub", [f"e{i}" for i in range(30)], ["likes"], train=likes[:19], val=likes[19:21], test=likes[21:])
    write(hub, tmp_path / "hub")
    small = ("--epochs", "1", "--dim", "4", "--lr", "1e-9")
    said = graphfm("link-prediction", "--data", tmp_path / "hub", "--out", tmp_path / "run", *small)
    assert "RotatE is below what no learning reaches" in said
    assert "with --epochs 4, goes on" in said
    assert "graphfm tune --data" in said
    assert "below what no learning reaches" in (tmp_path / "run" / "index.html").read_text()


def test_a_training_graph_alone_is_enough(graphfm: Shell, tmp_path: Path) -> None:
    folder, small = tmp_path / "mine", ("--epochs", "1", "--set", "dim=4")
    folder.mkdir()
    (folder / "train.txt").write_text(
        "".join(f"{i}\tnext\t{(i + step) % 30}\n" for i in range(30) for step in (1, 2, 3))
    )
    drawn = "split: 10% validation and 10% test drawn from all triples"
    for words in (("link-prediction", *small), ("tune", "--trials", "1", "--set", "epochs=1")):
        said = graphfm(*words, "--data", folder, "--out", tmp_path / words[0])
        assert f"{folder} has not all splits" in said
        assert drawn in said
    assert drawn in graphfm("evaluate", "--checkpoint", "default", "--data", folder)
    (folder / "test.txt").write_text("0\tnext\t9\n")
    said = graphfm("link-prediction", "--data", folder, "--out", tmp_path / "other", *small)
    assert "no validation split (`datasets import` takes some from train: --val, --test)" in said
    assert "RotatE on mine, test" in said


def test_weights_of_one_model_are_no_start_of_another(graphfm: Shell, folder: Path) -> None:
    words = ("link-prediction", "--data", folder, "--init", "default", "--model", "rotate")
    assert "found --model rotate with --init" in graphfm(*words, ok=False)


def test_the_cache_is_listed_and_cleared(graphfm: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "cache"
    monkeypatch.setenv("GRAPHFM_CACHE", str(home))
    assert "The cache is empty." in graphfm("cache", "clear")
    assert f"{home} holds nothing Next: graphfm doctor" in graphfm("cache", "list")
    for name in ("datasets/kg/umls/train.txt", "datasets/kg/kinship/train.txt", "embeddings/minilm/one.safetensors"):
        (home / name).parent.mkdir(parents=True)
        (home / name).write_bytes(b"x" * 200_000)
    assert "datasets/kg/umls 1 0.2" in " ".join(graphfm("cache", "list").replace("│", " ").split())
    assert "expected one of datasets/kg/kinship, datasets/kg/umls, embeddings" in graphfm(
        "cache", "clear", "umls", ok=False
    )
    assert "removed datasets/kg/umls" in graphfm("cache", "clear", "datasets/kg/umls", "--yes")
    assert not (home / "datasets/kg/umls").exists()
    assert (home / "datasets/kg/kinship/train.txt").exists()
    graphfm("cache", "clear", "-y")
    assert not [path for path in home.rglob("*") if path.is_file()]
