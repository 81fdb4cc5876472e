"""The commands on triples as a person types them."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

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
        (("--dat", "umls"), "No such option: --dat"),
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
