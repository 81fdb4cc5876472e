"""`graphfm datasets`: what there is, what it holds, how to have it, and how to bring your own."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Optional

import typer


class Kind(str, Enum):
    """What `--kind` may be."""

    tag = "tag"
    kg = "kg"


app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@app.command(name="list")
def list_datasets(
    kind: Annotated[Optional[Kind], typer.Option(help="Text graphs (tag) or knowledge graphs (kg) alone.")] = None,  # noqa: UP045
) -> None:
    """Every data set of the catalogue, with its size and licence."""
    from rich.console import Console
    from rich.table import Table

    from graphfm.datasets import catalog

    table = Table(title="Data sets")
    for column in ("name", "kind", "size", "licence"):
        table.add_column(column)
    for name in catalog.names(None if kind is None else kind.value):
        entry = catalog.entry(name)
        sizes = ", ".join(f"{value:,} {key}" for key, value in entry.statistics.items() if isinstance(value, int))
        table.add_row(name, entry.kind, sizes, entry.licence)
    Console().print(table)


@app.command()
def info(name: Annotated[str, typer.Argument(help="Name of the catalogue, or a folder.")]) -> None:
    """Statistics, source, licence and caveats of one data set."""
    from rich.console import Console

    console = Console()
    for key, value in _facts(name).items():
        console.print(f"[bold]{key.replace('_', ' ')}[/]: {value}", highlight=False)


@app.command()
def get(names: Annotated[list[str], typer.Argument(help="Names of the catalogue.")]) -> None:
    """Make data sets ready: find them, or download them where they are published."""
    from rich.console import Console

    from graphfm.datasets import catalog

    for name in names:
        Console().print(f"{name}: {catalog.locate(name)}", soft_wrap=True)


@app.command(name="import")
def import_dataset(
    source: Annotated[Path, typer.Argument(help="A folder in the plain format, GraphML, GML, or a PyG .pt file.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write; it must not exist, or be empty.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is in --out.")] = False,
) -> None:
    """Check your own graph line by line and write it in the plain format, ready for every command."""
    from rich.console import Console

    from graphfm.datasets import import_text_graph

    graph = import_text_graph(source, out=out, overwrite=overwrite)
    Console().print(f"{graph!r} -> {out}", soft_wrap=True)


def _facts(name: str) -> dict[str, object]:
    from graphfm.datasets import catalog, load

    if Path(name).is_dir():
        return {"folder": name, **load(name).statistics()}
    entry = catalog.entry(name)
    facts: dict[str, object] = {"name": name, "kind": entry.kind, **entry.statistics}
    return facts | {
        "source": entry.source,
        "licence": entry.licence,
        "about": entry.about,
        "caveat": entry.caveat or "none known",
    }
