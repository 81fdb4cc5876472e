"""`graphfm complete`: the missing end of a triple, by name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from graphfm.commands.terminal import terminal

if TYPE_CHECKING:
    import pandas as pd

    from graphfm.models import LinkModel


def complete(
    checkpoint: Annotated[Path, typer.Argument(help="model.ckpt of a link prediction run, or its folder.")],
    head: Annotated[Optional[str], typer.Option(help="Identifier or label; its tail is asked for.")] = None,  # noqa: UP045
    relation: Annotated[Optional[str], typer.Option(help="Identifier or label.")] = None,  # noqa: UP045
    tail: Annotated[Optional[str], typer.Option(help="Identifier or label; its head is asked for.")] = None,  # noqa: UP045
    pairs: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="CSV or TSV file with the columns head, relation or relation, tail: many questions."),
    ] = None,
    data: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--data", "-d", help="Graph to answer on (default: the training graph); an inductive set's second."
        ),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="Answers to a question.")] = 10,
    new: Annotated[bool, typer.Option("--new", help="Leave out triples that the data has.")] = False,
    out: Annotated[Optional[Path], typer.Option("--out", "-o", help="Write the answers as CSV.")] = None,  # noqa: UP045
) -> None:
    """Complete a triple: `graphfm complete runs/umls-rotate-0 --head virus --relation causes`."""

    from graphfm.errors import DataError
    from graphfm.files import check_writable, write_table

    asked = [name for name, value in (("head", head), ("relation", relation), ("tail", tail)) if value is not None]
    if pairs is not None and asked:
        raise DataError(f"--pairs with {', '.join(asked)}", expected="a file or one question")
    if pairs is None and asked not in (["head", "relation"], ["relation", "tail"]):
        raise DataError(
            ", ".join(f"--{name}" for name in asked) or "no question",
            expected="--relation with --head or --tail, or --pairs",
        )
    check_writable(file=out)
    model = loaded(checkpoint, data)
    if pairs is not None:
        from graphfm.models.completing import complete_pairs

        frame, title = complete_pairs(model, pairs, top=top, new_only=new), f"{pairs}"
    elif head is not None:
        frame = model.predict_tails(head, str(relation), top=top, new_only=new)
        title = f"{_entity(model, head)}  {_relation(model, str(relation))}  ?"
    else:
        frame = model.predict_heads(str(relation), str(tail), top=top, new_only=new)
        title = f"?  {_relation(model, str(relation))}  {_entity(model, str(tail))}"
    if out is not None:
        write_table(out, frame)
        terminal().print(f"{len(frame):,} answers: {out}", soft_wrap=True, highlight=False)
        return
    terminal().print(show_answers(frame, title))


def loaded(checkpoint: Path, data: str | None) -> LinkModel:
    """The model, on the graph that `--data` names."""
    from graphfm.datasets import load_triples
    from graphfm.models import LinkModel

    model = LinkModel.load(checkpoint)
    if data is None:
        return model
    graph = load_triples(data)
    return model.on(graph.inference or graph)


def show_answers(frame: pd.DataFrame, title: str) -> Any:
    """Answers as a table for the terminal; labels that only repeat the identifiers are left out."""
    from rich.table import Table

    for end in ("head", "tail"):
        ids, labels = f"{end}_id", f"{end}_label"
        if labels in frame and all(_plain(a) == _plain(b) for a, b in zip(frame[ids], frame[labels], strict=True)):
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


def _entity(model: LinkModel, name: str) -> str:
    """What an entity is called, and its identifier where that is another word."""
    entity = model.graph.lookup_entity(name)
    identifier, label = model.graph.entities[entity], model.graph.entity_labels[entity]
    return label if _plain(identifier) == _plain(label) else f"{label} ({identifier})"


def _relation(model: LinkModel, name: str) -> str:
    return model.graph.relation_labels[model.graph.lookup_relation(name)]


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").split()).casefold()
