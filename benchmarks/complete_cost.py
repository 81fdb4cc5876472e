"""What a question of a file costs in `complete`, beside a ranked query of `evaluate`, on the same model.

    python benchmarks/complete_cost.py RUN [--questions 100000] [--top 10] [--json FILE]

The questions are made: half ask for tails and half for heads, of entities and relations drawn at random from the training
triples, so that some are asked again, as in a file of a user. The ranking is `graphfm.kg.ranking.rank` of as many triples drawn
from the training triples, two queries each, as `evaluate` does it. Both score equal queries once; the cost is CPU time by what
is asked. That the file is read, that names are looked up and that the answers are written as CSV counts.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from graphfm.files import write_parts
from graphfm.kg.ranking import rank
from graphfm.models import LinkModel
from graphfm.table_text import json_parts, write_table


def made(model: LinkModel, count: int, seed: int) -> list[str]:
    """Lines of a file of questions."""
    graph, draw = model.graph, np.random.default_rng(seed)
    rows = graph.train.numpy()[draw.integers(len(graph.train), size=count)]
    tails = (f"{graph.entities[h]}\t{graph.relations[r]}\t" for h, r, _ in rows[: count // 2].tolist())
    heads = (f"\t{graph.relations[r]}\t{graph.entities[t]}" for _, r, t in rows[count // 2 :].tolist())
    return ["head\trelation\ttail", *tails, *heads]


def measured(run: Path, count: int, top: int, seed: int = 0) -> dict[str, Any]:
    """CPU seconds of both, and how many queries each scored."""
    model = LinkModel.load(run)
    graph = model.graph
    triples = graph.train[torch.from_numpy(np.random.default_rng(seed).integers(len(graph.train), size=count // 2))]
    rank(model.model, triples[:64], model.known, data=model.facts)  # what is read once is not counted
    start = time.process_time()
    rank(model.model, triples, model.known, data=model.facts)
    ranked = time.process_time() - start
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "questions.tsv"
        path.write_text("\n".join(made(model, 64, seed)) + "\n", encoding="utf-8")
        write_table(Path(folder) / "answers.csv", model.predict_batch(path, top=top))  # nor here
        path.write_text("\n".join(made(model, count, seed)) + "\n", encoding="utf-8")
        start = time.process_time()
        frame = model.predict_batch(path, top=top)
        answered = time.process_time() - start
        start = time.process_time()
        write_table(Path(folder) / "answers.csv", frame)
        written = time.process_time() - start
        start = time.process_time()
        write_parts(Path(folder) / "answers.jsonl", json_parts(frame))
        as_json = time.process_time() - start
    both = torch.cat([triples[:, :2], torch.stack([triples[:, 2], triples[:, 1] + graph.num_relations], 1)])
    return {
        "run": run.name,
        "entities": graph.num_entities,
        "questions": count,
        "different": len(torch.unique(both, dim=0)),
        "top": top,
        "p_true": "p_true" in frame,
        "evaluate_ms": 1000 * ranked / count,
        "complete_ms": 1000 * answered / count,
        "write_ms": 1000 * written / count,
        "json_ms": 1000 * as_json / count,
        "ratio": answered / ranked,
        "ratio_written": (answered + written) / ranked,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--questions", type=int, default=100_000)
    parser.add_argument("--top", type=int, default=10)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    found = measured(arguments.run, arguments.questions, arguments.top)
    print(json.dumps(found, indent=1))
    if arguments.json is not None:
        with arguments.json.open("a", encoding="utf-8") as file:
            file.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
