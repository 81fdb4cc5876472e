"""`graphfm complete`: the missing end of a triple, by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphfm.commands.ending import say_end
from graphfm.commands.options import LinkCheckpoint, TripleData
from graphfm.commands.output import save
from graphfm.commands.terminal import terminal
from graphfm.printable import amount

if TYPE_CHECKING:
    from graphfm.models.asking import Completion

#: How numbers are shown, by column.
NUMBERS: dict[str, Callable[[float], str]] = {"score": "{:.3f}".format, "rank": amount, "probability": "{:.3f}".format}


def complete(
    checkpoint: LinkCheckpoint,
    head: Annotated[str | None, typer.Option(help="Identifier or label; its tail is asked for.")] = None,
    relation: Annotated[str | None, typer.Option(help="Identifier or label.")] = None,
    tail: Annotated[str | None, typer.Option(help="Identifier or label; its head is asked for.")] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(help="CSV or TSV file with the columns head, relation or relation, tail: many questions."),
    ] = None,
    data: TripleData = None,
    top: Annotated[int, typer.Option(min=1, help="Answers to a question.")] = 10,
    new: Annotated[bool, typer.Option("--new", help="Leave out triples that the data has.")] = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the answers as CSV.")] = None,
) -> None:
    """Complete a triple: `graphfm complete --checkpoint runs/umls-rotate-0 --head virus --relation causes`."""
    from graphfm.files import check_writable
    from graphfm.models.asking import complete as run

    check_writable(file=out)
    done = run(checkpoint, head=head, relation=relation, tail=tail, pairs=pairs, data=data, top=top, new=new)
    if out is None:
        terminal().print(show_answers(done))
    else:
        save(out, done.frame())
    on = ("--checkpoint", checkpoint, *(() if data is None else ("--data", data)))
    best = done.rows[0] if done.rows and pairs is None else None
    if best is None:
        say_end("evaluate", *on, wrote=(out,))
    else:
        ends = head or best.get("head_id", "NAME"), relation or "NAME", tail or best.get("tail_id", "NAME")
        say_end("explain", *on, "--head", ends[0], "--relation", ends[1], "--tail", ends[2], wrote=(out,))


def show_answers(done: Completion) -> Any:
    """Answers as a table for the terminal; labels that only repeat the identifiers are left out."""
    from rich.table import Table

    from graphfm.models.asking import plain

    rows, names = done.rows, list(done.columns)
    for end in ("head", "tail"):
        ids, labels = f"{end}_id", f"{end}_label"
        if labels in names and all(plain(row[ids]) == plain(row[labels]) for row in rows):
            names.remove(labels)
    table = Table(title=done.question)
    if all(math.isnan(row.get("probability", math.nan)) for row in rows):  # a model that was never calibrated
        names = [name for name in names if name != "probability"]
    for name in names:
        table.add_column(name.replace("_", " "), justify="right" if name in NUMBERS else "left", overflow="fold")
    for row in rows:
        cells = {name: NUMBERS.get(name, str)(value) for name, value in row.items()}
        cells["known"] = "known" if row["known"] else "new"
        table.add_row(*(cells[name] for name in names))
    return table
