"""`graphfm overlap`: texts of a target that a source has already shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from graphfm.commands.terminal import terminal


def overlap(
    sources: Annotated[list[str], typer.Option("--sources", "-s", help="Name or folder; more may follow.")],
    target: Annotated[str, typer.Option("--target", "-t", help="Name or folder of the graph to be judged on.")],
    more: Annotated[Optional[list[str]], typer.Argument(metavar="[SOURCE]...", help="Further sources.")] = None,  # noqa: UP045
    examples: Annotated[int, typer.Option(min=0, help="Pairs shown of each source.")] = 3,
    json_file: Annotated[Optional[Path], typer.Option("--json", help="Write counts and examples as JSON.")] = None,  # noqa: UP045
) -> None:
    """Near-duplicate texts between sources and a target: `graphfm overlap --sources cora_topics citeseer --target cora`."""
    from rich.table import Table
    from rich.text import Text

    from graphfm.datasets import load
    from graphfm.evaluation.overlap import overlap as run
    from graphfm.files import check_writable, write_json

    check_writable(file=json_file)
    judged = load(target)
    found = [run(graph, judged, examples=examples) for graph in map(load, [*sources, *(more or [])])]

    console = terminal()
    table = Table(title=f"Texts of {judged.name} in the sources")
    table.add_column("source")
    for column in ("nodes", "near-duplicates", "nodes of the target", "share of the target"):
        table.add_column(column, justify="right")
    for facts in found:
        touched = facts["target_near_duplicates"]
        counts = (facts["source_nodes"], facts["source_near_duplicates"], touched)
        share = f"{100 * touched / facts['target_nodes']:.1f}%"
        table.add_row(facts["source"], *(f"{count:,}" for count in counts), share)
    console.print(table)
    for facts in found:
        for pair in facts["examples"]:
            texts = (" ".join(pair[f"{side}_text"].split())[:90] for side in ("source", "target"))
            where = f"{facts['source']} {pair['source_id']} ~ {judged.name} {pair['target_id']}"
            console.print(Text.assemble((where, "dim"), f"  {'  ~  '.join(texts)}"), soft_wrap=True)
    console.print(
        "Leave such nodes out of a pretraining with: graphfm pretrain ... --exclude-overlap-with NAME", soft_wrap=True
    )
    if json_file is not None:
        write_json(json_file, found)
