"""One file of statements: every spelling of the same rows reads the same, every fault names its line."""

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.triples.statements import read_statements
from graphfm.errors import DataError

ROWS = [("new york", "in", "usa"), ("a,b", "in", "c"), ("é\u2028x", "of", "a,b")]
TABLE = "".join("\t".join(row) + "\n" for row in ROWS)


def read(folder, content, name="train.txt", **options):
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_statements(path, **options)


def pairs_of(statements):
    return [(statements.relations[r], statements.entities[v]) for r, v in statements.qualifiers.tolist()]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("train.txt", TABLE),
        ("train.tsv", TABLE.rstrip("\n")),
        ("train.txt", TABLE.replace("\n", "\r\n")),
        ("train.txt", "\ufeff" + TABLE),
        ("train.txt", TABLE + "\n\r\n  \n"),
        ("train.txt", "\n" + TABLE.replace("\n", "\n\n")),
        ("train.txt", TABLE.replace("\t", " \t ").replace("\n", " \n")),
        ("train.txt", "head\trelation\ttail\n" + TABLE),
        ("train.txt.gz", gzip.compress(TABLE.encode(), mtime=0)),
        ("train.csv", 'new york,in,usa\n"a,b","in",c\n"é\u2028x", of, "a,b"\n'),
        ("train.csv", 'new york;in;usa\n"a,b";in;c\n"é\u2028x";of;"a,b"\n'),
        ("train.csv", 'Tail,Head,Relation\nusa,new york,in\n"c","a,b","in"\n\n"a,b","é\u2028x","of"\n'),
        ("train.csv", '"subject","predicate","object"\r\nnew york,in,usa\r\n"a,b",in,c\r\n"é\u2028x",of,"a,b"\r\n'),
    ],
)
def test_all_spellings_of_a_table_read_the_same(tmp_path, name, content):
    assert read(tmp_path, content, name).rows == ROWS


def test_comma_and_blank_separated_text(tmp_path):
    rows = [("a", "r", "b"), ("b", "s", "c")]
    for content in ("a,r,b\nb, s ,c\n", "a;r;b\nb;s;c\n", "a r b\n b  s c \n", "a r b \r\nb s c"):
        assert read(tmp_path, content).rows == rows


def test_a_comma_in_a_name_separates_nothing(tmp_path):
    assert read(tmp_path, "a,b r c;d\ne s f\n").rows == [("a,b", "r", "c;d"), ("e", "s", "f")]


def test_lines_count_from_one_whatever_is_left_out(tmp_path):
    assert read(tmp_path, "\nhead\trelation\ttail\na\tr\tb\n\nb\tr\tc\n").lines.tolist() == [3, 5]
    assert read(tmp_path, "2\na b r\nb c r\n", "train2id.txt").lines.tolist() == [2, 3]


def test_openke_columns_are_put_in_order(tmp_path):
    assert read(tmp_path, "2\n0 1 7\n1 2 8\n", "train2id.txt").rows == [("0", "7", "1"), ("1", "8", "2")]


PAIRS = Reading(qualifiers="pairs")


def test_qualifiers_are_kept_apart_where_they_are_declared(tmp_path):
    content = "a\tr\tb\na\tr\tc\tq\tx\tp\ty\nc\ts\ta\tq\tz\n"
    with pytest.raises(DataError, match=r"line 2: found 7 columns .* expected 3, .*--qualifiers pairs"):
        read(tmp_path, content)
    statements = read(tmp_path, content, reading=PAIRS)
    assert statements.rows == [("a", "r", "b"), ("a", "r", "c"), ("c", "s", "a")]
    assert statements.counts.tolist() == [0, 2, 1]
    assert pairs_of(statements) == [("q", "x"), ("p", "y"), ("q", "z")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "train.txt",
            "a\tr\tb\n\na\tr\n",
            "train.txt, line 3: found 2 columns (a\tr), expected 3, as in the lines before.",
        ),
        ("train.txt", "a\tr\tb\na\tr\tb\tq\n", "line 2: found 4 columns"),
        ("train.txt", "a r b\nab\n", "line 2: found 1 column (ab)"),
        ("train.txt", "a\tr\tb\nc\tr\tb c d\nx y z\n", "line 3: found 1 column (x y z), expected 3"),
        ("train.txt", "a\tr\tb\na\t\tb\n", "line 2: found an empty cell"),
        (
            "train.txt",
            "a\tr\tb\tq\tc\n",
            "line 1: found 5 columns without a header that is known; by place the first triple",
        ),
        ("train.txt", "", "train.txt: found no statements, expected at least one. It is empty"),
        ("train.txt", "\n\r\n", "no statements"),
        ("train.txt", "head\trelation\ttail\n", "no statements"),
        (
            "train.txt",
            b"a\tr\tb\na\tr\t\xe9\n",
            "line 2: found the byte 0xe9, which is not UTF-8, expected UTF-8 text. Name the encoding",
        ),
        (
            "train.txt.gz",
            gzip.compress(b"a\tr\tb\n" * 99, mtime=0)[:-12],
            "train.txt.gz: found damaged or cut-off gzip",
        ),
        ("train.txt.gz", b"a\tr\tb\n", "damaged or cut-off gzip"),
        (
            "train.csv",
            'a,r,b\na,"r,b\n',
            "train.csv, line 2: found broken quotes (unexpected end of data), expected well",
        ),
        ("train2id.txt", "a b r\n", "line 1: found 'a b r', expected the number of triples"),
        ("train2id.txt", "3\na b r\n", "found 1 triples, expected 3"),
        ("train.nt", "<a> <r> <b> .\n<a> <r> <b>\n", "line 2: found '<a> <r> <b>', expected <subject>"),
        (
            "train.nt",
            '<a> <r> "x"@en .\n',
            "found no statements, expected at least one. All 1 have literals for objects",
        ),
        (
            "train.nt",
            '<a> <r> "\\uD800" .\n',
            "line 1: found '<a> <r> \"\\\\uD800\" .', expected characters that exist",
        ),
    ],
)
def test_faults_name_file_and_line(tmp_path, name, content, message):
    with pytest.raises(DataError) as caught:
        read(tmp_path, content, name)
    assert message in str(caught.value)


NT = r"""# a comment
<http://e.org/a> <http://e.org/r> <http://e.org/b> .
_:x <http://e.org/r> <http://e.org/caf\u00E9>. # another

  <http://e.org/a>	<http://e.org/r>	_:y.z .
<http://e.org/a><http://e.org/n>"say \"hi\"\n\U0001F600 C:\\new"@en-GB .
<http://e.org/a> <http://e.org/n> "5"^^<http://www.w3.org/2001/XMLSchema#integer> .
"""


def test_ntriples(tmp_path):
    statements = read(tmp_path, NT, "train.nt", literals="keep")
    e = "http://e.org/"
    assert statements.rows == [
        (f"{e}a", f"{e}r", f"{e}b"),
        ("_:x", f"{e}r", f"{e}café"),
        (f"{e}a", f"{e}r", "_:y.z"),
        (f"{e}a", f"{e}n", r'"say \"hi\"\n😀 C:\\new"@en-GB'),
        (f"{e}a", f"{e}n", '"5"^^<http://www.w3.org/2001/XMLSchema#integer>'),
    ]
    assert statements.lines.tolist() == [2, 3, 5, 6, 7]
    dropped = read(tmp_path, NT, "train.nt")
    assert (len(dropped.triples), dropped.dropped) == (3, 2)


NAMES = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters='<>"{}|^`\\'), min_size=1)


@given(rows=st.lists(st.tuples(NAMES, NAMES, NAMES), min_size=1), escape=st.booleans())
def test_ntriples_give_back_any_name(tmp_path_factory, rows, escape):
    def write(name):
        return "<" + ("".join(rf"\U{ord(c):08X}" for c in name) if escape else name) + ">"

    content = "".join(f"{write(h)} {write(r)} {write(t)} .\n" for h, r, t in rows)
    statements = read(tmp_path_factory.mktemp("nt"), content, "train.nt")
    assert statements.rows == rows


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\t\n\r\ufeff\0"), min_size=1).map(
    lambda cell: cell.strip(" ")
)


@given(rows=st.lists(st.lists(CELLS.filter(bool), min_size=3, max_size=3), min_size=1), pairs=st.integers(0, 2))
def test_tables_give_back_any_name(tmp_path_factory, rows, pairs):
    rows = [row + ["q", "v"] * pairs for row in rows]
    reading = Reading(header=False, quotes=False, qualifiers="pairs")
    statements = read(tmp_path_factory.mktemp("tsv"), "".join("\t".join(row) + "\n" for row in rows), reading=reading)
    assert statements.rows == [tuple(row[:3]) for row in rows]
    assert np.all(statements.counts == pairs)
    assert pairs_of(statements) == [("q", "v")] * pairs * len(rows)
