"""The plain format: what is read, every complaint word by word, and what writing leaves behind."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import torch

from graphfm.datasets import DataWarning, TextGraph, read_folder, write_folder
from graphfm.errors import DataError
from graphfm.files import replacing_folder

GOOD = {
    "nodes.jsonl": (
        '{"id": 7, "text": "first", "label": 3}\n'
        '{"id": "b", "text": "second", "label": "Owls"}\n'
        '{"id": "c", "text": "third", "label": null, "year": 1999}\n'
        '{"id": 9, "text": "fourth"}\n'
    ),
    "edges.csv": "src,dst\n7,b\nb,c\nc,b\n",
    "classes.json": '[{"id": 3, "name": "Cats", "description": "They purr."}, {"id": 5, "name": "Owls"}]',
    "splits.json": '{"train": [7], "valid": ["b"], "test": [9]}',
}


def write(folder: Path, **changes: str | bytes | None) -> Path:
    """The good folder with some files changed (named by their stems) or, by None, left out."""
    names = {name.split(".")[0]: name for name in [*GOOD, "graph.json"]}
    files = {**GOOD, **{names[key]: content for key, content in changes.items()}}
    for name, content in files.items():
        if content is not None:
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def refusal(folder: Path) -> str:
    with pytest.raises(DataError) as error:
        read_folder(folder)
    return str(error.value).removeprefix(f"{folder}/")


def test_everything_in_a_good_folder_arrives(tmp_path):
    graph = read_folder(write(tmp_path))
    assert graph.name == tmp_path.name
    assert graph.node_ids == [7, "b", "c", 9]
    assert graph.text == ["first", "second", "third", "fourth"]
    assert graph.y.tolist() == [0, 1, -1, -1]
    assert graph.class_names == ["Cats", "Owls"]
    assert graph.class_descriptions == ["They purr.", ""]
    assert graph.edge_index.tolist() == [[0, 1, 2], [1, 2, 1]]
    assert graph.directed
    assert [graph[f"{split}_mask"].nonzero().flatten().tolist() for split in ("train", "val", "test")] == [
        [0],
        [1],
        [3],
    ]
    assert graph.info == {}


def test_packed_files_a_byte_order_mark_windows_line_ends_and_blank_lines_change_nothing(tmp_path):
    plain, packed = tmp_path / "plain", tmp_path / "packed"
    plain.mkdir()
    packed.mkdir()
    write(plain)
    for name, content in GOOD.items():
        raw = b"\xef\xbb\xbf" + content.replace("\n", "\r\n\r\n").encode()
        (packed / f"{name}.gz").write_bytes(gzip.compress(raw))
    first, second = read_folder(plain, name="same"), read_folder(packed, name="same")
    assert first.to_dict().keys() == second.to_dict().keys()
    for key, value in first.to_dict().items():
        assert torch.equal(value, second[key]) if isinstance(value, torch.Tensor) else value == second[key]


def test_quoted_ids_line_separators_and_typed_edges(tmp_path):
    nodes = '{"id": "a,b", "text": "one\u2028line"}\n{"id": "say \\"hi\\"", "text": "two"}\n'
    edges = 'src,dst,type\n"a,b","say ""hi""",cites\n"say ""hi""","a,b",likes\n'
    graph = read_folder(write(tmp_path, nodes=nodes, edges=edges, classes=None, splits=None))
    assert graph.node_ids == ["a,b", 'say "hi"']
    assert graph.text[0] == "one\u2028line"
    assert graph.edge_index.tolist() == [[0, 1], [1, 0]]
    assert [graph.edge_type_names[kind] for kind in graph.edge_type] == ["cites", "likes"]


def test_columns_are_found_by_name(tmp_path):
    edges = "type,dst,src\nx,b,7\n"
    assert read_folder(write(tmp_path, edges=edges)).edge_index.tolist() == [[0], [1]]


def test_direction_is_the_callers_then_the_files_then_directed(tmp_path):
    assert read_folder(write(tmp_path)).directed
    write(tmp_path, graph='{"directed": false, "name": "birds", "info": {"licence": "MIT"}}')
    with pytest.warns(DataWarning, match="birds: 1 repeated edges dropped"):
        graph = read_folder(tmp_path)
    assert not graph.directed
    assert graph.num_edges == 2
    assert (graph.name, graph.info["licence"]) == ("birds", "MIT")
    assert read_folder(tmp_path, directed=True).num_edges == 3


def test_labels_make_the_classes_where_no_file_does(tmp_path):
    names = '{"id": 0, "text": "a", "label": "Owls"}\n{"id": 1, "text": "b", "label": "Cats"}\n'
    graph = read_folder(write(tmp_path, nodes=names, edges="src,dst\n0,1\n", classes=None, splits=None))
    assert (graph.class_names, graph.y.tolist()) == (["Cats", "Owls"], [1, 0])
    numbers = '{"id": 0, "text": "a", "label": 12}\n{"id": 1, "text": "b", "label": 4}\n'
    with pytest.warns(DataWarning, match="the classes have numbers for names: zero-shot classification needs words"):
        graph = read_folder(write(tmp_path, nodes=numbers, edges="src,dst\n0,1\n", classes=None, splits=None))
    assert (graph.class_names, graph.y.tolist()) == (["4", "12"], [1, 0])


NODE = '{"id": 7, "text": "first"}\n'
BROKEN_NODES = {
    "broken JSON": (
        NODE + '{"id": 8 "text": "x"}\n',
        "line 2: found broken JSON (Expecting ',' delimiter at column 10), expected valid JSON. Every line is one JSON object.",
    ),
    "a list over many lines": (
        '[\n{"id": 8, "text": "x"}\n]\n',
        "line 1: found broken JSON (Expecting value at column 2), expected valid JSON. Every line is one JSON object.",
    ),
    "not an object": (NODE + "\n[1, 2]\n", "line 3: found [1, 2], expected a JSON object {...}."),
    "no id": ('{"text": "x", "label": 3}\n', "line 1: found no 'id' among text, label, expected id and text."),
    "no text": (NODE + '{"id": 8, "txt": "x"}\n', "line 2: found no 'text' among id, txt, expected id and text."),
    "null id": (
        '{"id": null, "text": "x"}\n',
        "line 1: found the id None, expected a whole number or a string that is not empty.",
    ),
    "fractional id": (
        NODE + '{"id": 1.5, "text": "x"}\n',
        "line 2: found the id 1.5, expected a whole number or a string that is not empty.",
    ),
    "boolean id": (
        '{"id": true, "text": "x"}\n',
        "line 1: found the id True, expected a whole number or a string that is not empty.",
    ),
    "empty id": (
        '{"id": "", "text": "x"}\n',
        "line 1: found the id '', expected a whole number or a string that is not empty.",
    ),
    "duplicate id": (
        NODE + '\n{"id": 8, "text": "x"}\n{"id": 7, "text": "y"}\n',
        "line 4: found the id 7 again, first on line 1, expected an id of its own for every node.",
    ),
    "ids alike in writing": (
        NODE + '{"id": "7", "text": "y"}\n',
        "line 2: found the id '7' again, first on line 1, expected an id of its own for every node.",
    ),
    "text that is none": (
        NODE + '{"id": 8, "text": 8}\n',
        'line 2: found 8 as the text of node 8, expected a string. Use "" for no text.',
    ),
    "half a character": (
        '{"id": 8, "text": "\\ud83d"}\n',
        "line 1: found half of a surrogate pair in the text of node 8, expected characters that UTF-8 can hold.",
    ),
    "unknown class number": (
        NODE + '{"id": 8, "text": "x", "label": 4}\n',
        "line 2: found the label 4 of node 8, expected null or one of the 2 classes 3 (Cats), 5 (Owls).",
    ),
    "misspelt class": (
        '{"id": 8, "text": "x", "label": "Owl"}\n',
        "line 1: found the label 'Owl' of node 8, expected null or one of the 2 classes 3 (Cats), 5 (Owls). "
        "Did you mean 'Owls'?",
    ),
    "fractional label": (
        '{"id": 8, "text": "x", "label": 3.5}\n',
        "line 1: found the label 3.5 of node 8, expected a class number, a class name or null.",
    ),
    "list as label": (
        '{"id": 8, "text": "x", "label": [3]}\n',
        "line 1: found several classes [3] for node 8, expected one class a node: multi-label graphs are not supported. "
        "Keep one class of each node, or make one graph a class, labelled yes and no.",
    ),
    "not UTF-8": (
        NODE.encode() + '{"id": 8, "text": "caf\xe9"}\n'.encode("latin-1"),
        "line 2: found the byte 0xe9, which is not UTF-8, expected UTF-8 text. Save the file with the encoding UTF-8.",
    ),
    "UTF-16": (
        NODE.encode("utf-16"),
        "line 1: found the byte 0xff, which is not UTF-8, expected UTF-8 text. Save the file with the encoding UTF-8.",
    ),
    "empty file": (b"", "found an empty file, expected at least one line."),
    "blank file": ("\n \n", "found an empty file, expected at least one line."),
}


@pytest.mark.parametrize(("content", "message"), BROKEN_NODES.values(), ids=BROKEN_NODES)
def test_broken_nodes(tmp_path, content, message):
    where = "nodes.jsonl, " if message.startswith("line") else "nodes.jsonl: "
    assert refusal(write(tmp_path, nodes=content)) == where + message


BROKEN_EDGES = {
    "unknown node": (
        "src,dst\n7,b\n\nb,77\n",
        "line 4: found the unknown node '77' in the edge b -> 77, expected the ids of two nodes.",
    ),
    "the first of two unknown nodes": (
        "src,dst\n7,x\ny,b\n",
        "line 2: found the unknown node 'x' in the edge 7 -> x, expected the ids of two nodes.",
    ),
    "too many columns": (
        "src,dst\n7,b\n7,b,1.0\n",
        "line 3: found 3 columns (7,b,1.0), expected 2, as in the header src,dst.",
    ),
    "too few columns": ("src,dst\n7\n", "line 2: found 1 columns (7), expected 2, as in the header src,dst."),
    "type left out": (
        "src,dst,type\n7,b,cites\nb,c,\n",
        "line 3: found the type '' of edge 1, expected a name.",
    ),
    "no header": (
        "7,b\nb,c\n",
        "line 1: found the header '7,b', expected one column 'src' with the source. "
        "The first line names the columns, separated by commas.",
    ),
    "other names": (
        "src,target\n7,b\n",
        "line 1: found the header 'src,target', expected one column 'dst' with the destination. "
        "The first line names the columns, separated by commas.",
    ),
    "tabs": (
        "src\tdst\n7\tb\n",
        "line 1: found the header 'src\\tdst', expected one column 'src' with the source. "
        "The first line names the columns, separated by commas.",
    ),
    "a column twice": (
        "src,dst,src\n7,b,7\n",
        "line 1: found the header 'src,dst,src', expected one column 'src' with the source. "
        "The first line names the columns, separated by commas.",
    ),
    "open quote": (
        'src,dst\n7,b\n"7,b\n',
        "line 3: found broken CSV (unexpected end of data), expected comma-separated values.",
    ),
    "not UTF-8": (
        b"src,dst\n7,b\n7,\xff\n",
        "line 3: found the byte 0xff, which is not UTF-8, expected UTF-8 text. Save the file with the encoding UTF-8.",
    ),
    "empty file": ("", "found an empty file, expected at least one line."),
}


@pytest.mark.parametrize(("content", "message"), BROKEN_EDGES.values(), ids=BROKEN_EDGES)
def test_broken_edges(tmp_path, content, message):
    where = "edges.csv, " if message.startswith("line") else "edges.csv: "
    assert refusal(write(tmp_path, edges=content)) == where + message


BROKEN_SMALL_FILES = {
    "classes: broken": ("classes", '[\n{"name": "a"}\n{"name": "b"}]', "classes.json, line 3: found broken JSON ("),
    "classes: a mistyped key": (
        "classes",
        '[{"id": 3, "name": "Cats", "desription": "They purr."}, {"id": 5, "name": "Owls"}]',
        "classes.json: found the key 'desription' of class 'Cats', expected id, name, description. "
        "Did you mean 'description'?",
    ),
    "classes: a key in capitals": (
        "classes",
        '[{"ID": 3, "name": "Cats"}, {"id": 5, "name": "Owls"}]',
        "classes.json: found the key 'ID' of class 'Cats', expected id, name, description. Did you mean 'id'?",
    ),
    "classes: no list": ("classes", '{"0": "Cats"}', "classes.json: found a dict, expected a list of classes."),
    "classes: no name": (
        "classes",
        '[{"id": 0}]',
        "classes.json: found {'id': 0} as class 0, expected an object with a \"name\".",
    ),
    "classes: id twice": (
        "classes",
        '[{"id": 3, "name": "Cats"}, {"id": 3, "name": "Owls"}]',
        "classes.json: found the id 3 of class 'Owls', expected a whole number of its own.",
    ),
    "classes: odd description": (
        "classes",
        '[{"name": "Cats", "description": 5}]',
        "classes.json: found 5 as description of 'Cats', expected a string.",
    ),
    "splits: unknown node": (
        "splits",
        '{"train": [7], "test": [70]}',
        "splits.json: found the unknown node '70' in split test, expected the id of a node.",
    ),
    "splits: overlap": (
        "splits",
        '{"train": [7], "test": [7]}',
        "splits.json: found node '7' in train and in test, expected each node in one split at most.",
    ),
    "splits: unknown name": (
        "splits",
        '{"trian": [7]}',
        "splits.json: found the split 'trian', expected train, val and test.",
    ),
    "splits: no lists": (
        "splits",
        '{"train": 7}',
        'splits.json: found something else, expected {"train": [node ids], "val": [...], "test": [...]}.',
    ),
    "graph: unknown key": (
        "graph",
        '{"direct": true}',
        "graph.json: found the key 'direct', expected some of name, directed, edge_types, info.",
    ),
    "graph: odd value": ("graph", '{"directed": "no"}', "graph.json: found 'no' as 'directed', expected a bool."),
    "graph: no object": ("graph", "[]", "graph.json: found a list, expected an object {...}."),
}


@pytest.mark.parametrize(("which", "content", "message"), BROKEN_SMALL_FILES.values(), ids=BROKEN_SMALL_FILES)
def test_broken_small_files(tmp_path, which, content, message):
    assert refusal(write(tmp_path, **{which: content})).startswith(message)


def test_labels_that_no_class_file_explains(tmp_path):
    mixed = NODE + '{"id": 8, "text": "x", "label": 3}\n{"id": 9, "text": "x", "label": "Owls"}\n'
    assert refusal(write(tmp_path, nodes=mixed, classes=None)) == (
        "nodes.jsonl, line 3: found the label 'Owls' of node 9 after labels such as 3, "
        "expected class numbers or class names throughout."
    )
    assert refusal(write(tmp_path, nodes=mixed, classes="[]")) == (
        "nodes.jsonl, line 2: found the label 3 of node 8, and of 1 more, expected null, because there are no classes."
    )


def test_classes_with_one_name_are_told_apart_by_number_alone(tmp_path):
    classes = '[{"id": 0, "name": "Logic"}, {"id": 1, "name": "Logic"}]'
    numbers = '{"id": 7, "text": "x", "label": 0}\n{"id": "b", "text": "y", "label": 1}\n'
    files = {"edges": "src,dst\n7,b\n", "classes": classes, "splits": None}
    with pytest.warns(DataWarning, match=r"classes share a name \(Logic\)"):
        assert read_folder(write(tmp_path, nodes=numbers, **files)).y.tolist() == [0, 1]
    message = refusal(write(tmp_path, nodes=numbers.replace("1}", '"Logic"}'), **files))
    assert message.startswith("nodes.jsonl, line 2: found the label 'Logic' of node 'b'")
    assert message.endswith("Two classes have this name: give the number of the class.")


def test_edge_types_can_be_declared(tmp_path):
    typed = {"edges": "src,dst,type\n7,b,likes\n", "graph": '{"edge_types": ["cites", "likes"]}'}
    graph = read_folder(write(tmp_path, **typed))
    assert (graph.edge_type.tolist(), graph.edge_type_names) == ([1], ["cites", "likes"])
    assert refusal(write(tmp_path, **{**typed, "edges": "src,dst,type\n7,b,hates\n"})) == (
        "edges.csv, line 2: found the type 'hates' of edge 0, expected one of cites, likes."
    )


@pytest.mark.parametrize("missing", ["nodes.jsonl", "edges.csv"])
def test_missing_and_doubled_files(tmp_path, missing):
    write(tmp_path)
    (tmp_path / f"{missing}.gz").write_bytes(gzip.compress((tmp_path / missing).read_bytes()))
    with pytest.raises(DataError) as error:
        read_folder(tmp_path)
    both = f"{tmp_path}: found both {missing} and {missing}.gz, expected one of them. Remove the older one."
    assert str(error.value) == both
    (tmp_path / missing).unlink()
    (tmp_path / f"{missing}.gz").unlink()
    with pytest.raises(DataError) as error:
        read_folder(tmp_path)
    assert str(error.value) == f"{tmp_path}: found no {missing} or {missing}.gz, expected one of them in this folder."


def test_a_folder_that_is_none(tmp_path):
    with pytest.raises(DataError, match="found nothing, expected a folder"):
        read_folder(tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataError, match="found a file, expected a folder"):
        read_folder(tmp_path / "file")


@pytest.mark.parametrize(
    "damage", [lambda raw: raw[:-12], lambda raw: raw[:20] + b"xxxx" + raw[24:], lambda raw: b"plain text"]
)
def test_damaged_gzip(tmp_path, damage):
    write(tmp_path, edges=None)
    (tmp_path / "edges.csv.gz").write_bytes(damage(gzip.compress(b"src,dst\n" + b"7,b\nb,c\n" * 200)))
    message = refusal(tmp_path)
    assert message.startswith("edges.csv.gz: found bytes that gzip cannot unpack (")
    assert message.endswith("expected a whole gzip file. Get the file again.")


def test_oddities_are_warnings_with_counts(tmp_path):
    nodes = '{"id": 7, "text": ""}\n{"id": "b", "text": " "}\n{"id": 9, "text": "x"}\n'
    edges = "src,dst,year,weight\n7,b,1,1\n7,b,1,1\n7,b,2,2\nb,b,1,1\n"
    with pytest.warns(DataWarning) as caught:
        graph = read_folder(write(tmp_path, nodes=nodes, edges=edges, graph='{"name": "odd"}'))
    said = [
        "column 'year' of edges.csv is not used",
        "2 nodes have an empty text",
        "1 self loops dropped",
        "2 repeated edges dropped",
        "1 of them had another weight or text than the first, which is kept",
        "no node has a label, though there are 2 classes",
    ]
    assert [str(warning.message) for warning in caught] == [f"odd: {remark}" for remark in said]
    assert graph.info["warnings"] == said
    with pytest.warns(DataWarning, match="no edges"):
        read_folder(write(tmp_path, edges="src,dst\n"))


def small() -> TextGraph:
    return TextGraph(
        torch.tensor([[0], [1]]), name="pair", text=["a", "b"], info={"warnings": ["seen"], "licence": "MIT"}
    )


def test_writing_is_deterministic_and_leaves_warnings_behind(tmp_path):
    first, second = write_folder(small(), tmp_path / "new" / "one"), write_folder(small(), tmp_path / "new" / "two")
    names = sorted(path.name for path in first.iterdir())
    assert names == ["classes.json", "edges.csv.gz", "graph.json", "nodes.jsonl.gz"]
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)
    assert json.loads((first / "graph.json").read_text()) == {
        "name": "pair",
        "directed": True,
        "info": {"licence": "MIT"},
    }
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["one", "two"]


def test_a_folder_in_use_is_left_alone(tmp_path):
    folder = write_folder(small(), tmp_path / "graph")
    (tmp_path / "graph" / "classes.json").write_text("[]")
    with pytest.raises(DataError) as error:
        write_folder(small(), folder)
    assert str(error.value) == (
        f"{folder}: found a folder that is not empty (classes.json, ...), expected a new or empty folder. "
        "Choose another folder, or allow overwriting (--overwrite, overwrite=True)."
    )
    write_folder(small(), folder, overwrite=True)
    assert read_folder(folder).name == "pair"
    (folder / "thesis.tex").write_text("precious")
    with pytest.raises(DataError, match=r"found thesis\.tex, which overwriting would delete"):
        write_folder(small(), folder, overwrite=True)
    assert (folder / "thesis.tex").read_text() == "precious"
    with pytest.raises(DataError, match="found a file, expected a folder to write to"):
        write_folder(small(), folder / "thesis.tex", overwrite=True)


def interrupted_write(folder: Path) -> None:
    with replacing_folder(folder) as room:
        (room / "half").write_text("")
        raise KeyboardInterrupt


def test_what_cannot_be_written_changes_nothing(tmp_path):
    folder = write_folder(small(), tmp_path / "graph")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    bad = small()
    bad.info["when"] = object()
    with pytest.raises(DataError, match="a value in `info` that JSON cannot hold"):
        write_folder(bad, folder, overwrite=True)
    with pytest.raises(KeyboardInterrupt):
        interrupted_write(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["graph"]
