"""`graphfm datasets`: what there is, what it holds, how to have it, and how to bring your own."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from graphfm.commands.terminal import terminal


class KindOption(str, Enum):
    """What `--kind` may be."""

    tag = "tag"
    kg = "kg"


datasets_app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@datasets_app.command(name="list")
def list_datasets(
    kind: Annotated[KindOption | None, typer.Option(help="Text graphs (tag) or knowledge graphs (kg) alone.")] = None,
) -> None:
    """Every data set of the catalogue, with its size and licence."""
    from rich.table import Table

    from graphfm.datasets import catalog

    table = Table(title="Data sets")
    for column in ("name", "kind", "size", "licence"):
        table.add_column(column)
    for name in catalog.names(None if kind is None else kind.value):
        entry = catalog.entry(name)
        sizes = ", ".join(f"{value:,} {key}" for key, value in entry.statistics.items() if isinstance(value, int))
        table.add_row(name, entry.kind, sizes, entry.licence)
    terminal().print(table)


@datasets_app.command()
def info(name: Annotated[str, typer.Argument(help="Name of the catalogue, or a folder.")]) -> None:
    """Statistics, source, licence and caveats of one data set."""

    from rich.text import Text

    console = terminal()
    for key, value in _facts(name).items():
        console.print(Text.assemble((key.replace("_", " "), "bold"), f": {value}"))


@datasets_app.command()
def get(names: Annotated[list[str], typer.Argument(help="Names of the catalogue.")]) -> None:
    """Make data sets ready: find them, or download them where they are published."""

    from graphfm.datasets import catalog, load, load_triples

    for name in names:
        entry = catalog.entry(name)
        if entry.origin == "files":
            ready: object = catalog.locate(name)
        else:  # made or fetched by its own reader
            ready = load_triples(name) if entry.kind == "kg" else load(name)
        terminal().print(f"{name}: {ready}", soft_wrap=True, highlight=False)


@datasets_app.command(name="import")
def import_dataset(
    source: Annotated[
        Path,
        typer.Argument(
            help="A text graph (folder in the plain format, GraphML, GML, PyG .pt) or triples (folder, or one file to split)."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write; it must not exist, or be empty.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is in --out.")] = False,
) -> None:
    """Check your own graph line by line and write it in the plain format, ready for every command."""

    from graphfm.datasets import import_text_graph
    from graphfm.datasets.loading import is_knowledge_graph

    graph = _import_triples(source, out, overwrite=overwrite) if is_knowledge_graph(source) else None
    graph = graph or import_text_graph(source, out=out, overwrite=overwrite)
    terminal().print(f"{graph!r} -> {out}", soft_wrap=True)


def _import_triples(source: Path, out: Path, *, overwrite: bool) -> object:
    """Triples checked and written, with what is odd about them said."""

    from rich.text import Text

    from graphfm.datasets import import_triples, load_triples
    from graphfm.datasets.triples import folder as triples_folder

    triples_folder.check_writable(out, overwrite=overwrite)
    graph = load_triples(source) if source.is_dir() else import_triples(source)
    counts = graph.statistics()
    odd = {
        "repeated triples": counts["duplicates"],
        "triples that are in two splits": counts["leaks"],
        "entities unseen in training": counts["unseen_entities"],
    }
    for what, found in odd.items():
        shown = ", ".join(f"{split.replace('_', ' ')} {count:,}" for split, count in found.items() if count)
        if shown:
            terminal().print(Text.assemble(("note", "yellow"), f" {what}: {shown}; kept"), soft_wrap=True)
    triples_folder.write(graph, out, overwrite=overwrite)
    return graph


def _facts(name: str) -> dict[str, object]:
    from graphfm.datasets import catalog, load, load_triples
    from graphfm.datasets.loading import is_knowledge_graph

    if Path(name).is_dir() or "/" in name:
        graph = load_triples(name) if is_knowledge_graph(name) else load(name)
        return {"folder": name, **graph.statistics()}
    entry = catalog.entry(name)
    facts: dict[str, object] = {"name": name, "kind": entry.kind, **entry.statistics}
    return facts | {
        "source": entry.source,
        "licence": entry.licence,
        "about": entry.about,
        "caveat": entry.caveat or "none known",
    }
