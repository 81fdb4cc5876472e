"""A command imports what it uses: what people wait for before anything happens."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest
import typer

from graphfm import link_prediction
from graphfm.__main__ import main
from graphfm.cli import app
from graphfm.datasets import Triples

#: Not needed to name the missing end of a triple.
UNUSED = {
    "torch_geometric", "lightning", "torchmetrics", "sklearn", "transformers", "scipy", "matplotlib", "pandas", "torch._dynamo",
}  # fmt: skip
HEAVY = UNUSED | {"torch", "numpy", "geoopt", "networkx"}
RUN = """
import json, sys
from graphfm.__main__ import main
for words in json.loads(sys.argv.pop()):
    sys.argv = ["graphfm", *words]
    try:
        main()
    except SystemExit as stop:
        assert not stop.code, words
print(json.dumps(sorted(sys.modules)))
"""


def imported_by(*commands: list[str]) -> tuple[set[str], str]:
    """Modules that are imported after some command lines, run in one new process, and what those printed."""
    words = [sys.executable, "-W", "ignore", "-c", RUN, json.dumps(commands)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    *said, modules = done.stdout.splitlines()
    return set(json.loads(modules)), "\n".join(said)


def test_help_of_every_command_needs_no_torch() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    names = list(group.commands)
    assert {"fit", "complete", "datasets"} <= set(names)
    imported, said = imported_by(["--help"], ["--version"], *([name, "--help"] for name in names))
    assert not imported & HEAVY
    assert said.count("Usage:") == len(names) + 1
    assert "configs/lightning" in said
    assert "[cora]" in said


@pytest.mark.parametrize("model", ["rotate", "mokgr"])
def test_completing_a_triple_imports_what_it_uses(ring: Triples, tmp_path: Path, model: str) -> None:
    link_prediction(ring, out=tmp_path, model=model, epochs=1, dim=8, progress=False)
    asked = ["complete", "--checkpoint", str(tmp_path), "--head", "person_03", "--relation", "next_to", "--top", "2"]
    imported, said = imported_by(asked)
    assert "torch" in imported
    assert not imported & UNUSED
    assert "Person 3" in said


@pytest.mark.parametrize(("signum", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_that_a_library_turns_into_an_error_of_its_own_still_ends_as_a_signal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], signum: int, status: int
) -> None:
    def importing() -> None:
        try:
            os.kill(os.getpid(), signum)
            time.sleep(5)
        except BaseException:
            raise RecursionError from None

    before = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGINT, signal.SIGTERM)}
    told, formatter = warnings.formatwarning, getattr(logging.lastResort, "formatter", None)
    monkeypatch.setattr("graphfm.cli.app", importing)
    monkeypatch.setattr(sys, "argv", ["graphfm", "inspect"])
    try:
        with pytest.raises(SystemExit) as stopped:
            main()
    finally:
        warnings.formatwarning = told
        if logging.lastResort is not None:
            logging.lastResort.setFormatter(formatter)
        for number, handler in before.items():
            signal.signal(number, handler)
    assert stopped.value.code == status
    assert f"Stopped by {signal.Signals(signum).name}; nothing is half written." in capsys.readouterr().err
