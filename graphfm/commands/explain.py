"""`graphfm explain`: the paths behind an answer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphfm.commands.ending import say_end
from graphfm.commands.options import LinkCheckpoint, TripleData
from graphfm.commands.output import save
from graphfm.commands.terminal import terminal

DRAWN = Path("explanation.html")


def explain(
    checkpoint: LinkCheckpoint,
    head: Annotated[str, typer.Option(help="Identifier or label.")],
    relation: Annotated[str, typer.Option(help="Identifier or label.")],
    tail: Annotated[str, typer.Option(help="Identifier or label of the answer to explain.")],
    data: TripleData = None,
    top: Annotated[int, typer.Option(min=1, help="Paths to show.")] = 5,
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to draw them: a .png or .html file.")] = DRAWN,
) -> None:
    """Show why: `graphfm explain --checkpoint default --data umls --head virus --relation causes --tail disease_or_syndrome`."""
    from graphfm.errors import DataError
    from graphfm.files import check_writable
    from graphfm.models import asking, opening
    from graphfm.printable import amount
    from graphfm.report.images import png
    from graphfm.report.paths_page import explanation_page, path_drawing

    if out.suffix not in (".png", ".html"):
        raise DataError(f"--out {out}", expected="a name that ends in .png or .html")
    check_writable(file=out)
    model = opening.link_model(checkpoint, data=data)
    found = asking.explain(model, head=head, relation=relation, tail=tail, top=top)
    console = terminal()

    def say(line: str) -> None:
        console.print(line, highlight=False, soft_wrap=True)

    about = "in the data, not read" if found.known else "not in the data"
    say(f"{found.triple[0]}  {found.triple[1]}  {found.triple[2]}   ({about})")
    say(f"rank {amount(found.rank)} of {found.entities:,} (other known answers left out), score {found.score:.3f}")
    for path in found.paths:
        say(f"  {path.weight:8.3f}  {path}")
    if not found.paths:
        say("  No path of a length that counts leads there.")
    if found.lengths:
        say("lengths   " + ", ".join(f"{length}: {weight:.2f}" for length, weight in found.lengths.items()))
    for number, layer in enumerate(found.pruning, start=1):
        say(f"layer {number}   " + ", ".join(f"{name} {weight:.2f}" for name, weight in layer.items()))
    if not found.paths:
        say(f"Nothing to draw: {out} is not written.")
        return
    if out.suffix == ".png":
        save(out, png(path_drawing(found.paths, found.triple[0], found.triple[2])))
    else:
        save(out, explanation_page(found, str(model.card.get("model", model.kind))))
    on = () if data is None else ("--data", data)
    say_end("complete", "--checkpoint", checkpoint, *on, "--head", head, "--relation", relation, "--new", wrote=(out,))
