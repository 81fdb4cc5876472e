"""`graphfm zero-shot`: the baseline rows on any text graph, and a model's row beside them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphfm.commands.ending import say_end
from graphfm.commands.options import Abstain, Chunks, EncoderName, JsonFile, TextData, TextModel, Top
from graphfm.commands.output import Outputs, say_if_seen
from graphfm.commands.terminal import terminal

if TYPE_CHECKING:
    from graphfm.evaluation.text_jobs import ZeroShotResult

ROWS_SHOWN, WORDS_SHOWN = 12, 3  # on a terminal: all of 28 classes with ten words each were 260 lines of 80 columns


def zero_shot(
    data: TextData,
    checkpoint: TextModel = None,
    encoder: EncoderName = None,
    split: Annotated[
        str | None, typer.Option(help="Count on the nodes of a published split alone: train, val or test.")
    ] = None,
    top: Top = 1,
    abstain: Abstain = 0.0,
    chunks: Chunks = False,
    json_file: JsonFile = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the page, predictions.csv and result.json.")
    ] = None,
) -> None:
    """Classify all nodes of a graph with no labels; labels are read only to count hits."""
    from graphfm.evaluation.text_jobs import zero_shot as run

    outputs, console = Outputs(json_file=json_file, out=out), terminal()
    done = run(data, checkpoint=checkpoint, encoder=encoder, split=split, top=top, abstain=abstain, chunks=chunks)
    say_if_seen(console, done)
    console.print(show_table(done))
    show_answer(console, done)
    outputs.write(done.as_dict(), lambda: files(done))
    if out is not None:
        written = [out / name for name in ("index.html", "predictions.csv", "result.json")]
        say_end("few-shot", "--data", data, wrote=(*written, json_file))
    else:
        say_end("zero-shot", "--data", data, "--out", "page", wrote=(json_file,))


def files(done: ZeroShotResult) -> dict[str, Any]:
    """What `--out` holds: the result with its structural boundaries, the predictions, the page."""
    from graphfm.report.zero_shot_page import boundary, result_page

    gaps = boundary(done.graph, done.found)
    experts = () if done.model is None else done.model.settings["experts"]
    return {
        "result.json": done.as_dict() | {"boundary": [gap._asdict() for gap in gaps]},
        "predictions.csv": done.predictions(),
        "index.html": result_page(done.graph, done.x, done.found, gaps, experts=experts),
    }


def show_answer(console: Any, done: ZeroShotResult) -> None:
    """How the recommended row came about, what it is worth, and where a plain row did better."""
    found, graph = done.found, done.graph
    console.print(show_classes(done))
    console.print(found.read.words(), highlight=False)
    for method, without, points in found.contributions():
        console.print(f"Experts: {method} is {points:+.1f} points of accuracy from {without}.", highlight=False)
    if best := found.better_baseline():
        console.print(
            f"Here the plain row {best.method} did better, as the labels show: {best.accuracy:.1f}. Without labels one "
            "cannot know; the recommended row is the same for all graphs.",
            style="yellow",
            highlight=False,
        )
    judged = found.confidence(graph)
    bins = ", ".join(f"{b.low:.2f}-{b.high:.2f}: {b.accuracy:.0f}% of {b.nodes:,}" for b in judged.bins)
    console.print(f"Right by probability of {found.answer}: {bins}.", highlight=False)
    if done.top > 1:
        console.print(
            f"Class among the first {done.top}: {found.top_accuracy(graph, top=done.top):.1f}%.", highlight=False
        )
    if done.abstain:
        console.print(abstained(done), highlight=False)
    for note in done.notes:
        console.print(note, style="yellow", highlight=False)


def abstained(done: ZeroShotResult) -> str:
    """What the threshold leaves out, and how often the rest is right."""
    posterior, counted = done.found.scores[done.found.answer], done.found.counted
    kept = counted & (posterior.max(-1).values >= done.abstain)
    right = (posterior.argmax(-1) == done.graph.y)[kept].double().mean()
    out = int(counted.sum() - kept.sum())
    rest = f"the rest is right in {100 * float(right):.1f}%" if int(kept.sum()) else "nothing is left"
    return f"Below {done.abstain:g}: {out:,} of {int(counted.sum()):,} nodes are given no class; {rest}."


def show_classes(done: ZeroShotResult) -> Any:
    """Each class: how often it was found and wrongly given, and what spoke for it; the page has all classes and words."""
    from rich.table import Table

    from graphfm.classification.why import reasons
    from graphfm.evaluation.accuracy import per_class

    classes = per_class(done.found.confusion(done.graph), done.graph.class_names)
    rows = sorted(zip(classes, reasons(done.found.read), strict=True), key=lambda pair: -pair[0].nodes)
    left_out = len(rows) - ROWS_SHOWN
    table = Table(
        title=f"Classes, as {done.found.answer} has them",
        caption=f"The largest; {left_out} more are on the page (--out)." if left_out > 0 else None,
    )
    for column in ("class", "nodes", "precision %", "recall %", "mostly taken for", "words that speak for it"):
        table.add_column(
            column, justify="right" if column in ("nodes", "precision %", "recall %") else "left", overflow="fold"
        )
    for row, reason in rows[:ROWS_SHOWN]:
        shares = ["-" if share is None else f"{share:.0f}" for share in (row.precision, row.recall)]
        table.add_row(row.name, f"{row.nodes:,}", *shares, row.taken_for, ", ".join(reason.words[:WORDS_SHOWN]))
    return table


def show_table(done: ZeroShotResult) -> Any:
    """The result as a table for the terminal."""
    from rich.table import Table

    graph, counted = done.graph, int(done.found.counted.sum())
    whose = f"nodes of the split {done.split}" if done.split else "labelled nodes"
    table = Table(
        title=f"Zero-shot on {graph.name}",
        caption=f"{counted:,} {whose}, {graph.num_classes} classes; {done.encoder}. ECE: expected calibration error; "
        "surest half: accuracy on the nodes with the larger probabilities.",
    )
    table.add_column("method")
    for column in ("accuracy %", "macro-F1 %", "ECE %", "surest half %"):
        table.add_column(column, justify="right")
    for row in done.rows:
        cells = ["" if value is None else f"{value:.1f}" for value in row[1:]]
        table.add_row(row.method, *cells, style="bold" if row.method == done.found.answer else "")
    return table
