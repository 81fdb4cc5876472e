"""CPU seconds until the command line answers, of two checkouts, one beside the other.

    python scripts/start_times.py BEFORE AFTER [--rounds 5] [--out FILE.md]

Measures `import graphfm`, `graphfm --help`, each `graphfm COMMAND --help` and `graphfm complete` on a small run, user and
system time of the whole process, in turns: all of one round before the next, so that a busy machine is busy for both trees.
The small run is trained once, with BEFORE. `python -c "import torch"` is measured in the same turns: the floor of every
command that computes. Prints the medians as a table.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

PYTHON = [sys.executable, "-W", "ignore"]
GRAPHFM = [*PYTHON, "-m", "graphfm"]
TORCH = 'python -c "import torch"'
LIST_COMMANDS = "import typer; from graphfm.cli import app; print(*typer.main.get_command(app).commands)"
TRIPLES = [
    (f"person_{n:02d}", ("next_to", "two_on")[s], f"person_{(n + s + 1) % 20:02d}") for n in range(20) for s in (0, 1)
]
TRAINING = ("link-prediction", "--model", "rotate", "--epochs", "1", "--dim", "16", "--accelerator", "cpu")
QUESTION = ("--head", "person_03", "--relation", "next_to")


def environment(tree: Path) -> dict[str, str]:
    """That of a run in the tree (`-m` looks there first), with compiled modules kept as on a user's machine."""
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return own | {"PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1"}


def output(tree: Path, command: Sequence[str]) -> str:
    """What a command prints."""
    return subprocess.run(command, cwd=tree, env=environment(tree), check=True, capture_output=True, text=True).stdout


def cpu_seconds(tree: Path, command: Sequence[str]) -> float:
    """User and system time of a command, that of its children included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=tree, env=environment(tree), check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def small_run(tree: Path, room: Path) -> Path:
    """The folder of a run on forty triples."""
    data, out = room / "people", room / "run"
    data.mkdir()
    for name, rows in (("train", TRIPLES[:30]), ("valid", TRIPLES[30:34]), ("test", TRIPLES[34:])):
        (data / f"{name}.txt").write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    output(tree, [*GRAPHFM, *TRAINING, "--data", str(data), "--out", str(out)])
    return out


def starts(tree: Path, run: Path) -> dict[str, list[str]]:
    """The commands to measure, by what people call them."""
    helps = {
        f"graphfm {name} --help": [*GRAPHFM, name, "--help"]
        for name in output(tree, [*PYTHON, "-c", LIST_COMMANDS]).split()
    }
    named = "--checkpoint" in output(tree, [*GRAPHFM, "complete", "--help"])  # a bare word in older trees
    model = ["--checkpoint", str(run)] if named else [str(run)]
    return {
        TORCH: [*PYTHON, "-c", "import torch"],
        "import graphfm": [*PYTHON, "-c", "import graphfm"],
        "graphfm --help": [*GRAPHFM, "--help"],
        **helps,
        "graphfm complete": [*GRAPHFM, "complete", *model, *QUESTION],
    }


def measured(trees: Sequence[Path], run: Path, *, rounds: int) -> dict[str, list[float]]:
    """Median CPU seconds of each command in each tree that has it, after one round that fills the caches."""
    commands = [starts(tree, run) for tree in trees]
    names = [name for name in commands[-1] if all(name in known for known in commands)]
    seconds: dict[str, list[list[float]]] = {name: [[] for _ in trees] for name in names}
    for turn in range(rounds + 1):
        for name in names:
            for place, tree in enumerate(trees):
                spent = cpu_seconds(tree, commands[place][name])
                if turn:
                    seconds[name][place].append(spent)
    return {name: [statistics.median(spent) for spent in found] for name, found in seconds.items()}


def table(found: Mapping[str, Sequence[float]]) -> Iterator[str]:
    """Lines of the table; the last column is against `import torch` of the same turns."""
    yield "| CPU seconds | before | after | after / import torch |"
    yield "| --- | --- | --- | --- |"
    floor = statistics.fmean(found[TORCH])
    for name, (before, after) in found.items():
        yield f"| `{name}` | {before:.2f} | {after:.2f} | {after / floor:.2f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path, help="an older checkout")
    parser.add_argument("after", type=Path, help="a newer one")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, help="also write the table here")
    args = parser.parse_args()
    trees = [args.before.resolve(), args.after.resolve()]
    with tempfile.TemporaryDirectory() as room:
        lines = list(table(measured(trees, small_run(trees[0], Path(room)), rounds=args.rounds)))
    print("\n".join(lines))
    if args.out is not None:
        args.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
