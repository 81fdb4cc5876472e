"""Text graphs from and to PyG `Data`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import Data, HeteroData
from torch_geometric.utils import is_undirected

from graphfm.datasets.text_graphs.graph import SPLITS, TextGraph
from graphfm.datasets.text_graphs.node_splits import masks_of
from graphfm.datasets.text_graphs.tables import choose, warn_of_oddities
from graphfm.errors import DataError

#: What the field calls the texts and the names of classes: OFA, Graph-LLM, LLaGA, TAPE.
_TEXTS = ("text", "raw_texts", "raw_text", "texts")
#: What is taken over, besides.
_READ = {
    "edge_index", "edge_type", "edge_type_names", "edge_weight", "edge_text", "y", "name", "directed", "node_ids", "info",
    "class_descriptions", "num_nodes",
}  # fmt: skip
_CLASS_NAMES = ("class_names", "label_names", "label_texts", "label_name", "category_names")


def from_pyg(
    data: Data | HeteroData,
    *,
    text: str | Sequence[str] | None = None,
    label: str | None = None,
    kind: str | None = None,
    weight: str | None = None,
    edge_text: str | None = None,
    class_names: Sequence[str] | None = None,
    class_descriptions: Sequence[str] | None = None,
    directed: bool | None = None,
    name: str | None = None,
) -> TextGraph:
    """Text graph from a PyG graph: ``edge_index``, ``y``, ``edge_type``, ``edge_weight`` and the split masks are taken over.

    Features (``x``, ``edge_attr``) are left behind, named in ``info["left_out"]``: graphfm makes its own from the texts.

    Args:
        data: the graph.
        text: the texts, or the name of the attribute that holds them; where left out, ``text``, ``raw_texts``, ``raw_text``
            or ``texts``, whichever there is.
        label: the attribute with the class numbers; ``y`` where left out.
        kind: the attribute with the type of each edge; ``edge_type`` where left out.
        weight: the attribute with the weight of each edge, (E,) or (E, 1); ``edge_weight`` where left out.
        edge_text: the attribute with a text an edge; ``edge_text`` where left out.
        class_names: names of the classes; ``class_names``, ``label_names``, ``label_texts`` or ``category_names`` of the
            data, else the class numbers.
        class_descriptions: a sentence a class; `data.class_descriptions`, else none.
        directed: whether edges have a direction; left out, a graph with both directions of every edge is undirected.
        name: name of the graph; `data.name` when left out.

    Raises:
        DataError: no such attribute, or what `TextGraph` refuses.
    """
    if isinstance(data, HeteroData):
        kinds = ", ".join(map(str, data.node_types))
        hint = (
            "Take the part with texts (Data(edge_index=..., text=...) of one type of node), or read it as a knowledge "
            "graph: graphfm.datasets.triples.convert.from_hetero."
        )
        raise DataError(f"a heterogeneous graph ({kinds})", expected="nodes of one type", hint=hint)
    given = data.to_dict()
    for asked, usual, what in (
        (label, "y", "class of each node"), (kind, "edge_type", "type of each edge"),
        (weight, "edge_weight", "weight of each edge"), (edge_text, "edge_text", "text of each edge"),
    ):  # fmt: skip
        if asked == "":
            given.pop(usual, None)
        elif asked is not None:
            given[usual] = given[str(choose(given, asked, None, what=what))]
    text, used = _texts_of(given, text)
    if isinstance(text, str) or not isinstance(text, Sequence):
        raise DataError(f"a {type(text).__name__} for the texts", expected="a list with one text a node")
    edge_index, kinds, y = given.get("edge_index"), given.get("edge_type"), _labels(given.get("y"))
    if not isinstance(edge_index, Tensor) or edge_index.dim() != 2 or edge_index.size(0) != 2:
        hint = "Of adj_t: torch_geometric.utils.to_edge_index(data.adj_t)[0]." if "adj_t" in given else ""
        raise DataError("no `edge_index` of two rows", expected="a (2, E) tensor", hint=hint)
    if edge_index.dtype in (torch.int32, torch.int16, torch.int8, torch.uint8):
        edge_index = edge_index.long()
    _check_sizes(given, len(text))
    masks, of_splits = masks_of(given, len(text))
    known_names = class_names or next((given[name] for name in _CLASS_NAMES if given.get(name)), None)
    weights, edge_texts = _weights(given.get("edge_weight")), given.get("edge_text")
    if edge_texts is not None and (isinstance(edge_texts, str) or not isinstance(edge_texts, Sequence)):
        raise DataError(
            f"a {type(edge_texts).__name__} for the texts of edges", expected="a list with one text an edge"
        )
    of_edges = (kinds, weights, _as_numbers(edge_texts))
    values = [value for value in of_edges if isinstance(value, Tensor) and value.shape[:1] == edge_index.shape[1:]]
    symmetric = is_undirected(edge_index, values)
    graph = TextGraph(
        edge_index,
        name=name or given.get("name") or "graph",
        text=text,
        directed=given.get("directed", not symmetric) if directed is None else directed,
        y=y,
        class_names=known_names or _numbers(y),
        class_descriptions=class_descriptions or given.get("class_descriptions"),
        node_ids=given.get("node_ids"),
        edge_type=kinds,
        edge_type_names=given.get("edge_type_names") or _numbers(kinds),
        edge_weight=weights,
        edge_text=edge_texts,
        info=given.get("info"),
        **{f"{split}_mask": masks.get(f"{split}_mask") for split in SPLITS},
    )
    if symmetric and not graph.directed and graph.num_edges:
        graph.info["duplicate_edges"] -= graph.num_edges  # the other direction of an edge is no repeat
    known = {*_READ, *used, *_CLASS_NAMES, *of_splits, weight, edge_text, label, kind}
    if left := [name for name, value in given.items() if value is not None and name not in known]:
        graph.info["left_out"] = ", ".join(left)
    return warn_of_oddities(graph)


def _check_sizes(given: dict[str, Any], count: int) -> None:
    """Refuse texts of other nodes than those that have labels and features."""
    for name in ("y", "x"):
        value = given.get(name)
        if isinstance(value, Tensor) and value.dim() and len(value) != count:
            raise DataError(f"{count:,} texts and `{name}` of {len(value):,} nodes", expected="a text for every node")


def _texts_of(given: dict[str, Any], text: str | Sequence[str] | None) -> tuple[Any, list[str]]:
    """The texts, and the attributes they are from: those given, of the attributes asked for, else of one that is known."""
    if text is None:
        text = next((name for name in _TEXTS if name in given), None)
        if text is None:
            hint = "Say which holds the texts: --text NAME (in Python, text=)."
            raise DataError(
                f"no texts among {', '.join(map(str, given))}", expected="a list with one text a node", hint=hint
            )
    if not isinstance(text, str):
        return text, []
    names = [text] if text in given else [name.strip() for name in text.split("+")]
    for name in names:
        choose(given, name, name, what="list of texts")
    return _joined([given[name] for name in names]), names


def _joined(columns: list[Any]) -> Any:
    """The texts of one attribute as they are, those of several one after the other."""
    if len(columns) == 1:
        return columns[0]
    return [". ".join(str(part) for part in parts if part) for parts in zip(*columns, strict=True)]


def _weights(values: Tensor | None) -> Tensor | None:
    """Weights (E,) as 64-bit numbers, from (E,) or (E, 1) of any kind of number."""
    if values is None:
        return None
    try:
        values = torch.as_tensor(values)
    except (TypeError, ValueError, RuntimeError) as error:
        raise DataError(f"a {type(values).__name__} for the weights of edges", expected="a (E,) tensor") from error
    return (values.squeeze(1) if values.dim() == 2 and values.size(1) == 1 else values).double()


def _as_numbers(texts: Sequence[str] | None) -> Tensor | None:
    """A number a text, equal for equal ones; None without texts, or where some are none."""
    place: dict[str, int] = {}
    if texts is None or not all(isinstance(text, str) for text in texts):
        return None
    return torch.tensor([place.setdefault(text, len(place)) for text in texts])


def _numbers(values: Tensor | None) -> list[str]:
    """The numbers up to the largest value, as names for what has none."""
    return [] if values is None or not values.numel() else [str(i) for i in range(int(values.max()) + 1)]


def _labels(y: Tensor | None) -> Tensor | None:
    """Class numbers (N,): a column (N, 1) is flattened, a NaN means no label."""
    if y is None:
        return None
    if not isinstance(y, Tensor):
        y = torch.as_tensor(y)
    y = y.squeeze(1) if y.dim() == 2 and y.size(1) == 1 else y
    if y.dim() == 2:
        hint = "Keep one class of each node (y.argmax(1), where each row has one), or make one graph a class."
        raise DataError(
            f"labels of shape {tuple(y.shape)}, several a node",
            expected="class numbers (N,): multi-label graphs are not supported",
            hint=hint,
        )
    if y.dtype == torch.bool:
        y = y.long()
    whole = y.nan_to_num(-1).long()
    odd = (whole != y) & ~y.isnan()
    if odd.any():
        raise DataError(f"the label {float(y[odd][0])}", expected="class numbers")
    return whole


def to_pyg(graph: TextGraph) -> Data:
    """Plain PyG graph; an undirected one holds both directions of each edge, as PyG expects, and weights are 32-bit numbers."""
    data = Data.from_dict(graph.to_dict())
    if "edge_weight" in graph:
        data.edge_weight = graph.edge_weight.float()
    if not graph.directed:
        data.edge_index = torch.cat([graph.edge_index, graph.edge_index.flip(0)], dim=1)  # (2, 2E)
        if "edge_type" in graph:
            data.edge_type = graph.edge_type.repeat(2)
        if "edge_weight" in graph:
            data.edge_weight = data.edge_weight.repeat(2)
        if "edge_text" in graph:
            data.edge_text = graph.edge_text * 2
    return data
