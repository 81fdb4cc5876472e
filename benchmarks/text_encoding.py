"""Texts per second of CPU time on one thread: batched by length or in the given order, float32 or bfloat16.

Beside the speed stands what bfloat16 costs: the lowest cosine to float32, and the zero-shot accuracy by class name.

    python benchmarks/text_encoding.py [--data python-stdlib citeseer] [--texts 128] [--encoder minilm] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor

from graphfm.classification.seen_texts import class_texts
from graphfm.datasets import TextGraph, load
from graphfm.text import HuggingFaceEncoder
from graphfm.text.minilm_files import HUB_ID, installed_folder

PLAIN_BATCH = 16
COLUMNS = ("data", "texts", "dtype", "batches", "texts/s", "cosine", "accuracy")


def in_given_order(encoder: HuggingFaceEncoder, texts: list[str]) -> Tensor:
    """As without any thought: every batch padded to its longest text."""
    starts = range(0, len(texts), PLAIN_BATCH)
    return torch.cat([encoder(texts[start : start + PLAIN_BATCH]) for start in starts])


def measure(data: str, graph: TextGraph, *, size: int, model: str | Path) -> list[dict[str, Any]]:
    """One row for each way of encoding `size` random texts of a graph."""
    rows = torch.randperm(graph.num_nodes, generator=torch.Generator().manual_seed(0))[:size]
    texts = [graph.text[row] for row in rows.tolist()]
    ways: list[tuple[str, Callable[[HuggingFaceEncoder, list[str]], Tensor], int | None]] = [
        ("by length", HuggingFaceEncoder.__call__, None),
        ("in order", in_given_order, PLAIN_BATCH),
    ]
    reference, table = None, []
    for dtype in (torch.float32, torch.bfloat16):
        for batches, way, batch_size in ways:
            encoder = HuggingFaceEncoder(model, dtype=dtype, batch_size=batch_size, device="cpu")
            encoder(texts[:PLAIN_BATCH])  # first calls pay for allocations
            started = time.process_time()
            vectors = way(encoder, texts)
            speed = len(texts) / (time.process_time() - started)
            reference = vectors if reference is None else reference
            cosine = (vectors * reference).sum(1).min().item()
            classes = encoder(class_texts(graph.class_names)) if graph.class_names else None
            score = accuracy(vectors, classes, graph.y[rows])
            values = (data, len(texts), str(dtype).removeprefix("torch."), batches, speed, cosine, score)
            table.append(dict(zip(COLUMNS, values, strict=True)))
    return table


def accuracy(vectors: Tensor, classes: Tensor | None, y: Tensor) -> float | None:
    """Share of labelled texts whose nearest class name is right, in percent."""
    if classes is None or not bool((y >= 0).any()):
        return None
    right = (vectors @ classes.T).argmax(1) == y
    return 100 * right[y >= 0].float().mean().item()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", default=["python-stdlib"], help="names or folders of text graphs")
    parser.add_argument("--texts", type=int, default=128, help="texts drawn from each graph")
    parser.add_argument("--encoder", default=str(installed_folder() or HUB_ID), help="model folder or hub id")
    parser.add_argument("--json", type=Path, help="write the rows here too")
    options = parser.parse_args()
    torch.set_num_threads(1)

    table = Table(*COLUMNS, title="Text encoding, one thread")
    results = []
    for data in options.data:
        for row in measure(data, load(data), size=options.texts, model=options.encoder):
            results.append(row)
            table.add_row(*(f"{value:.4g}" if isinstance(value, float) else str(value) for value in row.values()))
    Console().print(table)
    if options.json:
        options.json.write_text(json.dumps({"torch": torch.__version__, "rows": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
