"""Run the notebooks of `docs/tutorials`, each in an empty folder, and keep their outputs in them.

python scripts/notebooks.py [NAME ...]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "tutorials"
#: Fields that differ from run to run, or from machine to machine, and say nothing to a reader.
KEPT = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


def executed(path: Path, folder: Path) -> NotebookNode:
    """The notebook with its outputs, run in `folder`; an error in a cell is raised."""
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.clear()
    notebook.metadata.update(KEPT)
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    for cell in notebook.cells:
        cell.metadata.clear()
        if cell.cell_type == "code":  # progress bars and notes are for those who wait
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    notebook.metadata.clear()
    notebook.metadata.update(KEPT)
    return notebook


def main(names: list[str]) -> None:
    for path in sorted(FOLDER.glob("*.ipynb")):
        if not names or path.stem in names:
            with tempfile.TemporaryDirectory() as folder:
                made = executed(path, Path(folder))
            nbformat.write(made, path)
            print(path.name)


if __name__ == "__main__":
    main(sys.argv[1:])
