"""CPU milliseconds a query of ULTRA's public weights, against a plain PyTorch version of its layers.

    GRAPHFM_DATA=... python benchmarks/ultra.py [--whole] [--sets fb237_v1_ind ...] [--rounds 3] [--json FILE]

The queries of a set are those whose ranks by upstream's code lie in GRAPHFM_DATA/ultra/reference/ranks, and `upstream` is what
that code, with its compiled kernel, took for them on one thread of such a machine. `plain` is the same model as one would write
it: gather, multiply, index_add, all entities in every layer, the relation network for every query; it answers some of the
queries only, for its time is the same for all. With `--whole` graphfm answers all queries of the test set, as an evaluation
does: there questions and relations repeat. Both must give the same scores before anything is timed, and take turns.
Everything counts: building the graph and the relation graph, relation vectors, scores. Memory is the peak of a process of its
own.
"""

from __future__ import annotations

import argparse
import gzip
import json
from pathlib import Path
from typing import Any

import torch
from kg_timing import interleaved, peak_memory, save
from rich.console import Console
from torch import Tensor

from graphfm.datasets import load_triples
from graphfm.kg.known import head_queries
from graphfm.kg.relations.relation_graph import relation_facts, relation_graph
from graphfm.kg.relations.ultra import Ultra
from graphfm.ops.memory import keep_memory
from graphfm.paths import data_home

PLAIN = 16  # queries that the plain version answers in a round
BATCH = 256  # queries that are scored at once


class Plain:
    """The equations of ULTRA, query by query in a batch of 16, with nothing shared between queries."""

    def __init__(self, model: Ultra, triples: Tensor, sizes: dict[str, int]) -> None:
        self.model, self.size, self.relations = model, sizes["num_entities"], sizes["num_relations"]
        both = torch.cat([triples, head_queries(triples, self.relations)])
        self.into, self.kind, self.source = both.unbind(1)  # a message goes against its edge
        self.between = relation_graph(triples, **sizes)

    @torch.no_grad()
    def __call__(self, head: Tensor, rel: Tensor) -> Tensor:
        layers: Any = self.model.relation_model.layers
        rows, joined = torch.arange(len(head)), self.between
        x = torch.zeros(2 * self.relations, len(head), 64)
        x[rel % self.relations, rows] = 1.0
        boundary = x
        for layer in layers:
            messages = x[joined.column] * layer.relation.weight[joined.kind].unsqueeze(1)
            x = self._next(layer, x, torch.zeros_like(x).index_add_(0, joined.row, messages) + boundary)
        vectors, query = x, x[rel, rows]
        x = torch.zeros(self.size, len(head), 64)
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


def public() -> Ultra:
    model = Ultra()
    file = Path(data_home() or ".") / "ultra" / "ultra_3g.pth"
    model.load_state_dict(torch.load(file, map_location="cpu", weights_only=True)["model"])
    return model.eval()


def read(name: str, whole: bool) -> tuple[Tensor, dict[str, int], Tensor]:
    """The observed triples of a set, its sizes, and the queries `(Q, 2)` that upstream ranked, or those of the whole test set."""
    graph = load_triples(name.removesuffix("_ind"))
    graph = graph.inference or graph
    sizes = {"num_entities": graph.num_entities, "num_relations": graph.num_relations}
    if whole:
        # The reference ranks the validation triples of GraIL's second graphs, too.
        asked = torch.cat([graph.val, graph.test]) if name.endswith("_ind") else graph.test
        return graph.train, sizes, torch.cat([asked, head_queries(asked, graph.num_relations)])[:, :2]
    file = Path(data_home() or ".") / "ultra" / "reference" / "ranks" / f"{name}.ultra_3g.tsv.gz"
    queries = []
    for line in gzip.decompress(file.read_bytes()).decode().splitlines()[1:]:
        head, relation, tail, side, *_ = line.split("\t")
        h, r, t = graph.entity_to_id[head], graph.relation_to_id[relation], graph.entity_to_id[tail]
        queries.append((h, r) if side == "tail" else (t, r + graph.num_relations))
    return graph.train, sizes, torch.tensor(queries)


@torch.no_grad()
def answer(model: Ultra, triples: Tensor, sizes: dict[str, int], queries: Tensor) -> int:
    """Score all queries, from the triples on, in the order of ranking."""
    graph = relation_facts(triples, **sizes, repeated=True)
    r = sizes["num_relations"]
    order = torch.argsort((queries[:, 1] % r * 2 + queries[:, 1] // r) * sizes["num_entities"] + queries[:, 0])
    for part in queries[order].split(BATCH):
        model(graph, part[:, 0], part[:, 1])
    return len(queries)


def once(name: str, whole: bool) -> dict[str, float]:
    """One pass over a set, for its memory."""
    answer(public(), *read(name, whole))
    return {}


def compare(name: str, whole: bool, rounds: int) -> dict[str, Any]:
    """One row of the table."""
    model = public()
    triples, sizes, queries = read(name, whole)
    plain, some = Plain(model, triples, sizes), queries[torch.linspace(0, len(queries) - 1, PLAIN).long()]
    graph = relation_facts(triples, **sizes, repeated=True)
    with torch.no_grad():
        torch.testing.assert_close(model(graph, *some.T), plain(*some.T), atol=2e-3, rtol=1e-3)

    def one_by_one() -> int:
        plain(*some.T)
        return len(some)

    rates = interleaved(
        {"graphfm": lambda: answer(model, triples, sizes, queries), "plain": one_by_one},
        rounds=rounds,
        device=torch.device("cpu"),
    )
    milliseconds = {who: round(1000 / rate["median"], 3) for who, rate in rates.items()}
    reference = Path(data_home() or ".") / "ultra" / "reference" / f"{name}.ultra_3g.json"
    upstream = json.loads(reference.read_text(encoding="utf-8")).get("cpu_ms_per_query")
    return {"queries": len(queries), **milliseconds, "upstream": upstream, "rounds": rounds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ranks = Path(data_home() or ".") / "ultra" / "reference" / "ranks"
    every = sorted(path.name.split(".")[0] for path in ranks.glob("*.ultra_3g.tsv.gz"))
    parser.add_argument("--sets", nargs="+", default=every)
    parser.add_argument("--whole", action="store_true", help="the whole test sets")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    keep_memory()
    console = Console()
    found: dict[str, Any] = {}
    if given.json is not None and given.json.exists():
        found = json.loads(given.json.read_text(encoding="utf-8")).get("sets", {})
    for name in given.sets:
        row = f"{name}, whole" if given.whole else name
        if row in found:
            continue
        memory = peak_memory(once, name=name, whole=given.whole)
        found[row] = compare(name, given.whole, given.rounds) | {"peak_gb": round(memory["peak_gb"], 3)}
        console.print(row, found[row])
        if given.json is not None:
            save(given.json, {"sets": found}, torch.device("cpu"))


if __name__ == "__main__":
    main()
