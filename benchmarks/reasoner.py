"""Edges per second of one training step of path reasoning, against full propagation and against a frontier on the host.

    python benchmarks/reasoner.py [--data fb237_v1] [--layers 4] [--queries 20] [--channels 48] [--width 200] [--rounds 5]

`graphfm` is the reasoner as it trains. `host frontier` is the same model with the same weights, but its edges are found as
the peers find theirs: a SciPy product on the CPU, node numbers from `unique(dim=0)` over rows, messages and their linear maps
edge by edge, a state for every node. Both must give the same scores before anything is timed. `full propagation` sends a
message along every edge of the graph in every layer for every query, with gather and index_add; its edges are more, so its
time for a step is shown too. A step is forward, backward and Adam on one batch, in interleaved rounds, without noise.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy.sparse as sp
import torch
from kg_timing import interleaved, save, show
from rich.console import Console
from torch import Tensor, nn
from torch.nn import functional as F

from graphfm.datasets import load_triples
from graphfm.kg.paths.facts import Facts, facts
from graphfm.kg.paths.gate import LastLength
from graphfm.kg.paths.pruning import PRUNING_EXPERTS, Candidates, PruningMixture
from graphfm.kg.paths.reasoner import Reasoner
from graphfm.ops.memory import keep_memory


class HostFrontier(nn.Module):
    """The layers of a `Reasoner`, with the frontier kept on the host."""

    def __init__(self, model: Reasoner, graph: Facts) -> None:
        super().__init__()
        self.model, self.cell, self.size = model, nn.GRUCell(model.channels, model.channels), graph.num_entities
        self.cell.load_state_dict(model.carry.state_dict())
        self.edges = listed(graph).numpy()  # (E, 3)
        count = len(self.edges)
        self.heads = sp.csr_matrix((np.ones(count), (np.arange(count), self.edges[:, 0])), shape=(count, self.size))
        self.identity = 2 * graph.num_relations

    def expand(self, nodes: np.ndarray, queries: int) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Relation, source and destination of each edge, the nodes reached, and which of them are not new."""
        one_hot = sp.csr_matrix((np.ones(len(nodes)), (nodes[:, 1], nodes[:, 0])), shape=(self.size, queries))
        edge, query = self.heads.dot(one_hot).nonzero()
        rows = torch.from_numpy(np.concatenate([query[:, None], self.edges[edge]], axis=1)).long()
        _, source = torch.unique(rows[:, [0, 1]], dim=0, sorted=True, return_inverse=True)
        reached, target = torch.unique(rows[:, [0, 3]], dim=0, sorted=True, return_inverse=True)
        own = rows[:, 2] == self.identity
        return rows[:, 2], source, target, reached, target[own][source[own].argsort()]

    def forward(self, head: Tensor, rel: Tensor) -> Tensor:
        model, queries = self.model, len(head)
        nodes = torch.stack([torch.arange(queries), head], 1)
        state = torch.zeros(queries, model.channels)
        for i, layer in enumerate(model.steps):
            kind, source, target, reached, old = self.expand(nodes.numpy(), queries)
            table = layer.relation.weight
            of_edge, asked = table[kind], table[rel][nodes[source, 0]]
            hidden = layer.of_source(state[source]) + layer.of_relation(of_edge) + layer.of_query(asked)
            logit = layer.attention(torch.relu(hidden))
            message = torch.sigmoid(logit) * (state[source] + of_edge)
            total = torch.zeros(len(reached), model.channels).index_add(0, target, message)
            carried = torch.zeros_like(total).index_copy(0, old, state)
            before = state[(nodes[:, 1] == head[nodes[:, 0]]).nonzero().squeeze(1)]
            state = self.cell(model.activation(model.maps[i](total)), carried)
            score = model.scores[i](state).squeeze(1)
            is_new = torch.ones(len(reached), dtype=torch.bool).index_fill_(0, old, False)
            rated = Candidates(state, score, reached[:, 0], is_new, table[rel], logit.squeeze(1), target)
            weight, factor, _, _ = model.pruning[i](rated, before)
            score = score * weight
            state = state if factor is None else state * factor[:, None]
            kept = weight > 0
            nodes, state, score = reached[kept], state[kept], score[kept]
        scores = torch.zeros(queries, self.size)
        return scores.index_put((nodes[:, 0], nodes[:, 1]), score)


class FullPropagation(nn.Module):
    """The same layers along every edge for every query, no frontier."""

    def __init__(self, model: Reasoner, graph: Facts) -> None:
        super().__init__()
        self.model, self.cell, self.size = model, nn.GRUCell(model.channels, model.channels), graph.num_entities
        self.edges = listed(graph).unbind(1)

    def forward(self, head: Tensor, rel: Tensor) -> Tensor:
        model, v = self.model, self.size
        base = torch.arange(len(head))[:, None] * v
        source, kind, target = self.edges
        source, target = (base + source).flatten(), (base + target).flatten()
        kind, row = kind.repeat(len(head)), torch.arange(len(head)).repeat_interleave(len(kind))
        state = torch.zeros(len(head) * v, model.channels)
        state[base.squeeze(1) + head] = 1.0
        for layer, linear in zip(model.steps, model.maps, strict=True):
            table = layer.relation.weight
            hidden = layer.of_source(state)[source] + layer.of_relation(table)[kind] + layer.of_query(table[rel])[row]
            alpha = torch.sigmoid(layer.attention(torch.relu(hidden)))
            total = torch.zeros_like(state).index_add(0, target, alpha * (state[source] + table[kind]))
            state = self.cell(model.activation(linear(total)), state)
        return model.scores[-1](state).view(len(head), v)


def listed(graph: Facts) -> Tensor:
    """Source, relation and destination of every edge, `(E, 3)`."""
    source_relation = graph.keys // graph.num_entities
    kinds = 2 * graph.num_relations + 1
    return torch.stack([source_relation // kinds, source_relation % kinds, graph.tail], 1)


def step(module: nn.Module, scores: Callable[[], Tensor], answer: Tensor, edges: int) -> Callable[[], int]:
    """A training step that returns how many edges it worked on."""
    optimizer = torch.optim.Adam(module.parameters(), lr=1e-4)

    def run() -> int:
        optimizer.zero_grad()
        F.cross_entropy(scores(), answer).backward()
        optimizer.step()
        return edges

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="fb237_v1")
    for name, default in (("layers", 4), ("queries", 20), ("channels", 48), ("width", 200), ("rounds", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument(
        "--full-queries", type=int, help="queries of full propagation, where a whole batch fills the memory"
    )
    parser.add_argument("--profile", action="store_true", help="show where each contestant spends its time")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    keep_memory()  # as training does; all contestants gain
    torch.manual_seed(0)
    triples = load_triples(options.data)
    graph = facts(triples.train, num_entities=triples.num_entities, num_relations=triples.num_relations)
    head, rel, answer = triples.val[: options.queries].unbind(1)
    pruning = [
        PruningMixture(
            [build() for build in PRUNING_EXPERTS.values()], options.channels, width=options.width, noise=False
        )
        for _ in range(options.layers)
    ]
    model = Reasoner(
        triples.num_relations, options.channels, lengths=LastLength(options.layers), pruning=pruning, activation="relu"
    )
    with torch.no_grad():
        edges = [layer.expansion.edges.num_edges for layer in model.layers(graph, head, rel)]
    host, full = HostFrontier(model, graph), FullPropagation(model, graph)
    torch.testing.assert_close(host(head, rel), model(graph, head, rel).scores, rtol=1e-3, atol=1e-4)
    few = slice(options.full_queries)
    every = len(full.edges[0]) * len(head[few]) * options.layers
    contestants = {
        "graphfm": step(model, lambda: model(graph, head, rel).scores, answer, sum(edges)),
        "host frontier": step(host, lambda: host(head, rel), answer, sum(edges)),
        "full propagation": step(full, lambda: full(head[few], rel[few]), answer[few], every),
    }
    console = Console()
    if options.profile:
        for name, run in contestants.items():
            run()
            with torch.profiler.profile() as profile:
                run()
            console.print(name)
            console.print(profile.key_averages().table(sort_by="self_cpu_time_total", row_limit=12), highlight=False)
    cpu = torch.device("cpu")
    rates = interleaved(contestants, rounds=options.rounds, device=cpu)
    show(f"Path reasoning on {options.data}, edges of each layer: {edges}", rates, base="host frontier", unit="edges")
    for name, count in (("graphfm", sum(edges)), ("host frontier", sum(edges)), ("full propagation", every)):
        console.print(f"{name}: {count / rates[name]['median']:.3f} s a step")
    settings = {name: value for name, value in vars(options).items() if name not in ("json", "profile")}
    save(options.json, {"settings": settings, "edges": edges, "edges_full": every, "rates": rates}, cpu)


if __name__ == "__main__":
    main()
