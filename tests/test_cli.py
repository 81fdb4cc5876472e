"""The commands as a person types them: real runs on a small folder, mistakes that are answered in one line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


def graphfm(*words: str | Path | float, ok: bool = True) -> str:
    """Run the command line; its output, and that it ended as expected without a traceback."""
    command = [sys.executable, "-W", "ignore", "-m", "graphfm", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == (0 if ok else 2), done.stdout + done.stderr
    return " ".join((done.stdout + done.stderr).split())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "mine"
    home.mkdir()
    kinds = ["trees", "rings"]
    nodes = [{"id": f"n{n}", "text": f"a page about {kinds[n % 2]}, number {n}", "label": n % 2} for n in range(40)]
    (home / "nodes.jsonl").write_text("\n".join(map(json.dumps, nodes)))
    (home / "edges.csv").write_text("src,dst\n" + "\n".join(f"n{n},n{(n + 2) % 40}" for n in range(40)))
    classes = [{"id": n, "name": kind, "description": ""} for n, kind in enumerate(kinds)]
    (home / "classes.json").write_text(json.dumps(classes))
    return home


def test_pretrain_then_zero_shot(folder: Path, tmp_path: Path) -> None:
    out, result = tmp_path / "run", tmp_path / "result"
    config = tmp_path / "small.yaml"
    config.write_text("epochs: 1\nsteps_per_epoch: 3\nbatch_size: 8\nhidden_channels: 8\nencoder: lsa\n")
    said = graphfm(
        "pretrain", "--data", folder, "--out", out, "--config", config, "--steps-per-epoch", 2, "--mixing", 1, "--mmap"
    )
    assert "Pretrained on" in said
    settings = json.loads((out / "settings.json").read_text())
    assert [settings[name] for name in ("steps_per_epoch", "mixing", "mmap", "processes")] == [2, 1.0, True, 1]
    said = graphfm(
        "zero-shot",
        "--data",
        folder,
        "--checkpoint",
        out / "model.ckpt",
        "--json",
        tmp_path / "t.json",
        "--out",
        result,
    )
    content = json.loads((tmp_path / "t.json").read_text())
    assert [row["method"] for row in content["rows"]][-2:] == ["text+pool", "graphfm"]
    assert [c["method"] for c in content["contributions"]] == ["graphfm", "graphfm+decide", "graphfm+refine"]
    assert isinstance(content["alpha"], float)
    assert content["num_nodes"] == 40
    lines = (result / "predictions.csv").read_text().splitlines()
    assert lines[0].startswith("id,label,predicted,score,p(trees),p(rings),method,by name,")
    assert lines[0].endswith(",gate_hyperbolic,gate_spherical,gate_euclidean")
    assert len(lines) == 41
    assert "<svg" in (result / "index.html").read_text()

    asked = ["--data", folder, "--checkpoint", out / "model.ckpt", "--out", result]
    said = graphfm("few-shot", *asked, "--json", tmp_path / "few.json", "--shots", 1, 3, "--draws", 2)
    assert "Few-shot on" in said
    few = json.loads((tmp_path / "few.json").read_text())
    assert [row["shots"] for row in few["rows"] if row["method"] == "graphfm"] == [1, 3]
    assert len((result / "shots.csv").read_text().splitlines()) == 1 + 2 * (2 + 6)

    said = graphfm("link-text", *asked, "--json", tmp_path / "link.json", "--share", 0.2)
    assert "8 of 40 edges held out" in said
    link = json.loads((tmp_path / "link.json").read_text())
    assert link["rows"][-1]["method"] == "graphfm"
    assert (result / "held_out.csv").read_text().startswith("src,dst\n")


def test_a_source_that_holds_the_target_is_found_and_refused(folder: Path, tmp_path: Path) -> None:
    said = graphfm("overlap", "--sources", folder, "--target", folder, "--json", tmp_path / "overlap.json")
    assert "100.0%" in said
    assert "Next: graphfm datasets list" in said  # nothing is left of the source to pretrain on
    assert json.loads((tmp_path / "overlap.json").read_text())[0]["source_near_duplicates"] == 40
    asked = ["--data", folder, "--exclude-overlap-with", folder, "--out", tmp_path / "run", "--encoder", "lsa"]
    assert "40 of 40 texts of mine in mine" in graphfm("pretrain", *asked, ok=False)
    assert not (tmp_path / "run").exists()


def test_mistakes_are_answered(folder: Path, tmp_path: Path) -> None:
    assert "--data" in graphfm("zero-shot", "--dat", "cora", ok=False)  # the option meant
    assert "Did you mean cora" in graphfm("zero-shot", "--data", "corra", ok=False)
    assert "Did you mean cora" in graphfm("few-shot", "--data", "corra", ok=False)
    assert "found the share 1.5" in graphfm("link-text", "--data", folder, "--share", 1.5, ok=False)
    with (folder / "edges.csv").open("a") as file:
        file.write("\nn1,n99\n")
    said = graphfm("zero-shot", "--data", folder, "--encoder", "lsa", ok=False)
    assert "edges.csv, line 42" in said
    assert "n99" in said
    bad = tmp_path / "bad.yaml"
    bad.write_text("epoch: 3\n")
    assert "Did you mean epochs?" in graphfm(
        "pretrain", "--data", "cora", "--out", tmp_path / "x", "--config", bad, ok=False
    )
    assert not (tmp_path / "x").exists()


def test_triples_are_imported_and_described(tmp_path: Path) -> None:
    home, out = tmp_path / "kin", tmp_path / "checked"
    home.mkdir()
    for split, rows in {
        "train": "ann\tlikes\tbob\n" * 2,
        "valid": "bob\tlikes\tann\n",
        "test": "cid\tlikes\tann\n",
    }.items():
        (home / f"{split}.txt").write_text(rows)
    said = graphfm("datasets", "import", home, "--out", out)
    assert "repeated triples, kept: train 1" in said
    assert "kin: 3 entities, 1 relation, 2 / 1 / 1 triples" in said
    assert "entities: 3" in graphfm("datasets", "info", out)
    assert "found nothing" in graphfm("datasets", "info", tmp_path / "none", ok=False)
    assert "allow overwriting" in graphfm("datasets", "import", home, "--out", out, ok=False)
    graphfm("datasets", "import", home, "--out", out, "--overwrite")
    (out / "thesis.tex").write_text("years of work")
    assert "thesis.tex" in graphfm("datasets", "import", home, "--out", out, "--overwrite", ok=False)
    (home / "test.txt").write_text("cid\tlikes\n")
    assert "test.txt, line 1" in graphfm("datasets", "import", home, "--out", tmp_path / "x", ok=False)
    assert not (tmp_path / "x").exists()

    (tmp_path / "single.tsv").write_text("".join(f"e{n}\tnext\te{(n + 1) % 30}\n" for n in range(30)))
    assert "30 entities" in graphfm("datasets", "import", tmp_path / "single.tsv", "--out", tmp_path / "split")


def test_a_source_that_cannot_be_read_leaves_no_run(folder: Path, tmp_path: Path) -> None:
    (folder / "edges.csv").write_text("src,dst\nn1,n99\n")
    assert "n99" in graphfm("pretrain", "--data", folder, "--out", tmp_path / "run", ok=False)
    assert not (tmp_path / "run").exists()


def test_brackets_in_names_and_texts_are_shown_as_they_are(folder: Path, tmp_path: Path) -> None:
    nodes = (folder / "nodes.jsonl").read_text().replace("a page about", "a [/b] page about")
    (folder / "nodes.jsonl").write_text(nodes)
    (folder / "graph.json").write_text(json.dumps({"name": "g [/x]"}))
    classes = [{"id": 0, "name": "trees [/y]"}, {"id": 1, "name": "[red]rings"}]
    (folder / "classes.json").write_text(json.dumps(classes))
    out = tmp_path / "[bold]result"
    said = graphfm("zero-shot", "--data", folder, "--encoder", "lsa", "--out", out)
    assert "Zero-shot on g [/x]" in said
    assert "[bold]result" in said
    assert (out / "index.html").exists()
    assert "g [/x]" in graphfm("inspect", "--data", folder, "--encoder", "lsa")
    assert "[/b]" in graphfm("overlap", "--sources", folder, "--target", folder)
    assert "x[/red]" in graphfm("zero-shot", "--data", "x[/red]", ok=False)


def test_a_place_that_cannot_be_written_to_is_said_before_the_work(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    asked = ("--data", folder, "--encoder", "lsa")
    for words in (("--out", tmp_path / "file"), ("--out", tmp_path / "file" / "in"), ("--json", tmp_path)):
        said = graphfm("zero-shot", *asked, *words, ok=False)
        assert "expected a fol" in said or "expected a file to write" in said
        assert "Zero-shot on" not in said
    assert "expected a folder" in graphfm("pretrain", *asked, "--out", tmp_path / "file", ok=False)
    assert (tmp_path / "file").read_text() == "mine"


def test_one_node_has_a_page_too(tmp_path: Path) -> None:
    home = tmp_path / "one"
    home.mkdir()
    (home / "nodes.jsonl").write_text(json.dumps({"id": "n", "text": "a page about trees", "label": 0}))
    (home / "edges.csv").write_text("src,dst\n")
    (home / "classes.json").write_text(json.dumps([{"id": 0, "name": "trees"}, {"id": 1, "name": "rings"}]))
    graphfm("zero-shot", "--data", home, "--encoder", "lsa", "--out", tmp_path / "result")
    assert (tmp_path / "result" / "index.html").exists()


def test_what_is_odd_is_said_without_a_line_of_code(folder: Path) -> None:
    with (folder / "edges.csv").open("a") as file:
        file.write("\nn1,n1\n")
    command = [sys.executable, "-m", "graphfm", "datasets", "info", str(folder)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True).stderr
    assert "Note: mine: 1 self loops dropped" in said
    assert "tables.py" not in said
