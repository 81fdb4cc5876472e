"""``.pt`` files with a PyG `Data`, read without running code that they may hold."""

from __future__ import annotations

import struct
from pathlib import Path
from pickle import UnpicklingError

import torch
from torch_geometric.data import Data, HeteroData
from torch_geometric.data.data import DataEdgeAttr, DataTensorAttr
from torch_geometric.data.storage import GlobalStorage

from graphfm.datasets.text_graphs.graph import TextGraph
from graphfm.errors import DataError


def read_pt(path: Path) -> Data | HeteroData:
    """A PyG `Data`, or the first part of what PyG's in-memory sets store, unpickled with nothing but plain classes.

    Raises:
        DataError: more than tensors, lists and strings, a damaged file, or no graph.
    """
    from torch_geometric.data.storage import BaseStorage, EdgeStorage, NodeStorage

    plain = [
        Data,
        HeteroData,
        DataEdgeAttr,
        DataTensorAttr,
        GlobalStorage,
        BaseStorage,
        NodeStorage,
        EdgeStorage,
        TextGraph,
    ]
    try:
        with torch.serialization.safe_globals(plain):
            stored = torch.load(path, weights_only=True, map_location="cpu")
    except (
        UnpicklingError,
        EOFError,
        RuntimeError,
        ValueError,
        KeyError,
        IndexError,
        AttributeError,
        TypeError,
        struct.error,
    ) as error:
        raise DataError(
            "a file that holds more than tensors, lists and strings, or a damaged one",
            expected="a PyG `Data` or a dictionary of them",
            path=path,
            hint="Save it again with torch.save(data.to_dict(), path), arrays of numbers as tensors, of texts as lists.",
        ) from error
    if isinstance(stored, (tuple, list)) and len(stored) > 1 and stored[1] is None:
        stored = stored[0]
    if isinstance(stored, dict) and all(isinstance(key, str) for key in stored):
        stored = Data.from_dict(stored)
    if not isinstance(stored, (Data, HeteroData)):
        hint = "Save one graph alone: torch.save(data.to_dict(), path)."
        raise DataError(f"a {type(stored).__name__}", expected="one PyG `Data` or a dictionary", hint=hint, path=path)
    return stored
