"""Text graphs and knowledge graphs: your own folders, the catalogue, and conversions from PyG, NetworkX and pandas.

Names are imported when first used, so that `import graphfm.datasets` stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphfm.datasets.catalog import names
    from graphfm.datasets.loading import load, load_triples
    from graphfm.datasets.tables.declared import Reading
    from graphfm.datasets.tables.notes import DataWarning
    from graphfm.datasets.text_graphs.convert import from_frames, from_networkx, to_frames, to_networkx
    from graphfm.datasets.text_graphs.folder import read_folder, write_folder
    from graphfm.datasets.text_graphs.graph import TextGraph
    from graphfm.datasets.text_graphs.importing import import_text_graph
    from graphfm.datasets.text_graphs.pyg import from_pyg, to_pyg
    from graphfm.datasets.triples.graph import Triples
    from graphfm.datasets.triples.importing import import_triples

_HOME = {
    "DataWarning": "tables.notes",
    "TextGraph": "text_graphs.graph",
    "Reading": "tables.declared",
    "Triples": "triples.graph",
    "from_frames": "text_graphs.convert",
    "from_networkx": "text_graphs.convert",
    "from_pyg": "text_graphs.pyg",
    "import_text_graph": "text_graphs.importing",
    "import_triples": "triples.importing",
    "load": "loading",
    "load_triples": "loading",
    "names": "catalog",
    "read_folder": "text_graphs.folder",
    "to_frames": "text_graphs.convert",
    "to_networkx": "text_graphs.convert",
    "to_pyg": "text_graphs.pyg",
    "write_folder": "text_graphs.folder",
}

__all__ = [
    "DataWarning",
    "Reading",
    "TextGraph",
    "Triples",
    "from_frames",
    "from_networkx",
    "from_pyg",
    "import_text_graph",
    "import_triples",
    "load",
    "load_triples",
    "names",
    "read_folder",
    "to_frames",
    "to_networkx",
    "to_pyg",
    "write_folder",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals().setdefault(name, getattr(import_module(f"{__name__}.{_HOME[name]}"), name))


def __dir__() -> list[str]:
    return __all__
