"""The built wheel, in an environment of its own: what the README shows works without a checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import graphfm

ROOT = Path(graphfm.__file__).parents[1]
#: What commands read of the package that is no module.
INSIDE = (
    "graphfm/py.typed",
    "graphfm/datasets/catalog.json",
    "graphfm/weights/default.ckpt",
    "graphfm/weights/default_kg.ckpt",
    "graphfm/serving/ask.html",
    "graphfm/serving/ask_links.html",
    "graphfm/serving/ask_texts.html",
    "graphfm/configs/link_prediction/mokgr_family.yaml",
    "graphfm/configs/lightning/pretrain.yaml",
)
TRIPLES = "ann\tlikes\tbob\nbob\tlikes\tcarl\ncarl\tlikes\tdora\nann\tknows\tcarl\nbob\tknows\tdora\n"
COMMANDS = (
    "--version",
    "doctor",
    "models list",
    "datasets list",
    "complete --checkpoint default --data mine.tsv --head ann --relation likes",
    "link-prediction --config configs/smoke/link_prediction.yaml --data mine.tsv --out run",
    "tune --help",
    "serve --help",
)


def test_a_config_of_the_package_is_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from graphfm.commands.given import located

    monkeypatch.chdir(tmp_path)
    found = located(Path("configs/link_prediction/mokgr_family.yaml"))
    assert found.is_file()
    assert located(Path("mine.yaml")) == Path("mine.yaml")
    assert located(Path("configs/nothing.yaml")) == Path("configs/nothing.yaml")


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no checkout")
def test_no_file_of_the_repository_is_ignored() -> None:
    """What .gitignore names is left out of the wheel, too, whether git has it or not."""
    listed = ["git", "-C", str(ROOT), "ls-files", "--cached", "--ignored", "--exclude-standard"]
    assert subprocess.run(listed, capture_output=True, text=True, check=True).stdout == ""


@pytest.mark.slow
@pytest.mark.network
def test_the_wheel_works_without_a_checkout(tmp_path: Path) -> None:
    """The packages it needs are those of this environment: to install them anew would test pip."""
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "GRAPHFM_DATA")}
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, env=env)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert set(INSIDE) <= names
    assert not [name for name in names if name.startswith(("tests/", "scripts/", "results/"))]
    subprocess.run([sys.executable, "-m", "venv", "--system-site-packages", str(tmp_path / "env")], check=True, env=env)
    python = tmp_path / "env" / "bin" / "python"
    here = next(path for path in sys.path if path.endswith("site-packages"))
    (next((tmp_path / "env").glob("lib/*/site-packages")) / "beside.pth").write_text(f"{here}\n")
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall", str(wheel)], check=True, env=env
    )
    desk = tmp_path / "desk"
    desk.mkdir()
    (desk / "mine.tsv").write_text(TRIPLES, encoding="utf-8")
    env |= {"GRAPHFM_CACHE": str(tmp_path / "cache"), "HF_HUB_OFFLINE": "1"}
    where = subprocess.run(
        [python, "-c", "import graphfm; print(graphfm.__file__)"], capture_output=True, text=True, cwd=desk, env=env
    )
    assert str(tmp_path / "env") in where.stdout
    for words in COMMANDS:
        done = subprocess.run(
            [python, "-m", "graphfm", *words.split()], capture_output=True, text=True, cwd=desk, env=env
        )
        assert done.returncode == 0, f"{words}\n{done.stderr}"
