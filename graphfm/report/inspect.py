"""What a text graph looks like before anything is trained: `graphfm.inspect`."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any

from graphfm.classification.seen_texts import class_features
from graphfm.datasets.text_graphs.graph import TextGraph
from graphfm.models import opening
from graphfm.models.text_side import text_side
from graphfm.report.inspect_page import inspect_page, overview
from graphfm.report.inspection import inspect_graph

if TYPE_CHECKING:
    import pandas as pd

NO_TEXTS = "none"


@dataclass(frozen=True, eq=False)
class Inspection:
    """The facts of a graph, see `graphfm.report.inspection.inspect_graph`."""

    graph: TextGraph
    facts: dict[str, Any]
    notes: list[str]  # on the texts

    @property
    def hints(self) -> list[str]:
        """What the facts suggest, in sentences."""
        return [*self.facts["hints"], *self.notes]

    @property
    def rows(self) -> list[tuple[str, str]]:
        """The main numbers by name, as text."""
        return overview(self.facts)

    def frame(self) -> pd.DataFrame:
        """The main numbers: ``name, value``."""
        import pandas as pd

        return pd.DataFrame(self.rows, columns=["name", "value"])

    def page(self) -> str:
        """All facts as one HTML page with plots."""
        return inspect_page(self.graph, self.facts)

    def as_dict(self) -> dict[str, Any]:
        """All facts as plain data."""
        return self.facts


def inspect(data: TextGraph | str | PathLike[str], *, encoder: str = "minilm") -> Inspection:
    """Homophily with and without labels, how structure should be used, degrees, curvature, trees.

    Args:
        data: a text graph, its folder, or a name of the catalogue.
        encoder: text encoder, as `graphfm.text.load_encoder` takes it; "none" to leave the texts out.

    Raises:
        DataError: no such graph or encoder.
    """
    graph = opening.text_graph(data)
    x = class_rows = None
    notes = list[str]()
    if encoder != NO_TEXTS:
        x, encode_text, _, notes = text_side(graph, encoder)
        if graph.class_names:
            class_rows = class_features(encode_text, graph.class_names, graph.class_descriptions)
    if words := graph.edge_words():
        notes = [*notes, f"Of edges: {words}."]
    return Inspection(graph, inspect_graph(graph, x, class_rows), notes)
