"""`graphfm quickstart`: the whole main job in minutes, on a corpus every Python brings along."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from graphfm.commands.ending import say_end
from graphfm.commands.output import Outputs, save
from graphfm.commands.terminal import terminal

if TYPE_CHECKING:
    from rich.table import Table

    from graphfm.training.quickstart_kg import Prediction

FOLDER = Path("quickstart")


def quickstart(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run, its table and its page.")] = FOLDER,
    encoder: Annotated[
        str, typer.Option(help="Text encoder: minilm, minilm:bf16, lsa, a hub id or a model folder.")
    ] = "minilm",
    nodes: Annotated[int, typer.Option(min=200, help="Nodes to pretrain on, at most.")] = 3000,
    seed: Annotated[int, typer.Option(help="Of the choice of modules, weights and batches.")] = 0,
    job: Annotated[
        Literal["text", "kg"],
        typer.Option(help="text: classify nodes with no labels; kg: complete facts of a knowledge graph."),
    ] = "text",
) -> None:
    """Pretrain on part of Python's own library, classify modules it never saw with no labels, and draw what happened."""
    outputs = Outputs(out=out)
    if job == "kg":
        _knowledge_graph(out, seed=seed)
    else:
        _text_graph(out, outputs, encoder=encoder, nodes=nodes, seed=seed)


def _text_graph(out: Path, outputs: Outputs, *, encoder: str, nodes: int, seed: int) -> None:
    """Name the kind of modules that the pretraining did not see."""
    import time

    from graphfm.commands.zero_shot import files, show_answer, show_table
    from graphfm.report.zero_shot_page import examples
    from graphfm.training.quickstart import Quickstart
    from graphfm.training.quickstart import quickstart as run

    console, start = terminal(), time.time()
    console.print("Reading Python's library, embedding its texts, pretraining: a few minutes the first time.")
    done = run(out=out, encoder=encoder, nodes=nodes, seed=seed)
    assert isinstance(done, Quickstart)
    result = done.result
    console.print(show_table(result))
    show_answer(console, result)
    for line in examples(result.graph, result.predictions()):
        console.print(line, highlight=False, soft_wrap=True)
    content = result.as_dict() | {"card": done.model.card}
    outputs.write(content, lambda: {**files(result), "result.json": content})
    console.print(f"{time.time() - start:.0f} s. Now your own graph:", highlight=False)
    written = (out / "index.html", out / "predictions.csv", done.checkpoint)
    say_end("zero-shot", "--data", "FOLDER", "--checkpoint", done.checkpoint, wrote=written)


def _knowledge_graph(out: Path, *, seed: int) -> None:
    """Ask who imports, calls, overrides and raises what: first a model that has never seen the library, then one that has."""
    import time

    from graphfm.commands.evaluate import show_result
    from graphfm.report.link_prediction_page import learning_curve, run_page
    from graphfm.training.quickstart_kg import Untrained, quickstart_kg

    console, start = terminal(), time.time()
    console.print("Reading Python's library as a knowledge graph.")

    def show(found: Untrained) -> None:
        console.print(show_result(found.result | {"model": "default, no training"}))
        console.print(_facts(found.predictions, title="No training: what the model that comes with graphfm answers"))
        console.print(f"{time.time() - start:.0f} s. Now a model learns this library's own paths: a few minutes.")

    done = quickstart_kg(out=out, seed=seed, show=show)
    console.print(show_result(done.model.card["result"]))
    console.print(_facts(done.predictions, done.untrained.predictions, title="The same facts after training"))
    before, after = (result["report"]["mrr"] for result in (done.untrained.result, done.model.card["result"]))
    console.print(f"MRR with no training {before:.3f}, after training {after:.3f}.")
    folder = done.checkpoint.parent
    save(folder / "index.html", run_page(done.model, curve=learning_curve(folder / "log" / "metrics.csv")))
    first = done.predictions[0]
    console.print(f"{time.time() - start:.0f} s. Why the first answer:", highlight=False)
    asked = ("--head", first.head, "--relation", first.relation, "--tail", first.best[0])
    say_end("explain", "--checkpoint", folder, *asked, wrote=(folder / "index.html", done.checkpoint))


def _facts(predictions: Sequence[Prediction], before: Sequence[Prediction] = (), *, title: str) -> Table:
    """Facts that were held out, found or not: the first of each relation."""
    from rich.table import Table

    from graphfm.printable import amount

    table = Table(title=title, caption="Held-out facts, the first of each relation. Rank 1 is the best answer.")
    for name in ("fact", "true end", *(["rank before"] if before else []), "rank", "best answers of the model"):
        table.add_column(name, justify="right" if name.startswith("rank") else "left", overflow="fold")
    for i, made in enumerate(predictions):
        ranks = [amount(one.rank) for one in (*before[i : i + 1], made)]
        fact = f"{made.head} {made.relation} ?"
        table.add_row(fact, made.tail, *ranks, ", ".join(made.best), style="bold" if made.rank == 1 else "")
    return table
