"""Zero-shot link prediction: the universal reasoner beside ULTRA's public weights and the frequency of answers.

    python scripts/kg_foundation.py pretrain [--mix P2] [--seeds 0 1 2] [--steps 2600] [--name NAME] [--init NAME]
                                            [--set KEY=VALUE ...]
    python scripts/kg_foundation.py rank MODEL... [--sets nell_v1 ...] [--triples 300] [--setting "width 50"]
    python scripts/kg_foundation.py ship NAME-SEED
    python scripts/kg_foundation.py table

MODEL is ultra-3g, ultra-4g, ultra-50g or a run of `pretrain`, NAME-SEED. One record a (model, seed, set, setting) in
results/kg_foundation/runs.jsonl; what is there is skipped. Whole test sets, or samples of so many triples, whose setting says so.
The ranks themselves stay in runs/kg_foundation/ranks, for tests paired over queries: rank ultra-3g first. Both directions,
all entities, filtered; the graphs and queries of ULTRA's protocol.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import kg_foundation_cost
import torch
from kg_foundation_sets import MIXES, judged, sources, trained_on
from kg_foundation_table import SETS, page
from records import Records

ROOT = Path(__file__).parents[1]
RUNS = ROOT / "runs" / "kg_foundation"
KEY = ("model", "seed", "set", "setting")
RECORDS = Records(ROOT / "results" / "kg_foundation", KEY)
ANSWERING_WIDTH = 1_000  # of what ships: wider than in training, for large dense graphs


def load(name: str) -> tuple[Any, dict[str, Any]]:
    """A model by the name a record has, and what its record says of it."""
    from graphfm.kg.relations.ultra import Ultra
    from graphfm.kg.relations.universal import UniversalReasoner
    from graphfm.paths import data_home

    if name.startswith("ultra-"):
        file = Path(data_home() or ".") / "ultra" / f"{name.replace('-', '_')}.pth"
        model: Any = Ultra()
        model.load_state_dict(torch.load(file, map_location="cpu", weights_only=True)["model"])
        return model.eval(), {"mix": name.removeprefix("ultra-"), "repeated": True}
    if name == "default-0":  # what the package has, without its text view
        from graphfm.models import LinkModel

        package = LinkModel.load("default")
        about = {key: package.card[of] for key, of in (("steps", "steps"), ("asked", "queries_asked"))}
        return package.model.eval(), about | {"mix": "P3", "cpu_seconds": package.card["cpu_seconds"]}
    kept = torch.load(RUNS / name / "weights.pt", weights_only=True)
    model = UniversalReasoner(**kept["settings"])
    model.load_state_dict(kept["state"])
    return model.eval(), {key: kept[key] for key in ("mix", "steps", "asked", "cpu_seconds")}


def rank_set(name: str, data: str, setting: str, most: int | None) -> None:
    """Rank one set by one model, as one record."""
    from graphfm.datasets.triples.fingerprints import fingerprints, share_seen
    from graphfm.kg.baselines import AnswerFrequency
    from graphfm.kg.drilldown import SCENARIOS, queries, scenarios
    from graphfm.kg.known import KnownAnswers
    from graphfm.kg.ranking import rank
    from graphfm.kg.relations.relation_graph import relation_facts
    from graphfm.kg.relations.weighing import weigh

    run, _, seed = name.rpartition("-") if not name.startswith("ultra-") else (name, "", "0")
    sample = "" if most is None else f"{most} triples"
    key = {"model": run, "seed": int(seed), "set": data, "setting": setting or sample}
    if RECORDS.has(**key):
        return
    model, about = load(name)
    change(model, setting)
    graph, asked = judged(data, most)
    sizes = {"num_entities": graph.num_entities, "num_relations": graph.num_relations}
    known = KnownAnswers(torch.cat([rows for _, rows in graph.splits()]), **sizes)
    begun = time.process_time()
    facts = relation_facts(graph.train, **sizes, repeated=about.pop("repeated", False))
    if not run.startswith("ultra-") and setting != "unweighed":
        facts = weigh(model.parts, facts, graph.train)
        about["weights"] = None if facts.weights is None else [round(x, 2) for x in facts.weights.tolist()]
    ranks = rank(model, asked, known, data=facts)
    spent = (time.process_time() - begun) / len(ranks)
    frequency = rank(AnswerFrequency(graph.train, **sizes), asked, known)
    reciprocal = 1 / ranks.realistic
    place = scenarios(queries(ranks, asked, graph.num_relations), KnownAnswers(graph.train, **sizes))
    masks = [place == number for number in range(len(SCENARIOS))]
    trained = trained_on(about["mix"])
    record = (
        key
        | about
        | {
            "queries": len(ranks),
            "mrr": float(reciprocal.mean()),
            "mrr_pessimistic": float((1 / ranks.pessimistic.double()).mean()),
            "hits10": float((ranks.realistic <= 10).double().mean()),
            "frequency_mrr": float((1 / frequency.realistic).mean()),
            "milliseconds": 1000 * spent,
            "scenarios": {
                what: [float(mask.double().mean()), float(reciprocal[mask].mean()) if mask.any() else None]
                for what, mask in zip(SCENARIOS, masks, strict=True)
            },
            "relation_mrr": per_relation(reciprocal, ranks.relation),
            "seen": {
                "test": share_seen(fingerprints(graph, asked), trained),
                "graph": share_seen(fingerprints(graph, graph.train), trained),
            },
        }
    )
    folder = RUNS / "ranks"
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(ranks.realistic, folder / f"{name}-{data}-{key['setting']}.pt")
    other = folder / f"ultra-3g-{data}-{sample}.pt"
    if other.exists() and run != "ultra-3g":
        gap = reciprocal - 1 / torch.load(other, weights_only=True)
        pairs = {"all": gap} | {what: gap[mask] for what, mask in zip(SCENARIOS, masks, strict=True) if mask.sum() > 1}
        record["against_ultra_3g"] = {
            what: [float(x.mean()), float(x.std() / len(x) ** 0.5)] for what, x in pairs.items()
        }
    RECORDS.add(record)
    print(
        f"{name:16s} {data:18s} {setting:12s} mrr {record['mrr']:.3f} frequency {record['frequency_mrr']:.3f} "
        f"{record['milliseconds']:.2f} ms",
        flush=True,
    )


def change(model: Any, setting: str) -> None:
    """Another way to ask the same weights: "width 50", "unpruned"; "unweighed" is one of `rank_set`."""
    if setting.startswith("width "):
        for layer in model.pruning[:-1]:
            layer.width = int(setting.split()[1])
    elif setting == "unpruned":
        model.pruning = torch.nn.ModuleList()
    elif setting not in ("", "unweighed"):
        raise ValueError(f"received the setting {setting!r}")


def per_relation(reciprocal: torch.Tensor, relation: torch.Tensor) -> float:
    """Mean over relations of their mean reciprocal ranks."""
    kinds, row = relation.unique(return_inverse=True)
    total = torch.zeros(len(kinds), dtype=torch.double).index_add(0, row, reciprocal)
    return float((total / torch.bincount(row)).mean())


def pretrain(name: str, mix: str, seed: int, steps: int, options: dict[str, Any], init: str | None = None) -> None:
    """One pretraining run, from the weights of the run `init` with the same seed if given; a killed one goes on where it was."""
    from graphfm.kg.relations.graph_parts import Recipe
    from graphfm.training.links.link_corpora import LinkCorpora
    from graphfm.training.links.relation_training import RelationTraining
    from graphfm.training.runs.run_folder import Stopwatch, quiet_trainer

    out = RUNS / f"{name}-{seed}"
    if (out / "weights.pt").exists():
        return
    out.mkdir(parents=True, exist_ok=True)
    recipe = Recipe(**{key: options.pop(key) for key in ("max_facts", "spread", "cores", "facts") if key in options})
    synthetic = options.pop("synthetic", 0.2)
    before: dict[str, Any] = {"steps": 0, "asked": 0, "cpu_seconds": 0.0}
    if not init:
        options = {"pairs": True} | options  # as `graphfm pretrain` has it
    else:
        before = torch.load(RUNS / f"{init}-{seed}" / "weights.pt", weights_only=True)
        options = before["settings"] | options
    drawn = seed + before["steps"]  # other batches than those before
    data = LinkCorpora(sources(mix), steps_per_epoch=200, seed=drawn, synthetic=synthetic, recipe=recipe)
    task, watch = RelationTraining(model=options, seed=drawn), Stopwatch()
    if init:
        task.model.load_state_dict(before["state"])
    trainer = quiet_trainer(
        out,
        epochs=steps // 200,
        progress=False,
        accelerator="cpu",
        precision="32-true",
        every=200,
        val_every=None,
        callbacks=[watch],
    )
    last = out / "last.ckpt"
    trainer.fit(task, datamodule=data, ckpt_path=last if last.exists() else None, weights_only=True)
    torch.save(
        {
            "settings": task.settings,
            "state": task.model.state_dict(),
            "mix": mix,
            "steps": before["steps"] + steps,
            "asked": before["asked"] + task.asked,
            "cpu_seconds": before["cpu_seconds"] + watch.seconds[1],
        },
        out / "weights.pt",
    )


def ship(name: str) -> None:
    """A run as the model of links that comes with the package."""
    from graphfm.models.checkpoint import DEFAULT_LINKS

    answering(name).save(DEFAULT_LINKS)
    print(f"{DEFAULT_LINKS}: {DEFAULT_LINKS.stat().st_size / 1e6:.2f} MB")


def linked(name: str) -> Any:
    """A run as a `LinkModel` with its card, on no graph yet."""
    from graphfm.datasets import Triples
    from graphfm.models import LinkModel
    from graphfm.training.runs.run_folder import versions

    model, about = load(name)
    kept = torch.load(RUNS / name / "weights.pt", weights_only=True)
    card = {
        "model": "universal",
        "sources": [*MIXES[about["mix"]], "made-up graphs (20% of the parts)"],
        "steps": about["steps"],
        "queries_asked": about["asked"],
        "seed": int(name.rpartition("-")[2]),
        "cpu_seconds": round(about["cpu_seconds"]),
        "made_by": f"scripts/kg_foundation.py, {name}",
        "versions": versions(),
    }
    settings = {"network": "universal", "network_options": kept["settings"]}
    trained = trained_on(about["mix"])
    return LinkModel(model, Triples("", [], []), kind="foundation", settings=settings, card=card, trained=trained)


def answering(name: str) -> Any:
    """`linked`, as it ships."""
    model = linked(name)
    model.settings = model.settings | {
        "network_options": model.settings["network_options"] | {"width": ANSWERING_WIDTH}
    }
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    jobs = parser.add_subparsers(dest="job", required=True)
    train = jobs.add_parser("pretrain")
    train.add_argument("--mix", default="P2", choices=MIXES)
    train.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    train.add_argument("--steps", type=int, default=2600)
    train.add_argument("--name", default="universal")
    train.add_argument("--init", metavar="NAME")
    train.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE")
    judge = jobs.add_parser("rank")
    judge.add_argument("models", nargs="+")
    judge.add_argument("--sets", nargs="+", default=list(SETS))
    judge.add_argument("--triples", type=int, help="of each set; all of them unless given")
    judge.add_argument("--setting", default="")
    jobs.add_parser("ship").add_argument("run")
    jobs.add_parser("table")
    given = parser.parse_args()
    from graphfm.report.images import png

    torch.set_num_threads(1)
    if given.job == "pretrain":
        import yaml

        options = {key: yaml.safe_load(value) for key, _, value in (one.partition("=") for one in given.set)}
        for seed in given.seeds:
            pretrain(given.name, given.mix, seed, given.steps, dict(options), given.init)
    elif given.job == "rank":
        from graphfm.ops.memory import keep_memory

        keep_memory()
        for model in given.models:
            for data in given.sets:
                rank_set(model, data, given.setting, given.triples)
    elif given.job == "ship":
        ship(given.run)
    records = RECORDS.read()
    (RECORDS.folder / "README.md").write_text(page(records), encoding="utf-8")
    (RECORDS.folder / "cost.png").write_bytes(png(kg_foundation_cost.picture(records)))


if __name__ == "__main__":
    main()
