"""`graphfm inspect`: what a text graph looks like, before anything is trained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from graphfm.commands.terminal import terminal


def inspect(
    data: Annotated[str, typer.Argument(help="Name of the catalogue or folder of a text graph.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for inspect.html and inspect.json.")] = None,
    encoder: Annotated[
        str, typer.Option(help="Text encoder: minilm, minilm:bf16, lsa, a hub id, a model folder; none for no texts.")
    ] = "minilm",
    json_file: Annotated[Optional[Path], typer.Option("--json", help="Write the facts as JSON.")] = None,  # noqa: UP045
) -> None:
    """Homophily with and without labels, how to use structure, curvature, trees; a page with plots: `graphfm inspect cora`."""
    from rich.table import Table
    from rich.text import Text

    from graphfm.classify.class_texts import class_features
    from graphfm.datasets import load
    from graphfm.evaluation.zero_shot import text_side
    from graphfm.files import check_writable, write_json, write_text
    from graphfm.report.inspect_page import inspect_page, overview
    from graphfm.report.inspection import inspect_graph

    check_writable(file=json_file, folder=out)
    console = terminal()
    graph = load(data)
    embedding = class_rows = None
    if encoder != "none":
        embedding, encode_text, _ = text_side(graph, encoder)
        if graph.class_names:
            class_rows = class_features(encode_text, graph.class_names, graph.class_descriptions)
    facts = inspect_graph(graph, embedding, class_rows)

    table = Table(title=f"{graph.name}", show_header=False)
    for name, value in overview(facts):
        table.add_row(name, value)
    console.print(table)
    for hint in facts["hints"]:
        console.print(Text.assemble(("hint", "dim"), f" {hint}"))
    if json_file is not None:
        write_json(json_file, facts)
    if out is not None:
        write_json(out / "inspect.json", facts)
        write_text(out / "inspect.html", inspect_page(graph, facts))
        console.print(f"Page: {out / 'inspect.html'}", soft_wrap=True, highlight=False)
