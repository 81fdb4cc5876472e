"""`graphfm quickstart`: the whole main job in minutes, on a corpus every Python brings along."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from graphfm.commands.terminal import terminal


class Job(str, Enum):
    """What `--job` may be."""

    text = "text"
    kg = "kg"


def quickstart(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run, its table and its page.")] = Path(
        "quickstart"
    ),
    encoder: Annotated[
        str, typer.Option(help="Text encoder: minilm, minilm:bf16, lsa, a hub id or a model folder.")
    ] = "minilm",
    nodes: Annotated[int, typer.Option(min=200, help="Nodes to pretrain on, at most.")] = 3000,
    seed: Annotated[int, typer.Option(help="Of the choice of modules, weights and batches.")] = 0,
    job: Annotated[
        Job, typer.Option(help="text: classify nodes with no labels; kg: complete facts of a knowledge graph.")
    ] = Job.text,
) -> None:
    """Pretrain on part of Python's own library, classify modules it never saw with no labels, and draw what happened."""
    if job is Job.kg:
        _knowledge_graph(out, seed)
        return
    import time

    from graphfm.commands.zero_shot import show_structure, show_table
    from graphfm.evaluation.zero_shot import as_json, predictions
    from graphfm.files import write_json, write_table, write_text
    from graphfm.report.zero_shot_page import boundary, examples, result_page
    from graphfm.training.quickstart import quickstart as run

    console, start = terminal(), time.time()
    console.print("Reading Python's library, embedding its texts, pretraining: a few minutes the first time.")
    done = run(out=out, encoder=encoder, train_nodes=nodes, seed=seed)
    frame = predictions(done.graph, done.result, model=done.model)
    console.print(show_table(done.graph, done.result, done.model.text_encoder.name))
    show_structure(console, done.graph, done.result)
    for line in examples(done.graph, frame):
        console.print(line, highlight=False, soft_wrap=True)

    content = as_json(done.graph, done.model.text_encoder.name, done.result, model=done.model, card=done.model.card)
    write_json(out / "result.json", content)
    write_table(out / "predictions.csv", frame)
    gaps = boundary(done.graph, done.result)
    page = result_page(done.graph, done.x, done.result, gaps, experts=done.model.settings["experts"])
    write_text(out / "index.html", page)
    console.print(
        f"{time.time() - start:.0f} s. Page: {out / 'index.html'}   model: {done.checkpoint}   now your own graph: "
        f"graphfm zero-shot --data FOLDER --checkpoint {done.checkpoint}",
        soft_wrap=True,
    )


def _knowledge_graph(out: Path, seed: int) -> None:
    """Learn who imports, calls, overrides and raises what, and name what was held out."""
    import time

    from rich.table import Table

    from graphfm.commands.evaluate import show_result
    from graphfm.files import write_text
    from graphfm.report.link_prediction_page import learning_curve, run_page
    from graphfm.training.quickstart_kg import quickstart_kg as run

    console, start = terminal(), time.time()
    console.print("Reading Python's library as a knowledge graph, learning its paths: a few minutes the first time.")
    done = run(out=out, seed=seed)
    console.print(show_result(done.model.card["result"]))
    table = Table(
        title="Facts held out, found or not: the first of each relation", caption="Rank 1 is the best answer."
    )
    for name in ("fact", "true end", "rank", "best answers of the model"):
        table.add_column(name, justify="right" if name == "rank" else "left", overflow="fold")
    for made in done.predictions:
        fact = f"{made.head} {made.relation} ?"
        table.add_row(fact, made.tail, f"{made.rank:g}", ", ".join(made.best), style="bold" if made.rank == 1 else "")
    console.print(table)
    folder = done.checkpoint.parent
    write_text(folder / "index.html", run_page(done.model, curve=learning_curve(folder / "log" / "metrics.csv")))
    first = done.predictions[0]
    console.print(
        f"{time.time() - start:.0f} s. Page: {folder / 'index.html'}   why: graphfm explain {folder} "
        f"--head {first.head} --relation {first.relation} --tail {first.best[0]}   now your own graph: "
        "graphfm link-prediction --model mokgr --data FOLDER",
        soft_wrap=True,
        highlight=False,
    )
