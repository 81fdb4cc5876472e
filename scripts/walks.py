"""Three walks of a new user, from a file to a named and explained answer, as the terminal shows them.

    python scripts/walks.py

It runs every command of results/walks/README.md in a copy of that folder and writes the page anew with what they say.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "results" / "walks"
WIDTH = "100"

HEAD = """# From a file to an answer with its reasons

Three files as the world writes them, two commands each, nothing trained: the model that comes with the package
(`--checkpoint default`) reads the graph. The graphs are made up and lie in this folder; the facts asked for were left out of
them. `python scripts/walks.py` runs the commands and writes this page, `tests/scripts/test_walks.py` holds it to what they say.
"""
WALKS = (
    (
        "A table as Hetionet has it",
        "`hetionet/edges.tsv` begins with `source metaedge target`, `hetionet/nodes.tsv` with `id name kind`; `CtD` is "
        "Hetionet's abbreviation of compound treats disease. What may Erlotinib treat that the table does not say, and why?",
        (
            "graphfm complete --checkpoint default --data hetionet --head Erlotinib --relation CtD --new --top 3",
            "graphfm explain --checkpoint default --data hetionet --head Erlotinib --relation CtD --tail 'lung cancer' --top 3",
        ),
    ),
    (
        "A pair of tables of KGX",
        "`kgx/mine_edges.tsv` and `kgx/mine_nodes.tsv`, with CURIEs and Biolink predicates. Names may stand for both.",
        (
            "graphfm complete --checkpoint default --data kgx --head Valsartan --relation treats --new --top 3",
            'graphfm explain --checkpoint default --data kgx --head Valsartan --relation treats --tail "heart failure" --top 3',
        ),
    ),
    (
        "An ontology in Turtle",
        "`garden.ttl`, whose labels are in English and German; it needs the extra `rdf`.",
        (
            'graphfm complete --checkpoint default --data garden.ttl --head daisy --relation "is pollinated by" --new --top 3',
            'graphfm explain --checkpoint default --data garden.ttl --head daisy --relation "is pollinated by" --tail butterfly '
            "--top 3",
        ),
    ),
)
LAST = """## And then

`graphfm datasets import FILE --out FOLDER` says how a file is read and stops where it is not certain; `graphfm link-prediction
--data FILE --model mokgr` trains a path reasoner of one's own on it, and `graphfm evaluate` says what either is worth beside the
frequency of answers.
"""


def said(command: str, room: Path) -> str:
    """What a command prints."""
    environment = {**os.environ, "COLUMNS": WIDTH, "NO_COLOR": "1"}
    words = [sys.executable, "-m", "graphfm", *shlex.split(command)[1:]]
    done = subprocess.run(words, cwd=room, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command}\n{done.stdout}{done.stderr}")
    return "\n".join(line.rstrip() for line in done.stdout.splitlines())


def page(room: Path) -> str:
    """The page, with every command run anew."""
    parts = [HEAD]
    for title, about, commands in WALKS:
        shown = "\n\n".join(f"$ {command}\n{said(command, room)}" for command in commands)
        parts.append(f"## {title}\n\n{about}\n\n```console\n{shown}\n```\n")
    return "\n".join([*parts, LAST])


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        room = Path(temporary) / "walks"
        shutil.copytree(FOLDER, room)
        text = page(room)
    (FOLDER / "README.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
