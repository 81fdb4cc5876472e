"""Whether a corpus to pretrain on holds texts of a graph it is to be judged on, and the corpus without them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeAlias

import torch

from graphfm.errors import DataError
from graphfm.models import opening
from graphfm.text.near_duplicates import near_duplicates

if TYPE_CHECKING:
    import pandas as pd

    from graphfm.datasets.text_graphs.graph import TextGraph

    Graph: TypeAlias = TextGraph | str | PathLike[str]

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Overlaps:
    """Near-duplicate texts of several sources in one target; a row a source, see `shared_texts`."""

    rows: list[dict[str, Any]]
    target: TextGraph

    def frame(self) -> pd.DataFrame:
        """One line a source: its name, its nodes, and how many of them, and of the target's, are near-duplicates."""
        import pandas as pd

        return pd.DataFrame(self.rows).drop(columns="examples")

    def as_dict(self) -> list[dict[str, Any]]:
        """Plain data, examples included."""
        return self.rows


def overlap(sources: Sequence[Graph] | Graph, target: Graph, *, examples: int = 3) -> Overlaps:
    """Texts of a graph to be judged on that corpora to pretrain on have already shown.

    Args:
        sources: text graphs, their folders, or names of the catalogue; one or several.
        target: the graph to be judged on, given in the same way.
        examples: pairs to show of each source.

    Raises:
        DataError: no sources, or one that cannot be read.
    """
    listed = [sources] if isinstance(sources, str | PathLike) or not isinstance(sources, Sequence) else sources
    if not listed:
        raise DataError("no sources", expected="at least one graph to look through")
    judged = opening.text_graph(target)
    return Overlaps([shared_texts(opening.text_graph(source), judged, examples=examples) for source in listed], judged)


def shared_texts(source: TextGraph, target: TextGraph, *, examples: int = 5) -> dict[str, Any]:
    """Near-duplicate texts of two graphs as plain data: counts of nodes on both sides, and some pairs in words.

    Args:
        source: the corpus to pretrain on.
        target: the graph to be judged on.
        examples: how many pairs to show, spread over the source.
    """
    pairs = near_duplicates(source.text, target.text)
    best = _first_of_each(pairs.source)
    shown = best[torch.linspace(0, len(best) - 1, min(examples, len(best))).long()]
    return {
        "source": source.name,
        "target": target.name,
        "source_nodes": source.num_nodes,
        "source_near_duplicates": len(best),
        "target_nodes": target.num_nodes,
        "target_near_duplicates": len(pairs.target.unique()),
        "examples": [
            {
                "source_id": source.node_ids[u],
                "target_id": target.node_ids[v],
                "containment": round(share, 3),
                "source_text": source.text[u],
                "target_text": target.text[v],
            }
            for u, v, share in zip(*(part[shown].tolist() for part in pairs), strict=True)
        ],
    }


def without_overlap(graph: TextGraph, targets: Sequence[TextGraph]) -> TextGraph:
    """The graph without the nodes whose texts nearly repeat a text of one of the targets, and without their edges.

    Raises:
        DataError: fewer than two nodes would be left.
    """
    keep = torch.ones(graph.num_nodes, dtype=torch.bool)
    for target in targets:
        keep[near_duplicates(graph.text, target.text).source] = False
    left_out = int((~keep).sum())
    if graph.num_nodes - left_out < 2:
        names = ", ".join(target.name for target in targets)
        raise DataError(
            f"{left_out} of {graph.num_nodes} texts of {graph.name} in {names}",
            expected="a source with texts of its own",
            hint="Leave it out of the sources.",
        )
    log.info("%s: %d of %d nodes left out, their texts are in a target", graph.name, left_out, graph.num_nodes)
    if not left_out:
        return graph
    kept: TextGraph = graph.subgraph(keep.nonzero().flatten())
    return kept


def _first_of_each(ascending: torch.Tensor) -> torch.Tensor:
    """Positions at which a new value starts."""
    return torch.nonzero(torch.diff(ascending, prepend=ascending.new_tensor([-1]))).flatten()
