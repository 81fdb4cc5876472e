"""The text side of a graph: what readers see of its texts, embedded by the encoder of a model or by the one asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from torch import Tensor

from graphfm.classification.seen_texts import class_texts, read_texts
from graphfm.errors import DataError
from graphfm.models.choices import Choices
from graphfm.text import embed, load_encoder
from graphfm.text.chunks import embed_chunks, too_long
from graphfm.text.contract import Encoder

if TYPE_CHECKING:
    from graphfm.datasets.text_graphs.graph import TextGraph
    from graphfm.models.graph_model import GraphFM


class TextSide(NamedTuple):
    """Node embeddings (N, D), the encoder for class texts, its name, and what a reader should know, in sentences."""

    x: Tensor
    encode_text: Callable[[list[str]], Tensor]
    encoder: str
    notes: list[str]


def text_side(
    graph: TextGraph,
    encoder: Any,
    *,
    model: GraphFM | None = None,
    classes: Choices | None = None,
    chunks: bool = False,
) -> TextSide:
    """The embeddings of a graph's texts less their boilerplate, by the model's encoder where there is a model.

    Args:
        graph: any text graph.
        encoder: as `graphfm.text.load_encoder` takes it; None for the model's, or MiniLM.
        model: brings its own encoder.
        classes: to choose from, where they are not the graph's own.
        chunks: texts longer than the encoder reads are read in pieces and averaged.

    Raises:
        DataError: an encoder was named that is not the model's.
    """
    text_encoder, texts = _encoder(encoder, model), read_texts(graph)
    if model is None:
        named = Choices(graph.class_names, graph.class_descriptions) if classes is None else classes
        text_encoder.fit_if_needed([*texts, *class_texts(*named)])

    encode_text = partial(_embedded, encoder=text_encoder)
    x = embed_chunks(texts, text_encoder) if chunks else embed(texts, text_encoder)
    return TextSide(x, encode_text, text_encoder.name, _notes(graph.text, texts, text_encoder, chunks=chunks))


def _embedded(texts: list[str], *, encoder: Encoder) -> Tensor:
    return embed(texts, encoder, progress=False)


def _notes(given: list[str], texts: list[str], encoder: Encoder, *, chunks: bool) -> list[str]:
    notes = []
    if shorter := sum(a != b for a, b in zip(given, texts, strict=True)):
        notes.append(f"Texts read without the sentences that many of them share: {shorter:,}.")
    if long := len(too_long(texts, encoder)):
        limit = f"{encoder.max_length} tokens"  # type: ignore[attr-defined]
        how = f"in pieces of {limit}" if chunks else f"up to {limit}; `zero-shot` and `classify` read all with --chunks"
        notes.append(
            f"Texts longer than the encoder reads: {long:,} of {len(texts):,}, embedded {how}. Words are counted in full."
        )
    return notes


def _encoder(encoder: Any, model: GraphFM | None) -> Encoder:
    if model is None:
        return load_encoder("minilm" if encoder is None else encoder)
    if encoder is not None and load_encoder(encoder).name != model.text_encoder.name:
        raise DataError(
            f"the encoder {encoder if isinstance(encoder, str) else type(encoder).__name__}",
            expected=f"the one the checkpoint was trained with ({model.text_encoder.name})",
            hint="Leave --encoder out.",
        )
    found: Encoder = model.text_encoder
    return found
