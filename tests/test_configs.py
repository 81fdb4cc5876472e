"""Every config parses against the constructors it configures; the smoke config trains."""

import json
import sys
from pathlib import Path

import pytest

from graphfm.tasks.lightning_cli import GraphCLI, main

CONFIGS = sorted((Path(__file__).parents[1] / "configs").rglob("*.yaml"))


@pytest.fixture(autouse=True)
def no_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lightning warns when it finds pytest's own arguments beside ours."""
    monkeypatch.setattr(sys, "argv", ["graphfm"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    nodes = [{"id": n, "text": f"a page about {['trees', 'rings'][n % 2]} number {n}"} for n in range(40)]
    (tmp_path / "nodes.jsonl").write_text("\n".join(map(json.dumps, nodes)))
    (tmp_path / "edges.csv").write_text("src,dst\n" + "\n".join(f"{n},{(n + 1) % 40}" for n in range(40)))
    return tmp_path


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_config_parses(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["fit", "--config", str(config), "--print_config"])
    assert stop.value.code == 0
    assert "model:" in capsys.readouterr().out


def test_a_mistyped_key_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["fit", "--model.hiden_channels", "8"])
    assert stop.value.code == 2
    assert "hiden_channels" in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore")
def test_smoke_config_fits_and_predicts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)  # the config of a run is written where it runs
    smoke = next(path for path in CONFIGS if path.parent.name == "smoke" and path.stem == "pretrain")
    cli = main(["fit", "--config", str(smoke), "--data.data", f"[{folder}]"])
    assert isinstance(cli, GraphCLI)
    assert cli.trainer.global_step == 2
    assert cli.model.hparams["text_dim"] == cli.datamodule.text_dim
    (encoded,) = cli.trainer.predict(cli.model, datamodule=cli.datamodule)
    assert encoded.features.shape == (40, cli.datamodule.text_dim)
