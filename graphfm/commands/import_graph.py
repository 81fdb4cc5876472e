"""`graphfm datasets import`: bring a graph of yours, whatever file it is in, and see how it is read."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphfm.commands.ending import say_end
from graphfm.commands.terminal import terminal

if TYPE_CHECKING:
    from graphfm.datasets import Reading, TextGraph, Triples

_TABLES, _KG, _TAG = "Tables", "Knowledge graphs", "Text graphs"


class GraphKind(StrEnum):
    """What `--kind` may be."""

    tag = "tag"
    kg = "kg"


class LiteralsOption(StrEnum):
    """What `--literals` may be."""

    drop = "drop"
    keep = "keep"


Columns = Annotated[
    str | None,
    typer.Option(
        help="Columns of the triples, by name or number: head=subject,relation=predicate,tail=3; also split and truth.",
        rich_help_panel=_TABLES,
    ),
]
Sep = Annotated[
    str | None,
    typer.Option(
        help="What separates columns: a character, several (::), or tab, comma, semicolon, pipe, space.",
        rich_help_panel=_TABLES,
    ),
]
Header = Annotated[
    bool | None,
    typer.Option("--header/--no-header", help="Whether the first line names the columns.", rich_help_panel=_TABLES),
]
Quotes = Annotated[
    bool | None,
    typer.Option("--quotes/--no-quotes", help="Whether double quotes only enclose cells.", rich_help_panel=_TABLES),
]
Encoding = Annotated[
    str | None, typer.Option(help="Encoding of the text (default: UTF-8 or 16, as seen).", rich_help_panel=_TABLES)
]
QualifierColumns = Annotated[
    str | None,
    typer.Option(
        help="`pairs`: the columns after the third are pairs of relation and value; else names of columns; `no`: left out.",
        rich_help_panel=_TABLES,
    ),
]


def import_graph(
    source: Annotated[
        str,
        typer.Argument(
            help="Triples: a file (CSV, TSV, Parquet, RDF; compressed or not), a folder with train, valid, test or with tables "
            "of nodes and edges (KGX, Neo4j, Hetionet), the address of a SPARQL endpoint. Text graph: a folder in the plain "
            "format or with tables of nodes and edges, GraphML, GEXF, GML, Pajek, node-link JSON, PyG .pt."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write; it must not exist, or be empty.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is in --out.")] = False,
    kind: Annotated[
        GraphKind | None, typer.Option(help="Read it as a text graph (tag) or knowledge graph (kg).")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the graph (default: that of the source).")] = None,
    columns: Columns = None,
    sep: Sep = None,
    header: Header = None,
    quotes: Quotes = None,
    encoding: Encoding = None,
    qualifiers: QualifierColumns = None,
    val: Annotated[
        float | None,
        typer.Option(help="Share of validation triples to take (default 0.1 without splits).", rich_help_panel=_KG),
    ] = None,
    test: Annotated[float | None, typer.Option(help="Share of test triples to take.", rich_help_panel=_KG)] = None,
    seed: Annotated[int, typer.Option(help="Of the split.", rich_help_panel=_KG)] = 0,
    pairs_together: Annotated[
        bool,
        typer.Option(
            "--keep-pairs-together/--allow-pairs-apart",
            help="Keep all triples of two entities in one split, so that no inverse gives an answer away.",
            rich_help_panel=_KG,
        ),
    ] = True,
    relations: Annotated[
        list[str] | None,
        typer.Option(help="Hold out triples of these relations alone; several may follow.", rich_help_panel=_KG),
    ] = None,
    literals: Annotated[
        LiteralsOption, typer.Option(help="Statements of RDF whose object is a literal.", rich_help_panel=_KG)
    ] = LiteralsOption.drop,
    language: Annotated[str, typer.Option(help="Of names and texts in RDF.", rich_help_panel=_KG)] = "en",
    shorten: Annotated[
        bool,
        typer.Option("--prefixes/--full-iris", help="Shorten identifiers of RDF by prefixes.", rich_help_panel=_KG),
    ] = True,
    query: Annotated[
        Path | None, typer.Option(help="File with the SPARQL query of an endpoint.", rich_help_panel=_KG)
    ] = None,
    text: Annotated[
        str | None, typer.Option(help="Attribute with the texts; `id`, or two as title+abstract.", rich_help_panel=_TAG)
    ] = None,
    label: Annotated[
        str | None, typer.Option(help="Attribute with the classes; '' for none.", rich_help_panel=_TAG)
    ] = None,
    id_column: Annotated[
        str | None, typer.Option("--id", help="Column with the ids of nodes.", rich_help_panel=_TAG)
    ] = None,
    src: Annotated[str | None, typer.Option(help="Column of edges with the source.", rich_help_panel=_TAG)] = None,
    dst: Annotated[str | None, typer.Option(help="Column of edges with the destination.", rich_help_panel=_TAG)] = None,
    edge_type: Annotated[
        str | None, typer.Option(help="Attribute with the types of edges; '' for none.", rich_help_panel=_TAG)
    ] = None,
    edge_weight: Annotated[
        str | None, typer.Option(help="Attribute with the weights of edges; '' for none.", rich_help_panel=_TAG)
    ] = None,
    edge_text: Annotated[
        str | None, typer.Option(help="Attribute with the texts of edges; '' for none.", rich_help_panel=_TAG)
    ] = None,
    directed: Annotated[
        bool | None,
        typer.Option("--directed/--undirected", help="Whether edges have a direction.", rich_help_panel=_TAG),
    ] = None,
    strip_html: Annotated[
        bool, typer.Option("--strip-html", help="Leave the words of texts that are HTML.", rich_help_panel=_TAG)
    ] = False,
    fill_texts: Annotated[
        bool, typer.Option("--fill-texts", help="Give nodes without a text an empty one.", rich_help_panel=_TAG)
    ] = False,
) -> None:
    """Read your own graph, show how it is read, check it line by line and write it in the plain format.

    Names and descriptions of entities are taken from files beside the triples: entity_text.tsv, entities.csv, nodes.tsv (an
    identifier, a label and a description a row, with a header or not), relation_text.tsv for relations.
    """
    from graphfm.datasets.rdf.sparql import is_endpoint

    reading = _reading(columns, sep, header, quotes, encoding, qualifiers)
    of_text = (text, label, id_column, src, dst, edge_type, edge_weight, edge_text)
    wants_text = any(option is not None for option in of_text) or strip_html or fill_texts
    if is_endpoint(source) or _is_triples(source, kind, wants_text=wants_text):
        from graphfm.datasets import import_triples
        from graphfm.datasets.triples import folder as triples_folder

        triples_folder.check_writable(out, overwrite=overwrite)
        triples = import_triples(
            source, val=val, test=test, seed=seed, pairs_together=pairs_together, relations=relations or None,
            literals=literals.value, language=language, shorten_names=shorten,
            query=query.read_text(encoding="utf-8") if query else None, reading=reading, name=name,
            progress=True,
        )  # fmt: skip
        say_triples(triples)
        triples_folder.write(triples, out, overwrite=overwrite)
        terminal().print(f"{triples!r} -> {out}", soft_wrap=True)
        say_end("link-prediction", "--data", out, wrote=(out,))
        return
    from graphfm.datasets import import_text_graph

    graph = import_text_graph(
        source, out, text=text, label=label, node_id=id_column, src=src, dst=dst, kind=edge_type, weight=edge_weight,
        edge_text=edge_text, directed=directed, name=name, reading=reading, strip_html=strip_html, fill_texts=fill_texts,
        overwrite=overwrite,
    )  # fmt: skip
    _say_text_graph(graph)
    terminal().print(f"{graph!r} -> {out}", soft_wrap=True)
    named = () if graph.class_names else ("--names", "ONE,ANOTHER")
    say_end("classify", "--data", out, *named, "--out", "predictions.csv", wrote=(out,))


def _reading(
    columns: str | None,
    sep: str | None,
    header: bool | None,
    quotes: bool | None,
    encoding: str | None,
    qualifiers: str | None,
) -> Reading:
    from graphfm.datasets.tables.declared import Reading, parse_columns

    values: Any = qualifiers
    if qualifiers is not None and qualifiers not in ("pairs", "no"):
        values = tuple(name.strip() for name in qualifiers.split(","))
    return Reading(parse_columns(columns) if columns else {}, sep, header, encoding, quotes, values)


def _is_triples(source: str, kind: GraphKind | None, *, wants_text: bool) -> bool:
    from graphfm.datasets.loading import is_knowledge_graph

    if kind is not None:
        return kind is GraphKind.kg
    return not wants_text and is_knowledge_graph(source)


def say_triples(triples: Triples) -> None:
    """How triples were read, and what is odd about them."""
    from rich.text import Text

    from graphfm.datasets.triples.account import account

    for heading, words in account(triples):
        style = "yellow" if heading == "note" else "bold"
        terminal().print(Text.assemble((f"{heading}:", style), f" {words}"), soft_wrap=True, highlight=False)


def say_if_imported(data: str | None) -> None:
    """That data are a file, or tables of nodes and edges, which are imported first, or lack a split; how they are read, and how
    to say more.
    """
    from graphfm.datasets.loading import is_knowledge_graph, load_triples
    from graphfm.datasets.triples.layout import holds_triples, lacking

    path = Path(data or "").expanduser()
    if data is None or not path.exists() or not is_knowledge_graph(path):
        return
    whole = path.is_dir() and holds_triples(path)
    if whole and not lacking(path):
        return
    how = "has not all splits, and is read" if whole else "is imported first,"
    words = f"{data} {how} as by `graphfm datasets import {data} --out FOLDER`, which has options for all of it"
    terminal().print(words, soft_wrap=True, highlight=False)
    say_triples(load_triples(data))


def _say_text_graph(graph: TextGraph) -> None:
    """How a text graph was read: which attribute is what, its first node and edge, texts longer than the encoder reads."""
    from rich.text import Text

    from graphfm.text.minilm import DEFAULT_LENGTH, count_long

    lines = {
        "columns": graph.info.get("columns"),
        "left out": graph.info.get("left_out"),
        "of edges": graph.edge_words(),
    }
    if graph.num_nodes:
        label = graph.class_names[int(graph.y[0])] if int(graph.y[0]) >= 0 else "no class"
        shown = graph.text[0] if len(graph.text[0]) < 80 else f"{graph.text[0][:77]}..."
        lines["first node"] = f"{graph.node_ids[0]}: {shown!r} ({label})"
    if graph.num_edges:
        src, dst = graph.edge_index[:, 0].tolist()
        lines["first edge"] = f"{graph.node_ids[src]} {'->' if graph.directed else '-'} {graph.node_ids[dst]}"
    if long := count_long(graph.text):
        lines["long texts"] = (
            f"{long:,} of {graph.num_nodes:,} are longer than the {DEFAULT_LENGTH} tokens that the default encoder reads; "
            "`zero-shot` and `classify` read all of them with --chunks"
        )
    for heading, words in lines.items():
        if words:
            terminal().print(Text.assemble((f"{heading}:", "bold"), f" {words}"), soft_wrap=True, highlight=False)
