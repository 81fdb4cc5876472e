"""Tables as text: what pandas writes, cell by cell, with formulas made text; what repeats is no different from what does not."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphfm.commands.output import write_table as write_as_named
from graphfm.table_text import csv_parts, json_parts, write_table

FORMULAS = {
    "=1+2": "'=1+2",
    "+cmd": "'+cmd",
    "-2+3": "'-2+3",
    "@SUM(A1)": "'@SUM(A1)",
    "\tx": "'\tx",
    "-": "'-",
    "\n": "'\n",
}
SAFE = ["", "a", "-5", "+1.5e3", ".5", "a=b", 'say "x"', "a,b", "a\tb", "a\nb", " x", "NA", "\u00e9"]
WORDS = st.one_of(
    st.sampled_from([*FORMULAS, *SAFE]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=4).filter(
        lambda word: word[:1] not in [*"=+-@\t\r\n"]
    ),
)
FLOATS = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 1e-5, 1e16, 123456789.0, math.nan, math.inf, -math.inf, 5e-324]),
    st.floats(width=32),
)


@st.composite
def frames(draw: Any) -> pd.DataFrame:
    """Of every type that a result has, and some that none has; rows may repeat."""
    rows = draw(st.integers(0, 8))
    kinds = {
        "text": (WORDS, None),
        "gaps": (st.one_of(WORDS, st.sampled_from([None, math.nan])), object),
        "half": (st.sampled_from(["\ud800", "a", None]), object),
        "whole": (st.integers(-(2**60), 2**60), np.int64),
        "small": (st.integers(0, 255), np.uint8),
        "f32": (FLOATS, np.float32),
        "f64": (st.one_of(FLOATS, st.floats()), np.float64),
        "yes": (st.booleans(), bool),
        "perhaps": (st.sampled_from([True, False, None]), "boolean"),
        "whole or none": (st.sampled_from([1, 2**60, None]), "Int64"),
        "mixed": (st.sampled_from([1, 1.0, True, "1", "=1+2", None, -0.0]), object),
        "day": (st.datetimes(pd.Timestamp("2000-1-1"), pd.Timestamp("2030-1-1")), "datetime64[ns]"),
        "of few": (st.sampled_from(["=1+2", "b,c"]), "category"),
    }
    chosen = draw(st.lists(st.sampled_from([*kinds]), min_size=1, max_size=5))
    columns = {}
    for number, name in enumerate(chosen):
        cells, kind = kinds[name]
        some = draw(st.lists(cells, min_size=rows, max_size=rows))
        columns[f"{name}, {number}"] = pd.Series(some, dtype=kind)
    frame = pd.DataFrame(columns)
    return frame.iloc[[*range(rows)] * draw(st.sampled_from([1, 7]))]


def shown(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with an apostrophe before every formula, cell by cell."""
    found = {}
    for name, column in frame.items():
        safe = [FORMULAS.get(cell, cell) if isinstance(cell, str) else cell for cell in column]
        changed = any(isinstance(cell, str) and cell in FORMULAS for cell in column)
        found[name] = pd.Series(safe, index=column.index, dtype=object) if changed else column
    return pd.DataFrame(found)


@settings(max_examples=150, deadline=None)
@given(frames(), st.sampled_from([",", "\t"]))
def test_csv_is_that_of_pandas_with_formulas_made_text(frame: pd.DataFrame, sep: str) -> None:
    expected = shown(frame).to_csv(index=False, sep=sep, lineterminator="\n")
    assert "".join(csv_parts(frame, sep=sep)) == expected


@settings(max_examples=100, deadline=None)
@given(frames().map(lambda frame: frame.select_dtypes(exclude=["datetime", "category"]).assign(last=1)))
def test_each_line_of_json_is_its_row(frame: pd.DataFrame) -> None:
    lines = "".join(json_parts(frame)).split("\n")
    assert lines.pop() == ""
    assert len(lines) == len(frame)

    def refuse(name: str) -> None:
        raise AssertionError(name)

    for line, row in zip(lines, zip(*(column.tolist() for _, column in frame.items()), strict=True), strict=True):
        plain = (None if pd.isna(cell) or cell in (math.inf, -math.inf) else cell for cell in row)
        cells = dict(zip(frame.columns, plain, strict=True))
        read = json.loads(line, parse_constant=refuse)
        assert read == cells
        assert list(map(repr, read.values())) == list(map(repr, cells.values()))  # 1, 1.0 and True are equal


def test_no_cell_of_a_table_is_a_formula(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": [*FORMULAS, *SAFE, "a\rb"], "score": -0.5})
    write_table(tmp_path / "t.csv", frame)
    found = pd.read_csv(tmp_path / "t.csv", dtype=str, keep_default_na=False)
    assert found["id"].tolist() == [*FORMULAS.values(), *SAFE, "a\rb"]
    assert set(found["score"]) == {"-0.5"}
    write_as_named(tmp_path / "t.tsv", frame)
    assert pd.read_csv(tmp_path / "t.tsv", sep="\t", dtype=str, keep_default_na=False).equals(found)


def test_half_of_a_surrogate_pair_is_written_as_it_would_be_escaped(tmp_path: Path) -> None:
    write_table(tmp_path / "t.csv", pd.DataFrame({"id": pd.Series(["\ud800"], dtype=object)}))
    assert (tmp_path / "t.csv").read_text(encoding="utf-8") == "id\n\\ud800\n"


def test_a_long_table_is_written_in_pieces_that_join(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"n": np.arange(1000) // 7, "half": np.arange(1000) % 5 / 2, "name": ["a", "b,"] * 500})
    monkeypatch.setattr("graphfm.table_text.WRITTEN_AT_ONCE", 64)
    parts = list(csv_parts(frame))
    assert len(parts) == 17  # the header, and 16 pieces
    assert "".join(parts) == frame.to_csv(index=False, lineterminator="\n")
