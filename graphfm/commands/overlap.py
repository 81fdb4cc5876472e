"""`graphfm overlap`: texts of a target that a source has already shown."""

from __future__ import annotations

from typing import Annotated

import typer

from graphfm.commands.ending import say_end
from graphfm.commands.options import JsonFile
from graphfm.commands.output import Outputs
from graphfm.commands.terminal import terminal


def overlap(
    sources: Annotated[list[str], typer.Option("--sources", "-s", help="Name or folder; several may follow.")],
    target: Annotated[str, typer.Option("--target", "-t", help="Name or folder of the graph to be judged on.")],
    examples: Annotated[int, typer.Option(min=0, help="Pairs shown of each source.")] = 3,
    json_file: JsonFile = None,
) -> None:
    """Near-duplicate texts between sources and a target: `graphfm overlap --sources cora_topics citeseer --target cora`."""
    from rich.table import Table
    from rich.text import Text

    from graphfm.evaluation.overlap import overlap as run

    outputs, console = Outputs(json_file=json_file), terminal()
    done = run(sources, target, examples=examples)
    table = Table(title=f"Texts of {done.target.name} in the sources")
    table.add_column("source")
    for column in ("nodes", "near-duplicates", "nodes of the target", "share of the target"):
        table.add_column(column, justify="right")
    for facts in done.rows:
        touched = facts["target_near_duplicates"]
        counts = (facts["source_nodes"], facts["source_near_duplicates"], touched)
        share = f"{100 * touched / facts['target_nodes']:.1f}%"
        table.add_row(facts["source"], *(f"{count:,}" for count in counts), share)
    console.print(table)
    for facts in done.rows:
        for pair in facts["examples"]:
            texts = (" ".join(pair[f"{side}_text"].split())[:90] for side in ("source", "target"))
            where = f"{facts['source']} {pair['source_id']} ~ {done.target.name} {pair['target_id']}"
            console.print(Text.assemble((where, "dim"), f"  {'  ~  '.join(texts)}"), soft_wrap=True)
    outputs.write(done.as_dict())
    # A source of which the target has all would be left with nothing, and `pretrain` refuses that.
    left = [
        source
        for source, facts in zip(sources, done.rows, strict=True)
        if facts["source_nodes"] - facts["source_near_duplicates"] > 1
    ]
    then = ("pretrain", "--data", *left, "--exclude-overlap-with", target, "--out", "runs/first")
    say_end(*(then if left else ("datasets", "list")), wrote=(json_file,))
