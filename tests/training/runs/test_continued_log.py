"""The log of a resumed run is that of an uninterrupted one."""

from __future__ import annotations

import csv

import pytest

from graphfm.training.runs.continued_log import ContinuedCSVLog


def rows(folder):
    with (folder / "log" / "metrics.csv").open(newline="") as file:
        return [(row["step"], row["loss"], row.get("val_mrr", "")) for row in csv.DictReader(file)]


def started(folder) -> ContinuedCSVLog:
    log = ContinuedCSVLog(folder)
    log.rewind(0)
    log.log_metrics({"loss": 0.5}, step=9)
    log.log_metrics({"loss": 0.4}, step=19)
    return log


def test_rows_are_written_at_once_and_columns_are_added(tmp_path):
    log = started(tmp_path)
    assert rows(tmp_path) == [("9", "0.5", ""), ("19", "0.4", "")]
    log.log_metrics({"loss": 0.3, "val_mrr": 0.1}, step=29)
    assert rows(tmp_path) == [("9", "0.5", ""), ("19", "0.4", ""), ("29", "0.3", "0.1")]
    assert [path.name for path in (tmp_path / "log").iterdir()] == ["metrics.csv"]


@pytest.mark.parametrize(
    ("step", "row", "kept"),
    [
        (0, None, []),
        (15, None, ["9"]),
        (20, {"loss": 0.4, "step": 19}, ["9", "19"]),
        (25, {"loss": 0.35, "step": 24}, ["9", "19", "24"]),
    ],
    ids=["from the beginning", "in between", "all", "a row that the kill came before"],
)
def test_a_resumed_run_keeps_what_its_checkpoint_knows(tmp_path, step, row, kept):
    started(tmp_path)
    again = ContinuedCSVLog(tmp_path)
    again.rewind(step, row)
    assert [found[0] for found in rows(tmp_path)] == kept if kept else not (tmp_path / "log" / "metrics.csv").exists()
    again.log_metrics({"loss": 0.2}, step=29)
    assert [found[0] for found in rows(tmp_path)] == [*kept, "29"]


def test_half_a_line_is_no_row(tmp_path):
    started(tmp_path)
    with (tmp_path / "log" / "metrics.csv").open("a") as file:
        file.write("0.3,2")
    again = ContinuedCSVLog(tmp_path)
    again.rewind(30)
    assert rows(tmp_path) == [("9", "0.5", ""), ("19", "0.4", "")]


@pytest.mark.parametrize("content", [b"\xff\xfe\n1\n", b"a,b\n1,2\n", b"loss,step\n1,2,3\n", b"loss,step\n1,x\n"])
def test_a_damaged_log_is_set_aside_with_a_word(tmp_path, caplog, content):
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "metrics.csv").write_bytes(content)
    ContinuedCSVLog(tmp_path).rewind(10)
    assert (tmp_path / "log" / "metrics.damaged.csv").read_bytes() == content
    assert "metrics.csv: found a damaged log" in caplog.text
