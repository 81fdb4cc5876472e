"""Text graphs and knowledge graphs: your own folders, the catalogue, and conversions from PyG, NetworkX and pandas.

Names are imported when first used, so that `import graphfm.datasets` stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphfm.datasets.catalog import names
    from graphfm.datasets.convert import from_frames, from_networkx, to_frames, to_networkx
    from graphfm.datasets.folder import read_folder, write_folder
    from graphfm.datasets.importing import import_text_graph
    from graphfm.datasets.loading import load
    from graphfm.datasets.pyg import from_pyg, to_pyg
    from graphfm.datasets.tables import DataWarning
    from graphfm.datasets.text_graph import TextGraph
    from graphfm.datasets.triples import Triples
    from graphfm.datasets.triples_loading import import_triples, load_triples

_HOME = {
    "DataWarning": "tables",
    "TextGraph": "text_graph",
    "Triples": "triples",
    "from_frames": "convert",
    "from_networkx": "convert",
    "from_pyg": "pyg",
    "import_text_graph": "importing",
    "import_triples": "triples_loading",
    "load": "loading",
    "load_triples": "triples_loading",
    "names": "catalog",
    "read_folder": "folder",
    "to_frames": "convert",
    "to_networkx": "convert",
    "to_pyg": "pyg",
    "write_folder": "folder",
}

__all__ = [
    "DataWarning",
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
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
