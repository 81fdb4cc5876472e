"""`graphfm embed`: the texts of a graph into the cache, whole, by shards, or by workers of Ray."""

from __future__ import annotations

from typing import Annotated

import typer

from graphfm.commands.ending import say_end
from graphfm.commands.options import EncoderName, JsonFile, TextData
from graphfm.commands.terminal import terminal


def embed_graph(
    data: TextData,
    encoder: EncoderName = None,
    shard: Annotated[
        str | None, typer.Option(help="i/n: part i of n, to be run anywhere; the cache is shared.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="So many workers of a Ray cluster, or of this machine, in place of shards."),
    ] = None,
    json_file: JsonFile = None,
) -> None:
    """Embed the texts of a graph beforehand: `graphfm embed --data ./mine --shard 1/4` on the first of four machines."""
    from graphfm.commands.output import Outputs
    from graphfm.scale.embedding import embed_graph as run

    outputs = Outputs(json_file=json_file)
    done = run(data, encoder=encoder, shard=shard, workers=workers)
    outputs.write(done.as_dict())
    part = "" if done.shard.count == 1 else f" of part {done.shard}"
    said = f"{done.texts:,} texts{part} of {done.of:,} are in {done.folder}, by {done.encoder}."
    terminal().print(said, soft_wrap=True, highlight=False)
    say_end("classify", "--data", data, wrote=(json_file,))
