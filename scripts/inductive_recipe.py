"""Choose the settings of path reasoning on entities never seen, without looking at any inference graph.

    python scripts/inductive_recipe.py base dropout=0.4 "num_layers=6 fact_ratio=0.9" [--cut regions] [--seeds 0 1] [--sets ...]

The validation triples of an inductive set lie in its training graph, among entities that the model has seen, so they do not
tell how well it does on others. Here the training graph itself is cut in two. A model is trained on one part, stopped by
triples held out of it, and ranked on triples held out of the other. Validation, test and inference graph of the set are not
read. Every variant has the settings of `BASE` but those it names; one record a (set, variant, seed) in the runs.jsonl of the
cut, those that exist are skipped.

Two cuts. `communities` takes Louvain communities in random order until they hold about 30% of the triples: what is asked for
there is as unlike training as in the sets themselves (NELL v4: relations overlap by 35%, in the set by 25%), and two thirds of
the triples are left to train on. `regions` grows one region from a random entity over random neighbours; it swallows the
hubs, which leaves NELL v4 443 of 7,546 triples to train on.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from records import Records

if TYPE_CHECKING:
    from graphfm.datasets import Triples

ROOT = Path(__file__).parents[1]
KEY = ("set", "variant", "seed")
CUTS = {  # each with the sets it is made of by default
    "communities": ("wn18rr_v1", "fb237_v1", "nell_v2", "nell_v4"),
    "regions": ("wn18rr_v2", "fb237_v2", "nell_v2"),
}
SETS = sorted({name for sets in CUTS.values() for name in sets})
REGION, ASKED, HELD_OUT = 0.3, 0.2, 0.1  # of the graph; of the triples there; of the other triples
COMMUNITIES = 0.25, 0.35  # of the triples inside communities: enough, and too many
BASE: dict[str, Any] = {
    "model": "mokgr",
    "num_layers": 5,
    "min_length": 2,
    "num_lengths": 3,
    "dim": 32,
    "attention_channels": 5,
    "batch_size": 25,
    "dropout": 0.2,
    "activation": "identity",
    "lr": 3.0e-3,
    "decay": 0.7,
    "weight_decay": 1.0e-4,
    "epochs": 6,
    "steps_per_epoch": 100,
    "protocol": "U",
}


def cut(graph: Triples, *, how: str, seed: int) -> Triples:
    """An inductive set made of the training triples of `graph` alone."""
    import numpy as np
    import torch

    from graphfm.datasets import Triples

    rng = np.random.default_rng(seed)
    rows = graph.train.numpy()
    if how == "regions":
        region = grown(rows, graph.num_entities, size=int(REGION * graph.num_entities), rng=rng)
    else:
        region = communities(rows, graph.num_entities, seed=seed, rng=rng)
    sides = region[rows[:, 0]].astype(int) + region[rows[:, 2]]
    outside = rng.permutation(rows[sides == 0])
    held_out = int(HELD_OUT * len(outside))
    train, val = outside[held_out:], outside[:held_out]
    inside = rng.permutation(rows[sides == 2])
    inside = inside[np.isin(inside[:, 1], train[:, 1])]  # relations that can be learnt
    asked = int(ASKED * len(inside))
    entities = graph.entities

    def tensor(part: Any) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(part))

    there = Triples("region", entities, graph.relations, train=tensor(inside[asked:]), test=tensor(inside[:asked]))
    name = f"{graph.name}-cut-{seed}"
    return Triples(name, entities, graph.relations, train=tensor(train), val=tensor(val), inference=there)


def communities(rows: Any, num_entities: int, *, seed: int, rng: Any) -> Any:
    """Mask of the entities of whole Louvain communities, taken in random order."""
    import networkx as nx
    import numpy as np

    graph = nx.Graph()
    graph.add_nodes_from(range(num_entities))
    graph.add_edges_from(rows[:, [0, 2]].tolist())
    label = np.empty(num_entities, dtype=np.int64)
    found = nx.community.louvain_communities(graph, seed=seed)
    for i, members in enumerate(found):
        label[list(members)] = i
    head, tail = label[rows[:, 0]], label[rows[:, 2]]
    triples = np.bincount(head[head == tail], minlength=len(found))
    enough, too_many = (share * triples.sum() for share in COMMUNITIES)
    chosen: list[int] = []
    for i in rng.permutation(len(found)).tolist():
        if triples[chosen].sum() < enough and triples[[*chosen, i]].sum() <= too_many:
            chosen.append(i)
    return np.isin(label, chosen)


def grown(rows: Any, num_entities: int, *, size: int, rng: Any) -> Any:
    """Mask of `size` entities: a random neighbour of those inside joins, again and again."""
    import numpy as np

    neighbours: list[list[int]] = [[] for _ in range(num_entities)]
    for head, _, tail in rows.tolist():
        neighbours[head].append(tail)
        neighbours[tail].append(head)
    inside, border = np.zeros(num_entities, dtype=bool), []
    for _ in range(size):
        while border:
            place = int(rng.integers(len(border)))
            border[place], border[-1] = border[-1], border[place]
            if not inside[node := border.pop()]:
                break
        else:
            node = int(rng.choice(np.flatnonzero(~inside)))
        inside[node] = True
        border += [other for other in neighbours[node] if not inside[other]]
    return inside


def run(name: str, variant: str, seed: int, *, how: str, records: Records) -> None:
    """One training, as one record."""
    import yaml

    from graphfm.datasets import load_triples
    from graphfm.settings import typed
    from graphfm.training.link_prediction import link_prediction

    key = {"set": name, "variant": variant, "seed": seed}
    if records.has(**key):
        return
    words = [] if variant == "base" else variant.split()
    changed = {key: yaml.safe_load(value) for key, _, value in (word.partition("=") for word in words)}
    data = cut(load_triples(name), how=how, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        chosen = typed(link_prediction, BASE | changed | {"seed": seed})
        card = link_prediction(data, out=Path(folder) / "run", progress=False, accelerator="cpu", **chosen).card
    found = {name: card["result"]["report"][name] for name in ("mrr", "hits@10", "queries")}
    records.add(key | found | {name: card[name] for name in ("train_cpu_seconds", "settings")})


def table(records: list[dict[str, Any]]) -> str:
    """Markdown: MRR there for every variant and set, and the mean over the sets of the variants that have all."""
    sets = [name for name in SETS if any(record["set"] == name for record in records)]
    lines = [f"| | {' | '.join(sets)} | mean | CPU-seconds |", "|---" * (len(sets) + 3) + "|"]
    for variant in dict.fromkeys(record["variant"] for record in records):
        mine = [record for record in records if record["variant"] == variant]
        by_set = [[record for record in mine if record["set"] == name] for name in sets]
        cells = [f"{statistics.mean(r['mrr'] for r in rows):.3f}, n={len(rows)}" if rows else "" for rows in by_set]
        mean = ""
        if all(by_set):
            mean = f"{statistics.mean(statistics.mean(r['mrr'] for r in rows) for rows in by_set):.3f}"
        cost = statistics.mean(record["train_cpu_seconds"] for record in mine)
        lines.append(f"| {variant} | {' | '.join(cells)} | {mean} | {cost:.0f} |")
    return "\n".join(lines)


NOTE = f"""MRR on {REGION:.0%} of the training graph, whose entities the model never saw, realistic ties; {BASE["epochs"]}
epochs of {BASE["steps_per_epoch"]} batches unless a variant says otherwise. The graph, the cut and the weights change with the
seed. No validation, test or inference triple is read."""


def page(how: str, records: list[dict[str, Any]]) -> str:
    """What stands beside the records of a cut."""
    return f"# Settings for unseen entities: {how}\n\n{NOTE}\n\n{table(records)}\n"


def main() -> None:
    """Run what is missing, then write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("variants", nargs="+", help="'base', or settings 'name=value name=value' in one word")
    parser.add_argument("--cut", choices=CUTS, default="communities")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "results" / "inductive_recipe", help="with a folder for each cut"
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--sets", nargs="+", choices=SETS, help="default: those of the cut")
    options = parser.parse_args()
    from graphfm.files import write_text

    records = Records(options.out / options.cut, KEY)
    for seed in options.seeds:
        for variant in options.variants:
            for name in options.sets or CUTS[options.cut]:
                run(name, variant, seed, how=options.cut, records=records)
                write_text(records.folder / "README.md", page(options.cut, records.read()))


if __name__ == "__main__":
    main()
