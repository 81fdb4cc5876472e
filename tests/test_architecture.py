"""The layout of the house: who may import whom, and what a bare import may cost."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import graphfm

ROOT = Path(graphfm.__file__).parent
BEDROCK = {"errors", "files", "paths", "progress", "ops"}
GROUND = {"geometry", "kg", "datasets"}
MIDDLE = {"text", "classification", "models", "evaluation", "report"}
TOP = {"training"}
#: Rooms a room may import, beside itself; the roof may import all.
ALLOWED = (
    dict.fromkeys(BEDROCK, BEDROCK)
    | dict.fromkeys(GROUND, BEDROCK)
    | dict.fromkeys(MIDDLE, BEDROCK | GROUND | MIDDLE)
    | {"training": BEDROCK | GROUND | MIDDLE}
)
FILES = sorted(ROOT.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Dotted names that a file imports, at any depth; `from a import b` counts as a.b too."""
    names: set[str] = set()
    package = ("graphfm", *path.relative_to(ROOT).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            names |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", [f for f in FILES if room(f) in ALLOWED], ids=lambda p: str(p.relative_to(ROOT)))
def test_rooms_import_only_what_lies_below(path: Path) -> None:
    rooms = {name.split(".")[1] for name in imported(path) if name.startswith("graphfm.")}
    known = BEDROCK | GROUND | MIDDLE | TOP | {"cli", "commands"}
    assert rooms & known <= ALLOWED[room(path)] | {room(path)}


def test_every_room_is_known() -> None:
    rooms = {room(path) for path in FILES}
    assert rooms <= BEDROCK | GROUND | MIDDLE | TOP | {"cli", "commands", "__init__", "__main__"}


def test_lightning_only_on_top() -> None:
    users = {
        room(path)
        for path in FILES
        if any(n.split(".")[0] in ("lightning", "pytorch_lightning") for n in imported(path))
    }
    assert users <= {"training", "commands", "cli"}


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, runpy\n"
        "sys.argv = ['graphfm', '--help']\n"
        "try:\n    runpy.run_module('graphfm', run_name='__main__')\n"
        "except SystemExit:\n    pass\n"
        "heavy = {'torch', 'numpy', 'pandas', 'lightning', 'transformers', 'scipy', 'sklearn'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "zero-shot" in done.stdout


def test_import_changes_nothing() -> None:
    code = "import sys; before = set(sys.modules); import graphfm; assert 'torch' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
