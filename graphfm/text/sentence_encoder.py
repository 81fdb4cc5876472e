"""Any object that encodes texts, a `sentence_transformers.SentenceTransformer` above all, as a text encoder of ours."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from graphfm.errors import DataError
from graphfm.text.contract import Encoder

#: What an encoder without weights that we can see is told apart by: the vectors that it gives these.
PROBES = ("A graph of papers.", "virus causes disease", "Zwölf Boxkämpfer", "图神经网络", "0")


class SentenceEncoder(Encoder):
    """Unit vectors from an object with ``encode(texts)``, such as a `SentenceTransformer` of any backend (torch, ONNX, OpenVINO).

    The object's own settings hold: its prompts, its ``truncate_dim``, its precision. Those given here are handed to its
    ``encode``, as far as that takes them.

    Args:
        model: the object.
        prompt: put before every text.
        prompt_name: of one of the object's prompts, such as "query".
        truncate_dim: leading dimensions that are kept, for models trained so that fewer do.
        batch_size: texts at a time.

    Raises:
        DataError: an object that does not encode, or does not take one of the settings.
    """

    kind = "sentence-transformers"

    def __init__(
        self,
        model: Any,
        *,
        prompt: str | None = None,
        prompt_name: str | None = None,
        truncate_dim: int | None = None,
        batch_size: int | None = None,
    ) -> None:
        if not callable(getattr(model, "encode", None)):
            raise DataError(f"an object of type {type(model).__name__}", expected="one with a method encode(texts)")
        self.model = model
        asked = {"prompt": prompt, "prompt_name": prompt_name, "truncate_dim": truncate_dim, "batch_size": batch_size}
        self.settings = {name: value for name, value in asked.items() if value is not None}
        takes = inspect.signature(model.encode).parameters
        any_name = any(one.kind is one.VAR_KEYWORD for one in takes.values())
        for name in self.settings:
            if name not in takes and not any_name:
                hint = "Leave it out, or set it on the object."
                raise DataError(
                    f"{name} for a {type(model).__name__}", expected="an object whose encode takes it", hint=hint
                )
        quiet = {"show_progress_bar": False, "convert_to_numpy": True}
        self._call = self.settings | {name: value for name, value in quiet.items() if name in takes}
        self.dim = int(self._encode([PROBES[0]]).size(1))
        self.identity = self._identity()
        own = {
            name: str(getattr(model, name, None))
            for name in ("truncate_dim", "default_prompt_name", "prompts", "max_seq_length")
        }
        told = {name: value for name, value in self.settings.items() if name != "batch_size"}
        settings = hashlib.sha256(repr((own, told)).encode("utf-8", "replace")).hexdigest()[:12]
        self.name = f"{self.identity}:{self.dim}:{settings}"

    def __call__(self, texts: Sequence[str], /) -> Tensor:
        if not texts:
            return torch.empty(0, self.dim)
        # Lone surrogates, legal in JSON and in Python, are refused by tokenizers.
        rows = self._encode([text.encode("utf-8", "replace").decode() for text in texts])
        return normalize(rows, dim=-1)

    def spec(self) -> dict[str, Any]:
        """The name under which the object was loaded, and the settings; from which `rebuild` loads it again.

        Raises:
            DataError: an object that was not loaded by name, which a file cannot bring back.
        """
        path = getattr(getattr(self.model, "model_card_data", None), "base_model", None) or _path(self.model)
        if not path:
            raise DataError(
                f"an encoder of type {type(self.model).__name__} without a name",
                expected="one that a file can name, to be kept with a model",
                hint="Train with a hub id or a model folder as the encoder.",
            )
        own = {"truncate": getattr(self.model, "truncate_dim", None), "backend": getattr(self.model, "backend", None)}
        return super().spec() | {"path_or_id": str(path), **own, **self.settings}

    @classmethod
    def rebuild(
        cls, spec: Mapping[str, Any], tensors: Mapping[str, Tensor], *, device: torch.device | str | None = None
    ) -> SentenceEncoder:
        del tensors
        try:
            from sentence_transformers import SentenceTransformer
        except ModuleNotFoundError as error:
            hint = "pip install sentence-transformers"
            raise DataError("no sentence_transformers", expected="it, for this model's texts", hint=hint) from error
        settings = {
            k: v for k, v in spec.items() if k not in ("encoder", "identity", "path_or_id", "truncate", "backend")
        }
        backend = {} if spec["backend"] in (None, "torch") else {"backend": spec["backend"]}
        where = None if device is None else str(device)
        model = SentenceTransformer(spec["path_or_id"], truncate_dim=spec["truncate"], device=where, **backend)
        return cls(model, **settings)

    @classmethod
    def variant(cls, name: str, *, device: torch.device | str | None = None) -> SentenceEncoder:
        """The model of ``sentence-transformers:path_or_id``."""
        if not name:
            raise DataError(f"the encoder {cls.kind}", expected=f"{cls.kind}:FOLDER, or a hub id after the colon")
        return cls.rebuild({"path_or_id": name, "truncate": None, "backend": None}, {}, device=device)

    def _encode(self, texts: list[str]) -> Tensor:
        found = self.model.encode(texts, **self._call)
        if isinstance(found, list | tuple):
            found = torch.stack([torch.as_tensor(row) for row in found])
        rows = torch.as_tensor(np.asarray(found) if not isinstance(found, Tensor) else found).detach().float().cpu()
        if rows.dim() != 2 or len(rows) != len(texts):
            raise DataError(
                f"vectors of shape {tuple(rows.shape)} of {len(texts)} texts", expected="a row for each text"
            )
        return rows

    def _identity(self) -> str:
        """sha256 of the weights, or of what the object says of a few texts where it shows none."""
        total = hashlib.sha256()
        weights = dict(self.model.state_dict()) if callable(getattr(self.model, "state_dict", None)) else {}
        if weights:
            total.update(repr(self.model).encode("utf-8", "replace"))
            for name, tensor in sorted(weights.items()):
                total.update(f"{name} {tensor.dtype} {tuple(tensor.shape)} ".encode())
                total.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
        else:
            total.update(self._encode(list(PROBES)).numpy().tobytes())
        return f"encode:{total.hexdigest()[:16]}"


def _path(model: Any) -> str | None:
    """The name a model was loaded by, as transformers keeps it, or its tokenizer where ONNX runs; None for another object."""
    try:
        parts = (getattr(model[0], "auto_model", None), getattr(model, "tokenizer", None))
    except (TypeError, IndexError, KeyError):
        return None
    return next((name for part in parts if (name := getattr(part, "name_or_path", None))), None)
