"""`graphfm datasets`: what there is, what it holds, how to have it, and how to bring your own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphfm.commands.ending import say_end
from graphfm.commands.import_graph import GraphKind, import_graph, say_triples
from graphfm.commands.terminal import terminal

if TYPE_CHECKING:
    from graphfm.datasets.catalog import Entry

WIDE = 140  # columns from which all that is known fits a line

datasets_app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@datasets_app.command(name="list")
def list_datasets(
    kind: Annotated[GraphKind | None, typer.Option(help="Text graphs (tag) or knowledge graphs (kg) alone.")] = None,
) -> None:
    """Every data set of the catalogue, with its size and licence."""
    from rich.table import Table

    from graphfm.datasets import catalog

    console = terminal()
    wide = console.width >= WIDE
    table = Table(title="Data sets", caption=None if wide else "Licence and source: graphfm datasets info NAME.")
    for column in ("name", "kind", "size", "to be had", *(("licence",) if wide else ())):
        table.add_column(column, overflow="fold", no_wrap=column == "name")
    for name in catalog.names(None if kind is None else kind.value):
        entry = catalog.entry(name)
        # Some have the graph that is asked about, and none to train on.
        alone = entry.inference and not entry.statistics.get("train")
        sizes = entry.statistics["inference"] if alone else entry.statistics
        counts = {key: value for key, value in sizes.items() if isinstance(value, int)}
        if wide:
            size = ", ".join(f"{value:,} {key.replace('_', ' ')}" for key, value in counts.items())
            table.add_row(name, entry.kind, size, catalog.to_be_had(entry), entry.licence)
        else:
            counts["edges"] = counts.get("undirected_edges") or counts.get("directed_edges", 0)
            counts.setdefault("triples", sum(counts.get(split, 0) for split in ("train", "val", "test")))
            of_kind = ("entities", "triples") if entry.kind == "kg" else ("nodes", "edges")
            size = ", ".join(f"{_short(counts[key])} {key}" for key in of_kind if counts.get(key))
            table.add_row(name, entry.kind, size, catalog.to_be_had(entry))
    console.print(table)
    say_end("datasets", "info", "python-stdlib")


def _short(count: int) -> str:
    """A count in three digits: 2,708 as 2.7k."""
    for unit, size in (("M", 1_000_000), ("k", 1000)):
        if count >= size:
            return f"{count / size:.3g}{unit}" if count < 999.5 * size else f"{count / size:,.0f}{unit}"
    return str(count)


@datasets_app.command()
def info(name: Annotated[str, typer.Argument(help="Name of the catalogue, or a folder.")]) -> None:
    """Statistics, source, licence and caveats of one data set."""

    from rich.text import Text

    console = terminal()
    for key, value in _facts(name).items():
        console.print(Text.assemble((key.replace("_", " "), "bold"), f": {value}"))
    say_end(*_first_job(name))


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
    say_end(*_first_job(names[-1]))


datasets_app.command(name="import")(import_graph)


@datasets_app.command()
def show(
    data: Annotated[str, typer.Argument(help="Name of the catalogue, file or folder of a knowledge graph.")],
    relations: Annotated[bool, typer.Option("--relations", help="List the relations.")] = False,
    entities: Annotated[bool, typer.Option("--entities", help="List the entities.")] = False,
    pattern: Annotated[
        str | None, typer.Argument(help="Part of a name or label, in any case; * stands for anything.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many to list, the most frequent first.")] = 50,
) -> None:
    """The names that can be asked for, with their labels and numbers of triples; without an option, how the set is read."""
    from rich.table import Table
    from rich.text import Text

    from graphfm.datasets import load_triples
    from graphfm.datasets.rdf.prefixes import expand
    from graphfm.datasets.triples.vocabulary import frequencies, plural
    from graphfm.errors import DataError

    triples = load_triples(data, missing=("val", "test"))  # its facts are enough to look at
    if not relations and not entities:
        say_triples(triples)
        say_end("datasets", "show", data, "--relations")
        return
    for what in [what for what, asked in (("relation", relations), ("entity", entities)) if asked]:
        found = frequencies(triples, what, pattern or "")
        if not found:
            raise DataError(
                f"no {what} with {pattern!r}",
                expected=f"part of a name or a label of {len(getattr(triples, plural(what))):,} {plural(what)}",
                hint="Without a pattern, the most frequent are listed; entities of a type: `complete --candidates type:NAME`.",
            )
        title = f"{len(found):,} of {len(getattr(triples, plural(what))):,} {plural(what)} of {triples.name}"
        table = Table(title=title)
        for column in ("name", "label", "triples"):
            table.add_column(column, justify="right" if column == "triples" else "left", overflow="fold")
        prefixes = triples.info.get("prefixes", {})
        for name, label, count in found[:top]:
            full = expand(name, prefixes)
            table.add_row(
                Text(name if full == name else f"{name}  {full}"), Text("" if label == name else label), f"{count:,}"
            )
        terminal().print(table)
        if len(found) > top:
            terminal().print(f"... and {len(found) - top:,} more: --top {len(found)}", highlight=False)
    say_end("complete", "--checkpoint", "default", "--data", data, "--head", "NAME", "--relation", "NAME")


def _first_job(name: str) -> tuple[str, ...]:
    """What one does with a set of its kind."""
    from graphfm.datasets import catalog
    from graphfm.datasets.loading import is_knowledge_graph

    if not Path(name).exists() and catalog.to_be_had(catalog.entry(name)) == "by its files":
        return ("datasets", "list")
    links = is_knowledge_graph(name) if Path(name).exists() else catalog.entry(name).kind == "kg"
    return ("link-prediction" if links else "zero-shot", "--data", name)


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
        "download": _download(entry),
    }


def _download(entry: Entry) -> str:
    """Whether a set can be had over the network, and what tells that what came is right."""
    if not entry.files:
        return "none" if entry.origin == "files" else "by its own reader"
    ways = sorted({file.verified_by for file in entry.files})
    return f"{len(entry.files)} files, verified by {' and '.join(ways)}"
