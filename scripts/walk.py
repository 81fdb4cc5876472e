"""Which files of graphfm a call enters: a zero-shot call and a completion, on small made graphs, counted by a profile hook.

    python scripts/walk.py [ROOT] [--files]      # of another checkout, say, to compare

Each call is made twice and counted the second time, with graph and model read anew, so that imports are not counted. A move is
a call from one file into another.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple


class Walk(NamedTuple):
    """Calls by file of the package, and how many of them came from another file."""

    files: Counter[str]
    moves: int


def walk(call: Callable[[], Any], package: Path) -> Walk:
    """What a call enters of a package."""
    files, moves, start = Counter[str](), 0, f"{package}{os.sep}"

    def hook(frame: FrameType, event: str, arg: object) -> None:
        nonlocal moves
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(start) and code.co_name != "<module>":
            files[code.co_filename.removeprefix(start)] += 1
            moves += frame.f_back is not None and frame.f_back.f_code.co_filename != code.co_filename

    sys.setprofile(hook)
    try:
        call()
    finally:
        sys.setprofile(None)
    return Walk(files, moves)


def text_graph(folder: Path) -> str:
    """A folder with a text graph of two classes."""
    folder.mkdir()
    kinds = ["databases", "machine learning"]
    nodes = [{"id": n, "text": f"a paper about {kinds[n % 2]}, number {n}", "label": n % 2} for n in range(24)]
    classes = [{"id": n, "name": kind, "description": ""} for n, kind in enumerate(kinds)]
    (folder / "nodes.jsonl").write_text("\n".join(map(json.dumps, nodes)))
    (folder / "edges.csv").write_text("src,dst\n" + "\n".join(f"{n},{(n + 2) % 24}" for n in range(24)))
    (folder / "classes.json").write_text(json.dumps(classes))
    return str(folder)


def triples(folder: Path) -> str:
    """A folder with triples around a table."""
    folder.mkdir()
    rows = [f"p{n:02d}\t{r}\tp{(n + s + 1) % 20:02d}" for n in range(20) for s, r in enumerate(["next", "second"])]
    random.Random(0).shuffle(rows)
    for split, part in (("train", rows[:30]), ("valid", rows[30:34]), ("test", rows[34:])):
        (folder / f"{split}.txt").write_text("\n".join(part) + "\n")
    return str(folder)


def calls(home: Path) -> dict[str, Callable[[], Any]]:
    """The calls, on runs made in `home`."""
    import graphfm

    small = {"epochs": 1, "progress": False, "accelerator": "cpu"}
    nodes, facts = text_graph(home / "mine"), triples(home / "facts")
    graphfm.pretrain([nodes], out=home / "run", encoder="lsa", steps_per_epoch=2, batch_size=8, **small)
    for model in ("rotate", "mokgr"):
        graphfm.link_prediction(facts, out=home / model, model=model, dim=8, **small)

    def zero_shot() -> None:
        if hasattr(graphfm, "zero_shot"):
            graphfm.zero_shot(nodes, checkpoint=home / "run")
            return
        from graphfm.tasks.zero_shot import text_side, zero_shot  # as it was before the function above

        graph, model = graphfm.load(nodes), graphfm.GraphFM.load(home / "run")
        x, encode_text, _ = text_side(graph, None, model=model)
        zero_shot(graph, x, encode_text, model=model)

    def complete(run: Path) -> None:
        if hasattr(graphfm, "complete"):
            graphfm.complete(run, head="p00", relation="next")
        else:
            graphfm.LinkModel.load(run).predict_tails("p00", "next")

    return {
        "zero_shot, from folder and checkpoint": zero_shot,
        "complete with RotatE, from the run": lambda: complete(home / "rotate"),
        "complete with MoKGR, from the run": lambda: complete(home / "mokgr"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).parents[1])
    parser.add_argument("--files", action="store_true", help="name the files, too")
    arguments = parser.parse_args()
    package = arguments.root.resolve() / "graphfm"
    sys.path.insert(0, str(package.parent))
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as home:
        os.environ["GRAPHFM_CACHE"] = str(Path(home, "cache"))
        for name, call in calls(Path(home)).items():
            call()
            files, moves = walk(call, package)
            rooms = len({file.rpartition("/")[0] or file for file in files})
            print(f"{name:40} {rooms:3} rooms {len(files):3} files {sum(files.values()):6,} calls {moves:6,} moves")
            if arguments.files:
                print("   ", ", ".join(f"{file} {count}" for file, count in files.most_common()))


if __name__ == "__main__":
    main()
