"""Every config parses against the constructors it configures, the smallest train, and no command takes the other's dialect.

Configs are flat files of a command's settings, in folders by command; those of Lightning's command line are in ``lightning``.
"""

import json
import re
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file

from graphfm.__main__ import main as graphfm_main
from graphfm.commands.given import check_names, lightning_sections, read_settings, read_yaml
from graphfm.datasets import Triples, catalog
from graphfm.datasets.triples.folder import write
from graphfm.errors import DataError
from graphfm.settings import typed
from graphfm.training.lightning_cli import GraphCLI, main
from graphfm.training.link_prediction import link_prediction, run_setting_names
from graphfm.training.links.link_data import LinkData
from graphfm.training.links.link_settings import make_task, normalised
from graphfm.training.pretrain import pretrain, setting_names
from graphfm.training.text_graphs.pretraining import Pretraining

HOME = Path(__file__).parents[1] / "configs"
CONFIGS = sorted(HOME.rglob("*.yaml"))
LIGHTNING = [path for path in CONFIGS if path.parent.name == "lightning"]
FLAT = [path for path in CONFIGS if path not in LIGHTNING]
LINK = [path for path in FLAT if isinstance(read_yaml(path).get("model"), str)]
PRETRAIN = [path for path in FLAT if path not in LINK]
#: Lightning's that train on two batches.
SMALLEST = ("foundation", "link_prediction", "path_reasoning", "pretrain")


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


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


@pytest.mark.parametrize("config", LIGHTNING, ids=named)
def test_config_parses(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["fit", "--config", str(config), "--print_config"])
    assert stop.value.code == 0
    assert "model:" in capsys.readouterr().out


@pytest.mark.parametrize("config", LINK, ids=named)
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
    settings = read_settings(config, of="graphfm.link_prediction")
    check_names(settings, run_setting_names(settings["model"]), of="graphfm.link_prediction", path=config)
    return settings


@pytest.mark.parametrize("config", PRETRAIN, ids=named)
def test_pretrain_config_instantiates(config: Path) -> None:
    settings = read_settings(config, of="graphfm.pretrain")
    check_names(settings, ["data", "out", *setting_names()], of="graphfm.pretrain", path=config)
    assert set(settings["data"]) <= set(catalog.names("tag"))
    run = typed(pretrain, {name: value for name, value in settings.items() if name != "out"})
    model = {name: value for name, value in run.items() if name not in pretrain.__kwdefaults__ and name != "data"}
    assert Pretraining(8, **typed(Pretraining.__init__, model)).settings["hidden_channels"] == model["hidden_channels"]


def test_every_config_is_of_a_dialect() -> None:
    assert all(lightning_sections(read_yaml(path)) for path in LIGHTNING)
    assert not any(lightning_sections(read_yaml(path)) for path in FLAT)
    assert {path.parent.name for path in FLAT} == {"link_prediction", "pretrain", "smoke"}


def _told(words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setattr(sys, "argv", ["graphfm", *words])
    with pytest.raises(SystemExit) as stop:
        graphfm_main()
    assert stop.value.code == 2
    return " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("command", ["pretrain", "link-prediction"])
@pytest.mark.parametrize("config", LIGHTNING, ids=named)
def test_lightnings_configs_are_told_where_they_belong(
    config: Path, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = _told([command, "--config", str(config), "--out", str(tmp_path / "x")], monkeypatch, capsys)
    assert "a Lightning config (it has 'trainer'" in said
    assert f"graphfm fit --config {config}" in said
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("config", [*PRETRAIN, *LINK[:2]], ids=named)
def test_flat_configs_are_told_where_they_belong(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = _told(["fit", f"--config={config}"], monkeypatch, capsys)
    assert "a flat file of settings" in said
    assert f"graphfm {'link-prediction' if config in LINK else 'pretrain'} --config {config}" in said


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("config", [path for path in FLAT if path.parent.name == "smoke"], ids=named)
def test_smoke_config_runs(
    config: Path, ring: Triples, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(ring, tmp_path / "ring")
    command, data = ("link-prediction", tmp_path / "ring") if config in LINK else ("pretrain", folder)
    words = [command, "--config", config, "--data", data, "--out", tmp_path / "run"]
    monkeypatch.setattr(sys, "argv", ["graphfm", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        graphfm_main()
    assert not stop.value.code
    assert (tmp_path / "run" / "model.ckpt").is_file()


@pytest.mark.parametrize("config", [HOME / "lightning" / f"{name}.yaml" for name in SMALLEST], ids=named)
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
    with pytest.raises(DataError, match=said):
        main(["fit", "--config", str(HOME / "lightning" / f"{config}.yaml"), *words])


@pytest.mark.filterwarnings("ignore")
def test_smallest_config_fits_and_predicts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)  # the config of a run is written where it runs
    smoke = HOME / "lightning" / "pretrain.yaml"
    cli = main(["fit", "--config", str(smoke), "--data.data", f"[{folder}]"])
    assert isinstance(cli, GraphCLI)
    assert cli.trainer.global_step == 2
    assert cli.model.hparams["text_dim"] == cli.datamodule.text_dim
    main(["predict", "--config", str(smoke), "--data.data", f"[{folder}]"])
    (path,) = folder.rglob("*.safetensors")
    assert path.parent.name == "predictions"
    found = load_file(path)
    assert found["features"].shape == (40, cli.datamodule.text_dim)
    assert found["gate"].shape == (40, 3)
    with pytest.raises(DataError, match="held out for the test"):  # of forty nodes
        main(["test", "--config", str(smoke), "--data.data", f"[{folder}]"])
    written = {path: path.read_text() for path in folder.rglob("config.yaml")}
    for command in ("validate", "fit"):  # in the folder of the fit
        main([command, "--config", str(smoke), "--data.data", f"[{folder}]"])
        assert {path: path.read_text() for path in folder.rglob("config.yaml")} == written


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["link_prediction", "path_reasoning"])
def test_smallest_config_fits_and_ranks_triples(
    ring: Triples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(ring, tmp_path / "ring")
    smoke = HOME / "lightning" / f"{name}.yaml"
    cli = main(["fit", "--config", str(smoke), "--data.data", str(tmp_path / "ring")])
    assert cli.trainer.global_step == 2
    assert cli.model.hparams["num_relations"] == 2
    (tested,) = cli.trainer.test(cli.model, datamodule=cli.datamodule, verbose=False)
    assert 2 / 21 < tested["test_mrr"] <= 1
    with pytest.raises(DataError, match="graphfm complete"):
        main(["predict", "--config", str(smoke), "--data.data", str(tmp_path / "ring")])


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
