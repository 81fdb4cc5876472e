"""The command that imports: how a file is read is shown, what is not certain is asked, every option does what it says."""

import pytest
from typer.testing import CliRunner

from graphfm.cli import app
from graphfm.datasets import load, load_triples
from graphfm.errors import DataError

ROWS = [(f"gene{i % 11}", ("binds", "causes")[i % 2], f"disease{i % 7}") for i in range(60)]


def run(*words):
    done = CliRunner().invoke(app, [*map(str, words)], catch_exceptions=True)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "edges.csv"
    path.write_text("weight,source,metaedge,target\n" + "".join(f"0.5,{h},{r},{t}\n" for h, r, t in ROWS))
    return path


def test_a_table_is_imported_as_it_says(tmp_path, table):
    words = run(
        "datasets", "import", table, "--out", tmp_path / "out", "--val", "0.05", "--test", "0.05", "--allow-pairs-apart"
    )
    assert "columns: head = source, relation = metaedge, tail = target; left out: weight" in words
    assert "first triple: (gene0, binds, disease0)" in words
    graph = load_triples(tmp_path / "out")
    assert [len(rows) for _, rows in graph.splits()] == [54, 3, 3]
    shown = run("datasets", "show", tmp_path / "out", "gene1", "--entities")
    assert "2 of 18 entities" in shown
    assert "gene10" in shown


def test_options_say_what_a_table_does_not(tmp_path):
    path = tmp_path / "plain.txt"
    path.write_bytes("".join(f"{t};{r};é{h};2020\n" for h, r, t in ROWS).encode("latin-1"))
    with pytest.raises(DataError, match="--encoding"):
        run("datasets", "import", path, "--out", tmp_path / "out")
    with pytest.raises(DataError, match="--columns head=1"):
        run("datasets", "import", path, "--out", tmp_path / "out", "--encoding", "latin-1")
    assert not (tmp_path / "out").exists()
    words = run(
        "datasets",
        "import",
        path,
        "--out",
        tmp_path / "out",
        "--encoding",
        "latin-1",
        "--columns",
        "head=3,relation=2,tail=1",
        "--no-header",
    )
    assert "first triple: (égene0, binds, disease0)" in words


def test_text_graphs_by_their_options(tmp_path):
    (tmp_path / "g").mkdir()
    (tmp_path / "g" / "nodes.csv").write_text("Id,Label,topic\na,<p>x</p>,p\nb,<p>y</p>,q\n")
    (tmp_path / "g" / "edges.csv").write_text("Source,Target,Type\na,b,Undirected\n")
    words = run(
        "datasets",
        "import",
        tmp_path / "g",
        "--out",
        tmp_path / "out",
        "--text",
        "Label",
        "--label",
        "topic",
        "--strip-html",
    )
    assert "columns: id = Id, text = Label, label = topic" in words
    graph = load(tmp_path / "out")
    assert (graph.text, graph.class_names, graph.directed) == (["x", "y"], ["p", "q"], False)


def test_a_single_file_is_data_enough(tmp_path, table):
    graph = load_triples(table)
    assert [len(rows) > 0 for _, rows in graph.splits()] == [True, True, True]
    assert load_triples(table) is graph


def test_texts_longer_than_the_encoder_reads_are_counted(tmp_path):
    home = tmp_path / "pages"
    home.mkdir()
    texts = ["a page", "word " * 300, "another"]
    (home / "nodes.jsonl").write_text("\n".join(f'{{"id": {n}, "text": "{text}"}}' for n, text in enumerate(texts)))
    (home / "edges.csv").write_text("src,dst\n0,1\n1,2\n")
    words = run("datasets", "import", home, "--out", tmp_path / "out", "--kind", "tag")
    assert "1 of 3 are longer than the 256 tokens" in words
    assert "--chunks" in words
