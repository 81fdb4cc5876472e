"""`graphfm complete`: the missing end of a triple, by name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphfm.commands.options import LinkCheckpoint, TripleData
from graphfm.commands.output import save
from graphfm.commands.terminal import terminal

if TYPE_CHECKING:
    import pandas as pd


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
    from graphfm.models import asking, opening

    check_writable(file=out)
    asking.check_question(head=head, relation=relation, tail=tail, pairs=pairs)
    model = opening.link_model(checkpoint, data=data)
    frame = asking.complete(model, head=head, relation=relation, tail=tail, pairs=pairs, top=top, new=new)
    if out is not None:
        save(out, frame)
        terminal().print(f"{len(frame):,} answers: {out}", soft_wrap=True, highlight=False)
        return
    asked = str(pairs) if relation is None else asking.question(model, head=head, relation=relation, tail=tail)
    terminal().print(show_answers(frame, asked))


def show_answers(frame: pd.DataFrame, title: str) -> Any:
    """Answers as a table for the terminal; labels that only repeat the identifiers are left out."""
    from rich.table import Table

    from graphfm.models.asking import plain

    for end in ("head", "tail"):
        ids, labels = f"{end}_id", f"{end}_label"
        if labels in frame and all(plain(a) == plain(b) for a, b in zip(frame[ids], frame[labels], strict=True)):
            frame = frame.drop(columns=labels)
    table = Table(title=title)
    form = {"score": "{:.3f}", "rank": "{:g}", "probability": "{:.3f}"}
    for name in frame.columns:
        table.add_column(str(name).replace("_", " "), justify="right" if name in form else "left", overflow="fold")
    for row in frame.to_dict("records"):
        cells = {name: form[str(name)].format(value) if name in form else str(value) for name, value in row.items()}
        cells["known"] = "known" if row.get("known") else "new"
        table.add_row(*(cells[name] for name in frame.columns))
    return table
