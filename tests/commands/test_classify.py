"""`graphfm classify` as a person types it: an unlabelled folder, predictions in a file, and words where something is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from graphfm.cli import app
from graphfm.errors import DataError


def run(*words: Any) -> str:
    done = CliRunner().invoke(app, ["classify", *map(str, words), "--encoder", "lsa"], catch_exceptions=True)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return " ".join(done.output.split())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "mine"
    home.mkdir()
    kinds = ["trees and forests", "rings and jewels"]
    nodes = [{"id": f"n{n}", "text": f"a page about {kinds[n % 2]}, number {n}"} for n in range(40)]
    (home / "nodes.jsonl").write_text("\n".join(map(json.dumps, nodes)))
    (home / "edges.csv").write_text("src,dst\n" + "\n".join(f"n{n},n{(n + 2) % 40}" for n in range(40)))
    return home


@pytest.mark.filterwarnings("ignore")
def test_an_unlabelled_folder_is_classified_into_a_file(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "predictions.csv"
    said = run("--data", folder, "--names", "trees, rings", "--top", 2, "--json", tmp_path / "about.json", "--out", out)
    assert "words that speak for it" in said
    assert "readings are averaged" in said
    frame = pd.read_csv(out)
    assert list(frame.columns) == ["node", "predicted", "score", "predicted_2", "score_2", "p(trees)", "p(rings)"]
    assert frame["predicted"].tolist() == ["trees", "rings"] * 20
    about = json.loads((tmp_path / "about.json").read_text())
    assert {reason["name"]: reason["nodes"] for reason in about["why"]} == {"trees": 20, "rings": 20}
    assert "forests" in about["why"][0]["words"]

    (tmp_path / "kinds.txt").write_text("trees\nrings\n")
    again = tmp_path / "predictions.parquet"
    said = run("--data", folder, "--classes", tmp_path / "kinds.txt", "--abstain", 1, "--out", again)
    assert "40 nodes below 1" in said
    filed = pd.read_parquet(again)
    assert set(filed["predicted"]) == {"none of these"}
    assert filed["p(trees)"].tolist() == pytest.approx(frame["p(trees)"].tolist(), abs=1e-4)


@pytest.mark.filterwarnings("ignore")
def test_what_cannot_be_is_answered_before_the_work(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"--names .* or classes\.json"):
        run("--data", folder)
    with pytest.raises(DataError, match=r"names in words.*classes\.json"):
        run("--data", folder, "--names", "0,1,2")
    with pytest.raises(DataError, match="one of the two"):
        run("--data", folder, "--names", "a,b", "--classes", tmp_path / "kinds.txt")
    with pytest.raises(DataError, match="no such file"):
        run("--data", folder, "--classes", tmp_path / "kinds.txt")
    with pytest.raises(DataError, match="top 3 of 2 classes"):
        run("--data", folder, "--names", "a,b", "--top", 3)
    with pytest.raises(DataError):
        run("--data", folder, "--names", "trees,rings", "--out", tmp_path / "predictions.docx")
