"""Text to unit vectors: one contract (`TextEncoder`), three encoders, and a cache on disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from graphfm.errors import DataError
from graphfm.text.cache import TextEncoder, embed
from graphfm.text.huggingface import HuggingFaceEncoder
from graphfm.text.lsa import LSAEncoder
from graphfm.text.minilm import MiniLMEncoder

__all__ = ["HuggingFaceEncoder", "LSAEncoder", "MiniLMEncoder", "TextEncoder", "embed", "load_encoder"]

MINILM = {"minilm": torch.float32, "minilm:bf16": torch.bfloat16}


def load_encoder(
    spec: str | Path | Mapping[str, Any],
    *,
    device: torch.device | str | None = None,
    tensors: Mapping[str, Tensor] | None = None,
) -> HuggingFaceEncoder | LSAEncoder:
    """The text encoder that `spec` names.

    Args:
        spec: ``"minilm"`` (all-MiniLM-L6-v2), ``"minilm:bf16"`` (the same, faster and less exact), ``"lsa"`` (an
            unfitted `LSAEncoder`), a local folder (a Hugging Face model or a saved `LSAEncoder`), a hub id such as
            ``"BAAI/bge-small-en-v1.5"``, or an encoder's ``spec()``.
        device: where a language model runs; a GPU if there is one by default.
        tensors: what the ``tensors()`` of the same encoder returned; needed for LSA alone.

    Raises:
        DataError: the model cannot be had, or is not the one the spec was made from.
    """
    if isinstance(spec, Mapping):
        return _rebuild(spec, device=device, tensors=tensors or {})
    if spec in MINILM:
        return MiniLMEncoder(device=device, dtype=MINILM[str(spec)])
    if spec == "lsa":
        return LSAEncoder()
    if LSAEncoder.is_saved_in(spec):
        return LSAEncoder.load(spec)
    return HuggingFaceEncoder(spec, device=device)


def _rebuild(
    spec: Mapping[str, Any], *, device: torch.device | str | None, tensors: Mapping[str, Tensor]
) -> HuggingFaceEncoder | LSAEncoder:
    settings = {key: value for key, value in spec.items() if key not in ("encoder", "identity")}
    encoder: HuggingFaceEncoder | LSAEncoder
    match spec.get("encoder"):
        case "minilm":
            encoder = MiniLMEncoder(device=device, dtype=getattr(torch, spec["dtype"]))
        case "huggingface":
            encoder = HuggingFaceEncoder(device=device, **settings)
        case "lsa":
            encoder = LSAEncoder.rebuild(spec, tensors)
        case other:
            raise DataError(
                f"the encoder {other!r}", expected="minilm, huggingface or lsa", hint="Check the checkpoint."
            )
    if encoder.identity != spec.get("identity"):
        raise DataError(
            f"an encoder with the identity {encoder.identity}",
            expected=str(spec.get("identity")),
            hint="The model behind this name has changed since the spec was written; name the original one.",
        )
    return encoder
