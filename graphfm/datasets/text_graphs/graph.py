"""The text graph: one PyG `Data` object that holds a graph whose nodes are texts, checked once when it is made.

Whatever the source (a folder, the catalogue, PyG, NetworkX, pandas), the rest of the project sees this class and may
rely on what its constructor guarantees.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch_geometric.data import Data

from graphfm.datasets.text_graphs.edges import both_directions, simplify
from graphfm.errors import DataError
from graphfm.notebook import facts_html
from graphfm.ops import Adjacency, adjacency

Found = TypeVar("Found")
SPLITS = ("train", "val", "test")
_NODE_LEVEL = {"text", "node_ids", "y", "train_mask", "val_mask", "test_mask"}
_GRAPH_LEVEL = {"name", "directed", "class_names", "class_descriptions", "edge_type_names", "info"}


class TextGraph(Data):
    """A graph whose nodes carry texts and, where known, one of C classes.

    Self loops and repeated edges are dropped and counted in ``info["self_loops"]`` and ``info["duplicate_edges"]``.
    Called with no arguments it makes the empty shell that PyG fills itself when it batches graphs.

    Args:
        edge_index: source -> destination; an undirected graph holds each edge once.
        name: short name of the graph.
        text: one text a node; may be empty.
        directed: whether the direction of the edges means anything.
        y: class of each node, -1 where unknown; no labels when left out.
        class_names: names of the C classes. Two may share a name, as in label trees.
        class_descriptions: a sentence a class, "" where there is none.
        node_ids: the ids of the source; 0..N-1 when left out.
        edge_type: type of each edge, an index into `edge_type_names`.
        edge_type_names: names of the edge types.
        train_mask: the public split, where there is one. The three masks do not overlap.
        val_mask: see `train_mask`.
        test_mask: see `train_mask`.
        info: source, licence and other remarks.

    Shapes:
        edge_index (2, E), y (N,), edge_type (E,), masks (N,)

    Raises:
        DataError: a text that is none, an index out of range, a wrong shape, repeated ids, overlapping splits.

    >>> graph = TextGraph(torch.tensor([[0], [1]]), name="pair", text=["a", "b"])
    >>> graph
    TextGraph('pair', nodes=2, edges=1 directed, classes=0, labelled=0)
    >>> graph.undirected_edge_index()
    tensor([[1, 0],
            [0, 1]])
    """

    def __init__(
        self,
        edge_index: Tensor | None = None,
        *,
        name: str = "",
        text: Sequence[str] | None = None,
        directed: bool = True,
        y: Tensor | None = None,
        class_names: Sequence[str] = (),
        class_descriptions: Sequence[str] | None = None,
        node_ids: Sequence[int | str] | None = None,
        edge_type: Tensor | None = None,
        edge_type_names: Sequence[str] = (),
        train_mask: Tensor | None = None,
        val_mask: Tensor | None = None,
        test_mask: Tensor | None = None,
        info: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        if edge_index is None and text is None:
            return
        if edge_index is None or text is None:
            raise DataError("only one of `text` and `edge_index`", expected="both")
        num_nodes = len(text)
        _check_texts(text)
        _check_indices("edge_index", edge_index, shape=(2, -1), low=0, high=num_nodes)
        self.name, self.directed, self.text, self.num_nodes = name, directed, list(text), num_nodes
        self.node_ids = list(range(num_nodes) if node_ids is None else node_ids)
        _check_length("node_ids", self.node_ids, num_nodes)
        _check_ids(self.node_ids)

        self.class_names = list(class_names)
        _check_names("class_names", self.class_names)
        self.class_descriptions = [""] * len(class_names) if class_descriptions is None else list(class_descriptions)
        _check_length("class_descriptions", self.class_descriptions, len(class_names))
        self.y = torch.full((num_nodes,), -1, device=edge_index.device) if y is None else y
        _check_indices("y", self.y, shape=(num_nodes,), low=-1, high=len(class_names))

        if edge_type is not None:
            _check_names("edge_type_names", edge_type_names)
            _check_distinct("edge_type_names", edge_type_names)
            _check_indices("edge_type", edge_type, shape=(edge_index.size(1),), low=0, high=len(edge_type_names))
        edges = simplify(edge_index, edge_type, num_nodes=num_nodes, directed=directed)
        self.edge_index = edges.edge_index
        if edges.edge_type is not None:
            self.edge_type, self.edge_type_names = edges.edge_type, list(edge_type_names)

        masks = {f"{split}_mask": mask for split, mask in zip(SPLITS, (train_mask, val_mask, test_mask), strict=True)}
        given = {key: mask for key, mask in masks.items() if mask is not None}
        _check_masks(given, num_nodes)
        for key, mask in given.items():
            self[key] = mask
        dropped = {"self_loops": edges.self_loops, "duplicate_edges": edges.duplicates}
        self.info = dict(info or {}) | {key: count for key, count in dropped.items() if count}

    @property
    def num_classes(self) -> int:
        """C, the number of class names."""
        return len(self.class_names)

    @property
    def labelled(self) -> Tensor:
        """Mask (N,) of the nodes whose class is known."""
        return self.y >= 0

    def digest(self) -> str:
        """Sixteen hexadecimal digits that another graph does not share: ids, texts and edges, not labels."""
        total = hashlib.sha256()
        for names in (self.text, [str(node) for node in self.node_ids]):
            total.update(f"{len(names)}\n".encode() + "\n".join(names).encode("utf-8", "surrogatepass"))
        total.update(self.edge_index.cpu().contiguous().numpy().data)
        return total.hexdigest()[:16]

    def undirected_edge_index(self) -> Tensor:
        """Both directions of every edge, (2, 2M), sorted by destination, then source; computed once."""
        return self.cached("undirected", lambda graph: both_directions(graph.edge_index, num_nodes=graph.num_nodes))

    def adjacency(self) -> Adjacency:
        """Both directions of every edge, sorted for `graphfm.ops.spmm`; computed once."""
        return self.cached("adjacency", lambda graph: adjacency(graph.undirected_edge_index(), graph.num_nodes))

    def cached(self, key: Hashable, make: Callable[[TextGraph], Found]) -> Found:
        """What `make` finds of the structure of this graph: computed once, and anew where the graph was given other edges.

        Args:
            key: tells it from all else that is kept of a graph.
            make: reads nothing of the graph but its edges and its number of nodes.
        """
        known: tuple[Tensor, dict[Hashable, Any]] | None = self.__dict__.get("_cached")
        if known is None or known[0] is not self.edge_index:
            known = self.__dict__["_cached"] = (self.edge_index, {})
        if key not in known[1]:
            known[1][key] = make(self)
        found: Found = known[1][key]
        return found

    def statistics(self) -> dict[str, int | float | None]:
        """Counts and shares that describe the graph; None where nothing can be said (homophily without labels).

        Homophily is the share of same-class edges among the undirected edges whose two ends are labelled.
        """
        src, dst = self.undirected_edge_index()
        labelled = self.labelled
        joined = labelled[src] & labelled[dst]
        texts = [text for text in self.text if text.strip()]
        words = torch.tensor([len(text.split()) for text in self.text], dtype=torch.float)
        touched = torch.zeros(self.num_nodes, dtype=torch.bool, device=src.device)
        touched[dst] = True
        return {
            "nodes": self.num_nodes,
            "directed_edges": self.edge_index.size(1) if self.directed else None,
            "undirected_edges": dst.size(0) // 2,
            "classes": self.num_classes,
            "isolated": int((~touched).sum()),
            "unlabelled": int((~labelled).sum()),
            "edge_homophily": float((self.y[src] == self.y[dst])[joined].float().mean()) if joined.any() else None,
            "empty_texts": self.num_nodes - len(texts),
            "repeated_texts": len(texts) - len(set(texts)),
            "words_median": int(words.quantile(0.5, interpolation="higher")),
            "words_95": int(words.quantile(0.95, interpolation="higher")),
        }

    # PyG tells node lists from others by length alone: a graph with as many nodes as classes would lose classes.
    def is_node_attr(self, key: str) -> bool:
        return key in _NODE_LEVEL or (key not in _GRAPH_LEVEL and super().is_node_attr(key))

    def is_edge_attr(self, key: str) -> bool:
        return key not in _NODE_LEVEL | _GRAPH_LEVEL and super().is_edge_attr(key)

    def __repr__(self) -> str:
        if "text" not in self:
            return "TextGraph()"
        kind = "directed" if self.directed else "undirected"
        return (
            f"TextGraph({self.name!r}, nodes={self.num_nodes}, edges={self.num_edges} {kind}, "
            f"classes={self.num_classes}, labelled={int(self.labelled.sum())})"
        )

    def _repr_html_(self) -> str:
        if "text" not in self:
            return facts_html("TextGraph", {"nodes": 0})
        about = {"first text": self.text[0][:200], "classes by name": self.class_names}
        counts = {name.replace("_", " "): value for name, value in self.statistics().items()}
        return facts_html(f"TextGraph {self.name}", counts | about)


def _check_texts(text: Sequence[str]) -> None:
    if isinstance(text, str) or not len(text):
        raise DataError("no nodes" if not len(text) else "one string as `text`", expected="a list with one text a node")
    for node, value in enumerate(text):
        if not isinstance(value, str):
            raise DataError(f"{value!r} as the text of node {node}", expected="a string", hint='Use "" for no text.')


def _check_ids(ids: Sequence[int | str]) -> None:
    for key in ids:
        if type(key) not in (int, str) or key == "":
            raise DataError(f"{key!r} in `node_ids`", expected="whole numbers or strings that are not empty")
    _check_distinct("node_ids", [str(key) for key in ids])  # files cannot tell 7 from "7"


def _check_names(name: str, values: Sequence[str]) -> None:
    for value in values:
        if not isinstance(value, str) or not value.strip():
            raise DataError(f"{value!r} in `{name}`", expected="names")


def _check_length(name: str, values: Sequence[Any], length: int) -> None:
    if len(values) != length:
        raise DataError(f"{len(values)} entries in `{name}`", expected=str(length))


def _check_distinct(name: str, values: Sequence[Any]) -> None:
    if len(set(values)) != len(values):
        repeated = next(value for value, count in Counter(values).items() if count > 1)
        raise DataError(f"{repeated!r} twice in `{name}`", expected="distinct entries")


def _check_indices(name: str, tensor: Tensor, *, shape: tuple[int, ...], low: int, high: int) -> None:
    wanted = "(" + ", ".join("E" if size < 0 else str(size) for size in shape) + ("," if len(shape) == 1 else "") + ")"
    fits = len(shape) == tensor.dim() and all(
        size in (-1, real) for size, real in zip(shape, tensor.shape, strict=True)
    )
    if not fits or tensor.dtype != torch.int64:
        raise DataError(
            f"`{name}` of shape {tuple(tensor.shape)} and {tensor.dtype}", expected=f"{wanted} and torch.int64"
        )
    if tensor.numel() and not (low <= int(tensor.min()) and int(tensor.max()) < high):
        raise DataError(
            f"values {int(tensor.min())} to {int(tensor.max())} in `{name}`", expected=f"{low} to {high - 1}"
        )


def _check_masks(masks: dict[str, Tensor], num_nodes: int) -> None:
    for key, mask in masks.items():
        if mask.shape != (num_nodes,) or mask.dtype != torch.bool:
            raise DataError(
                f"`{key}` of shape {tuple(mask.shape)} and {mask.dtype}", expected=f"({num_nodes},) and torch.bool"
            )
    if masks and int(torch.stack(list(masks.values())).sum(0).max()) > 1:
        raise DataError("a node in two of the splits", expected="splits that do not overlap")
