"""What is said of an installation is what is installed."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

import graphfm
from graphfm.cli import app
from graphfm.report.doctor import features

METADATA = """Metadata-Version: 2.1
Name: theirs
Version: 1.0
Requires-Dist: numpy
Requires-Dist: pandas>=1; extra == "tables"
Requires-Dist: pandas>=900; extra == "new"
Requires-Dist: no-such-package; extra == "new"
Requires-Dist: nothing-here; extra == "old" and python_version < "3"
Requires-Dist: theirs[tables,new]; extra == "dev"
"""


def test_features_are_the_extras_of_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "theirs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA)
    monkeypatch.syspath_prepend(tmp_path)
    found = {feature.extra: feature for feature in features("theirs")}
    assert found.keys() == {"tables", "new"}
    assert found["tables"].missing == ()
    assert found["tables"].line == ""
    assert found["new"].missing == ("pandas>=900", "no-such-package")
    assert found["new"].line == 'pip install "graphfm[new]"'
    assert features("nobody-has-this") == []


def test_versions_devices_and_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHFM_DATA", str(tmp_path))
    monkeypatch.setenv("GRAPHFM_CACHE", str(tmp_path / "cache"))
    (tmp_path / "kg" / "umls").mkdir(parents=True)
    found = graphfm.doctor()
    assert found.versions["torch"] == version("torch")
    assert found.versions["graphfm"] == graphfm.__version__
    assert found.places["data sets"].startswith(f"{tmp_path} (GRAPHFM_DATA): 1 of ")
    assert "not made yet" in found.places["cache"]
    assert not (tmp_path / "cache").exists()
    assert found.devices[0].startswith("CPU")
    assert found.problems == []
    assert all(feature.use != feature.extra for feature in found.features)
    assert json.loads(json.dumps(found.as_dict()))["places"] == found.places
    assert list(found.frame()["extra"]) == [feature.extra for feature in found.features]


def test_the_encoder_is_named_with_where_it_is_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphfm.text.minilm_files._cached", lambda: None)
    monkeypatch.setattr("graphfm.text.minilm_files.installed_folder", lambda: None)
    assert "is not here" in graphfm.doctor().places["text encoder"]
    monkeypatch.setattr("graphfm.text.minilm_files.installed_folder", lambda: tmp_path)
    found = graphfm.doctor()
    assert found.places["text encoder"].endswith("damaged")
    assert any("Reinstall graphfm[minilm]" in problem for problem in found.problems)


def test_a_wrong_folder_is_a_problem_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GRAPHFM_DATA", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GRAPHFM_CACHE", str(tmp_path / "file" / "cache"))
    said = CliRunner().invoke(app, ["doctor"])
    assert said.exit_code == 1
    assert "Problem: GRAPHFM_DATA names" in said.output
    assert "name another folder in GRAPHFM_CACHE" in said.output
