"""Every config parses against the constructors it configures; the smoke configs train."""

import json
import re
import sys
from pathlib import Path

import pytest
import yaml

from graphfm.commands.settings import read_settings
from graphfm.datasets import Triples, catalog
from graphfm.datasets.triples.folder import write
from graphfm.errors import DataError
from graphfm.settings import typed
from graphfm.training.lightning_cli import GraphCLI, main
from graphfm.training.link_data import LinkData
from graphfm.training.link_prediction import link_prediction, run_setting_names
from graphfm.training.link_settings import make_task, normalised

CONFIGS = sorted((Path(__file__).parents[1] / "configs").rglob("*.yaml"))
LINK = [path for path in CONFIGS if path.parent.name == "link_prediction"]
LIGHTNING = [path for path in CONFIGS if path not in LINK]


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


@pytest.mark.parametrize("config", LIGHTNING, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_config_parses(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["fit", "--config", str(config), "--print_config"])
    assert stop.value.code == 0
    assert "model:" in capsys.readouterr().out


@pytest.mark.parametrize("config", LINK, ids=lambda path: path.stem)
def test_link_prediction_config_instantiates(config: Path, ring: Triples) -> None:
    """All of it: names, types, the data set, the data module, and the task on a small graph."""
    run = typed(link_prediction, _read(config))
    assert run.pop("data") in catalog.names("kg")
    names = {"model", *link_prediction.__kwdefaults__}
    settings = {name: value for name, value in run.items() if name not in names}
    family, name, data_settings, task_settings = normalised(run["model"], settings)
    data = LinkData(ring, **{**data_settings, "protocol": None})  # the small graph is not inductive
    task = make_task(family, data, seed=0, **{**task_settings, "dim": 4})
    assert name in task.settings.values()


def _read(config: Path) -> dict:
    model = yaml.safe_load(config.read_text())["model"]
    return read_settings(config, run_setting_names(model), of="graphfm.link_prediction")


@pytest.mark.parametrize("config", [path for path in LIGHTNING if path.parent.name == "smoke"], ids=lambda p: p.stem)
def test_a_mistyped_key_is_refused_by_name(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["fit", "--config", str(config), "--model.hiden_channels", "8"])
    assert stop.value.code == 2
    assert "hiden_channels" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("config", "words", "said"),
    [
        ("link_prediction", ("--model.lr", "-1"), "lr=-1.0, expected at least 0"),
        ("path_reasoning", ("--data.batch_size", "0"), "batch_size=0, expected at least 1"),
    ],
)
@pytest.mark.filterwarnings("ignore")  # Lightning calls jsonargparse by an older name
def test_a_value_out_of_range_is_refused_by_fit_too(config: str, words: tuple[str, str], said: str) -> None:
    path = next(path for path in CONFIGS if path.parent.name == "smoke" and path.stem == config)
    with pytest.raises(DataError, match=said):
        main(["fit", "--config", str(path), *words])


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
    written = {path: path.read_text() for path in folder.rglob("config.yaml")}
    for command in ("validate", "fit"):  # in the folder of the fit
        main([command, "--config", str(smoke), "--data.data", f"[{folder}]"])
        assert {path: path.read_text() for path in folder.rglob("config.yaml")} == written


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["link_prediction", "path_reasoning"])
def test_smoke_config_fits_and_ranks_triples(
    ring: Triples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(ring, tmp_path / "ring")
    smoke = next(path for path in LIGHTNING if path.parent.name == "smoke" and path.stem == name)
    cli = main(["fit", "--config", str(smoke), "--data.data", str(tmp_path / "ring")])
    assert cli.trainer.global_step == 2
    assert cli.model.hparams["num_relations"] == 2
    (tested,) = cli.trainer.test(cli.model, datamodule=cli.datamodule, verbose=False)
    assert 2 / 21 < tested["test_mrr"] <= 1


@pytest.mark.parametrize(
    ("model", "settings", "said"),
    [
        ("rotate", {"p": 3}, "p=3, expected one of 1, 2"),
        ("rotate", {"gamma": "wide"}, "gamma='wide', expected a number"),
        ("mokgr", {"remove": "node"}, "remove='node', expected one of 'edge', 'pair'"),
    ],
)
def test_a_value_that_cannot_be_is_answered(model: str, settings: dict, said: str) -> None:
    with pytest.raises(DataError, match=re.escape(said)):
        normalised(model, settings)
