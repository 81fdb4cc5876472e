"""The tutorials run from the first cell to the last, and end in a picture or a table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import notebooks
import pytest

from graphfm.text import minilm_files

NAMES = sorted(path.stem for path in notebooks.FOLDER.glob("*.ipynb"))
#: Notebooks of more than half a minute, and those that read sets of GRAPHFM_DATA; all others need nothing but Python's library.
LONG = {"train_and_explain"}
MOST_BYTES = 200_000


def last_output(notebook: Any) -> set[str]:
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return {kind for output in cells[-1].outputs for kind in output.get("data", ())}


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_kept_with_what_it_shows(name: str) -> None:
    path = notebooks.FOLDER / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert path.stat().st_size < MOST_BYTES
    assert last_output(notebook) & {"image/png", "text/html"}, "run scripts/notebooks.py"
    assert all(output.output_type != "error" for cell in notebook.cells for output in cell.get("outputs", ()))
    assert "/tmp/" not in json.dumps(notebook)
    assert notebook.cells[0].source.startswith("# ")


@pytest.mark.skipif(minilm_files.installed_folder() is None, reason="graphfm[minilm] is not installed")
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow, pytest.mark.data] if name in LONG else []) for name in NAMES],
)
def test_a_notebook_runs(name: str, tmp_path: Path) -> None:
    made = notebooks.executed(notebooks.FOLDER / f"{name}.ipynb", tmp_path)
    assert last_output(made) & {"image/png", "text/html"}
