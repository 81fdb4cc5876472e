"""Read the pickled NumPy arrays in which OGB publishes its splits, and nothing else that a pickle could do.

torch.load refuses them under ``weights_only``, which knows no NumPy arrays and not every version of pickle.
"""

from __future__ import annotations

import codecs
import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from graphfm.errors import DataError

_reconstruct = np.empty(0).__reduce__()[0]
_KNOWN = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,  # as NumPy 1 wrote it
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("_codecs", "encode"): codecs.encode,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _KNOWN:
            raise pickle.UnpicklingError(f"{module}.{name} in the pickle")
        return _KNOWN[module, name]


def _load(file: Any, **options: Any) -> Any:
    return _Unpickler(file, **options).load()


_PICKLE = SimpleNamespace(__name__="arrays", Unpickler=_Unpickler, load=_load)  # what torch.load takes for a module


def load_arrays(path: Path) -> dict[str, Any]:
    """A dict of NumPy arrays and lists of strings, as `torch.save` wrote it.

    Raises:
        DataError: no such file, one that is damaged, or one that holds other things.
    """
    if not path.is_file():
        raise DataError("no such file", expected="the split as OGB publishes it", path=path)
    try:
        content = torch.load(path, weights_only=False, pickle_module=_PICKLE)
    except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
        hint = "It may be damaged: get the data set again."
        raise DataError(f"{error}", expected="a dict of NumPy arrays", hint=hint, path=path) from error
    missing = [key for key in ("head", "relation", "tail") if key not in content]
    if missing:
        raise DataError(f"no {', '.join(missing)}", expected="head, relation and tail", path=path)
    return dict(content)
