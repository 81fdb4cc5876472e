"""Readings of other rows of the same texts, tried as members of the pool: long texts in averaged chunks, and a second encoder.

    python scripts/zero_shot_rows.py --work FOLDER [--static FOLDER_OF_WORDLLAMA] [--only chunks|static]

FOLDER is that of `scripts/zero_shot_nested.py`; the readings go to NAME-chunks.pt and NAME-static.pt beside the others, each with
all members of the pool read from those rows; `scripts/zero_shot_worth.py` compares them. The second encoder was found on the
package index with its weights inside: the token vectors of `wordllama` 0.4 (MIT, 256 numbers a token, no network), averaged;
`pip download wordllama` and unpack it. Chunks of the longest corpus, Wikispeedia, are embedded in bfloat16.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize
from zero_shot_readings import DOMAINS, load, save

IN_BFLOAT16 = ("wikispeedia",)
Encode = Callable[[list[str]], Tensor]


def readings(graph: Any, texts: list[str], x: Tensor, encode: Encode) -> dict[str, Tensor]:
    """What every member of the pool reads from rows x of the texts."""
    from graphfm.classification.pool import read
    from graphfm.classification.readers.target import target
    from graphfm.classification.seen_texts import class_texts

    named = class_texts(graph.class_names, graph.class_descriptions)
    found = read(target(texts, x, named, encode(named), graph.adjacency()))
    return {name: reading.half() for name, reading in found.readings.items()}


def chunked(name: str, encoder: Any, fast: Any) -> dict[str, Tensor] | None:
    """Readings of the rows with long texts averaged over chunks; None where no text is long."""
    from graphfm.classification.seen_texts import read_texts
    from graphfm.text import embed
    from graphfm.text.chunks import split, too_long

    graph = load(name)
    texts = read_texts(graph)
    x, long = embed(texts, encoder, progress=False), too_long(texts, encoder)
    if not long:
        return None
    pieces = [split(texts[place], encoder) for place in long]
    rows = embed([p for of in pieces for p in of], fast if name in IN_BFLOAT16 else encoder, progress=False)
    for place, of in zip(long, rows.split([len(of) for of in pieces]), strict=True):
        x[place] = normalize(of.mean(0), dim=-1)
    return readings(graph, texts, x, lambda asked: embed(asked, encoder, progress=False))


def static_encoder(folder: Path) -> Encode:
    """Unit rows (n, 256): the mean of a text's token vectors."""
    from safetensors.torch import load_file
    from tokenizers import Tokenizer

    (table,) = load_file(folder / "weights" / "l2_supercat_256.safetensors").values()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()

    def encode(texts: list[str]) -> Tensor:
        found = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
        bags = torch.nn.functional.embedding_bag(
            torch.tensor([token for ids in found for token in ids], dtype=torch.long),
            table.float(),
            torch.tensor([0, *(len(ids) for ids in found[:-1])]).cumsum(0),
            mode="mean",
        )
        return normalize(bags, dim=-1)

    return encode


def main() -> None:
    """Read what is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--static", type=Path)
    parser.add_argument("--only", choices=["chunks", "static"])
    parser.add_argument("--domains", nargs="+", choices=DOMAINS, default=list(DOMAINS))
    options = parser.parse_args()
    from graphfm.classification.pool import MEMBERS
    from graphfm.classification.seen_texts import read_texts
    from graphfm.text import load_encoder

    names = [name for domain in options.domains for name in DOMAINS[domain]]
    if options.static and options.only != "chunks":
        encode = static_encoder(options.static)
        for name in names:
            if not (path := options.work / f"{name}-static.pt").exists():
                graph = load(name)
                texts = read_texts(graph)
                save(readings(graph, texts, encode(texts), encode), path)
    if options.only != "static":
        encoder, fast = load_encoder("minilm"), load_encoder("minilm:bf16")
        for name in sorted(names, key=IN_BFLOAT16.__contains__):  # the longest at the end
            if not (path := options.work / f"{name}-chunks.pt").exists():
                plain = torch.load(options.work / f"{name}.pt")["readings"]
                save(chunked(name, encoder, fast) or {member: plain[member] for member in MEMBERS}, path)


if __name__ == "__main__":
    main()
