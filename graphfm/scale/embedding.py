"""`graphfm.embed_graph`: the texts of a graph into the cache of embeddings, by shards, or by the workers of a Ray cluster."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphfm.classification.seen_texts import class_texts, read_texts
from graphfm.errors import DataError
from graphfm.models import opening
from graphfm.shards import Shard
from graphfm.text import Encoder, embed, load_encoder
from graphfm.text.cache import store_folder

if TYPE_CHECKING:
    from graphfm.datasets.text_graphs.graph import TextGraph


@dataclass(frozen=True)
class Embedded:
    """What was embedded.

    Args:
        data: name of the graph.
        encoder: name of the encoder.
        shard: which part.
        texts: different texts of the part.
        of: different texts of the graph.
        folder: of the store.
    """

    data: str
    encoder: str
    shard: Shard
    texts: int
    of: int
    folder: Path

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {**vars(self), "shard": str(self.shard), "folder": str(self.folder)}


def embed_graph(
    data: TextGraph | str | PathLike[str],
    *,
    encoder: Any = None,
    shard: str | Shard | None = None,
    workers: int | None = None,
) -> Embedded:
    """Embed the texts of a graph into the cache, where `classify`, `zero_shot`, `pretrain` and all else finds them.

    Part i of n takes the texts whose digest says so, so that the parts run anywhere, in any order, at once or again after a kill;
    each text is encoded in one of them. Machines that share the cache's folder (``GRAPHFM_CACHE``) share the work; the folder
    of one that does not is copied beside the others' afterwards, for files in it never change.

    Args:
        data: a text graph, its folder, or a name of the catalogue.
        encoder: as `graphfm.load_encoder` takes it; MiniLM by default.
        shard: "i/n", part i of n; the whole by default.
        workers: in place of shards, so many workers of a Ray cluster (that of ``RAY_ADDRESS``, else one on this machine; extra
            ``ray``); they send their vectors here, and need no shared folder.

    Raises:
        DataError: no such graph or encoder, no such part, shards and workers at once, or no Ray.
    """
    part = Shard.of(shard)
    if workers is not None and (shard is not None or workers < 1):
        raise DataError(f"workers={workers} and the shard {part}", expected="one of the two, and one worker at least")
    graph = opening.text_graph(data)
    texts = graph_texts(graph)
    found: Encoder = load_encoder("minilm" if encoder is None else encoder)
    found.fit_if_needed(texts)
    own = part.texts(texts)
    if workers is None:
        embed(own, found)
    else:
        from graphfm.scale.ray_job import embed_on_ray

        embed_on_ray(own, found, workers=workers)
    return Embedded(graph.name, found.name, part, len(own), len(set(texts)), store_folder(found))


def graph_texts(graph: TextGraph) -> list[str]:
    """All texts that jobs on a graph embed: those of its nodes, whole and less their boilerplate, and those of its classes."""
    classes = class_texts(graph.class_names, graph.class_descriptions) if graph.class_names else []
    return [*graph.text, *read_texts(graph), *classes]
