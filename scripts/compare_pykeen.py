"""RotatE beside PyKEEN's on the same recipe: same data, negatives, steps, optimiser, loss; both ranked by graphfm.

    python scripts/compare_pykeen.py --out results/compare_pykeen [--data umls kinship] [--seeds 3]

PyKEEN's RotatE takes the L2 norm of the difference. `graphfm-l2` is the same model in graphfm (`p=2`); `graphfm` sums moduli,
as the authors do. A margin means another thing to each, so each chooses its own from the same list, by the validation MRR of
seed 0, and is then ranked on test. The last step is the model. One record a (data, library, margin, seed) in OUT/runs.jsonl;
those that exist are skipped. The table is written to OUT/README.md from the records alone.
"""

from __future__ import annotations

import argparse
import statistics
import time
from functools import partial
from pathlib import Path
from typing import Any

from records import Records, cell

SMALL = {"dim": 100, "num_negatives": 32, "batch_size": 256, "epochs": 100, "lr": 0.005, "temperature": 1.0}
#: On a large set a few steps are all that PyKEEN can do on a CPU in an hour.
LARGE = {"dim": 200, "num_negatives": 128, "batch_size": 512, "epochs": 1, "lr": 0.001, "temperature": 1.0}
RECIPES: dict[str, dict[str, Any]] = {"umls": SMALL, "kinship": SMALL, "fb15k-237": LARGE}
MARGINS = {"umls": (3.0, 6.0, 9.0, 12.0, 18.0), "kinship": (3.0, 6.0, 9.0, 12.0, 18.0), "fb15k-237": (9.0,)}
RANKED = 1100  # triples of a split, at most
LIBRARIES = ("graphfm-l2", "graphfm", "pykeen")
KEY = ("data", "library", "margin", "seed")


def train_graphfm(graph: Any, recipe: dict[str, Any], *, margin: float, seed: int, p: int = 1) -> tuple[Any, float]:
    """Our model with L1 or L2 norm of the moduli after the last step, and the CPU seconds of training."""
    import tempfile

    from graphfm.training.link_prediction import link_prediction

    steps = -(-len(graph.train) // recipe["batch_size"])  # those of one of PyKEEN's epochs
    with tempfile.TemporaryDirectory() as folder:
        model = link_prediction(
            graph, out=Path(folder) / "run", model="rotate", gamma=margin, p=p, seed=seed, steps_per_epoch=steps,
            subsampling=False, keep="last", val_every=recipe["epochs"], checkpoint_every=10**9, progress=False,
            accelerator="cpu", **recipe,
        )  # fmt: skip
    return model.model, model.card["train_cpu_seconds"]


def train_pykeen(graph: Any, recipe: dict[str, Any], *, margin: float, seed: int) -> tuple[Any, float]:
    """PyKEEN's model after the last step, asked as ours is, and the CPU seconds of training."""
    import torch
    from pykeen.losses import NSSALoss
    from pykeen.models import RotatE
    from pykeen.training import SLCWATrainingLoop

    from graphfm.datasets.triples.tensors import to_pykeen

    factory = to_pykeen(graph)["training"]
    loss = NSSALoss(margin=margin, adversarial_temperature=recipe["temperature"])
    model = RotatE(triples_factory=factory, embedding_dim=recipe["dim"], loss=loss, random_seed=seed)
    loop = SLCWATrainingLoop(
        model=model,
        triples_factory=factory,
        optimizer=torch.optim.Adam(model.parameters(), lr=recipe["lr"]),
        negative_sampler_kwargs={"num_negs_per_pos": recipe["num_negatives"], "filtered": True},
    )
    start = time.process_time()
    loop.train(factory, num_epochs=recipe["epochs"], batch_size=recipe["batch_size"], use_tqdm=False)
    seconds = time.process_time() - start

    return pykeen_scores(model, graph), seconds


def pykeen_scores(model: Any, graph: Any) -> Any:
    """PyKEEN's model asked as ours is: head queries come as tail queries of r + R."""
    import torch

    class Asked(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, data: Any, head: torch.Tensor, rel: torch.Tensor) -> torch.Tensor:
            inverse = rel >= graph.num_relations
            scores = torch.empty(len(head), graph.num_entities)
            pairs = torch.stack([head, rel], 1)[~inverse], torch.stack([rel - graph.num_relations, head], 1)[inverse]
            for mask, part, score in ((~inverse, pairs[0], model.score_t), (inverse, pairs[1], model.score_h)):
                if len(part):
                    scores[mask] = score(part)
            return scores

    return Asked()


def run(data: str, library: str, margin: float, seed: int, records: Records) -> None:
    """One training and its ranks on validation and test, as one record."""
    key = {"data": data, "library": library, "margin": margin, "seed": seed}
    if records.has(**key):
        return
    from graphfm.datasets import load_triples
    from graphfm.kg.metrics import metrics
    from graphfm.kg.ranking import rank
    from graphfm.models.vocabulary import index

    graph = load_triples(data)
    train = {"graphfm-l2": partial(train_graphfm, p=2), "graphfm": train_graphfm, "pykeen": train_pykeen}[library]
    model, seconds = train(graph, RECIPES[data], margin=margin, seed=seed)
    known = index(graph)
    found = {split: metrics(rank(model, _some(getattr(graph, split)), known)) for split in ("val", "test")}
    records.add({**key, "seconds": seconds, **found})


def chosen_margin(data: str, library: str, records: list[dict[str, Any]]) -> float:
    """The margin with the best validation MRR of seed 0."""
    found = {
        r["margin"]: r["val"]["mrr"] for r in records if (r["data"], r["library"], r["seed"]) == (data, library, 0)
    }
    return max(MARGINS[data], key=lambda margin: found[margin])


def table(datasets: list[str], records: list[dict[str, Any]]) -> str:
    """Markdown: test metrics at the chosen margin, mean and standard deviation over seeds."""
    names = ("mrr", "hits@1", "hits@10")
    lines = ["| data | library | margin | MRR | Hits@1 | Hits@10 | CPU seconds | seeds |", "|---" * 8 + "|"]
    for data in datasets:
        for library in LIBRARIES:
            margin = chosen_margin(data, library, records)
            mine = [r for r in records if (r["data"], r["library"], r["margin"]) == (data, library, margin)]
            cells = [cell([record["test"][name] for record in mine]) for name in names]
            seconds = statistics.mean(record["seconds"] for record in mine)
            lines.append(f"| {data} | {library} | {margin:g} | {' | '.join(cells)} | {seconds:.0f} | {len(mine)} |")
    recipes = [
        f"- {data}: "
        + ", ".join(f"{name} {value}" for name, value in RECIPES[data].items())
        + f", margins {MARGINS[data]}"
        for data in datasets
    ]
    note = (
        "RotatE with filtered negatives and Adam; the margin by the validation MRR of seed 0; last step; filtered ranks, "
        f"realistic ties, at most {RANKED} triples of a split; one CPU thread."
    )
    return "\n".join([*lines, "", note, "", *recipes, ""])


def _some(triples: Any) -> Any:
    """At most `RANKED` triples, always the same ones."""
    import torch

    return triples[torch.randperm(len(triples), generator=torch.Generator().manual_seed(0))[:RANKED]]


def main() -> None:
    import torch

    from graphfm.files import write_text

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", nargs="+", default=["umls", "kinship"])
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    records = Records(arguments.out, KEY)
    for data in arguments.data:
        for margin in MARGINS.get(data, ()):
            for library in LIBRARIES:
                run(data, library, margin, 0, records)
        for seed in range(arguments.seeds):
            for library in LIBRARIES:
                run(data, library, chosen_margin(data, library, records.read()), seed, records)
        measured = arguments.data[: arguments.data.index(data) + 1]
        write_text(arguments.out / "README.md", table(measured, records.read()))


if __name__ == "__main__":
    main()
