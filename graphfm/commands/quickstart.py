"""`graphfm quickstart`: the whole main job in minutes, on a corpus every Python brings along."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def quickstart(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run, its table and its page.")] = Path(
        "quickstart"
    ),
    encoder: Annotated[
        str, typer.Option(help="Text encoder: minilm, minilm:bf16, lsa, a hub id or a model folder.")
    ] = "minilm",
    nodes: Annotated[int, typer.Option(min=200, help="Nodes to pretrain on, at most.")] = 3000,
    seed: Annotated[int, typer.Option(help="Of the choice of modules, weights and batches.")] = 0,
) -> None:
    """Pretrain on part of Python's own library, classify modules it never saw with no labels, and draw what happened."""
    import time

    from rich.console import Console

    from graphfm.commands.zero_shot import show_table
    from graphfm.files import write_json, write_text
    from graphfm.report.zero_shot import examples, result_page
    from graphfm.tasks.quickstart import quickstart as run
    from graphfm.tasks.zero_shot import as_json, predictions

    console, start = Console(), time.time()
    console.print("Reading Python's library, embedding its texts, pretraining: a few minutes the first time.")
    done = run(out=out, encoder=encoder, train_nodes=nodes, seed=seed)
    frame = predictions(done.graph, done.result, model=done.model)
    console.print(show_table(done.graph, done.result.rows, done.model.text_encoder.name))
    for line in examples(done.graph, frame):
        console.print(line, highlight=False, soft_wrap=True)

    content = as_json(done.graph, done.model.text_encoder.name, done.result.rows, card=done.model.card)
    write_json(out / "result.json", content)
    frame.to_csv(out / "predictions.csv", index=False)
    features = done.model.encode(done.graph, x=done.x).features
    write_text(out / "index.html", result_page(done.graph, features, done.result, done.model.settings["experts"]))
    console.print(
        f"{time.time() - start:.0f} s. Page: {out / 'index.html'}   model: {done.checkpoint}   now your own graph: "
        f"graphfm zero-shot --data FOLDER --checkpoint {done.checkpoint}",
        soft_wrap=True,
    )
