"""The default encoder, all-MiniLM-L6-v2; `minilm_files` says where it is from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from graphfm.errors import DataError
from graphfm.text import minilm_files
from graphfm.text.contract import Encoder
from graphfm.text.huggingface import DEFAULT_LENGTH, HuggingFaceEncoder

VARIANTS = {"": torch.float32, "bf16": torch.bfloat16}


class MiniLMEncoder(HuggingFaceEncoder):
    """all-MiniLM-L6-v2 as published: mean pooling, 256 tokens, 384 dimensions, unit rows (22.7 M weights, Apache-2.0).

    Args:
        device: a GPU if there is one by default.
        dtype: of the weights; float32 by default. bfloat16 is two to three times as fast where the hardware multiplies it,
            at a cosine of 0.9999: on a graph of a hundred nodes that is a node that changes its class.

    Raises:
        DataError: the files are not the published ones.
        GraphFMError: the model is not at hand and the hub cannot be reached.
    """

    kind = "minilm"

    def __init__(self, *, device: torch.device | str | None = None, dtype: torch.dtype = torch.float32) -> None:
        super().__init__(minilm_files.find().folder, device=device, dtype=dtype)
        # Hub and package hold the same files, so they share their vectors.
        self.identity = f"{minilm_files.HUB_ID}@{minilm_files.REVISION[:16]}"

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
    """Texts of which the encoder reads the beginning alone, by its tokenizer; by their words, too few, where it is not at hand.

    The model is not loaded.
    """
    room = DEFAULT_LENGTH - 2  # two tokens stand for the ends; a token has one character at least, a word one token
    sure = [len(text.split()) > room for text in texts]
    here = minilm_files.at_hand()
    if here is None:
        return sum(sure)
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(here.folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    maybe = [text for text, long in zip(texts, sure, strict=True) if not long and len(text) > room]
    clean = [text.encode("utf-8", "replace").decode() for text in maybe]
    return sum(sure) + sum(len(found.ids) > DEFAULT_LENGTH for found in tokenizer.encode_batch_fast(clean))
