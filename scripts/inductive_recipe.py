"""Choose the settings of path reasoning on entities never seen, without looking at any inference graph.

    python scripts/inductive_recipe.py base dropout=0.4 "num_layers=6 fact_ratio=0.9" [--seeds 1] [--sets wn18rr_v2 ...]

The validation triples of an inductive set lie in its training graph, among entities that the model has seen, so they do not
tell how well it does on others. Here the training graph itself is cut in two: a region grown from a random entity until it
holds a share of all entities, and the rest. A model is trained on the rest, stopped by triples held out of it, and ranked on
triples held out of the region. Validation, test and inference graph of the set are not read. Every variant has the settings
of `BASE` but those it names; one JSON file a (set, variant, seed), those that exist are skipped.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphfm.datasets import Triples

ROOT = Path(__file__).parents[1]
SETS = ("wn18rr_v2", "fb237_v2", "nell_v2")
REGION, ASKED, HELD_OUT = 0.3, 0.2, 0.1  # of the entities; of the region's triples; of the other triples
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


def cut(graph: Triples, *, seed: int) -> Triples:
    """An inductive set made of the training triples of `graph` alone."""
    import numpy as np
    import torch

    from graphfm.datasets import Triples

    rng = np.random.default_rng(seed)
    rows = graph.train.numpy()
    region = grown(rows, graph.num_entities, size=int(REGION * graph.num_entities), rng=rng)
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


def run(name: str, variant: str, seed: int, out: Path) -> None:
    """One training, as one JSON file."""
    import yaml

    from graphfm.datasets import load_triples
    from graphfm.files import write_json
    from graphfm.tasks.link_prediction import link_prediction
    from graphfm.tasks.link_settings import typed

    path = out / f"{name}-{variant.replace(' ', '_')}-{seed}.json"
    if path.exists():
        return
    words = [] if variant == "base" else variant.split()
    changed = {key: yaml.safe_load(value) for key, _, value in (word.partition("=") for word in words)}
    data = cut(load_triples(name), seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        chosen = typed(link_prediction, BASE | changed | {"seed": seed})
        card = link_prediction(data, out=Path(folder) / "run", progress=False, accelerator="cpu", **chosen).card
    report = {key: value for key, value in card["result"]["report"].items() if key != "relation"}
    write_json(
        path,
        {
            "set": name,
            "variant": variant,
            "seed": seed,
            "mrr": report["mrr"],
            "hits@10": report["hits@10"],
            "queries": report["queries"],
            "train_cpu_seconds": card["train_cpu_seconds"],
            "settings": card["settings"],
        },
    )


def table(records: list[dict[str, Any]]) -> str:
    """Markdown: MRR on the region for every variant and set, and the mean of the sets over the seeds that all of them have."""
    lines = [f"| | {' | '.join(SETS)} | mean | CPU-seconds |", "|---" * (len(SETS) + 3) + "|"]
    for variant in dict.fromkeys(record["variant"] for record in records):
        mine = [record for record in records if record["variant"] == variant]
        by_set = [[record for record in mine if record["set"] == name] for name in SETS]
        cells = [f"{statistics.mean(r['mrr'] for r in rows):.3f}, n={len(rows)}" if rows else "" for rows in by_set]
        mean = ""
        if all(by_set):
            mean = f"{statistics.mean(statistics.mean(r['mrr'] for r in rows) for rows in by_set):.3f}"
        cost = statistics.mean(record["train_cpu_seconds"] for record in mine)
        lines.append(f"| {variant} | {' | '.join(cells)} | {mean} | {cost:.0f} |")
    return "\n".join(lines)


def main() -> None:
    """Run what is missing, then write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("variants", nargs="+", help="'base', or settings 'name=value name=value' in one word")
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "inductive_recipe")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    options = parser.parse_args()
    from graphfm.files import write_text

    for seed in options.seeds:
        for variant in options.variants:
            for name in options.sets:
                run(name, variant, seed, options.out)
                paths = sorted(options.out.glob("*.json"))
                records = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
                note = (
                    f"MRR on a region of the training graph whose entities the model never saw ({REGION:.0%} of them), realistic "
                    f"ties; {BASE['epochs']} epochs of {BASE['steps_per_epoch']} batches unless a variant says otherwise. "
                    "The graph, the cut and the weights change with the seed. No validation, test or inference triple is read."
                )
                write_text(options.out / "README.md", f"# Settings for unseen entities\n\n{note}\n\n{table(records)}\n")


if __name__ == "__main__":
    main()
