"""Bytes to text: encodings by their marks, line ends, blocks that end with a line."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphfm.datasets.tables.declared import Reading, parse_columns
from graphfm.datasets.tables.dialect import dialect_of
from graphfm.datasets.tables.sample import is_header
from graphfm.datasets.tables.unpacking import blocks, lines, plain_name, read_text
from graphfm.errors import DataError

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\ufeff\x1a"), max_size=60)


@given(
    text=TEXT,
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    size=st.integers(1, 9),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_blocks_put_together_are_the_text(tmp_path_factory, text, encoding, size, end):
    path = tmp_path_factory.mktemp("text") / "a.txt"
    path.write_bytes(text.replace("\n", end).encode(encoding))
    found = list(blocks(path, size=size))
    assert b"".join(found).decode() == text
    assert all(block.endswith(b"\n") for block in found[:-1])
    assert "\n".join(lines(path)) == text.removesuffix("\n")


def test_an_encoding_that_is_named_wins_and_an_unknown_one_is_refused(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("café".encode("latin-1"))
    assert read_text(path, encoding="latin-1") == "café"
    with pytest.raises(DataError, match="the encoding 'latin-17'"):
        read_text(path, encoding="latin-17")
    with pytest.raises(DataError, match=r"bytes that are not ascii.*--encoding"):
        read_text(path, encoding="ascii")
    path.write_bytes(codecs.BOM_UTF16_LE + "a".encode("utf-16-le"))
    assert read_text(path, encoding="utf-16") == "a"
    with pytest.raises(DataError, match="cannot be read"):
        read_text(tmp_path / "nowhere.txt")


def test_names_without_the_ending_of_a_compression(tmp_path):
    assert [plain_name(tmp_path / name) for name in ("a.tsv.gz", "a.zip", "a.tsv")] == ["a.tsv", "a", "a.tsv"]


@pytest.mark.parametrize(
    ("head", "sep"),
    [
        (["a\tb,c\td"], "\t"), (["a,b,c", "d,e,f"], ","), (["a;b,x;c", "d;e,y;f"], ";"), (["a|b|c"], "|"), (["a b c"], " "),
        (["a b,c d"], " "), (['"x,y",b,c', "d,e,f"], ","),
    ],
)  # fmt: skip
def test_separators(tmp_path, head, sep):
    assert dialect_of(head, Reading(), tmp_path).sep == sep
    assert dialect_of(head, Reading(sep="pipe"), tmp_path).sep == "|"


def test_what_the_user_says_is_checked():
    for wrong in ("head", "head=", "=a"):
        with pytest.raises(DataError, match="expected ROLE=COLUMN"):
            parse_columns(wrong)
    with pytest.raises(DataError, match="the separator 'tabs'"):
        Reading(sep="tabs")


NAMES = st.sampled_from(["ann", "bob", "eve", "dan"])


@given(rows=st.lists(st.tuples(NAMES, st.sampled_from(["likes", "knows"]), NAMES), min_size=2, max_size=30))
def test_a_header_is_never_taken_for_data_nor_data_for_a_header(rows):
    assert is_header([("head", "relation", "tail"), *rows]) == "yes"
    assert is_header([("who", "what", "whom"), *rows]) == ("unsure" if len({*rows}) > 1 or len(rows) > 1 else "no")
    assert is_header(rows) in ("no", "unsure")
