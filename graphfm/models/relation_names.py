"""The texts of a graph's relations as vectors, for models that read them where a relation has no fact."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from graphfm.errors import GraphFMError
from graphfm.text.glued_words import spaced, word_costs

if TYPE_CHECKING:
    from graphfm.datasets.triples.graph import Triples

_WORD = re.compile(r"\b[^\W\d_]{2,}\b")

log = logging.getLogger(__name__)


def says_something(name: str) -> bool:
    """Whether a name has a word in it.

    >>> says_something("works for"), says_something("P17"), says_something("term0")
    (True, False, False)
    """
    return bool(_WORD.search(name))


def relation_vectors(graph: Triples) -> Tensor | None:
    """Unit vectors `(R, D)` of the relations' texts by the default encoder, zeros of those that say nothing.

    None, with a word in the log, where no two texts say anything or the encoder is not at hand; the network is not asked.
    """
    given = graph.relation_labels if graph.relation_text is None else graph.relation_text
    texts = [text.replace("_", " ") for text in given]
    told = [i for i, text in enumerate(texts) if says_something(text)]
    if len(told) < 2:
        log.warning("The names of the relations say nothing: a relation without a fact is answered without its name.")
        return None
    from graphfm.text import embed, load_encoder, minilm_files

    try:
        if minilm_files.at_hand() is None:
            raise GraphFMError("The default encoder is not at hand. Install graphfm[minilm].")
        encoder = load_encoder("minilm")
        vocabulary = encoder.tokenizer.get_vocab()  # type: ignore[attr-defined]
        costs = word_costs(sorted(vocabulary, key=vocabulary.__getitem__))
        found = embed([spaced(texts[i], costs) for i in told], encoder, progress=False)
    except GraphFMError as error:
        log.warning("A relation without a fact is answered without its name: %s", error)
        return None
    return found.new_zeros(len(texts), found.size(1)).index_copy(0, torch.tensor(told), found)
