"""The layout of the house: who may import whom, names used once, nothing unused, where tests stand, what an import may cost.

`scripts/house.py` holds the one ordered list of rooms and reads the imports; it prints the same counts for any checkout.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import graphfm

ROOT = Path(graphfm.__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))
import house as plan  # noqa: E402
from floors import Floors  # noqa: E402

HOUSE, FLOORS = plan.House(ROOT), Floors()

#: Ground floors that know nothing of each other: they meet in `models`, through PyG `Data` and plain tensors.
STRANGERS = {"classification", "datasets", "geometry", "kg", "text"}

#: File names that mean the same thing in two rooms. All others occur once.
RHYMES = {
    "a command and what it runs": ["commands", "evaluation|training|models|report|serving|scale"],
    "a role in both kinds of graph": ["datasets/text_graphs", "datasets/triples"],
    "the names of a graph, and how a model that knows others meets them": ["datasets/triples", "models"],
}

#: Classes and constants of one name in two modules that are one idea, and why.
SAME_IDEA = {
    "FILES": "the files of a folder, of either kind of graph",
    "SPLITS": "the splits, of either kind of graph",
}

MOST_LINES = 300


def test_every_room_has_its_floor() -> None:
    nowhere = [module.place for module in HOUSE.modules.values() if FLOORS(module) is None]
    assert not nowhere, f"place the room of {nowhere} in FLOORS of scripts/floors.py"
    known = {module.place for module in HOUSE.modules.values()} | {module.room for module in HOUSE.modules.values()}
    assert FLOORS.entries() <= known, "a floor of FLOORS is empty"


def test_rooms_import_only_what_lies_below() -> None:
    assert [f"{arrow.source.place} -> {arrow.target.place}" for arrow in HOUSE.upward(FLOORS)] == []


def test_ground_floors_do_not_know_each_other() -> None:
    tops = [(arrow, *(module.place.split("/")[0] for module in arrow)) for arrow in HOUSE.arrows]
    met = [arrow for arrow, source, target in tops if source != target and {source, target} <= STRANGERS]
    assert [f"{source.place} -> {target.place}" for source, target in met] == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert HOUSE.module_circles() == []


def test_lightning_only_in_training() -> None:
    lightning = {"lightning", "pytorch_lightning"}
    users = {m.room for m in HOUSE.modules.values() if lightning & {name.split(".")[0] for name in m.imports()}}
    assert users == {"training", "training/links", "training/runs", "training/text_graphs"}


@pytest.mark.parametrize("folder", ["graphfm", "scripts", "benchmarks"])
def test_files_are_short(folder: str) -> None:
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / folder).rglob("*.py")}
    assert [f"{path}: {count}" for path, count in lines.items() if count > MOST_LINES] == []


def test_file_names_occur_once_or_rhyme() -> None:
    def rhymes(places: list[str]) -> bool:
        rooms = [place.rpartition("/")[0] for place in places]
        pairs = (
            [re.fullmatch(pattern, room) for pattern, room in zip(pair, rooms, strict=False)]
            for pair in RHYMES.values()
        )
        return len(rooms) == 2 and any(all(pair) for pair in pairs)

    assert {name: places for name, places in HOUSE.repeated_files().items() if not rhymes(places)} == {}


def test_classes_and_constants_have_names_of_their_own() -> None:
    assert HOUSE.repeated_classes_and_values().keys() == SAME_IDEA.keys()


def test_nothing_public_is_for_tests_alone() -> None:
    # A scorer is found by its place, see graphfm.kg.names.
    assert [name for name in HOUSE.unused() if not name.startswith("kg/scorers/")] == []


#: Folders of tests that are of no room: of the scripts, and of the whole program under faults and on a pretend device.
NO_ROOMS = ("faults", "pretend", "scripts")
TESTS = [path for path in sorted((ROOT / "tests").rglob("test_*.py")) if path.parent != ROOT / "tests"]


def test_every_room_has_a_folder_of_tests() -> None:
    rooms = {module.room for module in HOUSE.modules.values() if "/" in module.place}
    assert {path.parent.relative_to(ROOT / "tests").as_posix() for path in TESTS} - set(NO_ROOMS) == rooms


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.relative_to(ROOT / "tests").as_posix())
def test_a_test_stands_in_the_folder_of_what_it_tests(path: Path) -> None:
    room, text = path.parent.relative_to(ROOT / "tests").as_posix(), path.read_text(encoding="utf-8")
    if room in ("faults", "pretend"):
        return
    if room == "scripts":
        scripts = {script.stem for script in (ROOT / "scripts").glob("*.py")}
        assert scripts & set(re.findall(r"^(?:import|from) (\w+)", text, re.M)), "loads no script"
        return
    module = plan.Module("test", path, "test", plan.ast.parse(text))
    named = {HOUSE.defined(name) for name in module.imports()} | set(re.findall(r"graphfm(?:\.\w+)+", text))
    doors = ("graphfm.cli", "graphfm.__main__") if room == "commands" else ()  # a command is run through the door
    rooms = (f"graphfm.{room.replace('/', '.')}", *doors)
    assert any(f"{name}.".startswith(f"{room}.") for name in named for room in rooms), f"imports nothing of {room}"


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
