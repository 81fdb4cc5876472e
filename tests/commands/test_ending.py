"""Every command ends with what it wrote and a command that exists; `tests/test_pages.py` runs most and reads their ends."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import graphfm.commands
from graphfm.cli import app
from graphfm.commands.ending import say_end

#: Commands that do not come to an end of their own, and those of Lightning, which ends as Lightning does.
NO_END = {"serve", "fit", "validate", "test", "predict"}
PLACES = sorted(Path(graphfm.commands.__file__).parent.glob("*.py"))


def commands() -> dict[str, Any]:
    def below(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                yield from below(command, f"{before}{name} ")
            else:
                yield f"{before}{name}", command

    return dict(below(typer.main.get_command(app)))


COMMANDS = commands()


def calls(tree: ast.AST, name: str) -> list[ast.Call]:
    return [n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == name]


def ends(function: str, tree: ast.Module) -> bool:
    """Whether a function, or one of the same file that it calls, says the end."""
    bodies = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    seen, open_ = set(), [function]
    while open_:
        name = open_.pop()
        if name in bodies and name not in seen:
            seen.add(name)
            named = {
                n.func.id for n in ast.walk(bodies[name]) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
            }
            open_ += named
            if "say_end" in named:
                return True
    return False


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - NO_END))
def test_a_command_says_its_end(name: str) -> None:
    callback = inspect.unwrap(COMMANDS[name].callback)
    source = inspect.getsource(sys.modules[callback.__module__])
    assert ends(callback.__name__, ast.parse(source)), f"{name} does not end with `say_end`"


#: The calls whose first word stands there; the others choose it when they run.
ENDS = [
    (path, call)
    for path in PLACES
    for call in calls(ast.parse(path.read_text(encoding="utf-8")), "say_end")
    if isinstance(call.args[0], ast.Constant)
]


@pytest.mark.parametrize(("path", "call"), ENDS, ids=[f"{path.stem}:{call.lineno}" for path, call in ENDS])
def test_the_next_command_exists_with_its_options(path: Path, call: ast.Call) -> None:
    words = [node.value if isinstance(node, ast.Constant) else None for node in call.args]
    name = next((found for found in (" ".join(map(str, words[:2])), str(words[0])) if found in COMMANDS), None)
    assert name, f"{path.name}:{call.lineno}: no command {words[0]}"
    options = {option for one in COMMANDS[name].params for option in (*one.opts, *one.secondary_opts)}
    assert {word for word in words if isinstance(word, str) and word.startswith("-")} <= options


def test_what_was_written_is_named_with_the_next_command(capsys: pytest.CaptureFixture[str]) -> None:
    say_end("classify", "--data", "my papers", wrote=(Path("a.csv"), None, "b.json"))
    assert capsys.readouterr().out == "Wrote: a.csv, b.json\nNext: graphfm classify --data 'my papers'\n"
    say_end("doctor", wrote=(None,))
    assert capsys.readouterr().out == "Next: graphfm doctor\n"
