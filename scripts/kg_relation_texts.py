"""Relations without facts, asked by their names: the text view of the universal reasoner, trained and judged on frozen weights.

    python scripts/kg_relation_texts.py train MODEL [--steps 400]
    python scripts/kg_relation_texts.py rank MODEL [--sets nell_v1 ...]
    python scripts/kg_relation_texts.py ship MODEL
    python scripts/kg_relation_texts.py table

MODEL is "default", the model of the package, or a run of `kg_foundation.py pretrain`, NAME-SEED; its own weights do not change.
One record a (model, set, facts) in results/relation_texts/runs.jsonl; what is there is skipped. The view is trained on three
names of four, and judged on the fourth in other parts of the training graphs; that very view `rank` judges and `ship` ships.
"""

from __future__ import annotations

import argparse
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from kg_foundation_sets import judged, triples
from kg_relation_texts_table import FACTS, RECORDS, SETS, page

ROOT = Path(__file__).parents[1]
RUNS = ROOT / "runs" / "relation_texts"
SOURCES = {"fb15k-237": 0.75, "wn18rr": 0.25}  # and how often each is drawn
QUESTIONS, FEWEST = 16, 4  # facts of a relation that are asked for, at most and at least
VISITS = 4  # relations asked of one part
#: Learning rates of the four numbers of likeness and the amount, of their MLP, and of the encoder.
RATES = {"numbers": 0.05, "further": 0.01, "encoder": 1.5e-3}
TRIPLES = 4  # of a relation of a judged set that are asked for, both ways


def structural(name: str) -> tuple[Any, dict[str, Any]]:
    """The network without the view, and its options."""
    if name == "default":
        from graphfm.models import LinkModel

        model = LinkModel.load("default")
        return model.model, model.settings["network_options"] or {}
    from kg_foundation import RUNS as PRETRAINED
    from kg_foundation import load

    return load(name)[0], torch.load(PRETRAINED / name / "weights.pt", weights_only=True)["settings"]


def with_view(name: str, weights: dict[str, torch.Tensor] | None = None) -> Any:
    """The network with the text view of these weights, by default one that starts from the structural encoder."""
    from graphfm.kg.relations.universal import UniversalReasoner

    network, options = structural(name)
    made = UniversalReasoner(**options | {"texts": True})
    assert made.texts is not None
    made.load_state_dict(network.state_dict(), strict=False)
    if weights is None:
        made.texts.encoder.load_state_dict(network.encoder.state_dict())
    else:
        made.texts.load_state_dict(weights)
    return made.eval()


def is_held_out(name: str) -> bool:
    """One name of four, by its checksum."""
    return zlib.crc32(name.encode()) % 4 == 0


def cuts(generator: np.random.Generator, asks: Callable[[str], bool]) -> Iterator[tuple[str, Any, Any, torch.Tensor]]:
    """Without end: the name of a source, a part of it without any fact of one relation, what is true, and some of those facts."""
    from graphfm.kg.known import KnownAnswers
    from graphfm.kg.relations.graph_parts import Recipe, Slicer
    from graphfm.kg.relations.relation_graph import relation_facts
    from graphfm.models.relation_names import relation_vectors

    graphs = {name: triples(name) for name in SOURCES}
    texts: dict[str, Any] = {name: relation_vectors(graph) for name, graph in graphs.items()}
    sizes = {name: {"num_entities": g.num_entities, "num_relations": g.num_relations} for name, g in graphs.items()}
    slicers = {name: Slicer(graph.train, **sizes[name]) for name, graph in graphs.items()}
    recipe = Recipe(max_facts=6000, spread=4, relations=0.8, facts=0.9)
    while True:
        name = str(generator.choice(list(SOURCES), p=list(SOURCES.values())))
        part = slicers[name].draw(generator, recipe)
        relation, count = part.true[:, 1].unique(return_counts=True)
        named = [graphs[name].relations[number] for number in part.relations[relation].tolist()]
        fit = [
            r for r, n, said in zip(relation.tolist(), count.tolist(), named, strict=True) if n >= FEWEST and asks(said)
        ]
        for _ in range(VISITS if fit else 0):
            asked = int(generator.choice(fit))
            of_it = part.true[:, 1] == asked
            size = {"num_entities": part.num_entities, "num_relations": part.num_relations}
            facts = relation_facts(part.true[~of_it], **size)
            rows = part.true[of_it]
            rows = rows[torch.from_numpy(generator.permutation(len(rows)))][:QUESTIONS]
            yield name, replace(facts, texts=texts[name][part.relations]), KnownAnswers(part.true, **size), rows


def train(name: str, steps: int) -> None:
    """Train the view, the other weights staying as they are, and judge it on the names held out."""
    from graphfm.kg.known import head_queries
    from graphfm.kg.losses import cross_entropy

    out = RUNS / f"{name}.pt"
    if not out.exists():
        torch.manual_seed(0)
        begun, model = time.process_time(), with_view(name)
        model.requires_grad_(False)
        view = model.texts.requires_grad_(True)
        groups = {"numbers": [view.likeness, view.amount], "further": [*view.further.parameters()]}
        groups["encoder"] = [*view.encoder.parameters()]
        optimizer = torch.optim.AdamW([{"params": groups[g], "lr": RATES[g]} for g in groups], weight_decay=1e-4)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, 2 * (1 - step / steps)))
        generator, mean = np.random.default_rng(1), 0.0
        drawn = cuts(generator, lambda said: not is_held_out(said))
        for step in range(steps):
            _, facts, known, rows = next(drawn)
            queries = rows if generator.random() < 0.5 else head_queries(rows, facts.num_relations)
            head, rel, tail = queries.unbind(1)
            if not view.sureness(facts.relations, facts.texts, rel[:1]):
                continue  # not read: there is nothing to learn
            loss = cross_entropy(model(facts, head, rel).scores, tail, exclude=torch.stack(known.answers(head, rel)))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            mean = loss.item() if not step else 0.97 * mean + 0.03 * loss.item()
            if step % 50 == 49:
                print(f"step {step + 1}: loss {mean:.3f}, {time.process_time() - begun:.0f} s", flush=True)
        RUNS.mkdir(parents=True, exist_ok=True)
        torch.save({"state": view.state_dict(), "steps": steps, "cpu_seconds": time.process_time() - begun}, out)
    judge_held_out(name, torch.load(out, weights_only=True))


@torch.no_grad()
def judge_held_out(name: str, kept: dict[str, Any], number: int = 100) -> None:
    """Names that the view was not trained on, in parts of the training graphs, with and without the view."""
    from graphfm.kg.ranking import rank

    model, generator = with_view(name, kept["state"]), np.random.default_rng(99)
    found: dict[str, list[tuple[int, torch.Tensor, torch.Tensor]]] = {source: [] for source in SOURCES}
    for place, (source, facts, known, rows) in zip(range(number), cuts(generator, is_held_out), strict=False):
        ranks = [1 / rank(model, rows, known, data=replace(facts, texts=t)).realistic for t in (None, facts.texts)]
        found[source].append((place, *ranks))
    about = {"model": name, "facts": 0, "steps": kept["steps"], "cpu_seconds": kept["cpu_seconds"]}
    for source, several in found.items():
        group = torch.cat([torch.full_like(bare, place, dtype=torch.long) for place, bare, _ in several])
        bare, told = (torch.cat([one[k] for one in several]) for k in (1, 2))
        RECORDS.add({"set": f"held out: {source}", **about, **compared(bare, told, group)})


def compared(bare: torch.Tensor, told: torch.Tensor, group: torch.Tensor) -> dict[str, Any]:
    """Mean reciprocal ranks without and with the view; the standard error of their difference takes a relation as one draw."""
    gap = told - bare
    kinds, row = group.unique(return_inverse=True)
    of_each = torch.zeros(len(kinds), dtype=gap.dtype).index_add(0, row, gap - gap.mean())
    return {
        "queries": len(gap),
        "relations": len(kinds),
        "mrr": float(bare.mean()),
        "mrr_text": float(told.mean()),
        "error": float(of_each.square().sum().sqrt() / len(gap)),
    }


@torch.no_grad()
def rank_set(name: str, data: str) -> None:
    """A judged set whose relations are cut to few facts, one at a time."""
    from graphfm.kg.baselines import AnswerFrequency
    from graphfm.kg.known import KnownAnswers
    from graphfm.kg.ranking import rank
    from graphfm.kg.relations.relation_graph import relation_facts
    from graphfm.kg.relations.weighing import weigh
    from graphfm.models.relation_names import relation_vectors

    if all(RECORDS.has(model=name, set=data, facts=number) for number in FACTS):
        return
    kept = torch.load(RUNS / f"{name}.pt", weights_only=True)
    model, (graph, asked) = with_view(name, kept["state"]), judged(data, None)
    sizes = {"num_entities": graph.num_entities, "num_relations": graph.num_relations}
    known = KnownAnswers(torch.cat([rows for _, rows in graph.splits()]), **sizes)
    texts, count = relation_vectors(graph), torch.bincount(graph.train[:, 1], minlength=graph.num_relations)
    # Weighed once, on the whole graph: with the view and without it alike, and at every number of facts.
    weights = weigh(model.parts, relation_facts(graph.train, **sizes), graph.train).weights
    draws = torch.Generator().manual_seed(0)
    asked = asked[torch.randperm(len(asked), generator=draws)]
    order = torch.randperm(len(graph.train), generator=draws)
    found: dict[int, list[tuple[torch.Tensor, ...]]] = {number: [] for number in FACTS}
    for relation in asked[:, 1].unique().tolist():
        rows, own = asked[asked[:, 1] == relation][:TRIPLES], graph.train[:, 1] == relation
        for number in FACTS:
            if number >= 0 and count[relation] <= number:
                continue  # cut to as many as it has, or fewer
            stay = order[own[order]][:number] if number >= 0 else own.nonzero().squeeze(1)
            observed = torch.cat([graph.train[~own], graph.train[stay]])
            facts = replace(relation_facts(observed, **sizes), weights=weights)
            bare = 1 / rank(model, rows, known, data=facts).realistic
            told = bare if len(stay) else 1 / rank(model, rows, known, data=replace(facts, texts=texts)).realistic
            frequency = 1 / rank(AnswerFrequency(observed, **sizes), rows, known).realistic
            found[number].append((torch.full_like(bare, relation, dtype=torch.long), bare, told, frequency))
    for number, several in found.items():
        if not several or RECORDS.has(model=name, set=data, facts=number):
            continue
        group, bare, told, frequency = (torch.cat(part) for part in zip(*several, strict=True))
        record = {"model": name, "set": data, "facts": number, "frequency": float(frequency.mean())}
        RECORDS.add(record | compared(bare, told, group) | {"steps": kept["steps"]})
        print(
            {key: round(value, 3) if isinstance(value, float) else value for key, value in record.items()}, flush=True
        )


def ship(name: str) -> None:
    """The model with its view as the one of the package."""
    from kg_foundation import answering

    from graphfm.models import LinkModel
    from graphfm.models.checkpoint import DEFAULT_LINKS

    model = LinkModel.load("default") if name == "default" else answering(name)
    kept = torch.load(RUNS / f"{name}.pt", weights_only=True)
    model.model = with_view(name, kept["state"])
    model.settings = model.settings | {"network_options": (model.settings["network_options"] or {}) | {"texts": True}}
    view = {"steps": kept["steps"], "cpu_seconds": round(kept["cpu_seconds"]), "sources": [*SOURCES]}
    model.card = model.card | {"relation_texts": view | {"made_by": f"scripts/kg_relation_texts.py, {name}"}}
    model.save(DEFAULT_LINKS)
    print(f"{DEFAULT_LINKS}: {DEFAULT_LINKS.stat().st_size / 1e6:.2f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    jobs = parser.add_subparsers(dest="job", required=True)
    learn = jobs.add_parser("train")
    learn.add_argument("model")
    learn.add_argument("--steps", type=int, default=400)
    judge = jobs.add_parser("rank")
    judge.add_argument("model")
    judge.add_argument("--sets", nargs="+", default=list(SETS))
    jobs.add_parser("ship").add_argument("model")
    jobs.add_parser("table")
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.job == "train":
        train(given.model, given.steps)
    elif given.job == "rank":
        for data in given.sets:
            rank_set(given.model, data)
    elif given.job == "ship":
        ship(given.model)
    (RECORDS.folder / "README.md").write_text(page(RECORDS.read()), encoding="utf-8")


if __name__ == "__main__":
    main()
