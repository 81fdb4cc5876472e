"""What the README shows is what there is: its Python runs, its commands and options exist."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from graphfm.cli import app
from graphfm.text import minilm

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
COMMANDS = [
    line.split("  #")[0].strip()
    for block in re.findall(r"```bash\n(.*?)```", README, flags=re.DOTALL)
    for line in block.splitlines()
    if line.startswith("graphfm ")
]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with a graph of one's own in `mine`."""
    home = tmp_path / "mine"
    home.mkdir()
    kinds = ["databases", "machine learning"]
    nodes = [{"id": n, "text": f"a paper about {kinds[n % 2]}, number {n}", "label": n % 2} for n in range(24)]
    (home / "nodes.jsonl").write_text("\n".join(map(json.dumps, nodes)))
    (home / "edges.csv").write_text("src,dst\n" + "\n".join(f"{n},{(n + 2) % 24}" for n in range(24)))
    classes = [{"id": n, "name": kind, "description": ""} for n, kind in enumerate(kinds)]
    (home / "classes.json").write_text(json.dumps(classes))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.data
@pytest.mark.skipif(minilm.installed_folder() is None, reason="graphfm[minilm] is not installed")
@pytest.mark.parametrize("block", PYTHON, ids=range(len(PYTHON)))
def test_python_runs(block: str, desk: Path, data_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(block, "README.md", "exec"), {})
    assert len(capsys.readouterr().out.splitlines()) >= 5


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_exist(line: str) -> None:
    group = typer.main.get_command(app)
    _, name, *words = shlex.split(line)
    assert isinstance(group, TyperGroup)
    command = group.commands[name]
    if isinstance(command, TyperGroup):
        command = command.commands[words.pop(0)]
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    if command.context_settings.get("ignore_unknown_options"):
        return
    assert {word for word in words if word.startswith("-")} <= options
