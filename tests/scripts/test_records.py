"""Records: whole or not there at all, whoever is killed, whoever else writes."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from records import Records, cell, paired_p
from scipy.stats import ttest_rel

from graphfm.errors import DataError

ROWS = [{"data": "ümls", "seed": 10, "text": "a\nb\u2028"}, {"data": "kin", "seed": 9}, {"data": "kin", "seed": 2.5}]


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(tmp_path / "study", ("data", "seed"))


def test_what_is_added_is_read_in_the_order_of_the_keys(records: Records) -> None:
    assert records.read() == []
    for row in ROWS:
        assert not records.has(**{name: row[name] for name in records.key})
        records.add(row)
    assert records.has(data="kin", seed=9)
    assert records.read() == [ROWS[2], ROWS[1], ROWS[0]]
    assert len(records.path.read_bytes().splitlines()) == 3


def test_a_kill_at_any_byte_loses_the_last_record_alone(records: Records, capsys: pytest.CaptureFixture[str]) -> None:
    for row in ROWS[:2]:
        records.add(row)
    content = records.path.read_bytes()
    first = content.index(b"\n") + 1
    for length in range(len(content)):
        records.path.write_bytes(content[:length])
        whole = ROWS[: content[:length].count(b"\n")]
        assert records.read() == whole
        records.add(ROWS[2])
        assert records.read() == [ROWS[2], *whole]
        assert ("a kill cut off" in capsys.readouterr().err) == (length not in (0, first))


def test_several_writers_get_in_no_ones_way(records: Records) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda seed: records.add({"data": "x" * 5000, "seed": seed}), range(24)))
        list(pool.map(records.add, [{"data": "same", "seed": 0}] * 8))
    assert [record["seed"] for record in records.read()] == [0, *range(24)]


def test_a_record_is_replaced_in_place(records: Records) -> None:
    for row in ROWS:
        records.add(row)
    records.replace({"data": "kin", "seed": 9, "more": 1})
    assert records.read() == [ROWS[2], {"data": "kin", "seed": 9, "more": 1}, ROWS[0]]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"data": "x"', "line 2: found broken JSON"),
        ('{"data": "x"}', "line 2: found no 'seed'"),
        (json.dumps(ROWS[0]), "line 2: found .* again, expected one record a key"),
    ],
)
def test_a_broken_file_is_said(records: Records, line: str, message: str) -> None:
    records.add(ROWS[0])
    with records.path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(DataError, match=message):
        records.read()


def test_cells() -> None:
    assert cell([]) == ""
    assert cell([0.5]) == "0.500"
    assert cell([0.25, 0.75]) == "0.500 ± 0.354"
    assert cell([1.0, 2.0], 1, signed=True) == "+1.5 ± 0.7"
    assert (cell([2.0, 2.0], 0), cell([2.0, 2.0], 0, bare=True)) == ("2 ± 0", "2")


def test_the_paired_test_takes_the_seeds_that_both_have() -> None:
    one, other = {0: 1.0, 1: 2.0, 2: 4.0, 7: 9.0}, {2: 3.0, 1: 1.5, 0: 0.9, 5: 5.0}
    assert paired_p(one, other) == pytest.approx(ttest_rel([1.0, 2.0, 4.0], [0.9, 1.5, 3.0]).pvalue)
    assert paired_p({0: 1.0}, {0: 2.0}) is None
    assert paired_p(one, one) is None
