"""Any Hugging Face language model, encoder or decoder, as a text encoder: tokenise, batch by length, run, pool."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn.functional import normalize
from torch.nn.utils.rnn import pad_sequence

from graphfm.errors import DataError
from graphfm.progress import progress_bar
from graphfm.text import source
from graphfm.text.contract import Encoder

Pooling = Literal["mean", "cls", "last"]
DEFAULT_LENGTH = 256


class HuggingFaceEncoder(Encoder):
    """Unit vectors from the last hidden state of a language model.

    Args:
        path_or_id: a local folder, which is looked for first, or a hub id.
        pooling: ``"mean"`` over the tokens, ``"cls"`` (first token), or ``"last"`` (last token, usual for decoders).
        prompt: put before every text.
        max_length: tokens kept of a text, prompt and special tokens included; 256, or the model's limit, by default.
        dtype: of the weights; `fast_dtype` of the device by default. Pooling and normalising are in float32 always.
        device: a GPU if there is one by default.
        batch_size: texts of full length in one batch; of shorter ones it holds more, up to as many tokens.
        revision: branch, tag or commit on the hub.
        local_files_only: never ask the hub.

    Shapes: n texts -> (n, dim) float32 on CPU, rows of length one.

    Raises:
        DataError: no such model, no way to reach it, or a `max_length` beyond what it can read.
    """

    kind = "huggingface"

    def __init__(
        self,
        path_or_id: str | Path,
        *,
        pooling: Pooling = "mean",
        prompt: str = "",
        max_length: int | None = None,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
        batch_size: int | None = None,
        revision: str | None = None,
        local_files_only: bool = False,
    ) -> None:
        if pooling not in ("mean", "cls", "last"):
            raise DataError(f"pooling {pooling!r}", expected="mean, cls or last")
        # DataLoader workers fork later on; tokenizers would warn about its threads each time.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.dtype = dtype or fast_dtype(self.device)
        self.pooling, self.prompt = pooling, prompt
        # A thousand tokens keep a CPU's caches warm; larger batches were slower there, and hold more padding.
        self.batch_size = batch_size or (4 if self.device.type == "cpu" else 64)
        self.source = source.resolve(path_or_id, revision=revision, local_files_only=local_files_only)
        self.identity = self.source.identity
        self.tokenizer, self.model = source.load(self.source, dtype=self.dtype)
        self.model.to(self.device)
        config = self.model.config.get_text_config()
        self.dim: int = config.hidden_size
        limit = min(self.tokenizer.model_max_length, getattr(config, "max_position_embeddings", None) or 10**9)
        self.max_length = max_length or min(DEFAULT_LENGTH, limit)
        if self.max_length > limit:
            raise DataError(f"max_length {max_length}", expected=f"at most {limit}, all that {path_or_id} can read")

    @property
    def name(self) -> str:  # type: ignore[override]
        """Everything that changes the vectors: model, pooling, length, precision, prompt."""
        dtype = str(self.dtype).removeprefix("torch.")
        return f"{self.identity}:{self.pooling}:{self.max_length}:{dtype}{':' if self.prompt else ''}{self.prompt}"

    def spec(self) -> dict[str, Any]:
        """Plain settings from which `load_encoder` builds the same encoder, on any device."""
        return super().spec() | {
            "path_or_id": self.source.path_or_id,
            "revision": self.source.commit,
            "pooling": self.pooling,
            "prompt": self.prompt,
            "max_length": self.max_length,
        }

    def __call__(self, texts: Sequence[str], /, *, progress: bool = False) -> Tensor:
        """Encode all the texts at once, with no cache; `graphfm.text.embed` is the way to encode many."""
        tokens = self._tokenize(texts)
        lengths = [len(ids) for ids in tokens]
        out = torch.empty(len(texts), self.dim)
        with progress_bar("Encoding texts", total=len(texts), show=progress) as update:
            for rows in batches_by_length(lengths, max_tokens=self.batch_size * self.max_length):
                out[rows] = self._encode([tokens[row] for row in rows])
                update(advance=len(rows))
        return out

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, prompt and special tokens included, however many the model reads."""
        clean = [(self.prompt + text).encode("utf-8", "replace").decode() for text in texts]
        return [len(ids) for ids in self.tokenizer(clean, verbose=False)["input_ids"]] if clean else []

    @classmethod
    def variant(cls, name: str, *, device: torch.device | str | None = None) -> HuggingFaceEncoder:
        """The model of ``huggingface:path_or_id``; the plain ``path_or_id`` means the same."""
        if not name:
            raise DataError(f"the encoder {cls.kind}", expected="a model folder or a hub id")
        return HuggingFaceEncoder(name, device=device)

    def _tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        if not texts:
            return []
        # Lone surrogates, legal in JSON and in Python, are refused by tokenizers.
        clean = [(self.prompt + text).encode("utf-8", "replace").decode() for text in texts]
        tokens = self.tokenizer(clean, truncation=True, max_length=self.max_length)["input_ids"]
        return [ids or [self._empty_token] for ids in tokens]

    @property
    def _empty_token(self) -> int:
        """What stands for a text of no tokens: a model needs at least one."""
        known = (self.tokenizer.bos_token_id, self.tokenizer.eos_token_id, self.tokenizer.pad_token_id)
        return next((token for token in known if token is not None), 0)

    @torch.inference_mode()
    def _encode(self, tokens: list[list[int]]) -> Tensor:
        # Padded on the right whatever the tokenizer's habit: positions then start at 0 for every text, and no pad token
        # is needed (Llama has none), for masked tokens may be any.
        ids = pad_sequence([torch.tensor(ids) for ids in tokens], batch_first=True).to(self.device)  # (B, T)
        lengths = torch.tensor([len(ids) for ids in tokens], device=self.device)
        mask = torch.arange(ids.size(1), device=self.device) < lengths.unsqueeze(1)  # (B, T)
        hidden = self.model(input_ids=ids, attention_mask=mask.long()).last_hidden_state  # (B, T, D)
        return normalize(pool(hidden.float(), mask, pooling=self.pooling), dim=-1).cpu()


def pool(hidden: Tensor, mask: Tensor, *, pooling: Pooling) -> Tensor:
    """One vector per text, whichever side is padded.

    Shapes: hidden (B, T, D), mask (B, T), True at real tokens, at least one in each row -> (B, D).
    """
    if pooling == "mean":
        weights = mask.to(hidden.dtype).unsqueeze(-1)  # (B, T, 1)
        return (hidden * weights).sum(1) / weights.sum(1)
    position = torch.arange(mask.size(1), device=mask.device)
    if pooling == "cls":
        index = position.expand_as(mask).masked_fill(~mask, mask.size(1)).argmin(1)
    else:
        index = position.expand_as(mask).masked_fill(~mask, -1).argmax(1)
    return hidden[torch.arange(len(hidden), device=hidden.device), index]


def batches_by_length(lengths: Sequence[int], *, max_tokens: int) -> Iterator[list[int]]:
    """Rows in batches of like length, so that little padding is computed; longest first: lack of memory shows at once.

    A batch holds at most `max_tokens` tokens with its padding, and one row at least.

    >>> list(batches_by_length([3, 9, 4, 9], max_tokens=18))
    [[1, 3], [2, 0]]
    """
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > max_tokens:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def fast_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 where the hardware multiplies it, else float32.

    MiniLM in bfloat16 keeps a cosine of 0.9999 to float32, and is three times as fast on a CPU with AMX; a CPU that
    only emulates it is three times slower.
    """
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    elif device.type == "cpu":
        flags = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
        native = any(getattr(torch.cpu, flag, bool)() for flag in flags)
    else:
        native = False
    return torch.bfloat16 if native else torch.float32
