"""The recipes of CONTRIBUTING.md: each part is added to a copy of the package, and by a package that graphfm has never heard of.

What is tested is the text itself: its files are written where it says, its lines are added where it says.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import graphfm

PACKAGE = Path(graphfm.__file__).parent
TEXT = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")

#: What a user does with each part.
USES = {
    "A scorer": """
        from graphfm.models.families import find_model
        family, model = find_model("cp")
        built = family.build(num_entities=5, num_relations=2, scorer=model.name, dim=4, reciprocal=True)
        assert built(None, torch.tensor([0, 1]), torch.tensor([0, 3])).shape == (2, 5)
    """,
    "An expert": """
        from graphfm.models.encoder import graph_encoder
        encoder = graph_encoder(8, hidden_channels=4, experts=["hyperboloid", "euclidean"])
        edges = torch.tensor([[0, 1, 2], [1, 2, 0]])
        encoded = encoder(torch.nn.functional.normalize(torch.randn(3, 8), dim=1), edges, torch.randn(3, STRUCTURE))
        assert encoded.features.isfinite().all()
        assert type(encoder.mixture.experts[0]).__name__ == "HyperboloidExpert"
    """,
    "A gate": """
        from graphfm.models.encoder import graph_encoder
        gate = graph_encoder(8, hidden_channels=4, gate="first").mixture.gate
        assert gate(torch.randn(5, STRUCTURE)).tolist() == [[1, 0, 0]] * 5, "an expert more must not change the default"
    """,
    "A family of link models": """
        from pathlib import Path
        from graphfm.datasets import Triples
        ring = torch.tensor([[n, 0, (n + 1) % 9] for n in range(9)] + [[n, 1, 0] for n in range(9)])
        graph = Triples("made", list("abcdefghi"), ["next", "to_a"], train=ring[:-2], val=ring[-2:-1], test=ring[-1:])
        run = {"epochs": 1, "progress": False, "accelerator": "cpu"}
        model = graphfm.link_prediction(graph, out=Path.cwd() / "run", model="popularity", **run)
        assert model.card["result"]["report"]["direction"]["tail"]["mrr"] == 1
        best = graphfm.LinkModel.load("run").predict_tails("i", "to_a", top=1)
        assert best["tail_id"].tolist() == ["a"]
    """,
    "A data set": """
        graph = graphfm.load("karate")
        assert (graph.num_nodes, graph.name, graph.directed) == (34, "karate", False)
        assert "karate" in graphfm.datasets.names("tag") and "karate" not in graphfm.datasets.names("kg")
    """,
    "A text encoder": """
        encoder = graphfm.load_encoder("hashed")
        rows = graphfm.embed(["Graph theory", "graph THEORY", "a film"], encoder, progress=False)
        assert torch.equal(rows[0], rows[1]) and rows[0] @ rows[2] == 0
        again = graphfm.load_encoder(encoder.spec(), tensors=encoder.tensors())
        assert again.name == encoder.name
    """,
    "A command": """
        from typer.testing import CliRunner
        from graphfm.cli import app
        said = CliRunner().invoke(app, ["degrees", "--data", folder])
        assert said.output == "ring: mean degree 2.00, largest 2\\n", said.output
        assert "degrees" in CliRunner().invoke(app, ["--help"]).output
    """,
}
PRELUDE = """
import json, textwrap, traceback, warnings
import torch
import graphfm
from graphfm.geometry.structure import DESCRIPTOR_NAMES
STRUCTURE, folder, answers = len(DESCRIPTOR_NAMES), "ring", {}
assert graphfm.__file__ == FILE, graphfm.__file__
ring = graphfm.TextGraph(torch.tensor([[n, (n + 1) % 6] for n in range(6)]).t(), name="ring", text=list("abcdef"), directed=False)
graphfm.datasets.write_folder(ring, folder)
for part, use in USES.items():
    try:
        exec(compile(textwrap.dedent(use), part, "exec"))
        answers[part] = "ok"
    except Exception:
        answers[part] = traceback.format_exc()
print("ANSWERS" + json.dumps(answers))
"""


class Recipe(NamedTuple):
    """What a section says: own files by path, lines of other files by path, the group and the line of its entry point."""

    files: dict[str, str]
    lines: dict[str, str]
    group: str
    point: str


def read(section: str) -> Recipe:
    files, lines = {}, {}
    for fence in re.finditer(r"```(python|diff)\n(.*?)```", section, flags=re.DOTALL):
        path = re.findall(r"`(graphfm/[\w/]+\.\w+)`", section[: fence.start()])[-1]
        (files if fence[1] == "python" else lines)[path] = fence[2]
    group, point = re.findall(r"`\[project\.entry-points\.\"(.*?)\"\]`,\s+`(.*?)`", section)[0]
    return Recipe(files, lines, group, point)


RECIPES = {part: read(text) for part, text in re.findall(r"^### (.*?)\n(.*?)(?=^### |\Z)", TEXT, flags=re.M | re.S)}


def test_every_recipe_is_short_and_used() -> None:
    assert RECIPES.keys() == USES.keys()
    assert all(len(recipe.files) <= 2 and len(recipe.lines) <= 1 for recipe in RECIPES.values())


def dotted(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def add_line(site: Path, recipe: Recipe) -> None:
    """Change the file of a table as the section says, and import there what the new line names."""
    for path, diff in recipe.lines.items():
        old = "".join(line[1:] for line in diff.splitlines(keepends=True) if line[0] in " -")
        new = "".join(line[1:] for line in diff.splitlines(keepends=True) if line[0] in " +")
        text = (site / path).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{path} is not as the recipe of {recipe.point} has it"
        text = text.replace(old, new)
        for own, content in recipe.files.items():
            names = {getattr(node, "name", "") for node in ast.parse(content).body}
            names |= set(re.findall(r"^([A-Z]+) = ", content, flags=re.M))
            for name in names & set(re.findall(r"\w+", new)):
                start = "from __future__ import annotations\n"
                text = text.replace(start, f"{start}\nfrom {dotted(own)} import {name}\n", 1)
        (site / path).write_text(text, encoding="utf-8")


def answers(*sites: Path, home: Path) -> dict[str, str]:
    """What comes of the uses in a process that finds its packages in `sites`."""
    code = f"FILE, USES = {str(sites[-1] / 'graphfm' / '__init__.py')!r}, {USES!r}\n{PRELUDE}"
    path = os.pathsep.join(map(str, sites))
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=500,
        cwd=home,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert "ANSWERS" in done.stdout, done.stderr
    return dict(json.loads(done.stdout.rpartition("ANSWERS")[2]))


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Answers of a copy of graphfm to which every part was added."""
    site = tmp_path_factory.mktemp("inside")
    shutil.copytree(PACKAGE, site / "graphfm", ignore=shutil.ignore_patterns("__pycache__", "*.ckpt"))
    for recipe in RECIPES.values():
        for path, content in recipe.files.items():
            assert not (site / path).exists()
            (site / path).write_text(content, encoding="utf-8")
        add_line(site, recipe)
    return answers(site, home=tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Answers of graphfm as it is, with another package installed beside it."""
    site = tmp_path_factory.mktemp("outside")
    points = [f"[{recipe.group}]\n{recipe.point.replace(chr(34), '')}\n" for recipe in RECIPES.values()]
    info = site / "theirs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("\n".join(points))
    for recipe in RECIPES.values():
        for path, content in recipe.files.items():
            for own in recipe.files:  # the modules stand at the top of that package
                content = content.replace(dotted(own), Path(own).stem)  # noqa: PLW2901
            (site / Path(path).name).write_text(content, encoding="utf-8")
    return answers(site, PACKAGE.parent, home=tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize("part", USES)
def test_inside(part: str, inside: dict[str, str]) -> None:
    assert inside[part] == "ok", inside[part]


@pytest.mark.parametrize("part", USES)
def test_outside(part: str, outside: dict[str, str]) -> None:
    assert outside[part] == "ok", outside[part]
