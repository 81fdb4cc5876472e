"""The embedded corpus: facts anyone can look up, splits, determinism, and name resolution on a library of our own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from textwrap import dedent

import pytest
import torch

from graphfm.datasets import python_stdlib
from graphfm.datasets.python_stdlib.chapters import CHAPTERS, chapter_of
from graphfm.datasets.python_stdlib.descriptions import TEXT_LIMIT
from graphfm.datasets.python_stdlib.modules import library_folder, library_modules
from graphfm.datasets.python_stdlib.stable_splits import split_modules
from graphfm.datasets.text_graphs.graph import TextGraph
from graphfm.datasets.triples.graph import Triples
from graphfm.errors import DataError


@pytest.fixture(scope="module")
def graph() -> TextGraph:
    return python_stdlib.text_graph()


@pytest.fixture(scope="module")
def triples() -> Triples:
    return python_stdlib.triples()


@pytest.fixture(scope="module")
def facts(graph: TextGraph) -> set[tuple[str, str, str]]:
    ends = graph.edge_index.t().tolist()
    names = (graph.edge_type_names[kind] for kind in graph.edge_type.tolist())
    return {
        (graph.node_ids[source], name, graph.node_ids[target])
        for (source, target), name in zip(ends, names, strict=True)
    }


def test_size(graph: TextGraph) -> None:
    expected = {(3, 10): 16_900, (3, 11): 17_200, (3, 12): 16_400, (3, 13): 16_500}.get(sys.version_info[:2], 16_500)
    assert 0.9 * expected < graph.num_nodes < 1.03 * expected  # Debian packages tkinter and distutils apart
    assert graph.num_edges > 2 * graph.num_nodes
    assert graph.directed
    assert graph.info["python"] == ".".join(map(str, sys.version_info[:3]))


@pytest.mark.parametrize(
    ("name", "chapter"),
    [
        ("json.dumps", "Internet Data Handling"),
        ("re", "Text Processing Services"),
        ("collections.OrderedDict", "Data Types"),
        ("_pydecimal.Decimal", "Numeric and Mathematical Modules"),
        ("_collections_abc.Mapping.get", "Data Types"),
        ("_strptime.TimeRE", "Data Types"),
        ("asyncio.runners.run", "Networking and Interprocess Communication"),
        ("importlib.metadata.version", "Importing Modules"),
        ("argparse.ArgumentParser", "Command-Line Interface Libraries"),
        ("turtle.Turtle", "Graphical User Interfaces with Tk"),
    ],
)
def test_chapters_of_known_names(graph: TextGraph, name: str, chapter: str) -> None:
    assert graph.class_names[graph.y[graph.node_ids.index(name)]] == chapter


@pytest.mark.parametrize(
    "fact",
    [
        ("json", "contains", "json.encoder"),
        ("json", "defines", "json.dumps"),
        ("json", "imports_name", "json.encoder.JSONEncoder"),
        ("json.encoder.JSONEncoder", "has_method", "json.encoder.JSONEncoder.encode"),
        ("json.dumps", "instantiates", "json.encoder.JSONEncoder"),
        ("json.dumps", "calls", "json.encoder.JSONEncoder.encode"),
        ("json.decoder.JSONDecoder.raw_decode", "raises", "json.decoder.JSONDecodeError"),
        ("os", "imports", "posixpath"),
        ("collections.UserDict", "subclass_of", "_collections_abc.MutableMapping"),
        ("logging.StreamHandler.emit", "overrides", "logging.Handler.emit"),
        ("_collections_abc.Hashable.__hash__", "decorated_by", "abc.abstractmethod"),
    ],
)
def test_edges_of_known_names(facts: set[tuple[str, str, str]], fact: tuple[str, str, str]) -> None:
    assert fact in facts


def test_every_kind_of_edge_joins_the_right_kinds_of_node(graph: TextGraph) -> None:
    kinds = {name: set() for name in graph.edge_type_names}
    for (source, target), edge_type in zip(graph.edge_index.t().tolist(), graph.edge_type.tolist(), strict=True):
        kinds[graph.edge_type_names[edge_type]].add((graph.node_kind[source], graph.node_kind[target]))
    assert all(kinds.values())
    assert kinds["subclass_of"] == {("class", "class")}
    assert kinds["has_method"] == {("class", "method"), ("class", "property")}
    assert kinds["contains"] == {("package", "module"), ("package", "package")}
    assert {target for _, target in kinds["imports"]} == {"module", "package"}
    assert {target for _, target in kinds["instantiates"] | kinds["raises"]} == {"class"}


def test_a_pair_is_joined_once_and_no_node_to_itself(graph: TextGraph) -> None:
    assert graph.edge_index.unique(dim=1).size(1) == graph.num_edges
    assert "self_loops" not in graph.info
    assert graph.statistics()["isolated"] == 0


def test_nothing_but_the_library(graph: TextGraph) -> None:
    modules = {
        name for name, kind in zip(graph.node_ids, graph.node_kind, strict=True) if kind in {"module", "package"}
    }
    assert not {step for name in modules for step in name.split(".")} & {
        "test",
        "tests",
        "idlelib",
        "turtledemo",
        "pip",
    }
    assert {name.split(".")[0] for name in modules} <= sys.stdlib_module_names
    folder = str(library_folder())
    assert not any(folder in text for text in graph.text)


def test_texts(graph: TextGraph) -> None:
    text = dict(zip(graph.node_ids, graph.text, strict=True))
    assert text["json.loads"].startswith("json.loads(s, *, cls=None, object_hook=None")
    assert " — function. Deserialize ``s``" in text["json.loads"]
    assert text["asyncio.locks.Lock.acquire"].startswith("asyncio.locks.Lock.acquire(self) — asynchronous method. ")
    assert all(len(value) <= TEXT_LIMIT and "\n" not in value and value.strip() for value in graph.text)
    assert len(set(graph.text)) == graph.num_nodes


def test_no_module_is_torn_between_splits(graph: TextGraph) -> None:
    masks = torch.stack([graph.train_mask, graph.val_mask, graph.test_mask])
    assert torch.equal(masks.sum(0), graph.labelled.long())
    shares = masks.float().mean(1)
    assert torch.allclose(shares, torch.tensor([0.6, 0.2, 0.2]), atol=0.03)
    assert set(graph.y[graph.train_mask].tolist()) == set(range(graph.num_classes))
    assert len(set(graph.y[graph.test_mask].tolist())) >= graph.num_classes - 1
    module_of, split_of = "", {}
    for node, (name, kind) in enumerate(zip(graph.node_ids, graph.node_kind, strict=True)):
        module_of = name if kind in {"module", "package"} else module_of
        split_of.setdefault(module_of, set()).add(int(masks[:, node].float().argmax()))
    assert len(split_of) > 400
    assert all(len(splits) == 1 for splits in split_of.values())


def test_split_takes_what_misses_most() -> None:
    sizes = {f"m{i}": size for i, size in enumerate([50, 30, 20, 10, 10, 30, 50])}
    assert Counter(split_modules(sizes, dict.fromkeys(sizes, 0)).values()) == {"train": 3, "test": 2, "val": 2}
    assert split_modules({"a": 1, "b": 1}, {"a": 0, "b": 1}) == {"a": "train", "b": "train"}


def test_a_part_of_the_graph_keeps_its_texts_together(graph: TextGraph) -> None:
    part = graph.subgraph(graph.test_mask)
    nodes = graph.test_mask.nonzero().flatten().tolist()
    assert part.node_ids == [graph.node_ids[node] for node in nodes]
    assert part.text == [graph.text[node] for node in nodes]
    assert part.node_kind == [graph.node_kind[node] for node in nodes]
    assert part.class_names == graph.class_names
    assert part.edge_index.max() < part.num_nodes


def test_some_modules_alone() -> None:
    part = python_stdlib.text_graph(["json", "csv"])
    assert {name.split(".")[0] for name in part.node_ids} == {"json", "csv"}
    assert {part.class_names[c] for c in part.y.tolist()} == {"Internet Data Handling", "File Formats"}
    for wrong in (["jsn"], ["numpy"], [], ["math"]):
        with pytest.raises(DataError, match="expected"):
            python_stdlib.text_graph(wrong)


def test_triples_hold_out_only_what_can_be_learnt(triples: Triples, graph: TextGraph) -> None:
    assert triples.entities == graph.node_ids
    assert triples.entity_text == graph.text
    assert len(triples.relation_text or []) == triples.num_relations
    everything = torch.cat([part for _, part in triples.splits()])
    assert len(everything) == graph.num_edges
    shares = torch.tensor([len(part) / len(everything) for _, part in triples.splits()])
    assert torch.allclose(shares, torch.tensor([0.8, 0.1, 0.1]), atol=0.005)
    train_pairs = {frozenset((head, tail)) for head, _, tail in triples.train.tolist()}
    for held_out in (triples.val, triples.test):
        assert set(held_out[:, [0, 2]].flatten().tolist()) <= set(triples.train[:, [0, 2]].flatten().tolist())
        assert set(held_out[:, 1].tolist()) <= set(triples.train[:, 1].tolist())
        assert not train_pairs & {frozenset((head, tail)) for head, _, tail in held_out.tolist()}


def test_same_in_every_process_and_nothing_imported(graph: TextGraph, triples: Triples) -> None:
    program = """
        import json, sys
        from graphfm.datasets.python_stdlib import text_graph, triples
        before = set(sys.modules)
        graph = text_graph()
        foreign = sorted(set(sys.modules) - before)
        kg = triples()
        print(json.dumps([graph.info["digest"], graph.test_mask.nonzero().flatten().tolist(), kg.test.tolist(), foreign]))
    """
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    command = [sys.executable, "-c", dedent(program)]
    out = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=300).stdout
    digest, test_nodes, test_triples, foreign = json.loads(out)
    assert digest == graph.info["digest"]
    assert test_nodes == graph.test_mask.nonzero().flatten().tolist()
    assert test_triples == triples.test.tolist()
    assert not {"tkinter", "turtle", "this", "smtpd", "distutils", "curses"} & set(foreign)
    assert len(foreign) < 5


def test_chapters_are_whole() -> None:
    modules = [module for chapter in CHAPTERS for module in chapter.modules.split()]
    assert len(modules) == len(set(modules))
    assert len({chapter.title for chapter in CHAPTERS}) == len(CHAPTERS)
    written = {path.stem for path in library_folder().glob("*.py")} | {
        path.parent.name for path in library_folder().glob("*/__init__.py")
    }
    assert [module for module in sorted(library_modules() & written) if chapter_of(module) < 0] == []


def test_an_interpreter_without_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path / "python311.zip"))
    with pytest.raises(DataError, match=r"no os\.py .* ship none"):
        library_folder()
