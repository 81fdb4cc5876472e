"""Python and the command line are one: the functions of `graphfm` and its commands have the same options and defaults."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import torch

import graphfm
from graphfm.cli import COMMANDS
from graphfm.datasets import TextGraph, Triples, write_folder
from graphfm.datasets.triples.folder import write
from graphfm.errors import DataError
from graphfm.training.links.kge_training import KGETraining
from graphfm.training.links.link_data import LinkData
from graphfm.training.text_graphs.pretraining import Pretraining

#: What a command has for the terminal alone: where its output goes, and where settings come from.
TERMINAL = {"context", "config", "more", "json_file", "out", "style"}
#: Settings of a run that the function hands on, by command: where they are declared.
HANDED_ON = {"pretrain": (Pretraining,), "link_prediction": (LinkData, KGETraining)}


def options(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    return {
        name: parameter
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
    }


def default(parameter: inspect.Parameter) -> Any:
    """As plain data; nothing given is None, whether it is written as None, as an empty list or as no default."""
    value = parameter.default
    if isinstance(value, list | tuple):
        return list(value) or None
    return None if value is inspect.Parameter.empty else str(value) if isinstance(value, Path) else value


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_a_command_has_the_options_and_defaults_of_its_function(command: Callable[..., Any]) -> None:
    name = command.__name__
    function = getattr(graphfm, name)
    asked, taken = options(command), options(function)
    declared = {n: p for home in HANDED_ON.get(name, ()) for n, p in options(home).items()}
    for option, parameter in asked.items():
        if option in taken:
            assert default(parameter) == default(taken[option]), option
        elif option in declared and option not in TERMINAL:
            # None: the default depends on the model.
            assert default(parameter) in (None, default(declared[option])), option
        else:
            assert option in TERMINAL, f"{option} of graphfm {name} is no argument of graphfm.{name}"
    if "more" not in asked:  # else --set and --config reach the others
        assert set(taken) <= set(asked)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_models_and_graphs_have_one_name(command: Callable[..., Any]) -> None:
    for option in options(command):
        assert option == "checkpoint" or "check" not in option
        assert option not in ("path", "graph", "folder", "name", "model_file")


@pytest.fixture
def pages() -> TextGraph:
    ring = torch.stack([torch.arange(40), (torch.arange(40) + 2) % 40])
    texts = [f"a page about {['trees', 'rings'][n % 2]}, number {n}" for n in range(40)]
    return TextGraph(ring, name="pages", text=texts, y=torch.arange(40) % 2, class_names=["trees", "rings"])


def test_text_jobs_take_objects_and_paths_and_give_rows(pages: TextGraph, tmp_path: Path) -> None:
    write_folder(pages, tmp_path / "pages")
    zero = graphfm.zero_shot(pages, encoder="lsa")
    assert list(zero.frame()["method"]) == [row.method for row in zero.rows]
    assert len(zero.predictions()) == 40
    assert json.loads(json.dumps(zero.as_dict()))["checkpoint"] is None
    again = graphfm.zero_shot(tmp_path / "pages", encoder="lsa").as_dict()
    assert again["rows"] == zero.as_dict()["rows"]
    few = graphfm.few_shot(str(tmp_path / "pages"), encoder="lsa", shots=[3, 1], draws=2)
    assert list(few.frame()["shots"].unique()) == [1, 3]
    assert set(few.shown_nodes()["draw"]) == {0, 1}
    links = graphfm.link_text(pages, encoder="lsa", share=0.2)
    assert list(links.frame()["method"]) == [
        "random",
        "degree",
        "common neighbours",
        "Adamic-Adar",
        "text",
        "text+smooth",
    ]
    assert len(links.edges()) == 8
    facts = graphfm.inspect(pages, encoder="none")
    assert dict(facts.rows)["nodes"] == "40"
    assert facts.page().startswith("<!doctype html>")
    shared = graphfm.overlap([pages, tmp_path / "pages"], tmp_path / "pages")
    assert list(shared.frame()["target_near_duplicates"]) == [40, 40]


def test_a_model_is_an_object_a_file_a_folder_or_a_name(pages: TextGraph, tmp_path: Path) -> None:
    model = graphfm.pretrain(
        [pages],
        out=tmp_path,
        encoder="lsa",
        epochs=1,
        steps_per_epoch=2,
        batch_size=8,
        hidden_channels=8,
        progress=False,
    )
    found = [graphfm.zero_shot(pages, checkpoint=given) for given in (model, tmp_path / "model.ckpt", str(tmp_path))]
    assert len({json.dumps(one.as_dict()["rows"]) for one in found}) == 1
    assert found[0].seen_in_pretraining
    assert found[1].as_dict()["checkpoint"] == str(tmp_path / "model.ckpt")
    with pytest.raises(DataError, match="a LinkModel, its file"):
        graphfm.complete(model, head="a", relation="b")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="a text graph, its folder"):
        graphfm.zero_shot(model)  # type: ignore[arg-type]


def test_links_are_asked_for_by_object_and_by_path(ring: Triples, tmp_path: Path) -> None:
    write(ring, tmp_path / "ring")
    small: dict[str, Any] = {"epochs": 1, "dim": 8, "num_layers": 3, "min_length": 1, "progress": False}
    model = graphfm.link_prediction(ring, model="mokgr", out=tmp_path / "run", **small)
    judged = graphfm.evaluate(tmp_path / "run", data=tmp_path / "ring")
    assert judged.frame()["mrr"][0] == model.card["result"]["report"]["mrr"]
    assert list(judged.frame()["method"]) == ["mokgr", "constant", "answer frequency"]
    answers = graphfm.complete(model, head="Person 3", relation="next_to", top=3)
    assert answers.question == "Person 3 (person_03)  next_to  ?"
    again = graphfm.complete(tmp_path / "run", head="person_03", relation="next_to", top=3)
    assert again.frame().equals(answers.frame())
    assert answers.frame().equals(model.predict_tails("person_03", "next_to", top=3))
    assert len(graphfm.complete(model, relation="next_to", tail="person_03", new=True).rows) == 10
    (tmp_path / "pairs.csv").write_text("head,relation\nperson_03,next_to\n")
    many = graphfm.complete(model, questions=tmp_path / "pairs.csv", top=2).as_dict()["answers"]
    assert [(row["head"], row["answer_id"]) for row in many] == [
        ("person_03", row["tail_id"]) for row in answers.rows[:2]
    ]
    why = graphfm.explain(model, head="person_03", relation="two_on", tail="person_05", top=2)
    assert why.triple == ("Person 3", "two_on", "Person 5")
    with pytest.raises(DataError, match="found head, expected a relation with"):
        graphfm.complete(model, head="person_03")
    with pytest.raises(DataError, match="a file of questions or one question"):
        graphfm.complete(model, head="person_03", questions="pairs.csv")
    with pytest.raises(DataError, match="a vector per entity"):
        graphfm.export(model, out=tmp_path / "vectors")


def test_a_run_has_a_folder_without_being_given_one(
    ring: Triples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    graphfm.link_prediction(ring, epochs=1, dim=4, progress=False)
    files = graphfm.export("runs/ring-rotate-0", out="vectors")
    assert {file.name for file in files} >= {"entities.npy", "embeddings.safetensors", "entities.png"}
    assert all(file.is_file() for file in files)


@pytest.mark.parametrize("name", graphfm.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(graphfm, name) is not None


def test_importing_costs_next_to_nothing_and_gives_all_rooms() -> None:
    code = (
        "import time, sys; before = time.process_time(); import graphfm; spent = time.process_time() - before\n"
        "assert spent < 0.1, spent\n"
        "assert not {'torch', 'numpy', 'pandas', 'typer'} & set(sys.modules)\n"
        "assert graphfm.datasets.from_networkx and graphfm.geometry.GeometricMixture and graphfm.kg.__name__\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_types_are_shipped() -> None:
    assert resources.files("graphfm").joinpath("py.typed").is_file()


def test_the_version_is_shown() -> None:
    said = subprocess.run([sys.executable, "-m", "graphfm", "--version"], capture_output=True, text=True, timeout=60)
    assert said.stdout.strip() == f"graphfm {graphfm.__version__}"
