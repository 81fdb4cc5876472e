"""Learning curves of RotatE on FB15k-237 and WN18RR on one CPU thread, beside PyKEEN's for the same number of steps, and MoKGR's.

    python scripts/learning_curves.py [--out results/learning_curves] [--data fb15k-237 wn18rr]

Both libraries take the same batches in size, negatives, width, loss, optimiser and rate, each with its own negative sampler
and its own form of RotatE (PyKEEN's is the L2 norm). A third curve is ours with the budget that our speed affords: so many
epochs as fit a stated number of CPU minutes, negatives shared in a batch. MoKGR's on WN18RR is the run of the config
mokgr_wn18rr_cpu, the same that scripts/link_prediction_runs.py makes. Points are the MRR of the same validation triples,
filtered, realistic ties, ranked by graphfm; ranking is not counted in the time. One record a (data, curve) in OUT/runs.jsonl;
those that exist are skipped. A table and a picture a set are written to OUT from the records alone.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from compare_pykeen import pykeen_scores
from link_prediction_runs import RUNS, trained
from records import Records

RECIPE = {"dim": 100, "num_negatives": 64, "batch_size": 512, "lr": 1e-3, "temperature": 1.0}
SETS: dict[str, dict[str, Any]] = {
    "fb15k-237": {"margin": 9.0, "epochs": 3, "budget_epochs": 30, "paths": False},
    "wn18rr": {"margin": 6.0, "epochs": 6, "budget_epochs": 90, "paths": True},
}
POINTS, RANKED = 3, 250  # points of the short curves; validation triples behind each, ranked in both directions
BUDGET = {"dim": 250, "num_negatives": 256, "batch_size": 1024, "shared": True, "sparse": True, "schedule": "halfway"}

CURVES = ("graphfm, budget", "graphfm", "MoKGR, budget", "PyKEEN")  # as they stand in tables and pictures
KEY = ("data", "curve")
Curve = list[dict[str, float]]


def ours(data: str, *, epochs: int, every: int, out: Path, **settings: Any) -> Curve:
    """Points of a run of graphfm, and at the end its test metrics."""
    from graphfm.training.link_prediction import link_prediction

    model = link_prediction(
        data, out=out, model="rotate", gamma=SETS[data]["margin"], epochs=epochs, val_every=every, val_triples=RANKED,
        keep="last", checkpoint_every=2000, progress=False, accelerator="cpu", **settings,
    )  # fmt: skip
    return watched(model, out)


def paths(data: str) -> Curve:
    """Points of MoKGR's run on a budget, and at the end its test metrics; a run that exists is read, not made again."""
    name = f"mokgr_{data}_cpu"
    return watched(trained(name, 0, RUNS), RUNS / f"{name}-0")


def watched(model: Any, out: Path) -> Curve:
    """The validations of a run of graphfm, and at the end its test metrics."""
    import pandas as pd

    log = pd.read_csv(out / "log" / "metrics.csv")
    log = log[log["val_mrr"].notna()].drop_duplicates("step", keep="last")
    seconds, last = model.card["train_cpu_seconds"], float(log["step"].max())
    points = [
        {"steps": step + 1, "mrr": mrr, "cpu_seconds": seconds * step / last}
        for step, mrr in zip(log["step"], log["val_mrr"], strict=True)
    ]
    report = model.card["result"]["report"]
    return [*points, {name: report[name] for name in ("mrr", "hits@1", "hits@10")} | {"test": 1.0}]


def pykeen(data: str, *, epochs: int, every: int) -> Curve:
    """Points of PyKEEN's training loop on the same recipe."""
    import torch
    from pykeen.losses import NSSALoss
    from pykeen.models import RotatE
    from pykeen.training import SLCWATrainingLoop

    from graphfm.datasets.triples.tensors import to_pykeen
    from graphfm.kg.metrics import metrics
    from graphfm.kg.ranking import rank
    from graphfm.training.links.link_data import LinkData

    loaded = LinkData(data, val_triples=RANKED)
    graph = loaded.graph
    factory = to_pykeen(graph)["training"]
    loss = NSSALoss(margin=SETS[data]["margin"], adversarial_temperature=RECIPE["temperature"])
    model = RotatE(triples_factory=factory, embedding_dim=RECIPE["dim"], loss=loss, random_seed=0)
    loop = SLCWATrainingLoop(
        model=model,
        triples_factory=factory,
        optimizer=torch.optim.Adam(model.parameters(), lr=RECIPE["lr"]),
        negative_sampler_kwargs={"num_negs_per_pos": RECIPE["num_negatives"], "filtered": True},
    )
    points, seconds, steps = [], 0.0, -(-len(graph.train) // int(RECIPE["batch_size"]))
    for done in range(every, epochs + 1, every):
        start = time.process_time()
        loop.train(
            factory,
            num_epochs=done,
            batch_size=int(RECIPE["batch_size"]),
            use_tqdm=False,
            continue_training=done > every,
        )
        seconds += time.process_time() - start
        found = metrics(rank(pykeen_scores(model, graph), loaded.val, loaded.known))
        points.append({"steps": done * steps, "mrr": found["mrr"], "cpu_seconds": seconds})
    return points


def measure(data: str, records: Records) -> None:
    """What is missing of one set."""
    from graphfm.datasets import load_triples

    plan, out = SETS[data], records.folder
    every = plan["epochs"] // POINTS
    steps = -(-len(load_triples(data).train) // int(RECIPE["batch_size"]))
    runs = {
        "graphfm": lambda: ours(
            data, epochs=plan["epochs"], every=every, out=out / "runs" / data, steps_per_epoch=steps,
            subsampling=False, **RECIPE,
        ),
        "PyKEEN": lambda: pykeen(data, epochs=plan["epochs"], every=every),
        "graphfm, budget": lambda: ours(
            data, epochs=plan["budget_epochs"], every=plan["budget_epochs"] // 10, out=out / "runs" / f"{data}-budget",
            lr=1e-3, **BUDGET,
        ),
    }  # fmt: skip
    if plan["paths"]:
        runs["MoKGR, budget"] = lambda: paths(data)
    for name, run in runs.items():
        if not records.has(data=data, curve=name):
            records.add({"data": data, "curve": name, "points": run()})


def of(data: str, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The curves of one set."""
    return sorted((r for r in records if r["data"] == data), key=lambda r: CURVES.index(r["curve"]))


def validations(record: dict[str, Any]) -> Curve:
    """The points of a curve without its test metrics."""
    return [point for point in record["points"] if "test" not in point]


def report(records: list[dict[str, Any]]) -> str:
    """Markdown of the curves, with a link to the picture of each set."""
    lines = [
        "# Learning curves on one CPU thread",
        "",
        "Validation MRR, 250 triples in both directions; RotatE but where MoKGR is named.",
        "",
    ]
    for data in SETS:
        mine = of(data, records)
        if not mine:
            continue
        lines += [
            f"## {data}",
            "",
            f"![curves]({data}.png)",
            "",
            "| curve | steps | CPU seconds | MRR |",
            "|---" * 4 + "|",
        ]
        for record in mine:
            lines += [
                f"| {record['curve']} | {p['steps']:.0f} | {p['cpu_seconds']:.0f} | {p['mrr']:.3f} |"
                for p in validations(record)
            ]
            for test in (point for point in record["points"] if "test" in point):
                shown = f"MRR {test['mrr']:.3f}, Hits@1 {test['hits@1']:.3f}, Hits@10 {test['hits@10']:.3f}"
                lines.append(f"| {record['curve']}, test | | | {shown} |")
        lines.append("")
    return "\n".join(lines)


def draw(data: str, records: list[dict[str, Any]], path: Path) -> None:
    """The picture of one set."""
    from graphfm.files import replacing
    from graphfm.report.images import png
    from graphfm.report.plots import line_curves

    curves = {
        record["curve"]: tuple([point[name] for point in validations(record)] for name in ("cpu_seconds", "mrr"))
        for record in of(data, records)
    }
    with replacing(path) as temporary:
        temporary.write_bytes(png(line_curves(curves, xlabel="CPU seconds", ylabel="validation MRR", xscale="log")))


def main() -> None:
    """Measure what is missing, then write the table and the pictures."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("results/learning_curves"))
    parser.add_argument("--data", nargs="+", choices=SETS, default=list(SETS))
    options = parser.parse_args()
    torch.set_num_threads(1)
    from graphfm.files import write_text

    records = Records(options.out, KEY)
    for data in options.data:
        measure(data, records)
        write_text(options.out / "README.md", report(records.read()))
        draw(data, records.read(), options.out / f"{data}.png")


if __name__ == "__main__":
    main()
