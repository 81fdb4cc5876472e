"""A walk as a new user: a graph of one's own, relations of names that nobody ever used, answers with no training and after some.

    python scripts/kg_walk.py [--out runs/kg_walk]

Writes the graph, runs the commands and keeps what they said in results/kg_foundation/walk.md.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEAD = """# A walk: a graph of one's own, asked about with no training

`python scripts/kg_walk.py` wrote this. A captain `gorbs` a ship, a ship `flumes_at` a quay, a quay `lirps_in` a harbour, and a
captain `snells_at` a harbour; nobody has ever trained on such names. That a captain snells where his ship's quay lirps is nowhere
said, and two fifths of the facts of `snells_at` are left out: twelve to ask about, twelve to validate training by.
"""


def write_harbours(folder: Path, *, seed: int = 0) -> None:
    """Write the graph: `train.txt`, `valid.txt`, `test.txt`."""
    draw = random.Random(seed)
    quays = [(f"quay_{i}", f"harbour_{i % 6}") for i in range(24)]
    facts = [(quay, "lirps_in", harbour) for quay, harbour in quays]
    asked = []
    for i in range(60):
        quay, harbour = draw.choice(quays)
        facts += [(f"ship_{i}", "flumes_at", quay), (f"captain_{i}", "gorbs", f"ship_{i}")]
        asked.append((f"captain_{i}", "snells_at", harbour))
    draw.shuffle(asked)
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in {"train": facts + asked[24:], "valid": asked[:12], "test": asked[12:24]}.items():
        (folder / f"{name}.txt").write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "kg_walk")
    out = parser.parse_args().out
    write_harbours(out / "mine")
    head, relation, tail = (out / "mine" / "test.txt").read_text(encoding="utf-8").split("\n")[0].split("\t")
    question = f"--head {head} --relation {relation}"
    parts = [HEAD]
    for title, command in (
        ("Answers with no training", f"complete --checkpoint default --data mine {question} --top 3"),
        ("Why", f"explain --checkpoint default --data mine {question} --tail {tail} --top 3 --out why.html"),
        ("How often it is right", "evaluate --checkpoint default --data mine"),
        (
            "Trained a little, from there",
            "link-prediction --init default --data mine --out tuned --epochs 4 --set steps_per_epoch=20 lr=1e-3",
        ),
        ("The same question", f"complete --checkpoint tuned {question} --top 3"),
    ):
        words = [sys.executable, "-W", "ignore", "-m", "graphfm", *command.split()]
        done = subprocess.run(words, cwd=out, capture_output=True, text=True, check=True)
        said = "\n".join(line.rstrip() for line in done.stdout.splitlines())
        parts.append(f"\n## {title}\n\n```\n$ graphfm {command}\n{said}\n```\n")
        print(parts[-1])
    (ROOT / "results" / "kg_foundation" / "walk.md").write_text("".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
