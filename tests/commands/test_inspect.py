"""`graphfm inspect` on a folder, end to end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from graphfm.commands.inspect import inspect
from graphfm.datasets import TextGraph, write_folder
from graphfm.errors import GraphFMError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ring = torch.stack([torch.arange(8), torch.arange(1, 9) % 8])
    texts = [f"{'apples and pears' if node < 4 else 'cars and trains'} number {node}" for node in range(8)]
    graph = TextGraph(ring, name="ring", text=texts, y=torch.arange(8) // 4, class_names=["fruit", "traffic"])
    write_folder(graph, tmp_path / "ring")
    return tmp_path / "ring"


def test_writes_the_page_and_the_facts(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inspect(str(folder), out=tmp_path / "out", encoder="lsa", json_file=tmp_path / "facts.json")
    facts = json.loads((tmp_path / "facts.json").read_text())
    assert json.loads((tmp_path / "out" / "inspect.json").read_text()) == facts
    assert facts["label_homophily"]["edge"] == 0.75
    assert facts["text_homophily"]["adjusted"] > 0.1
    assert (tmp_path / "out" / "inspect.html").read_text().startswith("<!doctype html>")
    shown = capsys.readouterr().out
    assert facts["structure_use"]["words"] in " ".join(shown.split())


def test_texts_are_optional(folder: Path, tmp_path: Path) -> None:
    inspect(str(folder), encoder="none", json_file=tmp_path / "facts.json")
    assert json.loads((tmp_path / "facts.json").read_text())["text_homophily"] is None


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(GraphFMError, match="nowhere"):
        inspect("nowhere")
