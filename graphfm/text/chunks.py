"""Texts that are longer than an encoder reads: counted, or read in pieces whose rows are averaged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from torch import Tensor
from torch.nn.functional import normalize

from graphfm.text.cache import TextEncoder, embed

#: A token has one character at least, and two stand for the ends of the text.
_ENDS = 2


def too_long(texts: Sequence[str], encoder: Any) -> list[int]:
    """Places of the texts of which the encoder reads the beginning alone; none for an encoder that reads all.

    Args:
        texts: any number.
        encoder: a `graphfm.text.HuggingFaceEncoder` counts; another reads all.
    """
    if not hasattr(encoder, "count_tokens"):
        return []
    maybe = [place for place, text in enumerate(texts) if len(text) > encoder.max_length - _ENDS]
    counts = encoder.count_tokens([texts[place] for place in maybe])
    return [place for place, count in zip(maybe, counts, strict=True) if count > encoder.max_length]


def embed_chunks(texts: Sequence[str], encoder: TextEncoder, *, progress: bool = True) -> Tensor:
    """As `graphfm.text.embed`, but a text that is too long is cut at spaces into pieces of like length, whose rows are averaged.

    Shapes: n texts -> (n, D), rows of length one.
    """
    x = embed(texts, encoder, progress=progress)
    long = too_long(texts, encoder)
    if not long:
        return x
    pieces = [split(texts[place], encoder) for place in long]
    rows = embed([piece for parts in pieces for piece in parts], encoder, progress=progress)
    start = 0
    for place, parts in zip(long, pieces, strict=True):
        x[place] = normalize(rows[start : start + len(parts)].mean(0), dim=-1)
        start += len(parts)
    return x


def split(text: str, encoder: Any) -> list[str]:
    """A text in as few pieces of as many words as the encoder reads whole; words too long for it are cut by the encoder.

    The number of pieces grows until each fits.
    """
    words = text.split()
    count = math.ceil(encoder.count_tokens([text])[0] / encoder.max_length)
    while True:
        size = math.ceil(len(words) / count)
        pieces = [" ".join(words[i : i + size]) for i in range(0, len(words), size)]
        if size <= 1 or max(encoder.count_tokens(pieces)) <= encoder.max_length:
            return pieces
        count += 1
