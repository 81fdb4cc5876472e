"""CPU milliseconds a query without training on the graph: ULTRA's public weights and the model that ships, beside peers.

    GRAPHFM_DATA=... python benchmarks/kg_questions.py [--sets fb237_v1_ind ...] [--rounds 3] [--upstream CLONE] [--json FILE]

Whole test sets, both directions, those whose numbers by upstream's code lie in GRAPHFM_DATA/ultra/reference. Everything counts:
building the graph and the relation graph, for the model that ships weighing its parts on the graph, relation vectors, scores,
ranks. The contestants, which take turns:

- `ultra`: ULTRA 3g by graphfm;
- `universal`: `--checkpoint default` by graphfm, of the same queries;
- `plain`: ULTRA 3g as one would write it, on some of the queries only, for its time is the same for all;
- `upstream`: the authors' code and its compiled kernel, where a clone of their repository is given; on the same queries as
  `plain`, right before them and in a process of its own: graphfm's setting of the allocator would make it up to three times as
  fast. `reference` is what it took on an earlier day on such a machine.

All ways to run ULTRA must give the same scores before anything is timed. Memory is the peak of a process of its own.
"""

from __future__ import annotations

import argparse
import json
from functools import partial
from pathlib import Path
from typing import Any

import torch
from kg_questions_peers import BATCH, Plain, Upstream
from kg_timing import Contestant, interleaved, peak_memory, save
from rich.console import Console
from torch import Tensor

from graphfm.datasets import load_triples
from graphfm.datasets.triples.graph import Triples
from graphfm.kg.known import KnownAnswers, head_queries
from graphfm.kg.ranking import rank
from graphfm.kg.relations.relation_graph import relation_facts
from graphfm.kg.relations.ultra import Ultra
from graphfm.kg.relations.weighing import weigh
from graphfm.models.checkpoint import DEFAULT_LINKS
from graphfm.ops.memory import keep_memory
from graphfm.paths import data_home

FEW = 4 * BATCH  # queries that the peers answer in a round


def public() -> Ultra:
    model = Ultra()
    file = Path(data_home() or ".") / "ultra" / "ultra_3g.pth"
    model.load_state_dict(torch.load(file, map_location="cpu", weights_only=True)["model"])
    return model.eval()


def shipped() -> Any:
    from graphfm.models import LinkModel

    return LinkModel.load(DEFAULT_LINKS).model.eval()


def read(name: str) -> tuple[Triples, Tensor]:
    """The observed graph of a set and the triples `(n, 3)` to ask about."""
    graph = load_triples(name.removesuffix("_ind"))
    graph = graph.inference or graph
    # The reference ranks the validation triples of GraIL's second graphs, too.
    return graph, torch.cat([graph.val, graph.test]) if name.endswith("_ind") else graph.test


def sizes(graph: Triples) -> dict[str, int]:
    return {"num_entities": graph.num_entities, "num_relations": graph.num_relations}


def answer(model: Any, graph: Triples, asked: Tensor) -> int:
    """Rank the answers of all queries, from the triples on."""
    known = KnownAnswers(torch.cat([rows for _, rows in graph.splits()]), **sizes(graph))
    facts = relation_facts(graph.train, **sizes(graph), repeated=isinstance(model, Ultra))
    if not isinstance(model, Ultra):
        facts = weigh(model.parts, facts, graph.train)
    return len(rank(model, asked, known, data=facts))


def once(name: str) -> dict[str, float]:
    """One pass over a set, for its memory."""
    answer(public(), *read(name))
    return {}


def some_queries(graph: Triples, asked: Tensor) -> Tensor:
    """`(FEW, 2)`, tails before heads."""
    some = asked[torch.linspace(0, len(asked) - 1, FEW // 2).long()]
    return torch.cat([some, head_queries(some, graph.num_relations)])[:, :2]


@torch.no_grad()
def check(model: Ultra, graph: Triples, queries: Tensor, peer: Any) -> None:
    """A peer's scores must be ours."""
    facts, some = relation_facts(graph.train, **sizes(graph), repeated=True), queries[:BATCH].T
    torch.testing.assert_close(model(facts, *some), peer(*some), atol=2e-3, rtol=1e-3)


def in_batches(peer: Any, queries: Tensor) -> int:
    for part in queries.split(BATCH):
        peer(*part.T)
    return len(queries)


def milliseconds(contestants: dict[str, Contestant], rounds: int) -> dict[str, float]:
    rates = interleaved(contestants, rounds=rounds, device=torch.device("cpu"))
    return {who: round(1000 / rate["median"], 3) for who, rate in rates.items()}


def upstream(name: str, clone: Path, rounds: int) -> dict[str, float]:
    """What the authors' code takes; for a process of its own."""
    model, (graph, asked) = public(), read(name)
    peer, queries = Upstream(clone, model, graph.train, **sizes(graph)), some_queries(graph, asked)
    check(model, graph, queries, peer)
    return milliseconds({"upstream": partial(in_batches, peer, queries)}, rounds)


def compare(name: str, clone: Path | None, rounds: int) -> dict[str, Any]:
    """One row of the table."""
    theirs = {} if clone is None else peak_memory(upstream, name=name, clone=clone, rounds=max(3, rounds))
    model, (graph, asked) = public(), read(name)
    peer, queries = Plain(model, graph.train, **sizes(graph)), some_queries(graph, asked)
    check(model, graph, queries, peer)
    contestants: dict[str, Contestant] = {
        "ultra": partial(answer, model, graph, asked),
        "universal": partial(answer, shipped(), graph, asked),
        "plain": partial(in_batches, peer, queries),
    }
    ours = milliseconds(contestants, rounds) | {who: ms for who, ms in theirs.items() if who != "peak_gb"}
    reference = Path(data_home() or ".") / "ultra" / "reference" / f"{name}.ultra_3g.json"
    before = json.loads(reference.read_text(encoding="utf-8")).get("cpu_ms_per_query")
    return {"queries": 2 * len(asked), **ours, "reference": before, "rounds": rounds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ranks = Path(data_home() or ".") / "ultra" / "reference" / "ranks"
    every = sorted(path.name.split(".")[0] for path in ranks.glob("*.ultra_3g.tsv.gz"))
    parser.add_argument("--sets", nargs="+", default=every)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--upstream", type=Path, metavar="CLONE")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    keep_memory()
    console = Console()
    found: dict[str, Any] = {}
    if given.json is not None and given.json.exists():
        found = json.loads(given.json.read_text(encoding="utf-8")).get("sets", {})
    for name in given.sets:
        if name in found:
            continue
        memory = peak_memory(once, name=name)
        found[name] = compare(name, given.upstream, given.rounds) | {"peak_gb": round(memory["peak_gb"], 3)}
        console.print(name, found[name])
        if given.json is not None:
            save(given.json, {"sets": found}, torch.device("cpu"))


if __name__ == "__main__":
    main()
