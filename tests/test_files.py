"""Reading plain files: one way for all of them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from graphfm.errors import DataError
from graphfm.files import read_json, read_text


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
def test_marks_and_line_ends_of_other_systems_are_taken_away(tmp_path: Path, name: str) -> None:
    raw = b"\xef\xbb\xbfone\r\ntwo\rthree\n"
    (tmp_path / name).write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    assert read_text(tmp_path / name) == "one\ntwo\rthree\n"
    assert read_text(tmp_path / name, keep_crlf=True) == "one\r\ntwo\rthree\n"


def test_an_empty_file_is_refused_unless_it_may_be(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(" \n")
    with pytest.raises(DataError, match="an empty file"):
        read_text(tmp_path / "a")
    assert read_text(tmp_path / "a", allow_empty=True) == " \n"


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="a file that cannot be read"):
        read_text(tmp_path / "missing")
    (tmp_path / "a.json").write_text('{"a":\n1\n"b": 2}')
    with pytest.raises(DataError, match=r"a\.json, line 3: found broken JSON"):
        read_json(tmp_path / "a.json")
