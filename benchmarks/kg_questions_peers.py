"""ULTRA in plain PyTorch, and by its authors' own code, as contestants of `kg_questions.py`."""

from __future__ import annotations

import sys
import types
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from graphfm.kg.known import head_queries
from graphfm.kg.relations.relation_graph import relation_graph
from graphfm.kg.relations.ultra import CHANNELS, LAYERS, Ultra

BATCH = 16  # queries, as upstream evaluates


class Plain:
    """The equations of ULTRA as one would write them: gather, multiply, index_add, all entities in every layer, nothing shared.

    Args:
        model: whose parameters are used.
        triples: `(n, 3)` the observed graph.
        num_entities: V.
        num_relations: R.
    """

    def __init__(self, model: Ultra, triples: Tensor, *, num_entities: int, num_relations: int) -> None:
        self.model, self.size, self.relations = model, num_entities, num_relations
        both = torch.cat([triples, head_queries(triples, num_relations)])
        self.into, self.kind, self.source = both.unbind(1)  # a message goes against its edge
        self.between = relation_graph(triples, num_entities=num_entities, num_relations=num_relations)

    @torch.no_grad()
    def __call__(self, head: Tensor, rel: Tensor) -> Tensor:
        """Shapes: `head, rel (B,)` -> scores `(B, V)`."""
        layers: Any = self.model.relation_model.layers
        rows, joined = torch.arange(len(head)), self.between
        x = torch.zeros(2 * self.relations, len(head), CHANNELS)
        x[rel % self.relations, rows] = 1.0
        boundary = x
        for layer in layers:
            messages = x[joined.column] * layer.relation.weight[joined.kind].unsqueeze(1)
            x = self._next(layer, x, torch.zeros_like(x).index_add_(0, joined.row, messages) + boundary)
        vectors, query = x, x[rel, rows]
        x = torch.zeros(self.size, len(head), CHANNELS)
        x[head, rows] = query
        boundary = x
        layers = self.model.entity_model.layers
        for layer in layers:
            messages = x[self.source] * layer.relation_projection(vectors)[self.kind]
            x = self._next(layer, x, torch.zeros_like(x).index_add_(0, self.into, messages) + boundary)
        states = torch.cat([x, query.expand_as(x)], -1)
        scores: Tensor = self.model.entity_model.mlp(states).squeeze(-1).T
        return scores

    def _next(self, layer: Any, x: Tensor, message: Tensor) -> Tensor:
        return x + torch.relu(layer.layer_norm(layer.linear(torch.cat([x, message], -1))))


class Upstream:
    """The authors' repository (github.com/DeepGraphLearning/ULTRA) with its kernel, which it compiles when it is first used.

    Args:
        folder: a clone of it.
        model: whose parameters are used.
        triples, num_entities, num_relations: the observed graph.
    """

    def __init__(self, folder: Path, model: Ultra, triples: Tensor, *, num_entities: int, num_relations: int) -> None:
        from torch_geometric.data import Data

        tasks, upstream = _theirs(folder)
        layers = {"input_dim": CHANNELS, "hidden_dims": [CHANNELS] * LAYERS, "message_func": "distmult"}
        layers |= {"aggregate_func": "sum", "short_cut": True, "layer_norm": True}
        self.model = upstream({"class": "RelNBFNet", **layers}, {"class": "EntityNBFNet", **layers}).eval()
        self.model.load_state_dict(model.state_dict())
        self.size, self.relations = num_entities, num_relations
        both = torch.cat([triples, head_queries(triples, num_relations)])
        graph = Data(edge_index=both[:, [0, 2]].T, edge_type=both[:, 1], num_nodes=num_entities)
        graph.num_relations = 2 * num_relations
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.graph = tasks.build_relation_graph(graph)

    @torch.no_grad()
    def __call__(self, head: Tensor, rel: Tensor) -> Tensor:
        """Shapes: `head, rel (B,)`, all asked for tails or all for heads (rel at least R) -> scores `(B, V)`."""
        every = torch.arange(self.size).expand(len(head), -1)
        given, relation = (x.unsqueeze(1).expand_as(every) for x in (head, rel % self.relations))
        ends = (given, every) if int(rel[0]) < self.relations else (every, given)
        scores: Tensor = self.model(self.graph, torch.stack([*ends, relation], -1))
        return scores


def _theirs(folder: Path) -> tuple[Any, Any]:
    """The two modules of a clone that are used."""
    if "torch_scatter" not in sys.modules:
        try:
            import torch_scatter  # noqa: F401
        except ImportError:  # all that is used of it with these settings
            module: Any = types.ModuleType("torch_scatter")
            for name in ("scatter", "scatter_max", "scatter_mean", "scatter_min", "scatter_softmax"):
                setattr(module, name, None)
            module.scatter_add = _scatter_add
            sys.modules["torch_scatter"] = module
    sys.path.insert(0, str(folder))
    from ultra import models, tasks  # type: ignore[import-not-found]

    return tasks, models.Ultra


def _scatter_add(values: Tensor, index: Tensor) -> Tensor:
    return values.new_zeros(int(index.max()) + 1).index_add(0, index, values)
