"""The text graph: one PyG `Data` object that holds a graph whose nodes are texts, checked once when it is made.

Whatever the source (a folder, the catalogue, PyG, NetworkX, pandas), the rest of the project sees this class and may
rely on what its constructor guarantees.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch_geometric.data import Data

from graphfm.datasets.text_graphs.argument_checks import (
    check_distinct,
    check_ids,
    check_indices,
    check_length,
    check_masks,
    check_names,
    check_texts,
    check_weights,
)
from graphfm.datasets.text_graphs.edges import both_directions, simplify
from graphfm.errors import DataError
from graphfm.notebook import facts_html
from graphfm.ops import Adjacency, adjacency

Found = TypeVar("Found")
SPLITS = ("train", "val", "test")
_NODE_LEVEL = {"text", "node_ids", "y", "train_mask", "val_mask", "test_mask"}
_EDGE_LEVEL = {"edge_type", "edge_weight", "edge_text"}
_GRAPH_LEVEL = {"name", "directed", "class_names", "class_descriptions", "edge_type_names", "info"}


class TextGraph(Data):
    """A graph whose nodes carry texts and, where known, one of C classes.

    Self loops and repeated edges are dropped and counted in ``info["self_loops"]`` and ``info["duplicate_edges"]``. Of edges that
    repeat, the first has its weight and text kept; ``info["differing_edges"]`` counts those whose weight or text is another.
    Types, weights and texts of edges are kept for whoever uses them: the models here do not.
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
        edge_weight: weight of each edge, finite.
        edge_text: a text an edge; may be empty.
        train_mask: the public split, where there is one. The three masks do not overlap.
        val_mask: see `train_mask`.
        test_mask: see `train_mask`.
        info: source, licence and other remarks.

    Shapes:
        edge_index (2, E), y (N,), edge_type (E,), edge_weight (E,), masks (N,)

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
        edge_weight: Tensor | None = None,
        edge_text: Sequence[str] | None = None,
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
        check_texts(text)
        check_indices("edge_index", edge_index, shape=(2, -1), low=0, high=num_nodes)
        self.name, self.directed, self.text, self.num_nodes = name, directed, list(text), num_nodes
        self.node_ids = list(range(num_nodes) if node_ids is None else node_ids)
        check_length("node_ids", self.node_ids, num_nodes)
        check_ids(self.node_ids)

        self.class_names = list(class_names)
        check_names("class_names", self.class_names)
        self.class_descriptions = [""] * len(class_names) if class_descriptions is None else list(class_descriptions)
        check_length("class_descriptions", self.class_descriptions, len(class_names))
        self.y = torch.full((num_nodes,), -1, device=edge_index.device) if y is None else y
        check_indices("y", self.y, shape=(num_nodes,), low=-1, high=len(class_names))

        if edge_type is not None:
            check_names("edge_type_names", edge_type_names)
            check_distinct("edge_type_names", edge_type_names)
            check_indices("edge_type", edge_type, shape=(edge_index.size(1),), low=0, high=len(edge_type_names))
        edges = simplify(edge_index, edge_type, num_nodes=num_nodes, directed=directed)
        self.edge_index = edges.edge_index
        if edges.edge_type is not None:
            self.edge_type, self.edge_type_names = edges.edge_type, list(edge_type_names)
        differ = torch.zeros(edges.duplicates, dtype=torch.bool, device=edge_index.device)
        if edge_weight is not None:
            check_weights(edge_weight, edge_index.size(1))
            self.edge_weight = edge_weight[edges.kept]
            differ |= edge_weight[edges.repeats[0]] != edge_weight[edges.repeats[1]]
        if edge_text is not None:
            check_length("edge_text", edge_text, edge_index.size(1))
            check_texts(edge_text, of="edge")
            self.edge_text = [edge_text[place] for place in edges.kept.tolist()]
            pairs = edges.repeats.T.tolist()
            differ |= torch.tensor(
                [edge_text[a] != edge_text[b] for a, b in pairs], dtype=torch.bool, device=differ.device
            )

        masks = {f"{split}_mask": mask for split, mask in zip(SPLITS, (train_mask, val_mask, test_mask), strict=True)}
        given = {key: mask for key, mask in masks.items() if mask is not None}
        check_masks(given, num_nodes)
        for key, mask in given.items():
            self[key] = mask
        dropped = {
            "self_loops": edges.self_loops, "duplicate_edges": edges.duplicates, "differing_edges": int(differ.sum())
        }  # fmt: skip
        self.info = dict(info or {}) | {key: count for key, count in dropped.items() if count}

    @property
    def num_classes(self) -> int:
        """C, the number of class names."""
        return len(self.class_names)

    @property
    def labelled(self) -> Tensor:
        """Mask (N,) of the nodes whose class is known."""
        return self.y >= 0

    def edge_columns(self) -> dict[str, list[Any]]:
        """Name of the type, weight and text of each edge, as far as they are known, by ``type``, ``weight``, ``text``."""
        columns: dict[str, list[Any]] = {}
        if "edge_type" in self:
            columns["type"] = [self.edge_type_names[kind] for kind in self.edge_type.tolist()]
        if "edge_weight" in self:
            columns["weight"] = self.edge_weight.tolist()
        if "edge_text" in self:
            columns["text"] = list(self.edge_text)
        return columns

    def edge_words(self) -> str:
        """What is known of edges beside their ends, and that no model uses it; "" for nothing."""
        kept = ", ".join(self.edge_columns())
        return f"{kept}: kept with the graph, used by no model of text graphs" if kept else ""

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
        return key in _NODE_LEVEL or (key not in _GRAPH_LEVEL | _EDGE_LEVEL and super().is_node_attr(key))

    def is_edge_attr(self, key: str) -> bool:
        return key in _EDGE_LEVEL or (key not in _NODE_LEVEL | _GRAPH_LEVEL and super().is_edge_attr(key))

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
