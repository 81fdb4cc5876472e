"""The model that a command on text graphs is given with `--checkpoint`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

if TYPE_CHECKING:
    from graphfm.datasets.text_graphs.graph import TextGraph
    from graphfm.models.graph_model import GraphFM

Checkpoint = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(help="`default`, or the model.ckpt of a pretraining; adds the model's rows."),
]


def load_model(checkpoint: str | None, graph: TextGraph, console: Any) -> GraphFM | None:
    """The model, if one is asked for; says so where it was trained on the very graph."""
    if checkpoint is None:
        return None
    from graphfm.models.graph_model import GraphFM

    model = GraphFM.load(checkpoint)
    if model.knows(graph):
        console.print(
            f"Note: {graph.name} was among the graphs this model was pretrained on, without its labels. "
            "Its rows show no transfer to an unseen graph.",
            style="yellow",
            highlight=False,
        )
    return model


def described(checkpoint: str | None, model: GraphFM | None, graph: TextGraph) -> dict[str, Any]:
    """What a result says of the model, as plain data."""
    if model is None:
        return {"checkpoint": None}
    return {"checkpoint": str(checkpoint), "seen_in_pretraining": model.knows(graph)}
