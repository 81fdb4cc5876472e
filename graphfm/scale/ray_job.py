"""Texts embedded by the workers of a Ray cluster, as a Ray Data job; the vectors come back to the cache of whoever asked."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from graphfm.errors import DataError
from graphfm.text import Encoder, load_encoder
from graphfm.text.cache import CHUNK, keep, not_kept

log = logging.getLogger(__name__)


class _Worker:
    """Holds an encoder, which a worker loads once. Each has one thread, so that as many as there are cores do not meet."""

    def __init__(self, spec: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
        torch.set_num_threads(1)
        self.encoder = load_encoder(spec, tensors=tensors)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        texts = [bytes(text).decode("utf-8", "surrogatepass") for text in batch["text"]]
        return {"place": batch["place"], "vector": self.encoder(texts).numpy()}


def embed_on_ray(texts: Sequence[str], encoder: Encoder, *, workers: int) -> int:
    """Encode what the cache lacks on a Ray cluster, and keep it; vectors are kept as they come, so that a kill loses little.

    Args:
        texts: different texts.
        encoder: rebuilt by each worker from its ``spec()`` and ``tensors()``.
        workers: how many.

    Returns:
        How many texts were encoded.

    Raises:
        DataError: no Ray, or an encoder that a file cannot bring back.
    """
    try:
        import ray
    except ModuleNotFoundError as error:
        raise DataError("no ray", expected="it, for workers", hint='pip install "graphfm[ray]"') from error

    todo = not_kept(texts, encoder)
    if not todo:
        return 0
    spec, tensors = encoder.spec(), dict(encoder.tensors())
    if not ray.is_initialized():
        # On a cluster that is there its own resources count; here, as many processes as are asked for.
        here: dict[str, Any] = {} if _cluster() else {"num_cpus": workers, "include_dashboard": False}
        ray.init(log_to_driver=False, logging_level=logging.WARNING, **here)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    rows = ray.data.from_items(
        [{"place": n, "text": text.encode("utf-8", "surrogatepass")} for n, text in enumerate(todo)],
        override_num_blocks=min(max(2 * workers, len(todo) // CHUNK), len(todo)),
    )
    done = rows.map_batches(
        _Worker,
        fn_constructor_args=(spec, tensors),
        concurrency=workers,
        batch_size=CHUNK,
        num_cpus=1,
    )
    for batch in done.iter_batches(batch_size=CHUNK, batch_format="numpy"):
        places = np.asarray(batch["place"]).tolist()
        vectors = torch.from_numpy(np.stack(list(batch["vector"])).astype(np.float32))
        keep([todo[place] for place in places], vectors, encoder)
    return len(todo)


def _cluster() -> str | None:
    import os

    return os.environ.get("RAY_ADDRESS")
