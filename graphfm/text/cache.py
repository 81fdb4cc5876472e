"""Embeddings on disk: each text is encoded once for each encoder, whoever asks and however often the run was killed.

A store is a folder per encoder. It holds segments, safetensors files with ``keys (n, 32)`` (the sha256 of each text),
``vectors (n, D)`` and ``sums (n,)``, by which a row that a disk has damaged is noticed. A segment appears whole or not at
all (written under another name, then renamed) and is never changed, so readers need no lock, writers never meet, and a
killed run loses one chunk at most.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from graphfm.errors import GraphFMError
from graphfm.files import check_room, check_writable, make_folder, replacing
from graphfm.paths import cache_home
from graphfm.progress import progress_bar
from graphfm.text.contract import TextEncoder

CHUNK = 512
"""Texts in a segment: what a killed run can lose."""
ELSEWHERE = "Make room, or name another folder by the variable GRAPHFM_CACHE."

log = logging.getLogger(__name__)


def embed(
    texts: Sequence[str],
    encoder: TextEncoder,
    *,
    cache: str | os.PathLike[str] | None = None,
    progress: bool = True,
    mmap: bool = False,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Encode texts, each different text once, and remember the vectors on disk.

    Args:
        texts: any number of texts, repeats and empty ones included.
        encoder: called with chunks of the texts whose vectors are not stored yet.
        cache: folder of the stores; ``cache_home()/embeddings`` by default.
        progress: show a bar on a terminal while more than a chunk is encoded.
        mmap: give back a tensor that lives in a temporary file in `cache` in place of memory.
        dtype: of the result; the stores keep float32.

    Shapes: n texts -> (n, D) on CPU, rows in the order of `texts`.

    Raises:
        GraphFMError: the encoder returned something other than finite vectors of its own width; that chunk is not kept.
        DataError: the folder cannot be written to, or has no room.
    """
    name, folder = encoder.name, store_folder(encoder, cache=cache)
    make_folder(folder)
    out = _empty(len(texts), encoder.dim, dtype, folder if mmap else None)
    keys = _keys(texts)
    missing: dict[bytes, int] = {}  # key -> row of the first text that has it
    repeats: list[tuple[int, int]] = []  # (row, row of the same text)
    for row, key in enumerate(keys):
        first = missing.setdefault(key, row)
        if first != row:
            repeats.append((row, first))

    for segment_keys, vectors in _segments(folder, encoder.dim):
        if not missing:
            break
        found = [(missing.pop(key), i) for i, key in enumerate(segment_keys) if key in missing]
        if found:
            rows, sources = torch.tensor(found).unbind(1)
            out[rows] = vectors[sources].to(dtype)

    todo = list(missing.values())
    if todo:
        check_writable(folder=folder)
        check_room(folder, len(todo) * (4 * encoder.dim + 32), what="the vectors of the texts", hint=ELSEWHERE)
        with progress_bar("Encoding texts", total=len(todo), show=progress and len(todo) > CHUNK) as update:
            for start in range(0, len(todo), CHUNK):
                chunk = todo[start : start + CHUNK]
                vectors = _checked(encoder([texts[row] for row in chunk]), (len(chunk), encoder.dim), name)
                _write(folder, [keys[row] for row in chunk], vectors, name)
                out[chunk] = vectors.to(dtype)
                update(advance=len(chunk))
    if repeats:
        rows, firsts = torch.tensor(repeats).unbind(1)
        out[rows] = out[firsts]
    return out


def keep(texts: Sequence[str], vectors: Tensor, encoder: TextEncoder) -> None:
    """Put vectors that were encoded elsewhere into the store.

    Shapes: n different texts, vectors (n, D).

    Raises:
        GraphFMError: something other than finite vectors of the encoder's width.
    """
    folder = store_folder(encoder)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder, _keys(texts), _checked(vectors, (len(texts), encoder.dim), encoder.name), encoder.name)


def not_kept(texts: Sequence[str], encoder: TextEncoder) -> list[str]:
    """Those of some texts, each once, whose vectors the store lacks."""
    missing = dict(zip(_keys(texts), texts, strict=True))
    for keys, _ in _segments(store_folder(encoder), encoder.dim):
        for key in keys:
            missing.pop(key, None)
    return list(missing.values())


def store_folder(encoder: TextEncoder, *, cache: str | os.PathLike[str] | None = None) -> Path:
    """Folder of the vectors of one encoder: a readable part of its name, and a digest of the whole."""
    readable = re.sub(r"[^A-Za-z0-9.]+", "-", encoder.name).strip("-.")[:64]
    digest = hashlib.sha256(encoder.name.encode()).hexdigest()[:12]
    return (cache_home() / "embeddings" if cache is None else Path(cache).expanduser()) / f"{readable}-{digest}"


def _keys(texts: Sequence[str]) -> list[bytes]:
    return [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts]


def _segments(folder: Path, dim: int) -> Iterator[tuple[list[bytes], Tensor]]:
    """Keys and memory-mapped vectors of every whole segment; a damaged one is removed, its texts are encoded anew."""
    for path in sorted(folder.glob("*.safetensors")):
        try:
            with safe_open(path, framework="pt") as segment:
                keys, vectors = segment.get_tensor("keys"), segment.get_tensor("vectors")
                if "sums" in segment.keys() and not torch.equal(_sums(vectors), segment.get_tensor("sums")):  # noqa: SIM118
                    raise OSError("other vectors than were written")
        except (SafetensorError, OSError) as error:
            log.warning("removed the damaged embeddings %s (%s)", path, error)
            path.unlink(missing_ok=True)
            continue
        flat = keys.numpy().tobytes()
        if vectors.shape == (len(flat) // 32, dim):
            yield [flat[i : i + 32] for i in range(0, len(flat), 32)], vectors


def _sums(vectors: Tensor) -> Tensor:
    """The sum of the bits of each row, read as whole numbers. Shapes: (n, D) -> (n,)."""
    return vectors.contiguous().view(torch.int32).sum(1, dtype=torch.int64)


def _write(folder: Path, keys: list[bytes], vectors: Tensor, name: str) -> None:
    flat = b"".join(keys)
    tensors = {
        "keys": torch.frombuffer(bytearray(flat), dtype=torch.uint8).view(-1, 32),
        "vectors": vectors,
        "sums": _sums(vectors),
    }
    # The name follows from the keys: two processes that do the same work leave one file, not two.
    with replacing(folder / f"{hashlib.sha256(flat).hexdigest()[:24]}.safetensors") as path:
        save_file(tensors, path, metadata={"encoder": name})


def _checked(vectors: Tensor, shape: tuple[int, int], name: str) -> Tensor:
    finite = bool(torch.isfinite(vectors).all())
    if tuple(vectors.shape) != shape or not finite:
        found = f"{'' if finite else 'not finite '}vectors of shape {tuple(vectors.shape)}"
        raise GraphFMError(f"{name} returned {found}, expected finite ones of shape {shape}")
    return vectors.to("cpu", torch.float32).contiguous()


def _empty(rows: int, dim: int, dtype: torch.dtype, folder: Path | None) -> Tensor:
    if folder is None or rows == 0:
        return torch.empty(rows, dim, dtype=dtype)
    check_room(folder, rows * dim * dtype.itemsize, what="the vectors of the texts", hint=ELSEWHERE)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".", suffix=".tmp") as file:
        # The mapping outlives the file's name; the space is given back when the tensor is freed.
        return torch.from_file(file.name, shared=True, size=rows * dim, dtype=dtype).view(rows, dim)
