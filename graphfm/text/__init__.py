"""Text to unit vectors: one contract (`TextEncoder`), a table of encoders, and a cache on disk.

To add an encoder: a subclass of `graphfm.text.contract.Encoder` in a file of its own, and its line in `ENCODERS`; or, from
another package, an entry point of the group ``graphfm.encoders``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from graphfm.errors import DataError
from graphfm.plugins import plugins
from graphfm.text.cache import embed
from graphfm.text.contract import Encoder, TextEncoder
from graphfm.text.huggingface import HuggingFaceEncoder
from graphfm.text.lsa import LSAEncoder
from graphfm.text.minilm import MiniLMEncoder
from graphfm.text.sentence_encoder import SentenceEncoder

__all__ = [
    "ENCODERS",
    "Encoder",
    "HuggingFaceEncoder",
    "LSAEncoder",
    "MiniLMEncoder",
    "SentenceEncoder",
    "TextEncoder",
    "embed",
    "encoders",
    "load_encoder",
]

#: The encoders that come with graphfm, by the names that specs and commands use.
ENCODERS: dict[str, type[Encoder]] = {
    e.kind: e for e in (MiniLMEncoder, LSAEncoder, HuggingFaceEncoder, SentenceEncoder)
}


def encoders() -> dict[str, type[Encoder]]:
    """`ENCODERS`, and those of other packages (entry points of the group ``graphfm.encoders``)."""
    return ENCODERS | plugins("graphfm.encoders")


def load_encoder(
    spec: Any,
    *,
    device: torch.device | str | None = None,
    tensors: Mapping[str, Tensor] | None = None,
) -> Encoder:
    """The text encoder that `spec` names.

    Args:
        spec: ``"minilm"`` (all-MiniLM-L6-v2), ``"minilm:bf16"`` (the same, faster and less exact), ``"lsa"`` (an
            unfitted `LSAEncoder`), the name of another one in the table, a local folder (a Hugging Face model or a saved
            `LSAEncoder`), a hub id such as ``"BAAI/bge-small-en-v1.5"``, an encoder's ``spec()``, an encoder, or any object
            with ``encode(texts)``, such as a `sentence_transformers.SentenceTransformer` (see `SentenceEncoder`).
        device: where a language model runs; a GPU if there is one by default.
        tensors: what the ``tensors()`` of the same encoder returned; needed for LSA alone.

    Raises:
        DataError: the model cannot be had, or is not the one the spec was made from.
    """
    known = encoders()
    if isinstance(spec, Encoder):
        return spec
    if callable(getattr(spec, "encode", None)) and not isinstance(spec, str | Mapping):
        return SentenceEncoder(spec)
    if isinstance(spec, Mapping):
        return _rebuild(spec, known, device=device, tensors=tensors or {})
    kind, _, variant = str(spec).partition(":")
    if kind in known:
        return known[kind].variant(variant, device=device)
    saved = (encoder.saved_in(spec) for encoder in known.values())
    return next((encoder for encoder in saved if encoder is not None), None) or HuggingFaceEncoder(spec, device=device)


def _rebuild(
    spec: Mapping[str, Any],
    known: Mapping[str, type[Encoder]],
    *,
    device: torch.device | str | None,
    tensors: Mapping[str, Tensor],
) -> Encoder:
    kind = str(spec.get("encoder"))
    if kind not in known:
        raise DataError(f"the encoder {kind!r}", expected=", ".join(known), hint="Install the package that brings it.")
    encoder = known[kind].rebuild(spec, tensors, device=device)
    if encoder.identity != spec.get("identity"):
        raise DataError(
            f"an encoder with the identity {encoder.identity}",
            expected=str(spec.get("identity")),
            hint="The model behind this name has changed since the spec was written; name the original one.",
        )
    return encoder
