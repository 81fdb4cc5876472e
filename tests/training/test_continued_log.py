"""The log of a resumed run holds what was logged before the kill."""

import csv

from graphfm.training.continued_log import ContinuedCSVLog


def rows(folder):
    with (folder / "log" / "metrics.csv").open(newline="") as file:
        return [(row["step"], row["loss"], row.get("val_mrr", "")) for row in csv.DictReader(file)]


def test_a_second_logger_goes_on(tmp_path):
    first = ContinuedCSVLog(tmp_path)
    first.log_metrics({"loss": 0.5}, step=9)
    first.log_metrics({"loss": 0.4}, step=19)
    assert rows(tmp_path) == [("9", "0.5", ""), ("19", "0.4", "")]  # written at once, as if killed here

    second = ContinuedCSVLog(tmp_path)
    second.log_metrics({"loss": 0.3}, step=19)
    second.log_metrics({"loss": 0.2, "val_mrr": 0.1}, step=29)
    second.finalize("success")
    assert rows(tmp_path) == [("9", "0.5", ""), ("19", "0.4", ""), ("19", "0.3", ""), ("29", "0.2", "0.1")]
    assert [path.name for path in (tmp_path / "log").iterdir()] == ["metrics.csv"]
